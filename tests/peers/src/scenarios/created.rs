//! A token response with the status 201, as MoneyKit's token endpoint sends it.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::timeout;

use crate::report::Row;
use crate::server::Server;
use crate::token_source::{BoxError, Result, TokenSource};

/// The column that shows whether a 201 is accepted.
pub const RESULT: &str = "a 201 response is";

const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes one call while the server responds with a 201. RFC 6749 §5.1 specifies a 200.
pub async fn run<T: TokenSource>(server: &Server, address: SocketAddr) -> Result<Row> {
    let source = T::start(address).await?;
    let (result, error) = match timeout(CALL_TIMEOUT, source.header()).await {
        Ok(Ok(_)) => ("accepted", "–".to_owned()),
        Ok(Err(error)) => ("refused", one_line(&error)),
        Err(_) => ("refused", format!("no result within {} s", CALL_TIMEOUT.as_secs())),
    };
    Ok(Row::default().text(RESULT, result).text("error", error).count("requests", server.requests()))
}

/// Returns an error and its sources in one line, which fits into a table's cell.
fn one_line(error: &BoxError) -> String {
    const MAX_CHARS: usize = 100;

    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "/");
    match line.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
