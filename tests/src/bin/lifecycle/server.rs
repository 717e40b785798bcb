//! A token endpoint and an API on a loopback port, with a delay, a request counter, and failures on demand.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use moneykit::http::StatusCode;
use moneykit::{Client, ClientBuilder, Clock, Moment, SystemClock};
use moneykit_tests::{Handler, HttpServer, Request, Response, pause};

use crate::api::{Accepts, Api};

/// The time that the token endpoint takes to respond.
pub(crate) const DELAY: Duration = Duration::from_millis(50);

/// A token endpoint that responds after a delay and counts requests. On all other paths, the API responds.
pub(crate) struct Server {
    http: HttpServer,
    endpoints: Arc<Endpoints>,
    pub(crate) clock: Arc<ShiftedClock>,
}

struct Endpoints {
    lifetime: u64,
    requests: AtomicUsize,
    is_failing: AtomicBool,
    api: Api,
}

impl Server {
    /// Starts a server whose tokens have this lifetime in seconds, and whose API accepts all of them.
    pub(crate) fn start(lifetime: u64) -> Self {
        Self::with_api(lifetime, Box::new(|_| true))
    }

    /// Starts a server whose API accepts only some requests.
    pub(crate) fn with_api(lifetime: u64, accepts: Box<Accepts>) -> Self {
        let endpoints = Arc::new(Endpoints {
            lifetime,
            requests: AtomicUsize::new(0),
            is_failing: AtomicBool::new(false),
            api: Api::new(accepts),
        });
        let http = HttpServer::start(Arc::clone(&endpoints)).unwrap();
        Self { http, endpoints, clock: Arc::default() }
    }

    /// Returns a builder for a client of this server, with a clock that tests can advance.
    pub(crate) fn client(&self) -> ClientBuilder {
        let clock = Arc::clone(&self.clock);
        Client::builder().credentials("id", "secret").base_url(self.url()).clock(clock)
    }

    pub(crate) fn url(&self) -> &str {
        self.http.url()
    }

    /// Returns the number of token requests.
    pub(crate) fn requests(&self) -> usize {
        self.endpoints.requests.load(Ordering::SeqCst)
    }

    /// Lets the token endpoint respond with a 503 from now on.
    pub(crate) fn fail(&self) {
        self.endpoints.is_failing.store(true, Ordering::SeqCst);
    }

    /// Revokes every token issued so far.
    pub(crate) fn revoke_tokens(&self) {
        self.endpoints.api.revoke_tokens();
    }
}

impl Handler for Endpoints {
    async fn respond(&self, request: Request) -> io::Result<Response> {
        if request.uri().path() == "/auth/token" {
            return Ok(self.respond_with_token().await);
        }
        let is_accepted = self.api.accepts(&request);
        Ok(response(if is_accepted { StatusCode::OK } else { StatusCode::UNAUTHORIZED }, String::new()))
    }
}

impl Endpoints {
    async fn respond_with_token(&self) -> Response {
        self.requests.fetch_add(1, Ordering::SeqCst);
        pause(DELAY).await;
        if self.is_failing.load(Ordering::SeqCst) {
            return response(StatusCode::SERVICE_UNAVAILABLE, String::new());
        }
        let (token, lifetime) = (self.api.issue_token(), self.lifetime);
        let body = format!(r#"{{"access_token":"{token}","token_type":"bearer","expires_in":{lifetime}}}"#);
        response(StatusCode::CREATED, body)
    }
}

fn response(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
}

/// The system clock plus an offset.
#[derive(Debug, Default)]
pub(crate) struct ShiftedClock(Mutex<Duration>);

impl ShiftedClock {
    pub(crate) fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> Moment {
        let (now, offset) = (SystemClock.now(), *self.0.lock().unwrap());
        Moment::new(now.monotonic() + offset, now.wall() + offset)
    }
}
