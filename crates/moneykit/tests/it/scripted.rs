//! A server that follows a script on raw sockets, byte by byte.

use std::io::ErrorKind::ConnectionAborted;
use std::net::SocketAddr;
use std::time::Duration;

use moneykit::{Client, ClientBuilder, Transport, reqwest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::{CLIENT_ID, CLIENT_SECRET};

/// A server that follows a script on each connection, on the runtime of the test.
pub(crate) struct ScriptedServer {
    address: SocketAddr,
    stats: watch::Receiver<Stats>,
}

/// The events that a server has counted so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Stats {
    pub(crate) connections: usize,
    /// Requests that arrived complete.
    pub(crate) requests: usize,
    /// Connections that the client closed before the server did.
    pub(crate) client_disconnects: usize,
}

/// One step of a script. The server closes the connection after the last one.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Reads one request, to the end of its body.
    ReadRequest,
    Send(Vec<u8>),
    /// Sends one byte every 50 milliseconds.
    Trickle(Vec<u8>),
    /// Sends the same bytes again and again, until the client disconnects.
    Repeat(Vec<u8>),
    /// Waits until the client disconnects.
    AwaitClose,
    /// Closes the connection with a reset.
    Reset,
}

pub(crate) fn send(bytes: impl AsRef<[u8]>) -> Step {
    Step::Send(bytes.as_ref().to_vec())
}

/// Returns a step that sends a complete response; `head` is the status line without the version, and any headers
/// except `Content-Length`.
pub(crate) fn response(head: &str, body: impl AsRef<[u8]>) -> Step {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len());
    send([head.as_bytes(), body].concat())
}

/// Returns a step that sends a complete response and announces that the connection closes after it. Otherwise the next
/// request could go out on the connection just before it closes, and fail.
pub(crate) fn closing_response(head: &str, body: impl AsRef<[u8]>) -> Step {
    response(&format!("{head}\r\nconnection: close"), body)
}

/// Builds a transport that ignores the proxies of the environment.
pub(crate) fn transport() -> Transport {
    Transport::new(reqwest::Client::builder().no_proxy()).unwrap()
}

impl ScriptedServer {
    /// Starts a server that follows the first script on the first connection and so on, and the last script on all
    /// further connections.
    pub(crate) async fn start(scripts: Vec<Vec<Step>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, stats) = watch::channel(Stats::default());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let number = sender.borrow().connections;
                sender.send_modify(|stats| stats.connections += 1);
                let script = scripts[number.min(scripts.len() - 1)].clone();
                let sender = sender.clone();
                tokio::spawn(async move {
                    if run(stream, script, &sender).await.is_err() {
                        sender.send_modify(|stats| stats.client_disconnects += 1);
                    }
                });
            }
        });
        Self { address, stats }
    }

    /// Returns a builder for a client of this server.
    pub(crate) fn client_builder(&self, transport: &Transport) -> ClientBuilder {
        let url = format!("http://{}", self.address);
        Client::builder().credentials(CLIENT_ID, CLIENT_SECRET).base_url(url).transport(transport.clone())
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn stats(&self) -> Stats {
        *self.stats.borrow()
    }

    /// Waits until the counters satisfy a condition.
    pub(crate) async fn wait_until(&self, condition: impl FnMut(&Stats) -> bool) {
        let mut stats = self.stats.clone();
        let in_time = tokio::time::timeout(Duration::from_secs(10), stats.wait_for(condition)).await;
        assert!(in_time.is_ok(), "after 10 seconds: {:?}", self.stats());
    }
}

/// Follows a script to its end. It is an error if the client disconnects before.
async fn run(mut stream: TcpStream, script: Vec<Step>, stats: &watch::Sender<Stats>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    for step in script {
        match step {
            Step::ReadRequest => {
                read_request(&mut stream).await?;
                stats.send_modify(|stats| stats.requests += 1);
            }
            Step::Send(bytes) => stream.write_all(&bytes).await?,
            Step::Trickle(bytes) => {
                for byte in bytes {
                    stream.write_all(&[byte]).await?;
                    let disconnect = tokio::time::timeout(Duration::from_millis(50), stream.read_u8());
                    if disconnect.await.is_ok() {
                        return Err(ConnectionAborted.into());
                    }
                }
            }
            Step::Repeat(bytes) => loop {
                stream.write_all(&bytes).await?;
            },
            Step::AwaitClose => {
                let mut rest = [0; 1024];
                while stream.read(&mut rest).await? > 0 {}
                return Err(ConnectionAborted.into());
            }
            Step::Reset => stream.set_zero_linger()?,
        }
    }
    Ok(())
}

async fn read_request(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length = length.map_or(0, |length| length.parse().unwrap());
    stream.read_exact(&mut vec![0; length]).await.map(drop)
}
