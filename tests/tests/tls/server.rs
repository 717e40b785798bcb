//! An API server over TLS, with HTTP/1.1 and HTTP/2 by ALPN.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use bytes::{Bytes, BytesMut};
use h2::Reason;
use h2::server::SendResponse;
use http::header::{AUTHORIZATION, PROXY_AUTHORIZATION};
use http::request::Parts;
use http::{Request, Response, StatusCode, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::{ALL_VERSIONS, ServerConfig, SupportedProtocolVersion};
use tokio_rustls::server::TlsStream;

use crate::authority::Identity;
use crate::{CLIENT_ID, CLIENT_SECRET, HOST, TOKEN};

/// The ALPN name of HTTP/1.1.
pub(crate) const HTTP_1_1: &str = "http/1.1";
/// The ALPN name of HTTP/2.
pub(crate) const HTTP_2: &str = "h2";

/// A server on the runtime of the test. It checks the credentials of token requests and the tokens of all others.
pub(crate) struct TlsServer {
    address: SocketAddr,
    state: Arc<State>,
}

/// The settings of a server. By default, it offers both versions of HTTP and responds to every request.
#[derive(Clone, Copy)]
pub(crate) struct ServerSettings {
    /// The ALPN names of the offered versions of HTTP, in order of preference.
    pub(crate) alpn: &'static [&'static str],
    pub(crate) tls_versions: &'static [&'static SupportedProtocolVersion],
    pub(crate) action: ChooseAction,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self { alpn: &[HTTP_2, HTTP_1_1], tls_versions: ALL_VERSIONS, action: |_| Action::Respond }
    }
}

/// Returns the action for an HTTP/2 request by the number of HTTP/2 requests before it.
pub(crate) type ChooseAction = fn(usize) -> Action;

/// The server's action for an HTTP/2 request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Action {
    Respond,
    /// Announces the end of the connection by GOAWAY frames, and responds to the requests that it has accepted.
    RespondAndGoAway,
    /// Ends the connection with a GOAWAY frame and without a response.
    GoAway(Reason),
    /// Ends the stream with an `RST_STREAM` frame and without a response.
    Reset(Reason),
}

/// The state that all connections share.
struct State {
    action: ChooseAction,
    log: Mutex<Log>,
}

/// The events that a server has recorded so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    /// The number of TCP connections.
    pub(crate) connections: usize,
    /// The number of HTTP/2 requests, including those without a response.
    pub(crate) http2_requests: usize,
    /// The HTTP versions of the requests that got a response.
    pub(crate) responses: Vec<Version>,
    /// Whether a request had a header that is meant for a proxy.
    pub(crate) has_proxy_headers: bool,
}

impl TlsServer {
    /// Starts a server with a certificate.
    pub(crate) async fn start(identity: Identity, settings: ServerSettings) -> Self {
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(settings.tls_versions)
            .unwrap()
            .with_no_client_auth();
        let mut config = config.with_single_cert(vec![identity.certificate], identity.key).unwrap();
        config.alpn_protocols = settings.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        let acceptor = TlsAcceptor::from(Arc::new(config));

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State { action: settings.action, log: Mutex::default() });
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // Small frames must not wait for acknowledgments of those before.
                stream.set_nodelay(true).unwrap();
                shared.log.lock().unwrap().connections += 1;
                tokio::spawn(serve(stream, acceptor.clone(), Arc::clone(&shared)));
            }
        });
        Self { address, state }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the base URL with the name of the server.
    pub(crate) fn url(&self) -> String {
        format!("https://{HOST}:{}", self.address.port())
    }

    pub(crate) fn log(&self) -> Log {
        self.state.log.lock().unwrap().clone()
    }
}

/// Serves one connection. Failures are those of the client, which the test sees.
async fn serve(stream: TcpStream, acceptor: TlsAcceptor, state: Arc<State>) {
    match acceptor.accept(stream).into_fallible().await {
        Ok(stream) if stream.get_ref().1.alpn_protocol() == Some(HTTP_2.as_bytes()) => {
            let _ = serve_http2(stream, state).await;
        }
        Ok(stream) => {
            let service = service_fn(|request| respond_http1(request, &state));
            let connection = hyper::server::conn::http1::Builder::new();
            let _ = connection.serve_connection(TokioIo::new(stream), service).await;
        }
        Err((_, stream)) => close_gracefully(stream).await,
    }
}

/// Closes a connection after everything was read. Otherwise the system would reset it, and the client could miss the TLS
/// alert that was sent before.
pub(crate) async fn close_gracefully(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let mut buffer = [0; 1024];
    while stream.read(&mut buffer).await.is_ok_and(|length| length > 0) {}
}

async fn respond_http1(
    request: Request<Incoming>,
    state: &State,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    Ok(state.respond(&head, &body).map(Full::new))
}

async fn serve_http2(stream: TlsStream<TcpStream>, state: Arc<State>) -> Result<(), h2::Error> {
    let mut connection = h2::server::handshake(stream).await?;
    while let Some(request) = connection.accept().await {
        let (request, mut response) = request?;
        match state.next_action() {
            Action::Respond => {}
            Action::RespondAndGoAway => connection.graceful_shutdown(),
            Action::GoAway(reason) => {
                connection.abrupt_shutdown(reason);
                continue;
            }
            Action::Reset(reason) => {
                response.send_reset(reason);
                continue;
            }
        }
        // `accept` above drives the connection, so the body is read elsewhere.
        tokio::spawn(respond_http2(request, response, Arc::clone(&state)));
    }
    Ok(())
}

async fn respond_http2(
    request: Request<h2::RecvStream>,
    mut sender: SendResponse<Bytes>,
    state: Arc<State>,
) -> Result<(), h2::Error> {
    let (head, mut stream) = request.into_parts();
    let mut body = BytesMut::new();
    while let Some(chunk) = stream.data().await {
        let chunk = chunk?;
        stream.flow_control().release_capacity(chunk.len())?;
        body.extend_from_slice(&chunk);
    }
    let (head, body) = state.respond(&head, &body).into_parts();
    sender.send_response(Response::from_parts(head, ()), false)?.send_data(body, true)
}

impl State {
    fn next_action(&self) -> Action {
        let mut log = self.log.lock().unwrap();
        log.http2_requests += 1;
        (self.action)(log.http2_requests - 1)
    }

    fn respond(&self, head: &Parts, body: &[u8]) -> Response<Bytes> {
        let mut log = self.log.lock().unwrap();
        log.responses.push(head.version);
        log.has_proxy_headers |= head.headers.contains_key(PROXY_AUTHORIZATION);
        let (status, body) = if head.uri.path() == "/auth/token" {
            let body = String::from_utf8_lossy(body);
            let expected = [format!("client_id={CLIENT_ID}"), format!("client_secret={CLIENT_SECRET}")];
            let token = format!(r#"{{"access_token":"{TOKEN}","token_type":"bearer","expires_in":3600}}"#);
            let is_authentic = expected.iter().all(|field| body.split('&').any(|part| part == field));
            (if is_authentic { StatusCode::CREATED } else { StatusCode::UNAUTHORIZED }, token)
        } else {
            let is_authentic =
                head.headers.get(AUTHORIZATION).is_some_and(|value| *value == format!("Bearer {TOKEN}"));
            (if is_authentic { StatusCode::OK } else { StatusCode::UNAUTHORIZED }, "{}".to_owned())
        };
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = status;
        response
    }
}
