//! The test harness: a cache, a scripted token source, and simulated time.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::StatusCode;

use super::super::{BoxFuture, CachePolicy, Purpose, TokenCache, TokenSource};
use crate::error::{Error, ErrorResponse, Kind};
use crate::time::{Clock, Jitter};
use crate::token::AccessToken;
pub(super) use crate::token::simulated_time::{SECOND, SimulatedClock, advance, now_or_never, sleep};

/// A cache with a scripted server and a simulated clock. Time advances when every task waits.
pub(super) struct Harness {
    pub(super) cache: Arc<TokenCache>,
    pub(super) server: Arc<Server>,
    pub(super) clock: Arc<SimulatedClock>,
}

impl Harness {
    /// Creates a harness whose server responds with tokens of this lifetime after 50 ms.
    pub(super) fn new(lifetime: Duration) -> Self {
        Self::seeded(lifetime, 7)
    }

    /// Creates a harness whose jitter has this seed.
    pub(super) fn seeded(lifetime: Duration, seed: u64) -> Self {
        let clock = Arc::new(SimulatedClock::default());
        let server = Arc::new(Server::new(lifetime, Arc::clone(&clock)));
        let source = Arc::clone(&server) as Arc<dyn TokenSource>;
        let (policy, jitter) = (CachePolicy::default(), Jitter::seeded(seed));
        let cache = Arc::new(TokenCache::new(source, Arc::clone(&clock) as _, policy, jitter));
        Self { cache, server, clock }
    }

    /// Returns a token; panics on an error.
    pub(super) async fn token(&self) -> AccessToken {
        self.cache.token().await.unwrap()
    }

    /// Returns a token; panics if the call waits.
    pub(super) fn token_now(&self) -> AccessToken {
        now_or_never(self.cache.token()).unwrap()
    }

    /// Returns the error of a call; panics if the call waits.
    pub(super) fn error_now(&self) -> Error {
        now_or_never(self.cache.token()).unwrap_err()
    }

    pub(super) fn request_count(&self) -> usize {
        self.server.requested_at().len()
    }

    /// Spawns tasks that each request a token.
    pub(super) fn spawn_callers(
        &self,
        count: usize,
    ) -> Vec<tokio::task::JoinHandle<Result<AccessToken, Error>>> {
        let callers = (0..count).map(|_| {
            let cache = Arc::clone(&self.cache);
            tokio::spawn(async move { cache.token().await })
        });
        callers.collect()
    }
}

/// The server's reply to a request, sent after a delay.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    Token(Duration),
    Status(u16),
    RetryAfter(u16, Duration),
    NoResponse,
    Panic,
}

/// A scripted token source.
pub(super) struct Server {
    clock: Arc<SimulatedClock>,
    delay: Mutex<Duration>,
    default_reply: Mutex<Reply>,
    queue: Mutex<VecDeque<Reply>>,
    requested_at: Mutex<Vec<Duration>>,
    /// The number of requests without a reply yet.
    open_requests: Arc<AtomicUsize>,
}

impl Server {
    fn new(lifetime: Duration, clock: Arc<SimulatedClock>) -> Self {
        Self {
            clock,
            delay: Mutex::new(Duration::from_millis(50)),
            default_reply: Mutex::new(Reply::Token(lifetime)),
            queue: Mutex::default(),
            requested_at: Mutex::default(),
            open_requests: Arc::default(),
        }
    }

    pub(super) fn set_delay(&self, delay: Duration) {
        *self.delay.lock().unwrap() = delay;
    }

    /// Sets the reply to requests for which no other is enqueued.
    pub(super) fn set_default(&self, reply: Reply) {
        *self.default_reply.lock().unwrap() = reply;
    }

    /// Enqueues the replies to the next requests.
    pub(super) fn enqueue(&self, replies: impl IntoIterator<Item = Reply>) {
        self.queue.lock().unwrap().extend(replies);
    }

    /// Returns the time of each request by the monotonic clock.
    pub(super) fn requested_at(&self) -> Vec<Duration> {
        self.requested_at.lock().unwrap().clone()
    }

    pub(super) fn open_requests(&self) -> usize {
        self.open_requests.load(Ordering::SeqCst)
    }
}

impl TokenSource for Server {
    fn fetch<'a>(&'a self, _: &'a Purpose) -> BoxFuture<'a, Result<AccessToken, Error>> {
        Box::pin(async move {
            let requested = self.clock.now();
            let number = {
                let mut times = self.requested_at.lock().unwrap();
                times.push(requested.monotonic());
                times.len()
            };
            let enqueued = self.queue.lock().unwrap().pop_front();
            let reply = enqueued.unwrap_or_else(|| self.default_reply.lock().unwrap().clone());
            let delay = *self.delay.lock().unwrap();
            let _open = OpenRequest::new(&self.open_requests);
            sleep(delay).await;
            match reply {
                Reply::Token(lifetime) => {
                    Ok(AccessToken::new(format!("token-{number}").into(), lifetime, requested).unwrap())
                }
                Reply::Status(status) => Err(error_response(status, None)),
                Reply::RetryAfter(status, wait) => Err(error_response(status, Some(wait))),
                Reply::NoResponse => std::future::pending().await,
                Reply::Panic => panic!("the token source panics"),
            }
        })
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

/// Counts a request as open until its future is dropped.
struct OpenRequest(Arc<AtomicUsize>);

impl OpenRequest {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Returns the error of an unsuccessful status.
fn error_response(status: u16, retry_after: Option<Duration>) -> Error {
    let status = StatusCode::from_u16(status).unwrap();
    Kind::ErrorResponse(ErrorResponse { status, retry_after, ..ErrorResponse::default() }).into()
}
