//! The operation that lists the journal, and waits for requests.

use std::time::Duration;

use http::StatusCode;
use serde::Serialize;

use super::input::Input;
use super::{invalid_request, ok};
use crate::endpoint::error_response::ErrorResponse;
use crate::endpoint::response::Response;
use crate::session::journal::{JournalEntry, RequestFilter};
use crate::session::state::SessionState;

/// Responds at once, or as soon as `min_count` requests match.
pub(super) async fn list(session: &SessionState, input: &Input<'_>) -> Result<Response, ErrorResponse> {
    let Query { filter, limit, min_count, timeout } = Query::parse(input)?;
    if min_count > 0 {
        let wait = session.journal.wait_async(&filter, min_count);
        let _ = tokio::time::timeout(timeout, wait).await;
    }
    let page = session.journal.page(&filter);
    Ok(ok(&Listing {
        matched: page.requests.len(),
        timed_out: page.requests.len() < min_count,
        last_id: page.last_id,
        dropped: page.dropped,
        requests: page.requests.iter().take(limit).map(|entry| &**entry).collect(),
    }))
}

/// The body of the response.
#[derive(Serialize)]
struct Listing<'j> {
    matched: usize,
    timed_out: bool,
    last_id: u64,
    dropped: u64,
    requests: Vec<&'j JournalEntry>,
}

struct Query {
    filter: RequestFilter,
    limit: usize,
    min_count: usize,
    timeout: Duration,
}

/// The longest time that a request waits. Proxies and clients give up after about a minute.
const MAX_TIMEOUT: Duration = Duration::from_secs(60);

impl Query {
    fn parse(input: &Input<'_>) -> Result<Self, ErrorResponse> {
        let mut query =
            Self { filter: RequestFilter::new(), limit: 1_000, min_count: 0, timeout: MAX_TIMEOUT };
        for (name, value) in input.query_pairs() {
            let filter = query.filter.clone();
            match &*name {
                "method" => query.filter = filter.method(value),
                "path" => {
                    query.filter = filter.path(&value).map_err(|error| invalid_request(error.to_string()))?;
                }
                "status" => {
                    let status = StatusCode::from_u16(number(&name, &value)?);
                    let status = status.map_err(|_| invalid_request("`status` must be from 100 to 999"))?;
                    query.filter = filter.status(status);
                }
                "client_id" => query.filter = filter.client_id(value),
                "since" => query.filter = filter.since(number(&name, &value)?),
                "limit" => query.limit = number(&name, &value)?,
                "min_count" => query.min_count = number(&name, &value)?,
                "timeout_ms" => {
                    query.timeout = Duration::from_millis(number(&name, &value)?);
                    if query.timeout > MAX_TIMEOUT {
                        return Err(invalid_request(
                            "`timeout_ms` must be at most 60000; wait again after that",
                        ));
                    }
                }
                _ => {
                    return Err(invalid_request(format!(
                        "unknown query parameter {name:?}; use method, path, status, client_id, since, limit, \
                         min_count or timeout_ms"
                    )));
                }
            }
        }
        Ok(query)
    }
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, ErrorResponse> {
    value.parse().map_err(|_| invalid_request(format!("`{name}` must be a number")))
}
