//! Failures of the token endpoint, with and without a valid token in the cache.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::tally::Tally;
use crate::pause;
use crate::report::Row;
use crate::server::Server;
use crate::token_source::{Result, TokenSource};

/// The column with the result of calls while refreshes fail.
pub const RESULT: &str = "callers get";

const CALLERS: usize = 10;
const CALL_TIMEOUT: Duration = Duration::from_secs(2);
const BETWEEN_CALLS: Duration = Duration::from_millis(20);

/// Measures how long one failed token request affects callers.
pub async fn one_503<T: TokenSource>(server: &Server, address: SocketAddr) -> Result<Row> {
    const MAX_DURATION: Duration = Duration::from_secs(15);
    let source = T::start(address).await?;
    let start = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (source, server) = (source.clone(), server.clone());
        callers.spawn(async move {
            let mut tally = Tally::default();
            while start.elapsed() < MAX_DURATION && !tally.call(&source, &server, CALL_TIMEOUT).await {
                pause::task(BETWEEN_CALLS).await;
            }
            tally
        });
    }
    let tally = Tally::collect(callers).await;
    let last = tally.last_first_token.map(|at| at.duration_since(start));
    Ok(Row::default()
        .millis("all have a token after, ms", last.unwrap_or(MAX_DURATION), tally.tokens < CALLERS)
        .text("calls that got an error", (tally.errors + tally.timeouts).to_string())
        .count("requests", server.requests()))
}

/// Records the result of calls while refreshes fail and the cached token is still valid.
pub async fn failing_refresh<T: TokenSource>(server: &Server, address: SocketAddr) -> Result<Row> {
    const MAX_DURATION: Duration = Duration::from_secs(14);
    const AFTER_FIRST_FAILURE: Duration = Duration::from_secs(1);
    if T::LIFETIME_FOR_FAILING_REFRESH.is_none() {
        // By the time of its refresh the cached token has expired.
        return Ok(Row::default().text(RESULT, "n/a: no early refresh"));
    }
    let source = T::start(address).await?;
    source.header().await?;
    let start = Instant::now();
    let end = move |server: &Server| {
        let latest = start + MAX_DURATION;
        server.arrival(1).map_or(latest, |failure| latest.min(failure + AFTER_FIRST_FAILURE))
    };

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
    let result = match (server.requests(), tally.errors, tally.timeouts) {
        (..=1, ..) => "no refresh was attempted",
        (_, 0, 0) => "the cached token",
        (_, _, 0) => "errors",
        (_, 0, _) => "timeouts after 2 s",
        _ => "errors, or timeouts after 2 s",
    };
    Ok(Row::default()
        .text(RESULT, result)
        .millis("slowest call, ms", tally.slowest, tally.timeouts > 0)
        .text("errors", tally.errors.to_string())
        .text("timeouts after 2 s", tally.timeouts.to_string())
        .count("failed requests", server.requests().saturating_sub(1)))
}
