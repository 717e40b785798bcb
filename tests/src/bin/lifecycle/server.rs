use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use moneykit::{Client, ClientBuilder, Clock, Moment, SystemClock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::pause::pause;

/// How long the server takes for an answer.
pub(crate) const DELAY: Duration = Duration::from_millis(50);

/// A token endpoint that takes its time, counts, and fails when it is told to.
pub(crate) struct Server {
    url: String,
    state: Arc<State>,
    pub(crate) clock: Arc<ShiftedClock>,
}

struct State {
    lifetime: u64,
    requests: AtomicUsize,
    fails: AtomicBool,
}

impl Server {
    pub(crate) async fn start(lifetime: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state =
            Arc::new(State { lifetime, requests: AtomicUsize::new(0), fails: AtomicBool::new(false) });
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { url, state, clock: Arc::default() }
    }

    /// Describes a client of this server, on a clock that can be set ahead.
    pub(crate) fn client(&self) -> ClientBuilder {
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        Client::builder().credentials("id", "secret").base_url(&self.url).clock(clock)
    }

    pub(crate) fn requests(&self) -> usize {
        self.state.requests.load(Ordering::SeqCst)
    }

    /// Answers with 503 from now on.
    pub(crate) fn fail(&self) {
        self.state.fails.store(true, Ordering::SeqCst);
    }
}

/// Answers the requests of one connection. Every request of a client has its body in one piece with its head.
async fn serve(mut stream: TcpStream, state: Arc<State>) {
    let mut buffer = [0; 4_096];
    while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {
        let number = state.requests.fetch_add(1, Ordering::SeqCst);
        pause(DELAY).await;
        let (status, body) = if state.fails.load(Ordering::SeqCst) {
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

/// The machine's clock, set ahead.
#[derive(Debug, Default)]
pub(crate) struct ShiftedClock(Mutex<Duration>);

impl ShiftedClock {
    pub(crate) fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> Moment {
        let (now, ahead) = (SystemClock.now(), *self.0.lock().unwrap());
        Moment::new(now.monotonic() + ahead, now.wall() + ahead)
    }
}
