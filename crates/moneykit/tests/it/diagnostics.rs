//! The mistakes that users make, and what the error's message says about them: what happened, to which server, and what
//! to do. Each row is one mistake.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use moneykit::reqwest::dns::{Name, Resolve, Resolving};
use moneykit::{Client, ClientBuilder, Error, reqwest};
use serde::Deserialize;

use crate::mock::{MockServer, response};
use crate::scripted::Step::{AwaitClose, ReadRequest};
use crate::scripted::{ScriptedServer, Step, send, transport};
use crate::{CLIENT_ID, CLIENT_SECRET, client_builder, render, token_body};

/// Returns the names of the predicates that are true for an error, in this order.
fn predicates(error: &Error) -> String {
    let predicates = [
        ("token", error.is_token_request()),
        ("connect", error.is_connect()),
        ("timeout", error.is_timeout()),
        ("transient", error.is_transient()),
        ("unauthorized", error.is_unauthorized()),
        ("grant-type", error.is_invalid_grant_type()),
        ("rate-limited", error.is_rate_limited()),
        ("invalid-response", error.is_invalid_response()),
        ("configuration", error.is_configuration()),
    ];
    predicates.into_iter().filter(|(_, is_true)| *is_true).map(|(name, _)| name).collect::<Vec<_>>().join(" ")
}

/// Checks that an error has exactly the predicates, that its message contains all texts and the base URL, and that
/// nothing of it shows a secret.
fn check(name: &str, error: &Error, expected: &str, texts: &[&str], base_url: &str) {
    let message = error.to_string();
    assert_eq!(predicates(error), expected, "{name}: {message}\n{error:?}");
    for text in texts.iter().chain([&base_url, &"; "]) {
        assert!(message.contains(text), "{name}: no {text:?} in: {message}\n{error:?}");
    }
    let shown = render(error);
    assert!(!shown.contains(CLIENT_SECRET) && !shown.contains("pale"), "{name}: {shown}");
}

/// A DNS resolver that fails with a text, or never responds.
struct FailingResolver(Option<&'static str>);

impl Resolve for FailingResolver {
    fn resolve(&self, _: Name) -> Resolving {
        match self.0 {
            Some(text) => Box::pin(std::future::ready(Err(text.into()))),
            None => Box::pin(std::future::pending()),
        }
    }
}

/// Returns a builder for a client of a host that only a proxy or a resolver knows.
fn remote(settings: reqwest::ClientBuilder) -> ClientBuilder {
    Client::builder()
        .credentials(CLIENT_ID, CLIENT_SECRET)
        .base_url("https://api.moneykit.test")
        .http_client_builder(settings)
        .connect_timeout(Duration::from_secs(20))
}

fn resolving(resolver: FailingResolver) -> ClientBuilder {
    remote(reqwest::Client::builder().no_proxy().dns_resolver(Arc::new(resolver)))
}

#[cfg(feature = "rustls")]
fn proxied(url: &str) -> ClientBuilder {
    remote(reqwest::Client::builder().proxy(reqwest::Proxy::all(url).unwrap()))
}

/// Starts a server that follows a script, and returns its address.
async fn serve(script: Vec<Step>) -> String {
    let server = ScriptedServer::start(vec![script]).await;
    server.address().to_string()
}

/// Returns the address of a port that nothing listens on.
fn closed_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// A mistake, the client of the user, and the predicates and texts of the error.
type Mistake = (&'static str, ClientBuilder, &'static str, &'static [&'static str]);

async fn check_token_requests(mistakes: Vec<Mistake>) {
    for (name, builder, expected, texts) in mistakes {
        let client = builder.token_max_attempts(NonZeroU32::MIN).build().unwrap();
        let error = client.request_token().await.unwrap_err();
        check(name, &error, expected, texts, client.base_url());
    }
}

#[tokio::test]
async fn a_failed_connection_is_reported_with_its_cause() {
    let short = Duration::from_millis(50);
    let (transient, permanent) = ("token connect transient", "token connect");
    let alert = b"\x15\x03\x01\x00\x02\x02\x46";
    let tls_port = serve(vec![ReadRequest, send(alert), AwaitClose]).await;
    let silent = serve(vec![ReadRequest, AwaitClose]).await;
    check_token_requests(vec![
        (
            "nothing listens there",
            client_builder(format!("http://{}", closed_port())),
            transient,
            &[
                "could not connect to http://127.0.0.1:",
                "the connection was refused",
                "check the host and the port",
            ],
        ),
        (
            "a host name with a typing error",
            resolving(FailingResolver(Some("no such host"))),
            permanent,
            &[
                "could not connect to https://api.moneykit.test: the name of its host does not exist",
                "typing",
            ],
        ),
        (
            "a resolver that does not answer",
            resolving(FailingResolver(Some("Temporary failure in name resolution"))),
            transient,
            &["the name of its host could not be resolved", "check the network and its DNS servers"],
        ),
        (
            "a firewall that drops packets, where a proxy is required",
            resolving(FailingResolver(None)).connect_timeout(short),
            "token connect timeout transient",
            &["the connection was not established in time", "set a proxy", "raise `connect_timeout`"],
        ),
        (
            "http to a port that speaks https",
            client_builder(format!("http://{tls_port}")),
            "token invalid-response",
            &["is not HTTP", "use https if the port expects TLS"],
        ),
        (
            "a slow server",
            client_builder(format!("http://{silent}")).token_attempt_timeout(short),
            "token timeout transient",
            &["did not respond to the token request in time", "raise `token_attempt_timeout`"],
        ),
        (
            "http settings that do not allow http",
            client_builder(format!("http://{silent}"))
                .http_client_builder(reqwest::Client::builder().no_proxy().https_only(true)),
            "token",
            &["the HTTP settings are invalid", "they do not allow requests to http://"],
        ),
    ])
    .await;
}

#[cfg(feature = "rustls")]
#[tokio::test]
async fn a_failed_tls_handshake_is_reported_with_its_cause() {
    let plain = serve(vec![send("HTTP/1.1 400 Bad Request\r\n\r\n"), AwaitClose]).await;
    // A fatal alert of the kind `handshake_failure`.
    let disagreeing = serve(vec![send(b"\x15\x03\x03\x00\x02\x02\x28"), AwaitClose]).await;
    let closing = serve(vec![]).await;
    check_token_requests(vec![
        (
            "https to a port that speaks http",
            client_builder(format!("https://{plain}")),
            "token connect",
            &["could not connect to https://127.0.0.1:", "its port does not speak TLS", "or use http"],
        ),
        (
            "no TLS version or cipher in common",
            client_builder(format!("https://{disagreeing}")),
            "token connect",
            &["could not agree on TLS", "see this error's source"],
        ),
        (
            "a server that closes the connection during the handshake",
            client_builder(format!("https://{closing}")),
            "token connect transient",
            &["the connection was closed before it was established", "try again later"],
        ),
    ])
    .await;
}

#[cfg(feature = "rustls")]
#[tokio::test]
async fn a_failed_connection_through_a_proxy_is_reported_with_its_cause() {
    const AUTHENTICATE: &str =
        "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm=\"corp\"\r\n\r\n";
    let strict = serve(vec![ReadRequest, send(AUTHENTICATE), AwaitClose]).await;
    let blocking = serve(vec![ReadRequest, send("HTTP/1.1 403 Forbidden\r\n\r\n"), AwaitClose]).await;
    check_token_requests(vec![
        (
            "a proxy that requires credentials",
            proxied(&format!("http://{strict}")),
            "token connect",
            &[
                "could not connect to the proxy for",
                "requires credentials (407)",
                "set the user and the password",
            ],
        ),
        (
            "a proxy that is not there",
            proxied(&format!("http://{}", closed_port())),
            "token connect transient",
            &[
                "could not connect to the proxy for",
                "the connection was refused; check the host and the port of the proxy",
            ],
        ),
        (
            "a proxy that forbids the host",
            proxied(&format!("http://{blocking}")),
            "token connect transient",
            &["it did not open a connection to the server", "check that the proxy allows the host"],
        ),
    ])
    .await;
}

/// A status, a content type, a body, and the predicates and texts of the error of a token request.
type TokenResponse = (u16, &'static str, &'static [u8], &'static str, &'static [&'static str]);

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";
const FOREIGN: &str = "is declared as text/html and is not JSON, so a proxy or a portal may have responded";

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
async fn an_unusable_token_response_is_reported_with_its_cause() {
    let rejected = "token unauthorized";
    let invalid = "token invalid-response";
    let transient = "token transient";
    let credentials: &[&str] = &["check the client ID", "client secret"];
    let later: &[&str] = &["try again later"];
    let portal: &[&str] = &["is declared as text/html and is not a JSON object", "a proxy or a portal"];
    let rows: Vec<TokenResponse> = vec![
        // An OAuth 2.0 error in a successful response
        (
            200,
            JSON,
            br#"{"error":"invalid_client","error_description":"no"}"#,
            rejected,
            &["200 OK", "its body is an error: no (invalid_client)", "check the client ID"],
        ),
        (200, JSON, br#"{"error_code":"api_error.auth.unauthorized"}"#, rejected, credentials),
        (
            201,
            JSON,
            br#"{"error":"incorrect_client_credentials"}"#,
            "token",
            &["(incorrect_client_credentials)", "check the client ID"],
        ),
        (200, JSON, br#"{"error":"temporarily_unavailable"}"#, transient, later),
        (200, JSON, br#"{"error_code":"api_error.rate_limit_exceeded"}"#, transient, later),
        // Rejections
        (
            400,
            JSON,
            br#"{"error":"invalid_client"}"#,
            rejected,
            &["(invalid_client)", "check the client ID and the client secret"],
        ),
        (400, JSON, br#"{"error":"invalid_scope"}"#, "token", &["check the scopes"]),
        (400, JSON, br#"{"error":"unauthorized_client"}"#, "token", &["may use client credentials"]),
        (401, JSON, br#"{"error_code":"api_error.auth.unauthorized"}"#, rejected, credentials),
        (401, "", b"", rejected, credentials),
        (401, HTML, b"<html>pale", rejected, &[FOREIGN]),
        (403, HTML, b"<html>pale", "token", &[FOREIGN, "allowed IP addresses"]),
        (404, HTML, b"<html>pale", "token", &[FOREIGN, "check the base URL"]),
        (405, "", b"", "token", &["check the base URL"]),
        (407, "", b"", "token", &["check the credentials of the proxy"]),
        (415, "", b"", "token", &["check the base URL"]),
        (421, "", b"", "token", &["check the base URL"]),
        (
            422,
            JSON,
            br#"{"detail":[{"loc":["body","scope"],"msg":"field required"}]}"#,
            "token",
            &["field required", "check the client ID, the client secret and the scopes"],
        ),
        (404, "", b"pale", "token", &["its body has no known content type and is not JSON, so"]),
        (525, "", b"", "token", &["its gateway cannot connect"]),
        // Failures that may pass
        (408, "", b"", transient, later),
        (425, "", b"", transient, later),
        (429, "", b"", "token transient rate-limited", later),
        (500, "", b"", transient, later),
        (502, HTML, b"<html>pale", transient, &[FOREIGN, "try again later"]),
        (
            503,
            "text/plain",
            b"pale",
            transient,
            &["is declared as text/plain and is not JSON", "try again later"],
        ),
        (504, "", b"", transient, later),
        (520, "text/plain", b"error code: 520", transient, later),
        (521, "", b"", transient, later),
        (522, "", b"", transient, later),
        (523, "", b"", transient, later),
        (524, "", b"", transient, later),
        (529, "", b"", transient, later),
        // Successful responses without a token
        (200, HTML, b"<html><title>Hotel pale", invalid, portal),
        (202, "", b"", invalid, &["is empty and is not a JSON object", "check the base URL"]),
        (
            200,
            JSON,
            br#"{"data":{"access_token":"pale"}}"#,
            invalid,
            &["its field `access_token` is missing"],
        ),
        (
            200,
            "application/x-www-form-urlencoded",
            b"access_token=pale&expires_in=1",
            invalid,
            &["is declared as application/x-www-form-urlencoded and is not a JSON object"],
        ),
        (200, JSON, b"\xef\xbb\xbf{}", invalid, &["begins with a byte order mark"]),
        (200, JSON, b"\xff\xfe{\0}\0", invalid, &["begins with a byte order mark"]),
        (200, "pale/pale", b"pale", invalid, &["has no known content type and is not a JSON object"]),
        (
            200,
            JSON,
            b"{} <!-- pale -->",
            invalid,
            &["is declared as application/json and is not a JSON object"],
        ),
        (200, JSON, br#""pale""#, invalid, &["is JSON of another type and is not a JSON object"]),
    ];
    let server = MockServer::start().await;
    let client = client_builder(server.url("")).build().unwrap();
    for (status, content_type, body, expected, texts) in rows {
        let mut response = response(status, body);
        if !content_type.is_empty() {
            response.headers_mut().insert("content-type", content_type.parse().unwrap());
        }
        server.respond("/auth/token", response);
        let error = client.request_token().await.unwrap_err();
        let name = format!("{status} {}", String::from_utf8_lossy(body));
        check(&name, &error, expected, texts, client.base_url());
        assert_eq!(error.status().unwrap().as_u16(), status, "{name}");
        assert!(error.to_string().starts_with("the token endpoint of http://127.0.0.1:"), "{error}");
    }
}

#[tokio::test]
async fn a_compressed_body_that_nobody_asked_for_is_reported() {
    let server = MockServer::start().await;
    let client = client_builder(server.url("")).build().unwrap();
    let mut compressed = response(200, b"\x1f\x8b\x08pale".to_vec());
    compressed.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
    server.respond("/auth/token", compressed);

    let error = client.request_token().await.unwrap_err();
    check(
        "gzip",
        &error,
        "token invalid-response",
        &["is compressed with gzip", "a proxy"],
        client.base_url(),
    );
}

#[tokio::test]
async fn the_path_of_the_token_endpoint_in_the_base_url_is_noticed() {
    let remove: &[&str] = &["remove `/auth/token` from the base URL"];
    for (status, body, expected) in [
        (404, r#"{"detail":"Not Found"}"#, "token"),
        (405, "", "token"),
        (200, "<html>", "token invalid-response"),
    ] {
        let server = MockServer::start().await;
        server.respond("/auth/token/auth/token", response(status, body));
        for path in ["/auth/token", "/auth/token/"] {
            let client = client_builder(server.url(path)).build().unwrap();
            let error = client.request_token().await.unwrap_err();
            check(body, &error, expected, remove, client.base_url());
        }
    }
}

#[tokio::test]
async fn the_error_of_a_token_request_is_distinct_from_that_of_a_request() {
    let server = MockServer::start().await;
    let client = client_builder(server.url("")).build().unwrap();
    let error = client.get("/links/lnk_1").send().await.unwrap_err();
    check("no token endpoint", &error, "token", &["the token endpoint of", "404"], client.base_url());

    server.respond("/auth/token", response(201, token_body()));
    let client = client_builder(server.url("")).build().unwrap();
    let error = client.get("/links/lnk_1").send().await.unwrap().error_for_status().await.unwrap_err();
    check(
        "no such link",
        &error,
        "",
        &["the API of", "404", "check the path and the IDs"],
        client.base_url(),
    );
}

#[tokio::test]
async fn the_failed_request_to_the_api_is_reported_with_its_cause() {
    let token = crate::scripted::closing_response("201 Created", token_body());
    for (name, script, expected, texts) in [
        (
            "a slow server",
            vec![ReadRequest, AwaitClose],
            "timeout transient",
            ["in time", "raise `request_timeout`"],
        ),
        (
            "a server that hangs up",
            vec![ReadRequest],
            "transient",
            ["broke during the request", "try again later"],
        ),
        (
            "http to a port that speaks https",
            vec![ReadRequest, send(b"\x15\x03\x01\x00\x02\x02\x46"), AwaitClose],
            "invalid-response",
            ["is not HTTP", "use https"],
        ),
    ] {
        let server = ScriptedServer::start(vec![vec![ReadRequest, token.clone()], script]).await;
        let builder = server.client_builder(&transport()).request_timeout(Duration::from_secs(1));
        let client = builder.build().unwrap();
        client.warm_up().await.unwrap();

        let error = client.get("/x").send().await.unwrap_err();
        check(name, &error, expected, &texts, client.base_url());
    }
}

#[derive(Debug, Deserialize)]
struct Accounts {
    #[expect(dead_code, reason = "only decoded")]
    accounts: Vec<Account>,
}

#[derive(Debug, Deserialize)]
struct Account {
    #[expect(dead_code, reason = "only decoded")]
    balance: u64,
}

#[tokio::test]
async fn a_body_of_another_shape_is_reported_with_the_path() {
    let (server, client) = MockServer::with_tokens().await;
    for (content_type, body, texts) in [
        (JSON, r#"{"accounts":[{}]}"#, ["accounts[0].balance: missing field", "compare the type"]),
        (
            JSON,
            r#"{"accounts":[{"balance":"pale"}]}"#,
            ["accounts[0].balance: invalid type: string", "expected u64"],
        ),
        (HTML, "<html>pale", ["is declared as text/html and is not JSON", "a proxy or a portal"]),
        ("", "", ["is empty", "check the status"]),
    ] {
        let mut response = response(200, body);
        if !content_type.is_empty() {
            response.headers_mut().insert("content-type", content_type.parse().unwrap());
        }
        server.respond("/x", response);
        let error = client.get("/x").send().await.unwrap().json::<Accounts>().await.unwrap_err();
        check(body, &error, "invalid-response", &texts, client.base_url());
        assert!(error.to_string().contains("(line "), "{error}");
    }
}

#[tokio::test]
async fn a_secret_as_the_key_of_a_map_is_hidden() {
    let server = MockServer::start().await;
    server.respond("/auth/token", response(201, token_body().replace(crate::TOKEN, "paletoken")));
    let client = client_builder(server.url("")).credentials(CLIENT_ID, "palesecret").build().unwrap();
    for known in ["paletoken", "palesecret"] {
        server.respond("/x", response(200, format!(r#"{{"{known}":"x"}}"#)));
        let response = client.get("/x").send().await.unwrap();
        let error = response.json::<std::collections::HashMap<String, u64>>().await.unwrap_err();
        check(known, &error, "invalid-response", &["*: invalid type"], client.base_url());
    }
}

#[tokio::test]
async fn a_retry_date_is_relative_to_the_clock_of_the_server() {
    let server = MockServer::start().await;
    let client = client_builder(server.url("")).build().unwrap();
    for (date, retry_after, expected) in [
        // The server's clock is decades behind; the local one does not matter.
        (Some("Sun, 06 Nov 1994 08:49:37 GMT"), "Sun, 06 Nov 1994 08:51:37 GMT", Some(120)),
        (Some("Sat, 06 Nov 2094 08:49:37 GMT"), "Sat, 06 Nov 2094 08:49:39 GMT", Some(2)),
        (Some("Sun, 06 Nov 1994 08:51:37 GMT"), "Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
        (Some("Sun, 06 Nov 1994 08:51:37 GMT"), "7", Some(7)),
        // Without a valid date, the local clock decides.
        (Some("yesterday"), "Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
    ] {
        let mut busy = response(503, "");
        if let Some(date) = date {
            busy.headers_mut().insert("date", date.parse().unwrap());
        }
        busy.headers_mut().insert("retry-after", retry_after.parse().unwrap());
        server.respond("/auth/token", busy);

        let error = client.request_token().await.unwrap_err();
        assert_eq!(error.retry_after(), expected.map(Duration::from_secs), "{date:?} {retry_after}");
        if expected == Some(120) {
            assert!(error.to_string().ends_with("; try again in 120 s"), "{error}");
        }
    }
}
