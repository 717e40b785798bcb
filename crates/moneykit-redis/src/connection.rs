//! The connection to the server: opened when a call needs it, shared by all calls, and replaced once it fails.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use redis::aio::ConnectionLike;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, ProtocolVersion, PushInfo, PushKind, RedisError,
    RedisFuture,
};
use redis::{ServerErrorKind, Value};
use tokio::sync::Notify;

use crate::error::RedisStoreError;

/// A connection that is opened when it is needed.
///
/// The connection manager of the crate `redis` is not used for that: it keeps a connection on which responses time out,
/// such as one whose peer vanished, and one to a primary that became a replica; and it does not connect again after a
/// server that was loading its data or rejected the password.
#[derive(Clone)]
pub(crate) struct Connector(Arc<Shared>);

struct Shared {
    server: Server,
    /// The server's address in messages.
    name: String,
    slot: Mutex<Slot>,
    /// Locked while a task connects, so that there is one at a time.
    connecting: tokio::sync::Mutex<()>,
    hints: Arc<Notify>,
}

/// Both are below the time that a client grants its store for all calls of one refresh [250 ms].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) response: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_millis(200), response: Duration::from_millis(150) }
    }
}

pub(crate) enum Server {
    Single(Box<Client>),
    #[cfg(feature = "cluster")]
    Cluster(Vec<redis::ConnectionInfo>),
    /// A connection of the user, which cannot be replaced.
    Given(Box<dyn Connection>),
}

#[derive(Default)]
struct Slot {
    timeouts: Timeouts,
    connection: Option<Box<dyn Connection>>,
    /// The number of connections so far: a call that fails discards the one that it used, not its successor.
    generation: u64,
    /// Notified when a call has used the connection.
    activity: Arc<Notify>,
}

impl Connector {
    pub(crate) fn new(server: Server) -> Self {
        let name = server.name();
        Self(Arc::new(Shared {
            server,
            name,
            slot: Mutex::default(),
            connecting: tokio::sync::Mutex::default(),
            hints: Arc::default(),
        }))
    }

    /// Sends a command and returns the response. Connects first, if there is no connection.
    ///
    /// The outer error is one of the connection or of the server; the inner one is for scripts that the server does not
    /// know.
    pub(crate) async fn send(&self, command: &Cmd) -> Result<Result<Value, UnknownScript>, RedisStoreError> {
        let Shared { name, .. } = &*self.0;
        loop {
            let mut used = self.connection().await?;
            let timeout = self.slot().timeouts.response;
            let response = tokio::time::timeout(timeout, used.connection.send(command)).await;
            let Ok(response) = response else { return Err(RedisStoreError::response_timeout(name, timeout)) };
            let error = match response {
                Ok(value) => {
                    used.is_healthy = true;
                    return Ok(Ok(value));
                }
                Err(error) => error,
            };
            used.is_healthy = !needs_new_connection(&error);
            // The server, or something on the way, may have closed the connection since the last call.
            if error.is_connection_dropped() && !used.is_new {
                continue;
            }
            if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) {
                return Ok(Err(UnknownScript));
            }
            return Err(RedisStoreError::from_redis(name, &error));
        }
    }

    pub(crate) fn set_timeouts(&self, timeouts: Timeouts) {
        *self.slot() = Slot { timeouts, ..Slot::default() };
    }

    pub(crate) fn unexpected_response(&self) -> RedisStoreError {
        RedisStoreError::unexpected_response(&self.0.name)
    }

    /// Waits for a message on any channel to which this connection subscribed. Never returns if the protocol has no
    /// messages between responses.
    pub(crate) async fn hint(&self, channel: &str) {
        let mut hint = std::pin::pin!(self.0.hints.notified());
        // From now on, a message is noticed.
        hint.as_mut().enable();
        let subscribe = async {
            let Server::Single(client) = &self.0.server else { return false };
            has_hints(client) && self.send(redis::cmd("SUBSCRIBE").arg(channel)).await.is_ok()
        };
        if !subscribe.await {
            std::future::pending::<()>().await;
        }
        hint.await;
    }

    async fn connection(&self) -> Result<Used, RedisStoreError> {
        if let Some(used) = self.current() {
            return Ok(used);
        }
        // In a task of its own: a caller that gives up, since connecting takes longer than it may wait, leaves a
        // connection to the next one.
        let connector = self.clone();
        let connecting = tokio::spawn(async move { connector.connect().await });
        match connecting.await {
            Ok(result) => result,
            Err(_) => Err(RedisStoreError::connect_panicked(&self.0.name)),
        }
    }

    async fn connect(&self) -> Result<Used, RedisStoreError> {
        let Shared { server, name, connecting, hints, .. } = &*self.0;
        let timeouts = self.slot().timeouts;
        let connect = async {
            let _guard = connecting.lock().await;
            if let Some(used) = self.current() {
                return Ok(used);
            }
            let connection = server.connect(timeouts, hints).await;
            let connection = connection.map_err(|error| RedisStoreError::from_redis(name, &error))?;
            let mut slot = self.slot();
            slot.generation += 1;
            slot.connection = Some(connection.duplicate());
            slot.activity = Arc::default();
            tokio::spawn(close_when_idle(
                Arc::downgrade(&self.0),
                Arc::clone(&slot.activity),
                slot.generation,
            ));
            Ok(self.used(&slot, connection, true))
        };
        let connected = tokio::time::timeout(timeouts.connect, connect).await;
        connected.unwrap_or_else(|_| Err(RedisStoreError::connect_timeout(name, timeouts.connect)))
    }

    fn current(&self) -> Option<Used> {
        let slot = self.slot();
        let connection = slot.connection.as_ref()?.duplicate();
        Some(self.used(&slot, connection, false))
    }

    fn used(&self, slot: &Slot, connection: Box<dyn Connection>, is_new: bool) -> Used {
        let (generation, activity) = (slot.generation, Arc::clone(&slot.activity));
        Used { shared: Arc::clone(&self.0), connection, generation, activity, is_new, is_healthy: false }
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.0.slot()
    }
}

impl Shared {
    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops a connection, unless another one has replaced it.
    fn discard(&self, generation: u64) {
        let mut slot = self.slot();
        if slot.generation == generation {
            slot.connection = None;
        }
    }
}

/// Closes a connection once no call has used it for a while.
///
/// Calls come in groups that are most of a token's lifetime apart. A connection that is open in between counts against
/// the server's maximum, and what is between client and server may have forgotten it when it is needed next.
async fn close_when_idle(shared: Weak<Shared>, activity: Arc<Notify>, generation: u64) {
    while tokio::time::timeout(IDLE_TIMEOUT, activity.notified()).await.is_ok() {}
    if let Some(shared) = shared.upgrade() {
        shared.discard(generation);
    }
}

/// Longer than the pauses of a member that waits for another member's token [0.5 s] or renews its lease [1 s].
const IDLE_TIMEOUT: Duration = Duration::from_secs(2);

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("server", &self.0.name)
            .field("timeouts", &self.slot().timeouts)
            .finish()
    }
}

/// The server does not know the script of this hash.
pub(crate) struct UnknownScript;

/// A connection that a call uses. Dropping it discards the connection unless a response showed that it works: a caller
/// whose patience ends before the timeout drops the call, and a dead connection must not be kept for that.
struct Used {
    shared: Arc<Shared>,
    connection: Box<dyn Connection>,
    generation: u64,
    activity: Arc<Notify>,
    /// Whether it was opened for this call.
    is_new: bool,
    is_healthy: bool,
}

impl Drop for Used {
    fn drop(&mut self) {
        if self.is_healthy {
            self.activity.notify_one();
        } else {
            self.shared.discard(self.generation);
        }
    }
}

impl Server {
    async fn connect(
        &self,
        #[cfg_attr(
            not(feature = "cluster"),
            expect(unused_variables, reason = "only a cluster bounds the connections to its nodes itself")
        )]
        timeouts: Timeouts,
        hints: &Arc<Notify>,
    ) -> Result<Box<dyn Connection>, RedisError> {
        match self {
            Self::Single(client) => {
                // Both times are bounded here, as for all connections.
                let mut config =
                    AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
                if has_hints(client) {
                    let hints = Arc::clone(hints);
                    config = config.set_push_sender(move |push: PushInfo| {
                        if push.kind == PushKind::Message {
                            hints.notify_waiters();
                        }
                        Ok::<_, redis::aio::SendError>(())
                    });
                }
                Ok(Box::new(client.get_multiplexed_async_connection_with_config(&config).await?))
            }
            #[cfg(feature = "cluster")]
            Self::Cluster(nodes) => {
                let client = redis::cluster::ClusterClientBuilder::new(nodes.clone())
                    .connection_timeout(timeouts.connect)
                    .response_timeout(timeouts.response)
                    .build()?;
                Ok(Box::new(client.get_async_connection().await?))
            }
            Self::Given(connection) => Ok(connection.duplicate()),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Single(client) => format!("the Redis server at {}", client.get_connection_info().addr()),
            #[cfg(feature = "cluster")]
            Self::Cluster(_) => "the Redis cluster".to_owned(),
            Self::Given(_) => "the Redis server".to_owned(),
        }
    }
}

/// A protocol that has messages between responses brings hints on the connection that is there anyway.
fn has_hints(client: &Client) -> bool {
    client.get_connection_info().redis_settings().protocol() == ProtocolVersion::RESP3
}

/// Returns true for errors of the connection, and for responses of a server that another one may have replaced behind
/// the same address. All other responses show that the connection works.
fn needs_new_connection(error: &RedisError) -> bool {
    match error.kind() {
        ErrorKind::Server(kind) => {
            matches!(
                kind,
                ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown | ServerErrorKind::BusyLoading
            )
        }
        ErrorKind::Extension => matches!(error.code(), Some("NOAUTH" | "WRONGPASS")),
        _ => true,
    }
}

/// A connection that calls can share.
pub(crate) trait Connection: Send + Sync {
    fn send<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value>;

    /// Returns another handle to the same connection.
    fn duplicate(&self) -> Box<dyn Connection>;
}

impl<C: ConnectionLike + Clone + Send + Sync + 'static> Connection for C {
    fn send<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(command.query_async(self))
    }

    fn duplicate(&self) -> Box<dyn Connection> {
        Box::new(self.clone())
    }
}
