//! A CONNECT proxy that records every byte it sees.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::server::close_gracefully;

/// A proxy on the runtime of the test, which connects to one server, whatever the request names.
pub(crate) struct ConnectProxy {
    address: SocketAddr,
    recording: Arc<Mutex<Recording>>,
}

/// The bytes that a proxy has seen so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recording {
    /// The heads of CONNECT requests.
    pub(crate) heads: Vec<String>,
    /// The bytes that passed through tunnels, in both directions.
    pub(crate) tunneled: Vec<u8>,
}

impl ConnectProxy {
    /// Starts a proxy that requires this value of `Proxy-Authorization`, if any.
    pub(crate) async fn start(server: SocketAddr, authorization: Option<&'static str>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let recording = Arc::new(Mutex::new(Recording::default()));
        let shared = Arc::clone(&recording);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                tokio::spawn(serve(stream, server, authorization, Arc::clone(&shared)));
            }
        });
        Self { address, recording }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn recording(&self) -> Recording {
        self.recording.lock().unwrap().clone()
    }
}

/// Serves one connection of a client. Failures are those of the client, which the test sees.
async fn serve(
    mut client: TcpStream,
    server: SocketAddr,
    authorization: Option<&str>,
    recording: Arc<Mutex<Recording>>,
) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    recording.lock().unwrap().heads.push(head.clone());
    let is_authorized = authorization.is_none_or(|expected| proxy_authorization(&head) == Some(expected));
    if !is_authorized {
        let response = "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm=\"proxy\"\r\n\
                        content-length: 0\r\n\r\n";
        client.write_all(response.as_bytes()).await?;
        close_gracefully(client).await;
        return Ok(());
    }
    let mut server = TcpStream::connect(server).await?;
    server.set_nodelay(true)?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    tokio::try_join!(relay(from_client, to_server, &recording), relay(from_server, to_client, &recording))?;
    Ok(())
}

fn proxy_authorization(head: &str) -> Option<&str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(": "));
    fields.find(|(name, _)| name.eq_ignore_ascii_case("proxy-authorization")).map(|(_, value)| value)
}

/// Copies one direction of a tunnel to its end, and records it.
async fn relay(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    recording: &Mutex<Recording>,
) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        recording.lock().unwrap().tunneled.extend_from_slice(&buffer[..length]);
        to.write_all(&buffer[..length]).await?;
    }
}
