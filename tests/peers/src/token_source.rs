use std::error::Error;
use std::future::Future;
use std::net::SocketAddr;

use http::HeaderValue;

/// A token cache under test: ours, or a peer's, set up against the loopback server.
pub trait TokenSource: Clone + Send + Sync + 'static {
    /// The crate whose version stands above the tables, if it is one.
    const CRATE: Option<&'static str>;

    /// How many seconds a token must live for this cache to refresh it about three seconds after it came.
    ///
    /// Caches refresh ahead by fixed times of their own, from none to five minutes. This is that time plus
    /// three seconds, so that each is watched at *its* refresh point with a token that is far from its end.
    const REFRESHES_AFTER_THREE_SECONDS: u64;

    /// How many seconds a token must live to be good for two seconds beyond the first attempt to refresh it.
    /// None where the cache does not refresh before the end.
    const OUTLIVES_ITS_REFRESH: Option<u64> = Some(Self::REFRESHES_AFTER_THREE_SECONDS);

    /// What this cache can be told by the environment alone.
    fn read_env(server: SocketAddr) -> Vec<(&'static str, String)> {
        let _ = server;
        Vec::new()
    }

    /// Sets up the cache without a token in it.
    fn start(server: SocketAddr) -> impl Future<Output = Result<Self>> + Send;

    /// Returns the value of an `Authorization` header, owned by the caller, as the cache's user would get it.
    fn header(&self) -> impl Future<Output = Result<HeaderValue>> + Send;
}

/// What went wrong in a peer. It is only ever counted or shown, so its type does not matter.
pub type Failure = Box<dyn Error + Send + Sync>;

pub type Result<T, E = Failure> = std::result::Result<T, E>;
