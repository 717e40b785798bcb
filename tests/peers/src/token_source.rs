//! The interface through which scenarios use a subject.

use std::error::Error;
use std::future::Future;
use std::net::SocketAddr;

use http::HeaderValue;

/// A subject under test, configured for the loopback server: `moneykit`, another crate, or a naive implementation.
pub trait TokenSource: Clone + Send + Sync + 'static {
    /// The crate's name, if the subject is a crate. The report shows its version.
    const CRATE: Option<&'static str>;

    /// True if the subject caches tokens.
    const HAS_CACHE: bool = true;

    /// The token lifetime, in seconds, with which this cache refreshes a token about three seconds after it was
    /// issued.
    ///
    /// Each cache refreshes at another time before a token expires, from zero seconds to five minutes. This is that
    /// time plus three seconds, so that each cache refreshes within a short run, while its token is still valid.
    const LIFETIME_FOR_REFRESH: u64;

    /// The token lifetime, in seconds, with which a token stays valid for two seconds after the first attempt to
    /// refresh it. `None` if the cache does not refresh before a token expires.
    const LIFETIME_FOR_FAILING_REFRESH: Option<u64> = Some(Self::LIFETIME_FOR_REFRESH);

    /// Returns the environment variables for settings that can be set in no other way.
    fn env_vars(server: SocketAddr) -> Vec<(&'static str, String)> {
        let _ = server;
        Vec::new()
    }

    /// Creates the subject, without a token in its cache.
    fn start(server: SocketAddr) -> impl Future<Output = Result<Self>> + Send;

    /// Returns an owned `Authorization` header value, as a user of the crate gets it.
    fn header(&self) -> impl Future<Output = Result<HeaderValue>> + Send;
}

/// An error of a subject. The harness only counts or prints errors, so their type does not matter.
pub type BoxError = Box<dyn Error + Send + Sync>;

pub type Result<T, E = BoxError> = std::result::Result<T, E>;
