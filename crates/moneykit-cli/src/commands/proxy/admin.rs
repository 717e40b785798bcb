//! Health and metrics, on a port of their own: the paths of the proxy belong to the API.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use moneykit::http::{Request, Response, StatusCode};

use super::body::Body;
use super::forward::Proxy;
use super::guard::Guard;
use super::reply::{self, Reply};

/// The paths for probes and for Prometheus.
pub(super) struct Admin {
    guard: Guard,
    proxy: Arc<Proxy>,
}

/// How long a probe waits for a token. Probes of Kubernetes wait for a second.
const TOKEN_TIMEOUT: Duration = Duration::from_millis(900);

impl Admin {
    pub(super) fn new(address: Option<SocketAddr>, proxy: Arc<Proxy>) -> Self {
        Self { guard: Guard::new(address, None), proxy }
    }

    pub(super) async fn handle(&self, request: Request<Incoming>) -> Response<Body> {
        if let Err(reply) = self.guard.check_sender(request.headers()) {
            return reply.into_response();
        }
        match request.uri().path() {
            "/healthz" => plain(StatusCode::OK, "the proxy is running"),
            "/readyz" => self.ready().await,
            "/metrics" => {
                let metrics = self.proxy.metrics.render(&self.proxy.client.token_status());
                reply::text(StatusCode::OK, "text/plain; version=0.0.4", metrics)
            }
            _ => {
                let message = "the paths are /healthz, /readyz and /metrics; use one of them";
                Reply::new(StatusCode::NOT_FOUND, "proxy_error.admin.path", message).into_response()
            }
        }
    }

    /// A proxy without a token asks for one, because it may have been idle for longer than a token is valid.
    async fn ready(&self) -> Response<Body> {
        let Proxy { client, metrics, .. } = &*self.proxy;
        if metrics.is_draining() {
            return plain(StatusCode::SERVICE_UNAVAILABLE, "the proxy is shutting down");
        }
        if client.token_status().is_usable() {
            return plain(StatusCode::OK, "ready");
        }
        match tokio::time::timeout(TOKEN_TIMEOUT, client.access_token()).await {
            Ok(Ok(_)) => plain(StatusCode::OK, "ready"),
            Ok(Err(error)) => plain(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
            Err(_) => plain(StatusCode::SERVICE_UNAVAILABLE, "there is no access token yet"),
        }
    }
}

fn plain(status: StatusCode, text: &str) -> Response<Body> {
    reply::text(status, "text/plain; charset=utf-8", format!("{text}\n"))
}
