use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use crate::pause;
use crate::token_source::Result;

/// A token server on the loopback interface that answers every path and method with one JSON object, in
/// which each peer finds the fields that it reads.
///
/// It has a thread and a runtime of its own, so that a peer that keeps its runtime busy does not slow it down.
#[derive(Clone)]
pub struct Server(Arc<Log>);

/// How the server behaves, for all of its life.
#[derive(Clone, Copy)]
pub struct Rules {
    /// How long a request takes.
    pub delay: Duration,
    /// How many seconds a token lives.
    pub lifetime: u64,
    pub outage: Outage,
}

/// Which requests are answered with a 503.
#[derive(Clone, Copy)]
pub enum Outage {
    Never,
    FirstRequest,
    AllButFirstRequest,
}

/// When something happened at the server.
struct Log {
    rules: Rules,
    requests: Mutex<Vec<Instant>>,
    /// When each token ends, in the order in which they were issued.
    ends: Mutex<Vec<Instant>>,
}

impl Server {
    /// Starts to answer on a socket that listens already.
    pub fn start(listener: TcpListener, rules: Rules) -> Result<Self> {
        listener.set_nonblocking(true)?;
        let log = Arc::new(Log { rules, requests: Mutex::default(), ends: Mutex::default() });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&log));
        std::thread::spawn(move || {
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                axum::serve(listener, routes).await
            })
        });
        Ok(Self(log))
    }

    /// Returns how many requests have come in, answered or not.
    pub fn requests(&self) -> usize {
        lock(&self.0.requests).len()
    }

    /// Returns when the nth request came in, counted from zero.
    pub fn arrival(&self, nth: usize) -> Option<Instant> {
        lock(&self.0.requests).get(nth).copied()
    }

    /// Tells whether the token in a header value is past its end. The server issued it and knows.
    pub fn has_expired(&self, value: &HeaderValue) -> bool {
        let now = Instant::now();
        let number = value
            .to_str()
            .ok()
            .and_then(|text| text.strip_prefix("Bearer t-"))
            .and_then(|text| text.split('-').next())
            .and_then(|digits| digits.parse::<usize>().ok());
        let end = number.and_then(|number| lock(&self.0.ends).get(number).copied());
        // A token that was never issued is as bad as one that has expired.
        end.is_none_or(|end| end <= now)
    }
}

async fn answer(State(log): State<Arc<Log>>) -> Response {
    let nth = {
        let mut requests = lock(&log.requests);
        requests.push(Instant::now());
        requests.len() - 1
    };
    pause::task(log.rules.delay).await;
    let fails = match log.rules.outage {
        Outage::Never => false,
        Outage::FirstRequest => nth == 0,
        Outage::AllButFirstRequest => nth > 0,
    };
    let (status, body) = if fails {
        let body = r#"{"error":"temporarily_unavailable","error_description":"try again later"}"#;
        (StatusCode::SERVICE_UNAVAILABLE, body.to_owned())
    } else {
        (StatusCode::OK, issue(&log))
    };
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// Writes a token of 1 KiB, and notes its end.
fn issue(log: &Log) -> String {
    const LENGTH: usize = 1024;
    let lifetime = log.rules.lifetime;
    let number = {
        let mut ends = lock(&log.ends);
        // It lives from the moment of the answer, not of the request: in doubt for the peer.
        ends.push(Instant::now() + Duration::from_secs(lifetime));
        ends.len() - 1
    };
    let expires_on =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs() + lifetime;
    let token = format!("{:x<LENGTH$}", format!("t-{number}-"));
    serde_json::json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": lifetime,
        // Azure's managed identities: the second at which it ends, as text.
        "expires_on": expires_on.to_string(),
        "resource": "peers",
    })
    .to_string()
}

/// Returns the loopback socket of a server that is yet to start, and its address.
pub fn listen() -> Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that holds a lock here can panic half-way, so what it guards is whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
