//! A tracing span for every request, with the names of OpenTelemetry's HTTP conventions.

use http::{Method, StatusCode};
use reqwest::{Request, Response};
use tracing::level_filters::LevelFilter;
use tracing::{Instrument, Span, field, info_span};

/// Sends a request in a span whose fields follow OpenTelemetry's semantic conventions for HTTP clients.
///
/// The span leaves out the query, headers and bodies, which may hold secrets. Without a subscriber it costs one check
/// of the maximum level.
pub(super) async fn send(
    http: &reqwest::Client,
    request: Request,
    path_template: Option<&str>,
    resend_count: u32,
) -> reqwest::Result<Response> {
    // With tracing's `log` feature, `info_span!` would compute its fields even without a subscriber.
    if LevelFilter::current() < LevelFilter::INFO {
        return http.execute(request).await;
    }
    let span = request_span(&request, path_template, resend_count);
    let outcome = http.execute(request).instrument(span.clone()).await;
    record(&span, &outcome);
    outcome
}

/// The conventions' value for an unknown method or type of error.
const OTHER: &str = "_OTHER";

fn request_span(request: &Request, path_template: Option<&str>, resend_count: u32) -> Span {
    let url = request.url();
    info_span!(
        "moneykit.request",
        otel.name = span_name(request.method(), path_template),
        otel.kind = "client",
        otel.status_code = field::Empty,
        http.request.method = method_name(request.method()),
        http.request.resend_count = (resend_count > 0).then_some(resend_count),
        http.response.status_code = field::Empty,
        server.address = url.host_str(),
        server.port = url.port_or_known_default(),
        url.scheme = url.scheme(),
        url.path = url.path(),
        url.template = path_template,
        "error.type" = field::Empty,
    )
}

fn record(span: &Span, outcome: &reqwest::Result<Response>) {
    let error = match outcome {
        Ok(response) => {
            let status = response.status();
            span.record("http.response.status_code", status.as_u16());
            is_error(status).then(|| status.as_str().to_owned())
        }
        Err(error) if error.is_timeout() => Some("timeout".to_owned()),
        Err(error) if error.is_connect() => Some("connect".to_owned()),
        Err(_) => Some(OTHER.to_owned()),
    };
    if let Some(error) = error {
        span.record("error.type", error);
        span.record("otel.status_code", "ERROR");
    }
}

fn is_error(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

fn span_name(method: &Method, path_template: Option<&str>) -> String {
    let method = Some(method_name(method)).filter(|method| *method != OTHER).unwrap_or("HTTP");
    match path_template {
        Some(path_template) => format!("{method} {path_template}"),
        None => method.to_owned(),
    }
}

/// Returns the name of a standard method, and `_OTHER` for all others, to bound the number of distinct values.
fn method_name(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"];

    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or(OTHER)
}
