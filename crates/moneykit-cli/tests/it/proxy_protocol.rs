//! `moneykit proxy` and unusual clients and servers: what they may do to a request, a response or a connection.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use moneykit_emulator::RequestFilter;

use crate::home::{CLIENT_SECRET, Home, run};
use crate::proxy_process::{Api, ProxyProcess};

/// Sends bytes, and returns what comes back until the connection is closed.
fn exchange(proxy: &ProxyProcess, bytes: &str) -> String {
    let mut stream = TcpStream::connect(proxy.address()).unwrap();
    stream.write_all(bytes.replace("HOST", proxy.address()).as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

fn proxy_for(home: &Home, api: &Api) -> ProxyProcess {
    ProxyProcess::start(home, &["--url", &api.url])
}

#[test]
fn the_length_of_a_request_has_one_meaning() {
    let home = Home::new();
    let proxy = ProxyProcess::start(&home, &[]);
    let post = |headers: &str, body: &str| {
        let head = "POST /links HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n";
        exchange(&proxy, &format!("{head}{headers}\r\n{body}"))
    };
    let chunked = "5\r\nhello\r\n0\r\n\r\n";
    for (headers, body) in [
        ("Content-Length: 3\r\nContent-Length: 5\r\n", "hello"),
        ("Content-Length: +5\r\n", "hello"),
        ("Content-Length: 5, 5\r\n", "hello"),
        ("Transfer-Encoding: chunked, identity\r\n", chunked),
        ("Transfer-Encoding : chunked\r\n", chunked),
    ] {
        let response = post(headers, body);
        assert!(response.starts_with("HTTP/1.1 400 "), "{headers}: {response}");
    }
    assert_eq!(home.emulator.request_counts().api, 0);

    // The length is not part of the message that is forwarded (RFC 9112 §6.3).
    for headers in [
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\t\r\nContent-Length: 3\r\n",
    ] {
        let response = post(headers, chunked);
        assert!(response.contains(r#""body_bytes":5"#), "{headers}: {response}");
    }
}

#[test]
fn the_length_of_a_response_has_one_meaning() {
    let (home, api) = (Home::new(), Api::start());
    let proxy = proxy_for(&home, &api);
    let chunked = "5\r\nhello\r\n0\r\n\r\n";
    for (headers, body, expected) in [
        ("Content-Length: 3\r\nTransfer-Encoding: chunked", chunked, "hello"),
        ("Transfer-Encoding: chunked\r\nContent-Length: 3", chunked, "hello"),
        ("Content-Length: 5, 5", "hello", "content-length: 5\r\n"),
        ("Content-Length: 3\r\nContent-Length: 5", "hello", "HTTP/1.1 502 "),
        ("Transfer-Encoding: gzip, chunked", chunked, "HTTP/1.1 502 "),
        ("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", chunked, "HTTP/1.1 502 "),
    ] {
        std::thread::scope(|scope| {
            let response = scope.spawn(|| proxy.get("/x"));
            let (mut connection, _) = api.request();
            write!(connection, "HTTP/1.1 200 OK\r\n{headers}\r\nConnection: close\r\n\r\n{body}").unwrap();
            let response = response.join().unwrap();
            assert!(response.contains(expected), "{headers}: {response}");
            assert!(!response.contains("content-length: 3"), "{headers}: {response}");
        });
    }
    let response = proxy.send("POST /x", "Transfer-Encoding: gzip, chunked\r\n", chunked.as_bytes());
    assert!(
        response.starts_with("HTTP/1.1 501 ") && response.contains("proxy_error.request.coding"),
        "{response}"
    );
}

#[test]
fn a_401_is_passed_on_whatever_the_length_of_its_body() {
    let (home, api) = (Home::new(), Api::start());
    let proxy = proxy_for(&home, &api);
    for length in [1, 64 * 1024, 64 * 1024 + 1, 1024 * 1024] {
        let body = "x".repeat(length);
        let chunk = format!("{length:x}\r\n{body}\r\n0\r\n\r\n");
        for (header, sent) in
            [(format!("Content-Length: {length}"), &body), ("Transfer-Encoding: chunked".to_owned(), &chunk)]
        {
            std::thread::scope(|scope| {
                // A stream is not sent again.
                let chunked = "Transfer-Encoding: chunked\r\n";
                let response = scope.spawn(|| proxy.send("POST /x", chunked, b"5\r\nhello\r\n0\r\n\r\n"));
                let (mut connection, _) = api.request();
                // No later request uses this connection, which the test closes.
                let head = format!("HTTP/1.1 401 Unauthorized\r\n{header}\r\nConnection: close\r\n\r\n");
                write!(connection, "{head}{sent}").unwrap();
                let response = response.join().unwrap();
                assert!(response.starts_with("HTTP/1.1 401 "), "{header}: {response}");
                assert_eq!(response.matches('x').count(), length, "{header}");
            });
        }
    }
}

#[test]
fn a_change_of_the_protocol_that_nobody_asked_for_is_an_error() {
    let (home, api) = (Home::new(), Api::start());
    let proxy = proxy_for(&home, &api);
    std::thread::scope(|scope| {
        let response = scope.spawn(|| proxy.get("/x"));
        let (mut connection, _) = api.request();
        let head = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket";
        write!(connection, "{head}\r\n\r\n").unwrap();
        let response = response.join().unwrap();
        assert!(response.starts_with("HTTP/1.1 502 ") && response.contains("is not HTTP/1.1"), "{response}");
    });
}

#[test]
fn clients_of_http_1_0_get_a_response_that_they_understand() {
    let (home, api) = (Home::new(), Api::start());
    let proxy = proxy_for(&home, &api);
    std::thread::scope(|scope| {
        let response = scope.spawn(|| exchange(&proxy, "GET /x HTTP/1.0\r\nHost: HOST\r\n\r\n"));
        let (mut connection, _) = api.request();
        connection
            .write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
            .unwrap();
        let response = response.join().unwrap();
        assert!(
            response.starts_with("HTTP/1.0 200 OK\r\n") && response.ends_with("\r\n\r\nok"),
            "{response}"
        );
        assert!(!response.to_lowercase().contains("transfer-encoding"), "{response}");
    });
    let response = exchange(&proxy, "GET /x HTTP/1.0\r\n\r\n");
    assert!(response.contains("the Host header is not that of the proxy"), "{response}");
}

#[test]
fn requests_on_one_connection_are_separate() {
    let home = Home::new();
    let proxy = ProxyProcess::start(&home, &[]);
    let request = "POST /first HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\n\r\n{}";
    let last = "GET /second HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n";
    let responses = exchange(&proxy, &format!("{request}{request}{last}"));
    assert_eq!(responses.matches("HTTP/1.1 200 OK").count(), 3, "{responses}");
    let paths = home.emulator.requests(&RequestFilter::new()).requests;
    let paths: Vec<_> =
        paths.iter().map(|entry| &*entry.path).filter(|path| *path != "/auth/token").collect();
    assert_eq!(paths.len(), 3, "{paths:?}");
}

#[test]
fn the_response_to_an_upload_that_the_api_does_not_read_is_passed_on() {
    let (home, api) = (Home::new(), Api::start());
    let proxy = proxy_for(&home, &api);
    std::thread::scope(|scope| {
        let response = scope.spawn(|| upload(&proxy));
        let (mut connection, _) = api.request();
        let head = "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 4\r\nConnection: close";
        write!(connection, "{head}\r\n\r\nfull").unwrap();
        let response = response.join().unwrap();
        assert!(response.starts_with("HTTP/1.1 413 "), "{response}");
    });
}

/// Uploads for ever, until the response has arrived. Returns that.
fn upload(proxy: &ProxyProcess) -> String {
    let mut client = TcpStream::connect(proxy.address()).unwrap();
    write!(client, "POST /x HTTP/1.1\r\nHost: {}\r\nContent-Length: 99999999999\r\n\r\n", proxy.address())
        .unwrap();
    let mut reader = client.try_clone().unwrap();
    let chunk = vec![b'x'; 64 * 1024];
    let writer = std::thread::spawn(move || while client.write_all(&chunk).is_ok() {});
    let (mut response, mut buffer) = (String::new(), [0; 1024]);
    while !response.ends_with("full") {
        match reader.read(&mut buffer) {
            Ok(count) if count > 0 => response.push_str(str::from_utf8(&buffer[..count]).unwrap()),
            end => panic!("{end:?}: {response}"),
        }
    }
    // The writer has waited for the proxy to read on, which it no longer does.
    let _ = reader.shutdown(Shutdown::Both);
    writer.join().unwrap();
    response
}

#[test]
fn a_response_that_ends_early_does_not_look_complete() {
    let (home, api) = (Home::new(), Api::start());
    let proxy = proxy_for(&home, &api);
    for head in ["Content-Length: 10\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"] {
        std::thread::scope(|scope| {
            let response = scope.spawn(|| {
                let mut stream = TcpStream::connect(proxy.address()).unwrap();
                write!(stream, "GET /x HTTP/1.1\r\nHost: {}\r\n\r\n", proxy.address()).unwrap();
                let mut response = Vec::new();
                // The connection is closed, or reset.
                let _ = stream.read_to_end(&mut response);
                String::from_utf8(response).unwrap()
            });
            let (mut connection, _) = api.request();
            write!(connection, "HTTP/1.1 200 OK\r\n{head}").unwrap();
            connection.shutdown(Shutdown::Both).unwrap();
            let response = response.join().unwrap();
            assert!(!response.ends_with("0\r\n\r\n"), "{response}");
            assert!(!response.contains("content-length: 4\r\n"), "{response}");
        });
    }
}

#[test]
fn a_slow_reader_does_not_make_the_proxy_read_ahead() {
    const BODY: usize = 256 * 1024 * 1024;

    let (home, api) = (Home::new(), Api::start());
    let proxy = proxy_for(&home, &api);
    let mut client = TcpStream::connect(proxy.address()).unwrap();
    write!(client, "GET /x HTTP/1.1\r\nHost: {}\r\n\r\n", proxy.address()).unwrap();
    let (mut connection, _) = api.request();
    write!(connection, "HTTP/1.1 200 OK\r\nContent-Length: {BODY}\r\n\r\n").unwrap();
    // It takes what fits into the buffers of the connections, and no more.
    connection.set_write_timeout(Some(std::time::Duration::from_millis(500))).unwrap();
    let (mut sent, chunk) = (0, vec![b'x'; 64 * 1024]);
    while sent < BODY {
        match connection.write(&chunk) {
            Ok(count) => sent += count,
            Err(_) => break,
        }
    }
    assert!(sent < BODY / 4, "{sent}");
}

#[test]
fn an_upgrade_is_not_forwarded() {
    let home = Home::new();
    let proxy = ProxyProcess::start(&home, &[]);
    let headers = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \
        dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let response =
        exchange(&proxy, &format!("GET /x HTTP/1.1\r\nHost: HOST\r\n{headers}Connection: close\r\n\r\n"));
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    let entry = home.emulator.requests(&RequestFilter::new().method("GET")).requests.pop().unwrap();
    assert!(!entry.headers.contains_key("upgrade") && !entry.headers.contains_key("connection"));
}

#[test]
fn a_token_request_gets_a_placeholder_and_reaches_nobody() {
    let home = Home::new();
    let proxy = ProxyProcess::start(&home, &[]);
    let form = b"grant_type=client_credentials&client_id=none&client_secret=none";
    for headers in ["", "Authorization: Basic bm9uZTpub25l\r\n"] {
        let response = proxy.send("POST /auth/token", headers, form);
        assert!(response.starts_with("HTTP/1.1 201 "), "{response}");
        assert!(response.contains(r#""access_token":"added-by-moneykit-proxy""#), "{response}");
    }
    // One is that of the proxy itself.
    assert_eq!(home.emulator.request_counts().token, 1);
    let with_placeholder = proxy.send("GET /links", "Authorization: Bearer added-by-moneykit-proxy\r\n", b"");
    assert!(with_placeholder.starts_with("HTTP/1.1 200 "), "{with_placeholder}");

    let rejected = ProxyProcess::start(&home, &["--client-id", "another"]);
    let response = rejected.send("POST /auth/token", "", form);
    assert!(response.contains("proxy_error.token.unavailable"), "{response}");
}

#[test]
fn a_command_reaches_the_proxy_although_the_environment_names_another() {
    let home = Home::new();
    let script = "echo \"$NO_PROXY $no_proxy $MONEYKIT_CLIENT_ID $MONEYKIT_CLIENT_SECRET\"";
    let output = |variables: &[(&str, &str)]| {
        let mut command = home.moneykit(&["proxy", "--", "sh", "-c", script]);
        run(command.envs(variables.iter().copied())).ok()
    };
    let credentials = "live_1 added-by-moneykit-proxy\n";
    assert_eq!(output(&[]), format!("  {credentials}"));
    let proxy = ("http_proxy", "http://proxy.example:3128");
    assert_eq!(output(&[proxy]), format!("127.0.0.1 127.0.0.1 {credentials}"));
    let hosts = "internal.example,127.0.0.1";
    assert_eq!(output(&[proxy, ("NO_PROXY", "internal.example")]), format!("{hosts} {hosts} {credentials}"));
    assert!(!output(&[]).contains(CLIENT_SECRET));
}

#[test]
fn a_command_that_is_missing_is_an_error() {
    let home = Home::new();
    let said = home.shell("moneykit proxy -- $NOTHING").failed(2);
    assert!(said.contains("there is no command after --"), "{said}");
}

#[test]
fn a_socket_whose_path_is_too_long_is_an_error() {
    let home = Home::new();
    let folder = home.path(&"f".repeat(120));
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join("proxy.sock");
    let said = home.run(&["proxy", "--socket", path.to_str().unwrap()]).failed(3);
    assert!(said.contains("cannot create the socket") && said.contains("shorter than SUN_LEN"), "{said}");
}
