//! An HTTP server on a loopback port, whose connections can be made to die silently.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use moneykit::http;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// A request with its whole body.
pub type Request = http::Request<Bytes>;
/// A response with its whole body.
pub type Response = http::Response<Bytes>;

/// An HTTP server that runs until it is dropped.
///
/// It has its own thread and runtime, so that its work does not delay the tasks of the clients that a program measures.
pub struct HttpServer {
    url: String,
    connections: Arc<Connections>,
    /// Dropping the sender stops the thread.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Determines the responses of an [`HttpServer`].
pub trait Handler: Send + Sync + 'static {
    /// Returns the response to a request. An error closes the connection without a response.
    fn respond(&self, request: Request) -> impl Future<Output = io::Result<Response>> + Send;
}

/// Numbers the connections in the order in which they were accepted.
#[derive(Default)]
struct Connections {
    accepted: AtomicU64,
    /// Connections with a smaller number are silent.
    first_served: AtomicU64,
}

impl HttpServer {
    /// Starts the server, which accepts connections as soon as this returns.
    ///
    /// # Errors
    ///
    /// Returns an error if the port, the runtime or the thread cannot be created.
    pub fn start(handler: Arc<impl Handler>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = oneshot::channel();
        let connections = Arc::new(Connections::default());
        let shared = Arc::clone(&connections);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = thread::Builder::new().name("http-server".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, handler, shared) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { url, connections, stop: Some(stop), thread: Some(thread) })
    }

    /// Returns the base URL, without a trailing slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Lets all present connections die silently: they stay open and never carry a response again, as if a NAT had
    /// forgotten them. New connections are served.
    pub fn silence_connections(&self) {
        self.connections
            .first_served
            .store(self.connections.accepted.load(Ordering::SeqCst), Ordering::SeqCst);
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic of that thread has already been printed.
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, handler: Arc<impl Handler>, connections: Arc<Connections>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("the listener is nonblocking");
    while let Ok((stream, _)) = listener.accept().await {
        let number = connections.accepted.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(serve(stream, number, Arc::clone(&handler), Arc::clone(&connections)));
    }
}

/// Responds to the requests on one connection until that closes.
async fn serve(stream: TcpStream, number: u64, handler: Arc<impl Handler>, connections: Arc<Connections>) {
    let service = service_fn(|request: http::Request<Incoming>| async {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        connections.hang_if_silent(number).await;
        let response = handler.respond(Request::from_parts(head, body)).await;
        connections.hang_if_silent(number).await;
        response.map(|response| response.map(Full::new))
    });
    // The error is one that the handler asked for, or a client that went away.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

impl Connections {
    /// Never returns on a silent connection; the task ends when the client closes the connection.
    async fn hang_if_silent(&self, number: u64) {
        if number < self.first_served.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    }
}

/// Returns the access token of a request.
pub fn bearer_token(request: &Request) -> Option<&str> {
    request.headers().get(http::header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}
