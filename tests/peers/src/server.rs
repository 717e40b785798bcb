//! The token server on the loopback interface, with a log of its requests and tokens.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use crate::pause;
use crate::token_source::Result;

/// A token server that responds to every path and method with one JSON object, which has the fields that each
/// subject reads.
///
/// It has its own thread and runtime, so that a subject that blocks its runtime does not slow it down.
#[derive(Clone)]
pub struct Server(Arc<Log>);

/// The behavior of a server.
#[derive(Clone, Copy)]
pub struct Behavior {
    /// The time that the server takes to respond.
    pub delay: Duration,
    /// The lifetime of tokens in seconds.
    pub lifetime: u64,
    /// The status of a successful response.
    pub success: StatusCode,
    pub outage: Outage,
}

/// The requests to which the server responds with a 503.
#[derive(Clone, Copy)]
pub enum Outage {
    Never,
    FirstRequest,
    AllButFirstRequest,
}

struct Log {
    behavior: Behavior,
    /// The time at which each request arrived.
    requests: Mutex<Vec<Instant>>,
    /// The time at which each token expires, in the order in which they were issued.
    expirations: Mutex<Vec<Instant>>,
}

impl Server {
    /// Starts to serve on a socket that already listens.
    pub fn start(listener: TcpListener, behavior: Behavior) -> Result<Self> {
        listener.set_nonblocking(true)?;
        let log = Arc::new(Log { behavior, requests: Mutex::default(), expirations: Mutex::default() });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let routes = Router::new().fallback(respond).with_state(Arc::clone(&log));
        std::thread::spawn(move || {
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                axum::serve(listener, routes).await
            })
        });
        Ok(Self(log))
    }

    /// Returns the number of requests that have arrived, including those in flight.
    pub fn requests(&self) -> usize {
        lock(&self.0.requests).len()
    }

    /// Returns the time at which the nth request arrived, counted from zero.
    pub fn arrival(&self, nth: usize) -> Option<Instant> {
        lock(&self.0.requests).get(nth).copied()
    }

    /// Returns true if the token in a header value has expired, or was never issued by this server.
    pub fn has_expired(&self, value: &HeaderValue) -> bool {
        let now = Instant::now();
        let number = value
            .to_str()
            .ok()
            .and_then(|text| text.strip_prefix("Bearer t-"))
            .and_then(|text| text.split('-').next())
            .and_then(|digits| digits.parse::<usize>().ok());
        let expires_at = number.and_then(|number| lock(&self.0.expirations).get(number).copied());
        expires_at.is_none_or(|expires_at| expires_at <= now)
    }
}

async fn respond(State(log): State<Arc<Log>>) -> Response {
    let nth = {
        let mut requests = lock(&log.requests);
        requests.push(Instant::now());
        requests.len() - 1
    };
    pause::task(log.behavior.delay).await;
    let fails = match log.behavior.outage {
        Outage::Never => false,
        Outage::FirstRequest => nth == 0,
        Outage::AllButFirstRequest => nth > 0,
    };
    let (status, body) = if fails {
        let body = r#"{"error":"temporarily_unavailable","error_description":"try again later"}"#;
        (StatusCode::SERVICE_UNAVAILABLE, body.to_owned())
    } else {
        (log.behavior.success, issue_token(&log))
    };
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// Returns a response body with a token of 1 KiB, and logs when the token expires.
fn issue_token(log: &Log) -> String {
    const LENGTH: usize = 1024;
    let lifetime = log.behavior.lifetime;
    let number = {
        let mut expirations = lock(&log.expirations);
        // The lifetime starts at the response rather than at the request, in favor of the subject.
        expirations.push(Instant::now() + Duration::from_secs(lifetime));
        expirations.len() - 1
    };
    let expires_on =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs() + lifetime;
    let token = format!("{:x<LENGTH$}", format!("t-{number}-"));
    serde_json::json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": lifetime,
        // For Azure's managed identities: the Unix time at which the token expires, as a string.
        "expires_on": expires_on.to_string(),
        "resource": "peers",
    })
    .to_string()
}

/// Returns a listening loopback socket for a server that starts later, and its address.
pub fn listen() -> Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code here panics while it holds a lock, so the value is consistent.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
