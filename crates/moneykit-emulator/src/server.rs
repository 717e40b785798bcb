//! The thread that serves.

use std::future::IntoFuture as _;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use axum::Router;
use axum::routing::any;
use tokio::runtime::{self, Runtime};
use tokio::sync::oneshot;

use crate::connection::{CuttableListener, Scissors};
use crate::shared::Shared;
use crate::{api, token_endpoint};

/// Serves on a loopback port until it is dropped.
///
/// It has a thread and a runtime of its own: it neither needs nor blocks the runtime of whoever starts it, outlives
/// it, and does not follow its clock.
pub(crate) struct Server {
    address: SocketAddr,
    /// Dropping this end tells the thread to stop.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens from the moment this returns. Port 0 lets the system choose.
    pub(crate) fn start(port: u16, shared: Arc<Shared>) -> io::Result<Self> {
        let listener = listen(port)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        // The runtime is made on its own thread, since one that fails to start must not be dropped on a thread that
        // belongs to another. The channel brings the news back.
        let (report, started) = mpsc::channel();
        let thread = thread::Builder::new().name("moneykit-emulator".to_owned()).spawn(move || {
            match serve(listener, shared) {
                Ok(runtime) => {
                    let _ = report.send(Ok(()));
                    // An error means that the other end is gone, which is how it is told to stop.
                    let _ = runtime.block_on(stopped);
                    // Dropping the runtime closes the listener and every connection, idle ones included. A graceful
                    // shutdown would wait for clients that keep theirs open.
                }
                Err(error) => {
                    let _ = report.send(Err(error));
                }
            }
        })?;
        let server = Self { address, stop: Some(stop), thread: Some(thread) };
        started.recv().map_err(|_| io::Error::other("the emulator's thread ended before it served"))??;
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
            // A panic over there has been reported over there; a second one in a drop would abort the tests.
            let _ = thread.join();
        }
    }
}

/// Binds the loopback interface and nothing else: the emulator is not for other machines to reach.
fn listen(port: u16) -> io::Result<TcpListener> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = TcpListener::bind(address).map_err(|error| {
        let hint = "choose another port, or 0 to let the system choose";
        io::Error::new(error.kind(), format!("cannot listen on {address}: {error}; {hint}"))
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Sets up a runtime in which the server runs as soon as somebody drives it.
fn serve(listener: TcpListener, shared: Arc<Shared>) -> io::Result<Runtime> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let entered = runtime.enter();
    let listener = tokio::net::TcpListener::from_std(listener)?;
    drop(entered);
    let router = Router::new()
        .route("/auth/token", any(token_endpoint::handle))
        .fallback(api::handle)
        .with_state(shared)
        .into_make_service_with_connect_info::<Scissors>();
    runtime.spawn(axum::serve(CuttableListener(listener), router).into_future());
    Ok(runtime)
}
