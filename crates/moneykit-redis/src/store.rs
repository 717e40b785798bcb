//! The token store.

use std::fmt::Write as _;
use std::pin::Pin;
use std::time::Duration;

use moneykit::token_store::{Lease, StoreFuture, StoreKey, StoredToken, TokenDigest, TokenStore};
use redis::aio::ConnectionLike;
use redis::{Client, FromRedisValue, IntoConnectionInfo as _};

use crate::connection::{Connector, Server, Timeouts};
use crate::encryption;
use crate::error::RedisStoreError;
use crate::keys::Keys;
use crate::scripts::{ACQUIRE, Call, INVALIDATE, LOAD, PUBLISH, RELEASE, RENEW};

/// A store for shared access tokens on a Redis or Valkey server.
///
/// The store connects at the first call, keeps one connection for all calls, and connects again after a failure. It can
/// be shared by clients of different credentials.
#[derive(Debug)]
pub struct RedisTokenStore {
    connector: Connector,
    prefix: String,
}

impl RedisTokenStore {
    /// Creates a store on the server at a URL: `redis://user:password@host:6379/0`, `rediss://…` with TLS, or
    /// `redis+unix:///path`. With `?protocol=resp3`, publications are noticed at once rather than by polling.
    ///
    /// This method does not connect, so it succeeds while the server is down.
    ///
    /// # Errors
    ///
    /// Fails if the URL is invalid, or if it requires TLS and neither the feature `rustls` nor `native-tls` is enabled.
    /// The message does not contain the URL, which may have a password.
    pub fn open(url: &str) -> Result<Self, RedisStoreError> {
        Ok(Self::from_client(client(url)?))
    }

    /// Creates a store on the Redis Cluster of which some nodes have these URLs.
    ///
    /// This method does not connect, so it succeeds while the cluster is down.
    ///
    /// # Errors
    ///
    /// Fails if there is no URL, or as [`open`](Self::open) does.
    #[cfg(feature = "cluster")]
    #[cfg_attr(docsrs, doc(cfg(feature = "cluster")))]
    pub fn open_cluster<U: AsRef<str>>(urls: impl IntoIterator<Item = U>) -> Result<Self, RedisStoreError> {
        let mut nodes = Vec::new();
        for url in urls {
            nodes.push(client(url.as_ref())?.get_connection_info().clone());
        }
        // Checks that there are nodes, and that they have the same user and password.
        if redis::cluster::ClusterClient::new(nodes.clone()).is_err() {
            return Err(RedisStoreError::new(
                "the URLs of the Redis cluster are unusable: pass those of at least one node, with equal user, password \
                 and scheme",
            ));
        }
        Ok(Self::new(Server::Cluster(nodes)))
    }

    /// Creates a store that connects with a client of the crate [`redis`], for settings that a URL does not have, such
    /// as certificates.
    pub fn from_client(client: Client) -> Self {
        Self::new(Server::Single(Box::new(client)))
    }

    /// Creates a store on a connection that the application has, such as a `ConnectionManager` or a
    /// `ClusterConnection`.
    ///
    /// A connection that does not connect again by itself stays unusable after its first failure. `ConnectionManager`
    /// keeps a connection whose peer vanished; prefer [`open`](Self::open), which does not.
    pub fn from_connection<C>(connection: C) -> Self
    where
        C: ConnectionLike + Clone + Send + Sync + 'static,
    {
        Self::new(Server::Given(Box::new(connection)))
    }

    fn new(server: Server) -> Self {
        Self { connector: Connector::new(server), prefix: "moneykit".to_owned() }
    }

    /// Sets the first part of all keys. The default is `moneykit`.
    pub fn key_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets the timeouts for opening a connection, and for each response. The defaults are 200 ms and 150 ms. A client
    /// grants its store 250 ms for all calls of one refresh, so longer timeouts have no effect on callers.
    pub fn timeouts(self, connect: Duration, response: Duration) -> Self {
        self.connector.set_timeouts(Timeouts { connect, response });
        self
    }

    /// Runs a script on the server, which may have to learn it first.
    async fn run<T: FromRedisValue>(&self, call: Call<'_>) -> Result<T, RedisStoreError> {
        let mut response = self.connector.send(&call.by_hash()).await?;
        if response.is_err() {
            response = self.connector.send(&call.by_source()).await?;
        }
        let response = response.map_err(|_| self.connector.unexpected_response())?;
        redis::from_redis_value(response).map_err(|_| self.connector.unexpected_response())
    }

    fn keys(&self, key: &StoreKey) -> Keys {
        Keys::new(&self.prefix, key)
    }
}

impl TokenStore for RedisTokenStore {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<StoredToken>> {
        Box::pin(async move {
            let keys = self.keys(key);
            let entry: Option<(Vec<u8>, u64, u64)> = self.run(Call::new(&LOAD, &[&keys.token], &[])).await?;
            Ok(entry.and_then(|(entry, remaining, now)| {
                let [remaining, now] = [remaining, now].map(Duration::from_millis);
                encryption::decrypt(key, &entry, remaining, now)
            }))
        })
    }

    fn acquire<'a>(&'a self, key: &'a StoreKey, duration: Duration) -> StoreFuture<'a, Option<Lease>> {
        Box::pin(async move {
            let keys = self.keys(key);
            let holder = random_name()?;
            let arguments: [&[u8]; 3] =
                [holder.as_bytes(), &decimal(milliseconds(duration)), &decimal(milliseconds(FENCE_TTL))];
            let keys = [&*keys.token, &keys.lease, &keys.fence];
            let lease: Option<(u64, String)> = self.run(Call::new(&ACQUIRE, &keys, &arguments)).await?;
            Ok(lease.map(|(fence, holder)| Lease::new(fence, holder)))
        })
    }

    fn renew<'a>(&'a self, key: &'a StoreKey, lease: &'a Lease, duration: Duration) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let keys = self.keys(key);
            let arguments: [&[u8]; 2] = [lease.holder().as_bytes(), &decimal(milliseconds(duration))];
            Ok(self.run(Call::new(&RENEW, &[&keys.lease], &arguments)).await?)
        })
    }

    fn release<'a>(&'a self, key: &'a StoreKey, lease: &'a Lease) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let keys = self.keys(key);
            let arguments = [lease.holder().as_bytes(), keys.hint.as_bytes()];
            let _held: bool = self.run(Call::new(&RELEASE, &[&keys.lease], &arguments)).await?;
            Ok(())
        })
    }

    fn publish<'a>(
        &'a self,
        key: &'a StoreKey,
        lease: &'a Lease,
        token: &'a StoredToken,
    ) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let keys = self.keys(key);
            let digest = key.digest(token.expose_secret());
            let arguments: [&[u8]; 7] = [
                &decimal(lease.fence()),
                acquired_at(lease).as_bytes(),
                &encryption::encrypt(key, token, began(lease))?,
                digest.as_bytes(),
                &decimal(milliseconds(token.lifetime())),
                &decimal(milliseconds(token.remaining())),
                keys.hint.as_bytes(),
            ];
            Ok(self.run(Call::new(&PUBLISH, &[&keys.token], &arguments)).await?)
        })
    }

    fn invalidate<'a>(&'a self, key: &'a StoreKey, digest: &'a TokenDigest) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let keys = self.keys(key);
            let _removed: bool =
                self.run(Call::new(&INVALIDATE, &[&keys.token], &[digest.as_bytes()])).await?;
            Ok(())
        })
    }

    fn published<'a>(&'a self, key: &'a StoreKey) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move { self.connector.hint(&self.keys(key).hint).await })
    }
}

/// The counter of fences outlives the longest token [24 h], so that a holder that was paused for that long meets a
/// higher fence.
const FENCE_TTL: Duration = Duration::from_secs(48 * 60 * 60);

fn client(url: &str) -> Result<Client, RedisStoreError> {
    let has_tls = cfg!(any(feature = "rustls", feature = "native-tls"));
    if !has_tls && url.trim_start().starts_with("rediss") {
        return Err(RedisStoreError::no_tls());
    }
    // The errors may quote the URL.
    let info = url.into_connection_info().map_err(|_| RedisStoreError::invalid_url())?;
    // Naming the library to the server costs two commands for each connection, and a permission.
    let settings = info.redis_settings().clone().set_skip_set_lib_name();
    let tcp = info.tcp_settings().clone().set_nodelay(true);
    let info = info.set_redis_settings(settings).set_tcp_settings(tcp);
    Client::open(info).map_err(|_| RedisStoreError::invalid_url())
}

/// Returns a name that no other holder of a lease has.
fn random_name() -> Result<String, RedisStoreError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| RedisStoreError::no_randomness())?;
    let mut name = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(name, "{byte:02x}");
    }
    Ok(name)
}

/// Returns the server's time when it granted the lease, which is the second part of the holder's name.
fn acquired_at(lease: &Lease) -> &str {
    lease.holder().split_once(':').map_or("", |(_, time)| time)
}

/// Returns when a token began by the server's clock: it was requested after the lease was acquired.
fn began(lease: &Lease) -> Duration {
    Duration::from_millis(acquired_at(lease).parse().unwrap_or(u64::MAX))
}

fn milliseconds(time: Duration) -> u64 {
    // A lifetime of 100 days is no token's. Larger numbers overflow the server's clock.
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).min(8_640_000_000)
}

fn decimal(number: u64) -> Vec<u8> {
    number.to_string().into_bytes()
}
