//! A proxy in front of a server that delays or swallows what it forwards.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Mode {
    Forward,
    /// Connections stay open, and nothing arrives any more. New connections work.
    SwallowOnOldConnections,
    /// Every piece of data arrives late, in both directions.
    Delay(Duration),
}

/// Stops when it is dropped.
pub(crate) struct Proxy {
    address: SocketAddr,
    mode: watch::Sender<Mode>,
    _task: JoinSet<()>,
}

impl Proxy {
    pub(crate) async fn start(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mode, watched) = watch::channel(Mode::Forward);
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let upstream = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                let mut mode = watched.clone();
                // Only changes after this concern the connection.
                mode.mark_unchanged();
                connections.spawn(forward(client, upstream, mode));
            }
        });
        Self { address, mode, _task: task }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    pub(crate) fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }
}

async fn forward(client: TcpStream, upstream: TcpStream, mode: watch::Receiver<Mode>) {
    let (client_read, client_write) = client.into_split();
    let (upstream_read, upstream_write) = upstream.into_split();
    // Whether this connection was there when the mode changed.
    let opened = Arc::new(mode);
    tokio::join!(
        pipe(client_read, upstream_write, Arc::clone(&opened)),
        pipe(upstream_read, client_write, opened)
    );
}

async fn pipe(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mode: Arc<watch::Receiver<Mode>>,
) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let changed = mode.has_changed().unwrap_or(false);
        let current = *mode.borrow();
        match current {
            Mode::SwallowOnOldConnections if changed => continue,
            // A timeout of nothing is the pause.
            Mode::Delay(time) => drop(tokio::time::timeout(time, std::future::pending::<()>()).await),
            _ => {}
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            break;
        }
    }
}
