use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::tally::Tally;
use crate::pause;
use crate::report::Row;
use crate::server::Server;
use crate::token_source::{Result, TokenSource};

const CALLERS: usize = 100;
/// A tenth of what the server needs.
const PATIENCE: Duration = Duration::from_millis(5);
const BOUND: Duration = Duration::from_secs(10);

/// Drops the caller who came first, while the others wait for what it started.
pub async fn leader_dropped<T: TokenSource>(server: &Server, address: SocketAddr) -> Result<Row> {
    let source = T::start(address).await?;
    let leader = source.clone();
    let leader = tokio::spawn(async move { timeout(PATIENCE, leader.header()).await.is_ok() });
    pause::task(Duration::from_millis(1)).await;

    let mut waiters = JoinSet::new();
    for _ in 0..CALLERS {
        let (source, server) = (source.clone(), server.clone());
        waiters.spawn(async move {
            let mut tally = Tally::default();
            tally.call(&source, &server, BOUND).await;
            tally
        });
    }
    let tally = Tally::collect(waiters).await;
    // A leader who got a token in spite of all was not dropped, and the scenario says nothing.
    let answered = leader.await.unwrap_or(false);
    let note = if answered { " (leader answered)" } else { "" };
    Ok(Row::default()
        .count("requests", server.requests())
        .millis("slowest waiter, ms", tally.slowest, tally.unanswered > 0)
        .text("got a token", format!("{} of {CALLERS}{note}", tally.tokens)))
}

/// Lets everybody ask for less time than the server needs, again and again.
pub async fn giving_up<T: TokenSource>(server: &Server, address: SocketAddr) -> Result<Row> {
    const FOR: Duration = Duration::from_secs(1);
    let source = T::start(address).await?;
    let start = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (source, server) = (source.clone(), server.clone());
        callers.spawn(async move {
            let mut tally = Tally::default();
            while start.elapsed() < FOR {
                if tally.call(&source, &server, PATIENCE).await {
                    // One token a caller is enough to know.
                    break;
                }
                // An error that comes at once would otherwise be asked for without a pause.
                pause::task(Duration::from_millis(1)).await;
            }
            tally
        });
    }
    let tally = Tally::collect(callers).await;
    let first = tally.first_start.map(|at| at.duration_since(start));
    Ok(Row::default()
        .text("got a token", format!("{} of {CALLERS}", tally.tokens))
        .millis("first token after, ms", first.unwrap_or(FOR), first.is_none())
        .count("requests", server.requests()))
}
