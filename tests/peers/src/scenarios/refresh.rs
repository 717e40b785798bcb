use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::tally::Tally;
use crate::pause;
use crate::report::Row;
use crate::server::Server;
use crate::token_source::{Result, TokenSource};

const CALLERS: usize = 100;
const BOUND: Duration = Duration::from_secs(5);
const BETWEEN_CALLS: Duration = Duration::from_millis(5);

/// Watches a few lives of tokens that last three seconds, which is less than most caches refresh ahead.
pub async fn short_life<T: TokenSource>(server: &Server, address: SocketAddr) -> Result<Row> {
    let end = Instant::now() + Duration::from_secs(7);
    busy_callers::<T>(server, address, move |_| end).await
}

/// Watches one refresh at the point that the cache has chosen, with a token that is far from its end.
pub async fn own_point<T: TokenSource>(server: &Server, address: SocketAddr) -> Result<Row> {
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
                tally.call(&source, &server, BOUND).await;
                pause::task(BETWEEN_CALLS).await;
            }
            tally
        });
    }
    let tally = Tally::collect(callers).await;
    Ok(Row::default()
        .count("requests after the first", server.requests().saturating_sub(1))
        .millis("slowest call, ms", tally.slowest, tally.unanswered > 0)
        .text("expired tokens", tally.expired.to_string())
        .text("errors", (tally.errors + tally.unanswered).to_string())
        .text("calls", tally.calls.to_string()))
}
