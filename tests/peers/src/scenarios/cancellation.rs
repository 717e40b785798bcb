//! Callers that are cancelled while a token request is in flight.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::tally::Tally;
use crate::pause;
use crate::report::Row;
use crate::server::Server;
use crate::token_source::{Result, TokenSource};

/// The column with the number of token requests.
pub const REQUESTS: &str = "requests";

const CALLERS: usize = 100;
/// A tenth of the time that the server takes to respond.
const SHORT_TIMEOUT: Duration = Duration::from_millis(5);
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// Cancels the first caller while the others wait for the request that it started.
pub async fn first_caller_cancelled<T: TokenSource>(server: &Server, address: SocketAddr) -> Result<Row> {
    let source = T::start(address).await?;
    let first = source.clone();
    let first = tokio::spawn(async move { timeout(SHORT_TIMEOUT, first.header()).await.is_ok() });
    pause::task(Duration::from_millis(1)).await;

    let mut waiters = JoinSet::new();
    for _ in 0..CALLERS {
        let (source, server) = (source.clone(), server.clone());
        waiters.spawn(async move {
            let mut tally = Tally::default();
            tally.call(&source, &server, CALL_TIMEOUT).await;
            tally
        });
    }
    let tally = Tally::collect(waiters).await;
    // If the first call returned before its timeout, nothing was cancelled and the row has no meaning.
    let returned = first.await.unwrap_or(false);
    let note = if returned { " (not cancelled)" } else { "" };
    Ok(Row::default()
        .count(REQUESTS, server.requests())
        .millis("slowest waiter, ms", tally.slowest, tally.timeouts > 0)
        .text("got a token", format!("{} of {CALLERS}{note}", tally.tokens)))
}

/// Repeats calls whose timeout is shorter than a token request.
pub async fn short_timeouts<T: TokenSource>(server: &Server, address: SocketAddr) -> Result<Row> {
    const DURATION: Duration = Duration::from_secs(1);
    let source = T::start(address).await?;
    let start = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (source, server) = (source.clone(), server.clone());
        callers.spawn(async move {
            let mut tally = Tally::default();
            while start.elapsed() < DURATION {
                if tally.call(&source, &server, SHORT_TIMEOUT).await {
                    // One token per caller is enough.
                    break;
                }
                // Without a pause, calls that fail immediately would become a busy loop.
                pause::task(Duration::from_millis(1)).await;
            }
            tally
        });
    }
    let tally = Tally::collect(callers).await;
    let first = tally.first_token.map(|at| at.duration_since(start));
    Ok(Row::default()
        .text("got a token", format!("{} of {CALLERS}", tally.tokens))
        .millis("first token after, ms", first.unwrap_or(DURATION), first.is_none())
        .count(REQUESTS, server.requests()))
}
