//! The connections of `moneykit proxy` to the API: which are used again, which requests are sent again, and TLS.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;

use moneykit_emulator::Emulator;
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::home::{CLIENT_ID, CLIENT_SECRET, Home, run};
use crate::proxy_process::{Api, ProxyProcess, read_head};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const OK_AND_CLOSE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

fn proxy_for(home: &Home, url: &str) -> ProxyProcess {
    ProxyProcess::start(home, &["--url", url])
}

/// A request on a thread of its own.
type Pending<'scope> = std::thread::ScopedJoinHandle<'scope, String>;

/// Sends a request while `respond` plays the API. Returns the response, and what `respond` returns.
fn exchange<T>(
    proxy: &ProxyProcess,
    line: &str,
    headers: &str,
    body: &[u8],
    respond: impl FnOnce() -> T,
) -> (String, T) {
    std::thread::scope(|scope| {
        let response: Pending<'_> = scope.spawn(|| proxy.send(line, headers, body));
        let outcome = respond();
        (response.join().unwrap(), outcome)
    })
}

#[test]
fn a_connection_is_used_again_once_the_body_has_ended() {
    let (home, api) = (Home::new(), Api::start());
    let proxy = proxy_for(&home, &api.url);
    let mut slow = TcpStream::connect(proxy.address()).unwrap();
    write!(slow, "GET /slow HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", proxy.address()).unwrap();
    let (mut first, _) = api.request();
    first.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf").unwrap();
    let mut start = [0; 16];
    slow.read_exact(&mut start).unwrap();

    // The first connection has responded, but not to the end.
    let (response, ()) = exchange(&proxy, "GET /x", "", b"", || {
        let (mut second, _) = api.request();
        second.write_all(OK_AND_CLOSE).unwrap();
    });
    assert!(response.ends_with("\r\n\r\nok"), "{response}");

    first.write_all(b"half").unwrap();
    let mut rest = String::new();
    slow.read_to_string(&mut rest).unwrap();
    assert!(rest.ends_with("halfhalf"), "{rest}");
    let (response, ()) = exchange(&proxy, "GET /y", "", b"", || {
        assert!(read_head(&mut first).unwrap().starts_with("GET /y HTTP/1.1\r\n"));
        first.write_all(OK).unwrap();
    });
    assert!(response.ends_with("\r\n\r\nok"), "{response}");
}

#[test]
fn a_request_on_an_idle_connection_that_closes_is_sent_again_if_that_is_safe() {
    let chunked = "Transfer-Encoding: chunked\r\n";
    for (line, headers, body, is_sent_again) in [
        ("GET /x", "", &b""[..], true),
        ("PUT /x", "", b"{}", true),
        ("POST /x", "Idempotency-Key: 1\r\n", b"{}", true),
        ("POST /x", "", b"{}", false),
        ("POST /x", "Idempotency-Key: \r\n", b"{}", false),
        ("PUT /x", chunked, b"2\r\n{}\r\n0\r\n\r\n", false),
    ] {
        let (home, api) = (Home::new(), Api::start());
        let proxy = proxy_for(&home, &api.url);
        let (_, mut idle) = exchange(&proxy, "GET /first", "", b"", || {
            let (mut connection, _) = api.request();
            connection.write_all(OK).unwrap();
            connection
        });
        let (response, ()) = exchange(&proxy, line, headers, body, || {
            assert!(read_head(&mut idle).unwrap().starts_with(line));
            idle.shutdown(Shutdown::Both).unwrap();
            if is_sent_again {
                let (mut connection, head) = api.request();
                assert!(head.starts_with(line), "{head}");
                assert!(head.contains("authorization: Bearer pale-token\r\n"), "{head}");
                let mut sent = vec![0; body.len()];
                connection.read_exact(&mut sent).unwrap();
                assert_eq!(sent, body);
                connection.write_all(OK).unwrap();
            }
        });
        let expected = if is_sent_again { "HTTP/1.1 200 " } else { "HTTP/1.1 502 " };
        assert!(response.starts_with(expected), "{line} {headers}: {response}");
        assert!(is_sent_again || response.contains("broke during the request"), "{response}");
    }
}

#[test]
fn a_request_is_not_sent_again_if_its_connection_was_new() {
    let (home, api) = (Home::new(), Api::start());
    let proxy = proxy_for(&home, &api.url);
    let (response, ()) = exchange(&proxy, "GET /x", "", b"", || {
        drop(api.request());
    });
    assert!(response.starts_with("HTTP/1.1 502 "), "{response}");
}

#[test]
fn an_idle_connection_that_has_closed_is_not_used() {
    let (home, api) = (Home::new(), Api::start());
    let proxy = proxy_for(&home, &api.url);
    for _ in 0..3 {
        let (response, mut connection) = exchange(&proxy, "POST /x", "", b"{}", || {
            let (mut connection, _) = api.request();
            connection.write_all(OK).unwrap();
            connection
        });
        assert!(response.ends_with("\r\n\r\nok"), "{response}");
        connection.shutdown(Shutdown::Write).unwrap();
        // The proxy closes its end, too. Before that, it sends the body of the request.
        connection.read_to_end(&mut Vec::new()).unwrap();
    }
}

#[test]
fn a_body_of_unknown_length_is_sent_with_any_method() {
    let (home, api) = (Home::new(), Api::start());
    let proxy = proxy_for(&home, &api.url);
    let body = b"2\r\n{}\r\n0\r\n\r\n";
    for line in ["GET /x", "DELETE /x", "POST /x"] {
        let (response, ()) = exchange(&proxy, line, "Transfer-Encoding: chunked\r\n", body, || {
            let (mut connection, _) = api.request();
            let mut sent = vec![0; body.len()];
            connection.read_exact(&mut sent).unwrap();
            assert_eq!(sent, body, "{line}");
            connection.write_all(OK_AND_CLOSE).unwrap();
        });
        assert!(response.ends_with("\r\n\r\nok"), "{line}: {response}");
    }
}

#[test]
fn an_upload_that_stops_after_the_response_does_not_hold_its_connections() {
    let (home, api) = (Home::new(), Api::start());
    let proxy = ProxyProcess::start(&home, &["--url", &api.url, "--timeout", "1"]);
    let mut client = TcpStream::connect(proxy.address()).unwrap();
    write!(client, "PUT /x HTTP/1.1\r\nHost: {}\r\nContent-Length: 99999999\r\n\r\nhalf", proxy.address())
        .unwrap();
    let (mut connection, _) = api.request();
    connection.write_all(OK).unwrap();
    // Both end, although neither side has closed.
    connection.read_to_end(&mut Vec::new()).unwrap();
    let mut response = Vec::new();
    let _ = client.read_to_end(&mut response);
    assert!(response.starts_with(b"HTTP/1.1 200 ") && response.ends_with(b"ok"));
}

#[test]
fn a_server_that_cannot_be_connected_to_is_named() {
    let home = Home::new();
    let api = Emulator::builder().client(CLIENT_ID, CLIENT_SECRET).start().unwrap();
    let proxy = proxy_for(&home, api.url());
    assert!(proxy.get("/x").starts_with("HTTP/1.1 200 "));
    let url = api.url().to_owned();
    drop(api);
    let response = proxy.get("/x");
    assert!(response.starts_with("HTTP/1.1 502 "), "{response}");
    let message = format!("could not connect to {url} (");
    assert!(response.contains(&message) && response.contains("run `moneykit doctor`"), "{response}");
}

#[test]
fn the_certificate_of_the_api_is_checked() {
    let home = Home::new();
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let roots = home.write("roots.pem", &issuer.pem(), 0o600);
    for (name, is_accepted) in [("localhost", true), ("elsewhere.example", false)] {
        let url = serve_tls(&issuer, name);
        let mut command = home.moneykit(&["proxy", "--url", &url]);
        let proxy = ProxyProcess::spawn(command.env("SSL_CERT_FILE", &roots));
        let response = proxy.get("/x");
        assert_eq!(response.ends_with("\r\n\r\nok"), is_accepted, "{name}: {response}");
        let mut command = home.moneykit(&["token", "--no-cache", "--url", &url]);
        let said = run(command.env("SSL_CERT_FILE", &roots));
        assert_eq!(said.code, Some(if is_accepted { 0 } else { 6 }), "{said:?}");
        assert!(is_accepted || said.stderr.contains("SSL_CERT_FILE can name"), "{said:?}");
    }
    let proxy = proxy_for(&home, &serve_tls(&issuer, "localhost"));
    assert!(proxy.get("/x").contains("proxy_error.token.unavailable"));
}

#[test]
fn root_certificates_that_cannot_be_read_are_a_failure_of_the_set_up() {
    let home = Home::new();
    let garbage = home.write("garbage.pem", "no certificate", 0o600);
    let url = ["--url", "https://localhost:1"];
    for command in [&["token"][..], &["request", "GET", "/x"], &["proxy", "--", "true"]] {
        for file in ["/none", garbage.to_str().unwrap()] {
            let arguments = [&command[..1], &url, &command[1..]].concat();
            let said = run(home.moneykit(&arguments).env("SSL_CERT_FILE", file)).failed(3);
            assert!(
                said.contains("cannot read the root certificates (") && said.contains("SSL_CERT_FILE"),
                "{said}"
            );
            assert!(!said.contains("--url"), "{said}");
        }
    }
    let report = run(home.moneykit(&[&["doctor"][..], &url].concat()).env("SSL_CERT_FILE", "/none"));
    assert!(report.stdout.contains("tls") && report.stdout.contains("SSL_CERT_FILE"), "{report:?}");
}

/// Starts an API over TLS, with HTTP/1.1. Returns its URL.
fn serve_tls(issuer: &CertifiedIssuer<'_, KeyPair>, name: &str) -> String {
    const TOKEN: &str = r#"{"access_token":"pale-token","token_type":"bearer","expires_in":3600}"#;

    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, issuer).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = Arc::new(builder.with_single_cert(vec![certificate.der().clone()], key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream.unwrap());
            std::thread::spawn(move || {
                while let Some(head) = read_head(&mut stream) {
                    let body = if head.starts_with("POST /auth/token") { TOKEN } else { "ok" };
                    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store";
                    let _ = write!(
                        stream,
                        "{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                        body.len()
                    );
                    stream.conn.send_close_notify();
                    let _ = stream.flush();
                }
            });
        }
    });
    url
}
