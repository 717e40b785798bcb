//! The HTTP server, which runs on its own thread.

mod connection;
#[cfg(feature = "tls")]
mod tls;
mod transport;

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpStream;
use tokio::runtime::{self, Runtime};
use tokio::sync::{oneshot, watch};

pub(crate) use self::connection::Cutoff;
use self::connection::CutoffStream;
#[cfg(feature = "tls")]
pub(crate) use self::tls::Tls;
use self::transport::Transport;
use crate::endpoint::Service;
use crate::session::clock::Clock;

/// An HTTP server that runs until it is dropped.
///
/// It has its own thread and runtime, so it neither needs nor blocks the runtime of its caller, keeps running if that
/// runtime shuts down, and is independent of its clock.
pub(crate) struct Server {
    /// Dropping the sender stops the thread at once. A duration is how long requests in progress may take.
    stop: Option<oneshot::Sender<Duration>>,
    thread: Option<JoinHandle<()>>,
}

/// A socket on which a server is going to listen.
pub(crate) struct Socket(TcpListener);

#[cfg(not(feature = "tls"))]
pub(crate) enum Tls {}

impl Socket {
    /// With port 0, the operating system chooses the port.
    pub(crate) fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).map_err(|error| {
            let hint = "choose another port, or 0 to let the system choose";
            io::Error::new(error.kind(), format!("cannot listen on {address}: {error}; {hint}"))
        })?;
        listener.set_nonblocking(true)?;
        Ok(Self(listener))
    }

    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Server {
    /// Starts the server, which accepts connections as soon as this returns.
    pub(crate) fn start(socket: Socket, tls: Option<Tls>, service: Arc<Service>) -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        // The runtime is created on its own thread, since a runtime must not be dropped on a thread of another one,
        // which would happen here if the server failed to start. The channel reports the result.
        let (report, started) = mpsc::channel();
        let thread = thread::Builder::new().name("moneykit-emulator".to_owned()).spawn(move || {
            match runtime_with(socket) {
                Ok((runtime, listener)) => {
                    let _ = report.send(Ok(()));
                    runtime.block_on(serve(listener, tls, service, stopped));
                    // Dropping the runtime closes the listener and every connection, including idle ones.
                }
                Err(error) => {
                    let _ = report.send(Err(error));
                }
            }
        })?;
        let server = Self { stop: Some(stop), thread: Some(thread) };
        started
            .recv()
            .map_err(|_| io::Error::other("the emulator's thread ended before the server started"))??;
        Ok(server)
    }

    /// Stops accepting connections, and blocks until the requests in progress have been responded to, or the time is
    /// over.
    pub(crate) fn stop_gracefully(mut self, timeout: Duration) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(timeout);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic of that thread has already been printed; panicking again in `drop` would abort the process.
            let _ = thread.join();
        }
    }
}

fn runtime_with(socket: Socket) -> io::Result<(Runtime, tokio::net::TcpListener)> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let entered = runtime.enter();
    let listener = tokio::net::TcpListener::from_std(socket.0)?;
    drop(entered);
    Ok((runtime, listener))
}

/// Serves connections until the signal to stop.
async fn serve(
    listener: tokio::net::TcpListener,
    tls: Option<Tls>,
    service: Arc<Service>,
    stopped: oneshot::Receiver<Duration>,
) {
    let (shutdown, on_shutdown) = watch::channel(());
    let accepting = tokio::spawn(accept(listener, tls, service, on_shutdown));
    // An error means that the sender was dropped. A graceful shutdown would wait for clients that keep connections open.
    if let Ok(timeout) = stopped.await {
        accepting.abort();
        let _ = accepting.await;
        let _ = shutdown.send(());
        // The channel is closed when the last connection is.
        let _ = tokio::time::timeout(timeout, shutdown.closed()).await;
    }
}

async fn accept(
    listener: tokio::net::TcpListener,
    tls: Option<Tls>,
    service: Arc<Service>,
    on_shutdown: watch::Receiver<()>,
) {
    let tls = tls.map(Arc::new);
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Too many open files, for example. Other errors are those of one connection.
            Clock::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (tls, service, on_shutdown) = (tls.clone(), Arc::clone(&service), on_shutdown.clone());
        tokio::spawn(async move {
            // Nagle's algorithm would delay the second part of a response.
            let _ = stream.set_nodelay(true);
            if let Ok(transport) = handshake(stream, tls.as_deref()).await {
                serve_connection(transport, service, on_shutdown).await;
            }
        });
    }
}

#[cfg(feature = "tls")]
async fn handshake(stream: TcpStream, tls: Option<&Tls>) -> io::Result<Transport> {
    Ok(match tls {
        None => Transport::Plain(stream),
        Some(tls) => Transport::Tls(Box::new(tls.acceptor.accept(stream).await?)),
    })
}

#[cfg(not(feature = "tls"))]
#[expect(clippy::unused_async, reason = "with the feature `tls` it waits")]
async fn handshake(stream: TcpStream, _: Option<&Tls>) -> io::Result<Transport> {
    Ok(Transport::Plain(stream))
}

async fn serve_connection(transport: Transport, service: Arc<Service>, mut on_shutdown: watch::Receiver<()>) {
    let cutoff = Cutoff::default();
    let stream = TokioIo::new(CutoffStream::new(transport, cutoff.clone()));
    let service = service_fn(move |request| {
        let (service, cutoff) = (Arc::clone(&service), cutoff.clone());
        async move { Ok::<_, Infallible>(service.respond(&cutoff, request).await) }
    });
    let builder = auto::Builder::new(TokioExecutor::new());
    let mut connection = pin!(builder.serve_connection(stream, service));
    let mut shutdown = pin!(on_shutdown.changed());
    let mut is_shutting_down = false;
    // An error is that of one connection: invalid framing, a client that went away, or a fault.
    let _ = poll_fn(|context| {
        if !is_shutting_down && shutdown.as_mut().poll(context).is_ready() {
            is_shutting_down = true;
            connection.as_mut().graceful_shutdown();
        }
        connection.as_mut().poll(context)
    })
    .await;
}
