use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::tally::Tally;
use crate::report::Row;
use crate::server::Server;
use crate::token_source::{Result, TokenSource};

const CALLERS: usize = 1000;
const BOUND: Duration = Duration::from_secs(10);

/// Lets everybody ask at once when there is no token yet.
pub async fn run<T: TokenSource>(server: &Server, address: SocketAddr) -> Result<Row> {
    let source = T::start(address).await?;
    let start = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (source, server) = (source.clone(), server.clone());
        callers.spawn(async move {
            let mut tally = Tally::default();
            tally.call(&source, &server, BOUND).await;
            // The slowest caller counts from when the first one asked.
            tally.slowest = start.elapsed();
            tally
        });
    }
    let tally = Tally::collect(callers).await;
    Ok(Row::default()
        .count("requests", server.requests())
        .millis("slowest caller, ms", tally.slowest.min(BOUND), tally.unanswered > 0)
        .text("got a token", format!("{} of {CALLERS}", tally.tokens)))
}
