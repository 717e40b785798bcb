use http::{Method, StatusCode};
use reqwest::{Request, Response};
use tracing::level_filters::LevelFilter;
use tracing::{Instrument, Span, field, info_span};

/// Sends a request in a span that is named and attributed by OpenTelemetry's conventions for HTTP clients.
///
/// Neither query nor headers nor bodies are in it: they hold what nobody but the API shall see. Without a
/// subscriber, the span costs a look at a flag.
pub(super) async fn send(
    http: &reqwest::Client,
    request: Request,
    template: Option<&str>,
    resends: u32,
) -> reqwest::Result<Response> {
    // Before the fields are worked out: where tracing may write to `log` as well, it does so for nobody too.
    if LevelFilter::current() < LevelFilter::INFO {
        return http.execute(request).await;
    }
    let span = span_of(&request, template, resends);
    let outcome = http.execute(request).instrument(span.clone()).await;
    record(&span, &outcome);
    outcome
}

/// What the conventions call that which they have no name for.
const OTHER: &str = "_OTHER";

fn span_of(request: &Request, template: Option<&str>, resends: u32) -> Span {
    let url = request.url();
    info_span!(
        "moneykit.request",
        otel.name = name(request.method(), template),
        otel.kind = "client",
        otel.status_code = field::Empty,
        http.request.method = method(request.method()),
        http.request.resend_count = (resends > 0).then_some(resends),
        http.response.status_code = field::Empty,
        server.address = url.host_str(),
        server.port = url.port_or_known_default(),
        url.scheme = url.scheme(),
        url.path = url.path(),
        url.template = template,
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

fn name(verb: &Method, template: Option<&str>) -> String {
    let verb = Some(method(verb)).filter(|verb| *verb != OTHER).unwrap_or("HTTP");
    match template {
        Some(template) => format!("{verb} {template}"),
        None => verb.to_owned(),
    }
}

/// Returns the name of a method that everybody knows. Others are not to be told apart, or there would be no end
/// of them.
fn method(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"];

    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or(OTHER)
}
