//! The HTTP server, which runs on its own thread.

use std::future::IntoFuture as _;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use axum::Router;
use axum::routing::any;
use tokio::runtime::{self, Runtime};
use tokio::sync::oneshot;

use crate::connection::{Cutoff, CutoffListener};
use crate::shared::Shared;
use crate::{api, token_endpoint};

/// An HTTP server on a loopback port that runs until it is dropped.
///
/// It has its own thread and runtime, so it neither needs nor blocks the runtime of its caller, keeps running if that
/// runtime shuts down, and is independent of its clock.
pub(crate) struct Server {
    address: SocketAddr,
    /// Dropping the sender stops the thread.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts the server, which accepts connections as soon as this returns. With port 0, the operating system chooses
    /// the port.
    pub(crate) fn start(port: u16, shared: Arc<Shared>) -> io::Result<Self> {
        let listener = listen(port)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        // The runtime is created on its own thread, since a runtime must not be dropped on a thread of another one,
        // which would happen here if the server failed to start. The channel reports the result.
        let (report, started) = mpsc::channel();
        let thread = thread::Builder::new().name("moneykit-emulator".to_owned()).spawn(move || {
            match serve(listener, shared) {
                Ok(runtime) => {
                    let _ = report.send(Ok(()));
                    // Completes with an error when the sender is dropped, which is the signal to stop.
                    let _ = runtime.block_on(stopped);
                    // Dropping the runtime closes the listener and every connection, including idle ones. A graceful
                    // shutdown would wait for clients that keep connections open.
                }
                Err(error) => {
                    let _ = report.send(Err(error));
                }
            }
        })?;
        let server = Self { address, stop: Some(stop), thread: Some(thread) };
        started
            .recv()
            .map_err(|_| io::Error::other("the emulator's thread ended before the server started"))??;
        Ok(server)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
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

/// Binds the loopback interface only, so that other machines cannot reach the emulator.
fn listen(port: u16) -> io::Result<TcpListener> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = TcpListener::bind(address).map_err(|error| {
        let hint = "choose another port, or 0 to let the system choose";
        io::Error::new(error.kind(), format!("cannot listen on {address}: {error}; {hint}"))
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Returns a runtime with the server as a spawned task. The server runs while the caller drives the runtime.
fn serve(listener: TcpListener, shared: Arc<Shared>) -> io::Result<Runtime> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let entered = runtime.enter();
    let listener = tokio::net::TcpListener::from_std(listener)?;
    drop(entered);
    let router = Router::new()
        .route("/auth/token", any(token_endpoint::handle))
        .fallback(api::handle)
        .with_state(shared)
        .into_make_service_with_connect_info::<Cutoff>();
    runtime.spawn(axum::serve(CutoffListener(listener), router).into_future());
    Ok(runtime)
}
