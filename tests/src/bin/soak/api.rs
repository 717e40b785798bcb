//! The API in front of the emulator: it forwards token requests, and responds to all others itself, with faults.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fastrand::Rng;
use moneykit::http::{StatusCode, header};
use moneykit::reqwest;
use moneykit_emulator::Emulator;
use moneykit_tests::{Handler, Request, Response, bearer_token};

/// The path that is always refused.
pub(crate) const REFUSED: &str = "/refused";

/// Forwards token requests to the emulator, and accepts API requests by the emulator's tokens.
pub(crate) struct Api {
    emulator: Arc<Emulator>,
    http: reqwest::Client,
    faults: Mutex<Faults>,
}

struct Faults {
    rng: Rng,
    /// The share of API requests that are refused at random, in percent.
    refused_percent: u32,
    /// How long after its issue the API learns of a token.
    lateness: Duration,
    /// When the API learns of the tokens that it does not know yet.
    known_from: HashMap<String, Instant>,
}

impl Api {
    pub(crate) fn new(emulator: Arc<Emulator>, seed: u64) -> Result<Self, reqwest::Error> {
        // A connection for each request: the emulator's faults close connections, and must not affect other requests.
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build()?;
        let faults = Faults {
            rng: Rng::with_seed(seed),
            refused_percent: 0,
            lateness: Duration::ZERO,
            known_from: HashMap::new(),
        };
        Ok(Self { emulator, http, faults: Mutex::new(faults) })
    }

    /// Refuses this share of all API requests from now on.
    pub(crate) fn refuse(&self, percent: u32) {
        self.faults().refused_percent = percent;
    }

    /// Learns of each token this long after its issue from now on.
    pub(crate) fn learn_late(&self, lateness: Duration) {
        self.faults().lateness = lateness;
    }

    /// Returns true if the API knows a token, which has neither expired nor been revoked.
    pub(crate) fn knows(&self, token: &str) -> bool {
        /// The API accepts tokens for a little longer, as servers do whose clocks may differ. Otherwise a token could
        /// expire on its way when the emulator's clock jumps.
        const LEEWAY: Duration = Duration::from_secs(2);

        let is_late = self.faults().known_from.get(token).is_some_and(|from| Instant::now() < *from);
        let expires_at = self.emulator.token_expires_at(token);
        !is_late && expires_at.is_some_and(|expires_at| self.emulator.now() < expires_at + LEEWAY)
    }

    /// Forwards a token request. The connection closes without a response if the emulator closes its own early.
    async fn forward(&self, request: Request) -> reqwest::Result<Response> {
        let (mut head, body) = request.into_parts();
        head.headers.remove(header::HOST);
        let forwarded = self.http.request(head.method, format!("{}{}", self.emulator.url(), head.uri));
        let mut received = forwarded.headers(head.headers).body(body).send().await?;
        let (status, headers) = (received.status(), std::mem::take(received.headers_mut()));
        let body = received.bytes().await?;
        if let Some(token) = std::str::from_utf8(&body).ok().and_then(issued_token) {
            self.faults().issued(token);
        }
        let mut response = Response::new(body);
        (*response.status_mut(), *response.headers_mut()) = (status, headers);
        Ok(response)
    }

    fn status(&self, request: &Request) -> StatusCode {
        let is_refused = request.uri().path() == REFUSED || self.faults().draws_refusal();
        match bearer_token(request) {
            Some(token) if !is_refused && self.knows(token) => StatusCode::OK,
            _ => StatusCode::UNAUTHORIZED,
        }
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Handler for Api {
    async fn respond(&self, request: Request) -> io::Result<Response> {
        if request.uri().path() == "/auth/token" {
            return self.forward(request).await.map_err(io::Error::other);
        }
        let mut response = Response::default();
        *response.status_mut() = self.status(&request);
        Ok(response)
    }
}

impl Faults {
    fn draws_refusal(&mut self) -> bool {
        self.refused_percent > 0 && self.rng.u32(..100) < self.refused_percent
    }

    /// Records that the emulator issued a token.
    fn issued(&mut self, token: &str) {
        let now = Instant::now();
        self.known_from.retain(|_, from| now < *from);
        if !self.lateness.is_zero() {
            self.known_from.insert(token.to_owned(), now + self.lateness);
        }
    }
}

/// Returns the access token in the body of a token response.
fn issued_token(body: &str) -> Option<&str> {
    body.split_once(r#""access_token":""#)?.1.split('"').next()
}
