//! A token endpoint on a loopback port, with a delay, a request counter, and failures on demand.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use moneykit::{Client, ClientBuilder, Clock, Moment, SystemClock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::pause::pause;

/// The time that the server takes to respond.
pub(crate) const DELAY: Duration = Duration::from_millis(50);

/// A token endpoint that responds after a delay and counts requests.
pub(crate) struct Server {
    url: String,
    state: Arc<State>,
    pub(crate) clock: Arc<ShiftedClock>,
}

struct State {
    lifetime: u64,
    requests: AtomicUsize,
    is_failing: AtomicBool,
}

impl Server {
    pub(crate) async fn start(lifetime: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state =
            Arc::new(State { lifetime, requests: AtomicUsize::new(0), is_failing: AtomicBool::new(false) });
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { url, state, clock: Arc::default() }
    }

    /// Returns a builder for a client of this server, with a clock that tests can advance.
    pub(crate) fn client(&self) -> ClientBuilder {
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        Client::builder().credentials("id", "secret").base_url(&self.url).clock(clock)
    }

    pub(crate) fn requests(&self) -> usize {
        self.state.requests.load(Ordering::SeqCst)
    }

    /// Responds with a 503 from now on.
    pub(crate) fn fail(&self) {
        self.state.is_failing.store(true, Ordering::SeqCst);
    }
}

/// Responds to the requests on one connection. It takes each read as one request: the client sends head and body in
/// one write.
async fn serve(mut stream: TcpStream, state: Arc<State>) {
    let mut buffer = [0; 4_096];
    while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {
        let number = state.requests.fetch_add(1, Ordering::SeqCst);
        pause(DELAY).await;
        let (status, body) = if state.is_failing.load(Ordering::SeqCst) {
            ("503 Service Unavailable", String::new())
        } else {
            let token = format!("{number}{}", "t".repeat(1_024));
            let lifetime = state.lifetime;
            (
                "201 Created",
                format!(r#"{{"access_token":"{token}","token_type":"bearer","expires_in":{lifetime}}}"#),
            )
        };
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", body.len());
        if stream.write_all((head + &body).as_bytes()).await.is_err() {
            return;
        }
    }
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
