//! A server that does to the byte what it is told.

use std::io::ErrorKind::ConnectionAborted;
use std::net::SocketAddr;
use std::time::Duration;

use moneykit::{Client, ClientBuilder, Transport, reqwest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::{CLIENT_ID, CLIENT_SECRET};

/// Follows a script on each connection, on the runtime of the test.
pub(crate) struct Server {
    address: SocketAddr,
    seen: watch::Receiver<Seen>,
}

/// What a server has seen so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) connections: usize,
    /// Requests that came in whole.
    pub(crate) requests: usize,
    /// Connections that the client closed before the server did.
    pub(crate) hung_up: usize,
}

/// One thing that a server does. After the last one it closes the connection.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Reads one request, to the end of its body.
    Request,
    Send(Vec<u8>),
    /// Sends byte by byte, some milliseconds apart.
    Drip(Vec<u8>),
    /// Sends the same over and over, until the client hangs up.
    Forever(Vec<u8>),
    /// Waits until the client hangs up.
    UntilClosed,
    /// Closes the connection by a reset.
    Reset,
}

pub(crate) fn send(bytes: impl AsRef<[u8]>) -> Act {
    Act::Send(bytes.as_ref().to_vec())
}

/// Sends a whole answer; `head` is the status and any headers but the length.
pub(crate) fn answer(head: &str, body: impl AsRef<[u8]>) -> Act {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len());
    send([head.as_bytes(), body].concat())
}

/// Makes a transport that inflates answers.
pub(crate) fn inflating() -> Transport {
    Transport::new(reqwest::Client::builder().no_proxy().gzip(true)).unwrap()
}

impl Server {
    /// Starts a server that follows one script after the other, and the last one on all further connections.
    pub(crate) async fn start(scripts: Vec<Vec<Act>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, seen) = watch::channel(Seen::default());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let number = sender.borrow().connections;
                sender.send_modify(|seen| seen.connections += 1);
                let script = scripts[number.min(scripts.len() - 1)].clone();
                let sender = sender.clone();
                tokio::spawn(async move {
                    if follow(stream, script, &sender).await.is_err() {
                        sender.send_modify(|seen| seen.hung_up += 1);
                    }
                });
            }
        });
        Self { address, seen }
    }

    /// Describes a client of this server.
    pub(crate) fn client(&self, transport: &Transport) -> ClientBuilder {
        let url = format!("http://{}", self.address);
        Client::builder().credentials(CLIENT_ID, CLIENT_SECRET).base_url(url).transport(transport.clone())
    }

    pub(crate) fn seen(&self) -> Seen {
        *self.seen.borrow()
    }

    /// Waits until the server has seen what the test waits for.
    pub(crate) async fn sees(&self, what: impl FnMut(&Seen) -> bool) {
        let mut seen = self.seen.clone();
        let in_time = tokio::time::timeout(Duration::from_secs(10), seen.wait_for(what)).await;
        assert!(in_time.is_ok(), "it has seen {:?}", self.seen());
    }
}

/// Follows a script to its end, or until the client hangs up: that is the error.
async fn follow(mut stream: TcpStream, script: Vec<Act>, seen: &watch::Sender<Seen>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    for act in script {
        match act {
            Act::Request => {
                read_request(&mut stream).await?;
                seen.send_modify(|seen| seen.requests += 1);
            }
            Act::Send(bytes) => stream.write_all(&bytes).await?,
            Act::Drip(bytes) => {
                for byte in bytes {
                    stream.write_all(&[byte]).await?;
                    let hangs_up = tokio::time::timeout(Duration::from_millis(5), stream.read_u8());
                    if hangs_up.await.is_ok() {
                        return Err(ConnectionAborted.into());
                    }
                }
            }
            Act::Forever(bytes) => loop {
                stream.write_all(&bytes).await?;
            },
            Act::UntilClosed => {
                let mut rest = [0; 1024];
                while stream.read(&mut rest).await? > 0 {}
                return Err(ConnectionAborted.into());
            }
            Act::Reset => stream.set_zero_linger()?,
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
