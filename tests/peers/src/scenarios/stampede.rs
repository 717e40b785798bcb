//! Many concurrent callers and an empty cache.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::tally::Tally;
use crate::report::Row;
use crate::server::Server;
use crate::token_source::{Result, TokenSource};

/// The column with the number of token requests.
pub const REQUESTS: &str = "requests";

const CALLERS: usize = 1000;
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// Starts all calls at once while the cache is empty.
pub async fn run<T: TokenSource>(server: &Server, address: SocketAddr) -> Result<Row> {
    let source = T::start(address).await?;
    let start = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (source, server) = (source.clone(), server.clone());
        callers.spawn(async move {
            let mut tally = Tally::default();
            tally.call(&source, &server, CALL_TIMEOUT).await;
            // Measured from the first call, so that it includes the time to start the others.
            tally.slowest = start.elapsed();
            tally
        });
    }
    let tally = Tally::collect(callers).await;
    Ok(Row::default()
        .count(REQUESTS, server.requests())
        .millis("slowest caller, ms", tally.slowest.min(CALL_TIMEOUT), tally.timeouts > 0)
        .text("got a token", format!("{} of {CALLERS}", tally.tokens)))
}
