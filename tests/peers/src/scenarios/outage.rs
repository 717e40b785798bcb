use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::tally::Tally;
use crate::pause;
use crate::report::Row;
use crate::server::Server;
use crate::token_source::{Result, TokenSource};

const CALLERS: usize = 10;
const BOUND: Duration = Duration::from_secs(2);
const BETWEEN_CALLS: Duration = Duration::from_millis(20);

/// Sees how long one failure of the server is felt.
pub async fn one_503<T: TokenSource>(server: &Server, address: SocketAddr) -> Result<Row> {
    const AT_MOST: Duration = Duration::from_secs(15);
    let source = T::start(address).await?;
    let start = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (source, server) = (source.clone(), server.clone());
        callers.spawn(async move {
            let mut tally = Tally::default();
            while start.elapsed() < AT_MOST && !tally.call(&source, &server, BOUND).await {
                pause::task(BETWEEN_CALLS).await;
            }
            tally
        });
    }
    let tally = Tally::collect(callers).await;
    let last = tally.last_start.map(|at| at.duration_since(start));
    Ok(Row::default()
        .millis("all have a token after, ms", last.unwrap_or(AT_MOST), tally.tokens < CALLERS)
        .text("calls that got an error", (tally.errors + tally.unanswered).to_string())
        .count("requests", server.requests()))
}

/// Sees what callers get while the server fails and the token that they had is still good.
pub async fn failing_refresh<T: TokenSource>(server: &Server, address: SocketAddr) -> Result<Row> {
    const AT_MOST: Duration = Duration::from_secs(14);
    const AFTER_THE_FIRST_FAILURE: Duration = Duration::from_secs(1);
    if T::OUTLIVES_ITS_REFRESH.is_none() {
        // Its refresh comes when the old token has ended, so there is nothing left to hand out.
        return Ok(Row::default().text("callers get", "n/a: no refresh ahead"));
    }
    let source = T::start(address).await?;
    source.header().await?;
    let start = Instant::now();
    let end = move |server: &Server| {
        let latest = start + AT_MOST;
        server.arrival(1).map_or(latest, |failure| latest.min(failure + AFTER_THE_FIRST_FAILURE))
    };

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
    let verdict = match (server.requests(), tally.errors, tally.unanswered) {
        (..=1, ..) => "no refresh was tried",
        (_, 0, 0) => "the old token",
        (_, _, 0) => "errors",
        (_, 0, _) => "nothing within 2 s",
        _ => "errors, or nothing within 2 s",
    };
    Ok(Row::default()
        .text("callers get", verdict)
        .millis("slowest call, ms", tally.slowest, tally.unanswered > 0)
        .text("errors", tally.errors.to_string())
        .text("no answer in 2 s", tally.unanswered.to_string())
        .count("failed requests", server.requests().saturating_sub(1)))
}
