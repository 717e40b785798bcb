//! Busy callers while the cached token is refreshed.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::tally::Tally;
use crate::pause;
use crate::report::Row;
use crate::server::Server;
use crate::token_source::{Result, TokenSource};

/// The column with the duration of the slowest call, in milliseconds.
pub const SLOWEST_CALL: &str = "slowest call, ms";

const CALLERS: usize = 100;
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
const BETWEEN_CALLS: Duration = Duration::from_millis(5);

/// Observes several tokens with a lifetime of three seconds, which is shorter than the refresh window of most caches.
pub async fn short_lifetime<T: TokenSource>(server: &Server, address: SocketAddr) -> Result<Row> {
    let end = Instant::now() + Duration::from_secs(7);
    busy_callers::<T>(server, address, move |_| end).await
}

/// Observes one refresh at the cache's own refresh time, with a token that is still valid.
pub async fn at_refresh_time<T: TokenSource>(server: &Server, address: SocketAddr) -> Result<Row> {
    let latest = Instant::now() + Duration::from_secs(10);
    busy_callers::<T>(server, address, move |server| {
        server.arrival(1).map_or(latest, |refresh| latest.min(refresh + Duration::from_millis(1500)))
    })
    .await
}

async fn busy_callers<T: TokenSource>(
    server: &Server,
    address: SocketAddr,
    end: impl Fn(&Server) -> Instant + Copy + Send + 'static,
) -> Result<Row> {
    let source = T::start(address).await?;
    source.header().await?;

    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (source, server) = (source.clone(), server.clone());
        callers.spawn(async move {
            let mut tally = Tally::default();
            while Instant::now() < end(&server) {
                tally.call(&source, &server, CALL_TIMEOUT).await;
                pause::task(BETWEEN_CALLS).await;
            }
            tally
        });
    }
    let tally = Tally::collect(callers).await;
    Ok(Row::default()
        .count("requests after the first", server.requests().saturating_sub(1))
        .millis(SLOWEST_CALL, tally.slowest, tally.timeouts > 0)
        .text("expired tokens", tally.expired.to_string())
        .text("errors", (tally.errors + tally.timeouts).to_string())
        .text("calls", tally.calls.to_string()))
}
