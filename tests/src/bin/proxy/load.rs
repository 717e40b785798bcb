//! The load: clients that each send a request as soon as the response to the previous one has arrived.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::process::Process;
use crate::subjects::Subject;
use crate::upstream::TOKEN;

/// What the clients send, and how many they are.
#[derive(Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) clients: usize,
    request_bytes: usize,
    response_bytes: usize,
}

impl Scenario {
    pub(crate) const ALL: [Self; 5] = [
        Self { name: "GET, 200 bytes", clients: 1, request_bytes: 0, response_bytes: 200 },
        Self { name: "GET, 200 bytes", clients: 16, request_bytes: 0, response_bytes: 200 },
        Self { name: "POST, 1 KiB for 200 bytes", clients: 16, request_bytes: 1024, response_bytes: 200 },
        Self { name: "GET, 64 KiB", clients: 16, request_bytes: 0, response_bytes: 64 * 1024 },
        Self { name: "GET, 1 MiB", clients: 4, request_bytes: 0, response_bytes: 1024 * 1024 },
    ];
}

/// The result of a round.
pub(crate) struct Measurement {
    pub(crate) requests_per_second: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// The CPU time of the proxy for a request; zero without a proxy.
    pub(crate) cpu: Duration,
}

/// When a client stops.
#[derive(Clone, Copy)]
enum Limit {
    Time(Instant),
    Requests(u64),
}

/// A generator of load. It has one thread: a proxy has more to do than its clients.
pub(crate) struct Load(Runtime);

impl Load {
    pub(crate) fn new() -> Self {
        Self(tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap())
    }

    /// Sends requests for a while.
    pub(crate) fn run(&self, subject: &Subject, scenario: Scenario, duration: Duration) -> Measurement {
        let cpu = || subject.process.as_ref().map(Process::cpu_time).unwrap_or_default();
        let (started, cpu_before) = (Instant::now(), cpu());
        let mut latencies = self.send(subject, scenario, Limit::Time(started + duration));
        let (elapsed, cpu) = (started.elapsed(), cpu().saturating_sub(cpu_before));
        latencies.sort_unstable();
        let count = u32::try_from(latencies.len()).unwrap();
        let percentile = |percent: usize| latencies[(latencies.len() - 1) * percent / 100];
        Measurement {
            requests_per_second: f64::from(count) / elapsed.as_secs_f64(),
            p50: percentile(50),
            p99: percentile(99),
            cpu: cpu / count,
        }
    }

    /// Sends at least this many requests.
    pub(crate) fn run_requests(&self, subject: &Subject, scenario: Scenario, count: usize) {
        let per_client = count.div_ceil(scenario.clients);
        self.send(subject, scenario, Limit::Requests(u64::try_from(per_client).unwrap()));
    }

    /// Sends requests, and returns their latencies.
    fn send(&self, subject: &Subject, scenario: Scenario, limit: Limit) -> Vec<Duration> {
        self.0.block_on(async {
            let clients = (0..scenario.clients).map(|_| client(subject.address.clone(), scenario, limit));
            let clients: JoinSet<_> = clients.collect();
            clients.join_all().await.concat()
        })
    }
}

/// Sends requests on one connection.
async fn client(address: String, scenario: Scenario, limit: Limit) -> Vec<Duration> {
    let Scenario { request_bytes, response_bytes, .. } = scenario;
    let method = if request_bytes == 0 { "GET" } else { "POST" };
    let mut request = format!(
        "{method} /bytes/{response_bytes} HTTP/1.1\r\nHost: {address}\r\nAccept: */*\r\nUser-Agent: load/1\r\n\
        Authorization: Bearer {TOKEN}\r\nContent-Length: {request_bytes}\r\n\r\n"
    );
    request.extend(std::iter::repeat_n('x', request_bytes));

    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut buffer = vec![0; 256 * 1024];
    let mut latencies = Vec::new();
    for sent in 0.. {
        let started = Instant::now();
        if match limit {
            Limit::Time(end) => started >= end,
            Limit::Requests(count) => sent == count,
        } {
            break;
        }
        stream.write_all(request.as_bytes()).await.unwrap();
        receive(&mut stream, &mut buffer, response_bytes).await;
        latencies.push(started.elapsed());
    }
    latencies
}

/// Reads a response with a body of this length.
async fn receive(stream: &mut TcpStream, buffer: &mut [u8], body_bytes: usize) {
    let mut filled = 0;
    let head_bytes = loop {
        let count = stream.read(&mut buffer[filled..]).await.unwrap();
        assert_ne!(count, 0, "the connection was closed");
        filled += count;
        if let Some(end) = buffer[..filled].windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let head = str::from_utf8(&buffer[..head_bytes]).unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let mut received = filled - head_bytes;
    while received < body_bytes {
        let count = stream.read(buffer).await.unwrap();
        assert_ne!(count, 0, "the connection was closed");
        received += count;
    }
    assert_eq!(received, body_bytes);
}
