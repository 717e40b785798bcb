//! One side of a comparison: a server, and callers that send requests to it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use moneykit::http::StatusCode;
use moneykit::{Client, reqwest};
use moneykit_tests::pause;

use super::{GOOD, MS, SECOND};
use crate::api::Accepts;
use crate::server::Server;

/// The duration of the traffic.
const LENGTH: Duration = Duration::from_secs(10);

/// The number of callers, and the pause of each between two calls.
#[derive(Clone, Copy)]
pub(super) struct Load {
    pub(super) callers: usize,
    pub(super) pause: Duration,
}

/// A server and the callers of its API.
pub(super) struct Side {
    pub(super) server: Server,
    caller: Arc<Caller>,
    started: Instant,
}

/// How callers send requests.
pub(super) enum Caller {
    /// With the client, which handles 401s.
    Client(Client),
    /// With the client's header and an HTTP client of their own. They never report a 401.
    Control { client: Client, http: reqwest::Client },
}

/// What callers saw.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    pub(super) successes: usize,
    pub(super) unauthorized: usize,
    /// Requests without a response, or with another status.
    pub(super) failures: usize,
    pub(super) slowest: Duration,
    pub(super) tokens: usize,
    /// The number of requests that callers would have sent if each response had arrived at once.
    pub(super) planned: usize,
}

impl Side {
    pub(super) fn start(accepts: Box<Accepts>, caller: fn(&Server) -> Caller) -> Self {
        let server = Server::with_api(3_600, accepts);
        let caller = Arc::new(caller(&server));
        Self { server, caller, started: Instant::now() }
    }

    /// Runs callers of [`GOOD`] and returns what they saw.
    pub(super) async fn run(&self, Load { callers, pause }: Load) -> Seen {
        let end = self.started + LENGTH;
        let planned = callers * usize::try_from(LENGTH.as_millis() / pause.as_millis()).unwrap();
        let callers: Vec<_> =
            (0..callers).map(|_| tokio::spawn(call_until(Arc::clone(&self.caller), pause, end))).collect();
        let mut seen = Seen::default();
        for caller in callers {
            seen.add(caller.await.unwrap());
        }
        Seen { tokens: self.server.requests(), planned, ..seen }
    }

    /// Sends requests at a fixed rate for as long as callers run. Nobody counts their outcomes.
    pub(super) async fn request_repeatedly(&self, path: impl Fn(usize) -> String, every: Duration) {
        for number in 1.. {
            pause(every).await;
            if !self.is_running() {
                break;
            }
            let (caller, path) = (Arc::clone(&self.caller), path(number));
            tokio::spawn(async move { caller.get(&path).await });
        }
    }

    /// Revokes the token and returns a second after the next token request, when another refresh is due at once.
    pub(super) async fn revoke_tokens(&self) {
        let requests = self.server.requests();
        self.server.revoke_tokens();
        // The control sends no token request.
        let next_request = async {
            while self.server.requests() == requests {
                pause(MS).await;
            }
        };
        let _ = tokio::time::timeout(SECOND, next_request).await;
        pause(SECOND).await;
    }

    fn is_running(&self) -> bool {
        self.started.elapsed() < LENGTH
    }
}

impl Caller {
    pub(super) fn client(server: &Server) -> Self {
        Self::Client(server.client().build().unwrap())
    }

    pub(super) fn control(server: &Server) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self::Control { client: server.client().build().unwrap(), http }
    }

    /// Sends a request and returns the status of the response.
    async fn get(&self, path: &str) -> Option<StatusCode> {
        match self {
            Self::Client(client) => client.get(path).send().await.ok().map(|response| response.status()),
            Self::Control { client, http } => {
                let header = client.authorization_header().await.ok()?;
                let request =
                    http.get(format!("{}{path}", client.base_url())).header("authorization", header);
                request.send().await.ok().map(|response| response.status())
            }
        }
    }
}

async fn call_until(caller: Arc<Caller>, between_calls: Duration, end: Instant) -> Seen {
    let mut seen = Seen::default();
    while Instant::now() < end {
        let start = Instant::now();
        let outcome = match caller.get(GOOD).await {
            Some(StatusCode::OK) => &mut seen.successes,
            Some(StatusCode::UNAUTHORIZED) => &mut seen.unauthorized,
            _ => &mut seen.failures,
        };
        *outcome += 1;
        seen.slowest = seen.slowest.max(start.elapsed());
        pause(between_calls).await;
    }
    seen
}

impl Seen {
    /// Returns the number of requests that callers sent.
    pub(super) fn requests(&self) -> usize {
        self.successes + self.unauthorized + self.failures
    }

    fn add(&mut self, other: Self) {
        self.successes += other.successes;
        self.unauthorized += other.unauthorized;
        self.failures += other.failures;
        self.slowest = self.slowest.max(other.slowest);
    }
}
