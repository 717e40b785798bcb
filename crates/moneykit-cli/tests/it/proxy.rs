//! `moneykit proxy`: what it forwards and what it rejects, tokens, commands, sockets and signals.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use moneykit_emulator::{Emulator, Fault, FaultTarget, RequestFilter, StatusCode, Stub, StubResponse};

use crate::home::{CLIENT_SECRET, Home};
use crate::proxy_process::{Api, ProxyProcess, send, send_to_socket};

/// Returns the status of a response.
fn status(response: &str) -> u16 {
    response.get(9..12).unwrap_or_default().parse().unwrap_or_else(|_| panic!("{response:?}"))
}

/// Returns the error code of a response of the proxy itself, and checks its form.
fn error_code(response: &str) -> String {
    let (_, body) = response.split_once("\r\n\r\n").unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{response}"));
    assert!(body["error_message"].is_string() && body["documentation_url"].is_string(), "{body}");
    body["error_code"].as_str().unwrap().to_owned()
}

/// Returns a proxy whose API is not the emulator.
fn proxy_for(home: &Home, api: &Api, arguments: &[&str]) -> ProxyProcess {
    ProxyProcess::spawn(home.moneykit(&["proxy", "--url", &api.url]).args(arguments))
}

#[test]
fn a_request_is_forwarded_with_the_token_and_without_what_is_not_for_the_api() {
    let home = Home::new();
    let proxy = ProxyProcess::start(&home, &[]);
    let headers = "Authorization: Bearer of-the-program\r\nCookie: a=b\r\nProxy-Authorization: Basic x\r\nX-Own: 1\r\n\
        Te: trailers\r\nUser-Agent: program/1\r\nConnection: X-Hop\r\nX-Hop: 1\r\nExpect: 100-continue\r\n";
    let response = proxy.send("POST /links/a%2Fb?x=%20y&z={1}", headers, b"12345");
    assert!(response.contains("HTTP/1.1 200 OK"), "{response}");
    assert!(response.contains(r#""body_bytes":5"#), "{response}");

    let entry = home.emulator.requests(&RequestFilter::new().method("POST")).requests.pop().unwrap();
    assert_eq!((&*entry.path, entry.query.as_deref()), ("/links/a%2Fb", Some("x=%20y&z={1}")));
    let header = |name: &str| {
        let values: Vec<_> =
            entry.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
        values.join("|")
    };
    assert_eq!((&*header("x-own"), &*header("user-agent")), ("1", "program/1"));
    assert_eq!(entry.headers.get_all("authorization").iter().count(), 1);
    assert!(!header("authorization").contains("of-the-program"));
    assert!(!header("host").contains(proxy.address()));
    for name in ["cookie", "proxy-authorization", "te", "x-hop", "expect", "connection"] {
        assert_eq!(header(name), "", "{name}");
    }
}

#[test]
fn a_dead_token_is_replaced_and_the_request_sent_again() {
    let home = Home::new();
    let proxy = ProxyProcess::start(&home, &[]);
    assert_eq!(status(&proxy.get("/links")), 200);
    home.emulator.revoke_tokens();
    assert_eq!(status(&proxy.send("POST /links", "", b"{}")), 200);
    assert_eq!(home.emulator.request_counts().tokens_issued, 2);
}

#[test]
fn a_streamed_request_is_not_sent_again_and_the_next_one_has_a_new_token() {
    let home = Home::new();
    let proxy = ProxyProcess::start(&home, &[]);
    assert_eq!(status(&proxy.get("/links")), 200);
    home.emulator.revoke_tokens();
    let chunked = "Transfer-Encoding: chunked\r\n";
    assert_eq!(status(&proxy.send("POST /links", chunked, b"2\r\n{}\r\n0\r\n\r\n")), 401);
    assert_eq!(status(&proxy.get("/links")), 200);
    let response = proxy.send("POST /links", chunked, b"2\r\n{}\r\n0\r\n\r\n");
    assert!(response.contains(r#""body_bytes":2"#), "{response}");
}

#[test]
fn bodies_are_streamed_in_both_directions() {
    let (home, api) = (Home::new(), Api::start());
    let proxy = proxy_for(&home, &api, &[]);
    let mut client = TcpStream::connect(proxy.address()).unwrap();
    write!(client, "PUT /x HTTP/1.1\r\nHost: {}\r\nTransfer-Encoding: chunked\r\n\r\n", proxy.address())
        .unwrap();
    client.write_all(b"5\r\nfirst\r\n").unwrap();

    // The API sees the first chunk before the client has sent the second.
    let (mut connection, head) = api.request();
    assert!(head.to_lowercase().contains("authorization: bearer pale-token"), "{head}");
    let mut chunk = [0; 10];
    connection.read_exact(&mut chunk).unwrap();
    assert_eq!(&chunk, b"5\r\nfirst\r\n");
    client.write_all(b"6\r\nsecond\r\n0\r\n\r\n").unwrap();
    let mut rest = [0; 16];
    connection.read_exact(&mut rest).unwrap();
    assert_eq!(&rest, b"6\r\nsecond\r\n0\r\n\r\n");

    // The client sees the first part of the response before the API has sent the second.
    connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nSet-Cookie: a=b\r\n\r\nab").unwrap();
    let mut response = Vec::new();
    while !response.ends_with(b"ab") {
        let mut byte = [0];
        client.read_exact(&mut byte).unwrap();
        response.push(byte[0]);
    }
    connection.write_all(b"cd").unwrap();
    let mut rest = [0; 2];
    client.read_exact(&mut rest).unwrap();
    let head = String::from_utf8(response).unwrap().to_lowercase();
    assert!(head.contains("content-length: 4\r\n") && !head.contains("set-cookie"), "{head}");
}

#[test]
fn a_long_body_keeps_its_length() {
    let (home, api) = (Home::new(), Api::start());
    let proxy = proxy_for(&home, &api, &[]);
    let mut client = TcpStream::connect(proxy.address()).unwrap();
    let length = 1024 * 1024 + 1;
    write!(client, "PUT /x HTTP/1.1\r\nHost: {}\r\nContent-Length: {length}\r\n\r\nab", proxy.address())
        .unwrap();
    let (_connection, head) = api.request();
    let head = head.to_lowercase();
    assert!(head.contains(&format!("content-length: {length}\r\n")) && !head.contains("chunked"), "{head}");
}

#[test]
fn requests_of_web_pages_and_ambiguous_targets_never_reach_the_api() {
    let home = Home::new();
    let proxy = ProxyProcess::start(&home, &[]);
    let port = proxy.address().split_once(':').unwrap().1;
    let rebound = format!("Host: evil.example:{port}\r\n");
    for (line, headers, expected) in [
        ("GET /links", &*rebound, (421, "proxy_error.request.host")),
        ("GET /links", "Host: 127.0.0.1:1\r\n", (421, "proxy_error.request.host")),
        ("GET /links", "Origin: http://localhost\r\n", (403, "proxy_error.request.origin")),
        ("GET /links", "Sec-Fetch-Site: cross-site\r\n", (403, "proxy_error.request.origin")),
        ("OPTIONS /links", "Access-Control-Request-Method: PUT\r\n", (403, "proxy_error.request.origin")),
        ("GET /links/../x", "", (400, "proxy_error.request.path")),
        ("GET /links/%2e%2E/x", "", (400, "proxy_error.request.path")),
        ("GET /links/..;a/x", "", (400, "proxy_error.request.invalid")),
        ("GET /links/%252e%252e/x", "", (400, "proxy_error.request.invalid")),
        ("GET //evil.example/x", "", (400, "proxy_error.request.invalid")),
        ("GET http://evil.example/x", "", (400, "proxy_error.request.target")),
        ("OPTIONS *", "", (400, "proxy_error.request.target")),
        ("CONNECT evil.example:443", "", (405, "proxy_error.request.method")),
        ("TRACE /links", "", (405, "proxy_error.request.method")),
    ] {
        let response = proxy.send(line, headers, b"");
        assert_eq!((status(&response), &*error_code(&response)), expected, "{line} {headers}");
        assert!(!response.to_lowercase().contains("access-control-"), "{response}");
    }
    assert_eq!(home.emulator.request_counts().api, 0);
}

#[test]
fn redirects_are_passed_on_and_not_followed() {
    let moved = StubResponse::new(302).header("location", "https://elsewhere.example/x");
    let emulator = Emulator::builder().add_stub(Stub::new("GET", "/moved").respond(moved));
    let home = Home::with_emulator(emulator);
    let response = ProxyProcess::start(&home, &[]).get("/moved");
    assert_eq!(status(&response), 302);
    assert!(response.contains("location: https://elsewhere.example/x\r\n"), "{response}");
    assert_eq!(home.emulator.request_counts().api, 1);
}

#[test]
fn no_request_is_forwarded_without_a_token() {
    let home = Home::new();
    let proxy = ProxyProcess::start(&home, &["--client-id", "another"]);
    for _ in 0..2 {
        let response = proxy.get("/links");
        assert_eq!((status(&response), &*error_code(&response)), (502, "proxy_error.token.unavailable"));
    }
    assert_eq!(home.emulator.request_counts().api, 0);
    let run = proxy.stop(&home);
    assert!(run.stderr.contains("hint: there is no access token yet: "), "{run:?}");
}

#[test]
fn the_cool_down_of_the_token_endpoint_is_passed_on() {
    let home = Home::new();
    home.emulator
        .fail_next(100, Fault::RetryAfter(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(600)));
    let response = ProxyProcess::start(&home, &[]).get("/links");
    assert_eq!((status(&response), &*error_code(&response)), (503, "proxy_error.token.unavailable"));
    assert!(response.contains("retry-after: "), "{response}");
    assert_eq!(home.emulator.request_counts().api, 0);
}

#[test]
fn failures_of_the_api_are_gateway_errors() {
    let (home, api) = (Home::new(), Api::start());
    let proxy = proxy_for(&home, &api, &["--timeout", "1"]);
    std::thread::scope(|scope| {
        let response = scope.spawn(|| proxy.send("POST /x", "", b"{}"));
        drop(api.request());
        let response = response.join().unwrap();
        assert_eq!((status(&response), &*error_code(&response)), (502, "proxy_error.upstream.unreachable"));

        let response = scope.spawn(|| proxy.get("/x"));
        let _silent = api.request();
        let response = response.join().unwrap();
        assert_eq!((status(&response), &*error_code(&response)), (504, "proxy_error.upstream.timeout"));

        // Too late for another status: the connection is closed before the body has ended.
        let response = scope.spawn(|| proxy.get("/x"));
        let (mut stalled, _) = api.request();
        stalled.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf").unwrap();
        let response = response.join().unwrap();
        assert!(response.starts_with("HTTP/1.1 200 ") && response.ends_with("half"), "{response}");
    });
}

#[test]
fn a_socket_is_private_and_removed_at_the_end() {
    let home = Home::new();
    let path = home.path("proxy.sock");
    let name = path.to_str().unwrap();
    let proxy = ProxyProcess::spawn(
        &mut home.program("sh", &["-c", "umask 0; exec moneykit proxy --socket \"$0\"", name]),
    );
    assert_eq!(proxy.name, name);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(status(&send_to_socket(name, "GET /links")), 200);

    // A second proxy does not take it over.
    let said = home.run(&["proxy", "--socket", name]).failed(3);
    assert!(said.contains("proxy.sock exists; if no program uses it, remove it"), "{said}");
    assert_eq!(status(&send_to_socket(name, "GET /links")), 200);
    assert_eq!(proxy.stop(&home).code, Some(0));
    assert!(!path.exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_that_closes_ends_the_proxy_unless_nohup_says_otherwise() {
    let home = Home::new();
    let path = home.path("proxy.sock");
    let name = path.to_str().unwrap();
    let arguments = |first| [first, "moneykit", "proxy", "--socket", name];
    let proxy = ProxyProcess::spawn(&mut home.program("env", &arguments("--default-signal=HUP")));
    proxy.signal(&home, "-HUP");
    assert_eq!(proxy.wait().code, Some(0));
    assert!(!path.exists());

    let proxy = ProxyProcess::spawn(&mut home.program("env", &arguments("--ignore-signal=HUP")));
    proxy.signal(&home, "-HUP");
    assert_eq!(status(&send_to_socket(name, "GET /links")), 200);
    proxy.stop(&home).ok();
}

#[test]
fn a_socket_is_not_created_where_others_could_replace_it() {
    let home = Home::new();
    let file = home.write("open/x", "", 0o600);
    let folder = file.parent().unwrap();
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    let said = home.run(&["proxy", "--socket", "open/proxy.sock"]).failed(3);
    assert!(
        said.contains("other users can replace files in open (mode 0777); run `chmod go-w open`"),
        "{said}"
    );
    assert!(
        home.run(&["proxy", "--socket", "none/proxy.sock"]).failed(3).contains("create it, with mode 0700")
    );
}

#[test]
fn only_loopback_addresses_are_accepted() {
    let home = Home::new();
    for address in ["0.0.0.0:8080", "192.0.2.1:8080", "8080"] {
        home.run(&["proxy", "--listen", address]).failed(2);
        home.run(&["proxy", "--admin", address]).failed(2);
    }
    let proxy = ProxyProcess::start(&home, &[]);
    let said = home.run(&["proxy", "--listen", proxy.address()]).failed(3);
    assert!(said.contains("choose another port, or port 0"), "{said}");
}

#[test]
fn a_command_gets_a_url_of_its_own_and_no_secret() {
    let home = Home::new();
    let secret = home.write("secret", CLIENT_SECRET, 0o600);
    let script = "echo \"$MONEYKIT_URL\"; read line; env; exit 7";
    let mut command = home.moneykit(&["proxy", "--", "sh", "-c", script]);
    let mut proxy = ProxyProcess::spawn(command.env("MONEYKIT_CLIENT_SECRET_OLD", secret));
    let (_, prefix) = proxy.name.rsplit_once('/').unwrap();
    assert_eq!(prefix.len(), 32);

    assert_eq!(status(&proxy.get(&format!("/{prefix}/links?a=b"))), 200);
    for path in ["/links", "/", &format!("/{prefix}0/links")] {
        assert_eq!(error_code(&proxy.get(path)), "proxy_error.request.prefix");
    }
    assert_eq!(home.emulator.request_counts().api, 1);

    proxy.write("\n");
    let run = proxy.wait();
    assert_eq!(run.code, Some(7), "{run:?}");
    assert!(run.stdout.contains("MONEYKIT_URL=http://127.0.0.1:"), "{run:?}");
    assert!(run.stdout.contains("MONEYKIT_CLIENT_SECRET=added-by-moneykit-proxy\n"), "{run:?}");
    assert!(
        !run.stdout.contains("MONEYKIT_CLIENT_SECRET_") && !run.stdout.contains(CLIENT_SECRET),
        "{run:?}"
    );
}

#[test]
fn the_end_of_a_command_is_the_end_of_the_proxy() {
    let home = Home::new();
    for (script, code) in [("exit 0", 0), ("exit 41", 41), ("kill -KILL $$", 128 + 9)] {
        assert_eq!(home.run(&["proxy", "--", "sh", "-c", script]).code, Some(code), "{script}");
    }
    let said = home.run(&["proxy", "--", "./none"]).failed(2);
    assert!(said.contains("cannot run ./none"), "{said}");
}

#[test]
fn signals_are_forwarded_to_the_command() {
    let home = Home::new();
    for (signal, trap) in [("-TERM", "TERM"), ("-INT", "INT"), ("-USR1", "USR1")] {
        let script = format!("trap 'exit 9' {trap}; echo ready; while :; do read line; done");
        let proxy = ProxyProcess::start(&home, &["--", "sh", "-c", &script]);
        assert_eq!(proxy.name, "ready");
        proxy.signal(&home, signal);
        assert_eq!(proxy.wait().code, Some(9), "{signal}");
    }
}

#[test]
fn a_client_that_goes_away_cancels_its_request() {
    let (home, api) = (Home::new(), Api::start());
    let proxy = proxy_for(&home, &api, &[]);
    let mut client = TcpStream::connect(proxy.address()).unwrap();
    write!(client, "GET /x HTTP/1.1\r\nHost: {}\r\n\r\n", proxy.address()).unwrap();
    let (mut connection, _) = api.request();
    drop(client);
    // The timeout of a request is longer.
    connection.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    assert_eq!(connection.read(&mut [0]).unwrap(), 0);
}

#[test]
fn the_response_to_head_has_the_length_of_the_body_and_no_body() {
    let (home, api) = (Home::new(), Api::start());
    let proxy = proxy_for(&home, &api, &[]);
    std::thread::scope(|scope| {
        let response = scope.spawn(|| proxy.send("HEAD /x", "", b""));
        let (mut connection, _) = api.request();
        connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n").unwrap();
        let response = response.join().unwrap().to_lowercase();
        assert!(response.contains("content-length: 7\r\n") && response.ends_with("\r\n\r\n"), "{response}");
    });
}

#[test]
fn a_secret_file_is_read_again_for_each_refresh() {
    let home = Home::new();
    let secret = home.write("secret", CLIENT_SECRET, 0o600);
    let mut command = home.moneykit(&["proxy"]);
    command.env_remove("MONEYKIT_CLIENT_SECRET").env("MONEYKIT_CLIENT_SECRET_FILE", &secret);
    let proxy = ProxyProcess::spawn(&mut command);
    assert_eq!(status(&proxy.get("/links")), 200);
    home.write("secret", "rotated-secret", 0o600);
    home.emulator.revoke_tokens();
    proxy.get("/links");
    let last = home.emulator.requests(&RequestFilter::new().status(StatusCode::UNAUTHORIZED)).requests.pop();
    assert_eq!(last.unwrap().path, "/auth/token");
}

#[test]
fn requests_in_flight_are_finished_before_the_end() {
    let (home, api) = (Home::new(), Api::start());
    for signal in ["-TERM", "-INT"] {
        let proxy = proxy_for(&home, &api, &[]);
        let address = proxy.address().to_owned();
        let request = std::thread::spawn(move || send(&address, "GET /x", "", b""));
        let (mut connection, _) = api.request();
        proxy.signal(&home, signal);
        while TcpStream::connect(proxy.address()).is_ok() {
            std::thread::yield_now();
        }
        connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
        assert!(request.join().unwrap().ends_with("\r\n\r\nok"));
        proxy.wait().ok();
    }
}

#[test]
fn requests_that_take_too_long_are_cut_off() {
    let (home, api) = (Home::new(), Api::start());
    let proxy = proxy_for(&home, &api, &["--drain-timeout", "0"]);
    let address = proxy.address().to_owned();
    let request = std::thread::spawn(move || send(&address, "GET /x", "", b""));
    let _connection = api.request();
    let said = proxy.stop(&home).failed(1);
    assert!(said.contains("requests in flight were cut off; increase --drain-timeout"), "{said}");
    let _ = request.join();
}

#[test]
fn a_second_signal_cuts_requests_off() {
    let (home, api) = (Home::new(), Api::start());
    let proxy = proxy_for(&home, &api, &["--drain-timeout", "3600"]);
    let address = proxy.address().to_owned();
    let request = std::thread::spawn(move || send(&address, "GET /x", "", b""));
    let _connection = api.request();
    proxy.signal(&home, "-INT");
    while TcpStream::connect(proxy.address()).is_ok() {
        std::thread::yield_now();
    }
    assert!(proxy.stop(&home).failed(1).contains("were cut off"));
    let _ = request.join();
}

#[test]
fn health_and_metrics_have_a_port_of_their_own() {
    let home = Home::new();
    let mut proxy = ProxyProcess::start(&home, &["--admin", "127.0.0.1:0"]);
    let admin = proxy.line().strip_prefix("http://").unwrap().to_owned();
    proxy.get("/links");
    proxy.send("GET /links", "Origin: null\r\n", b"");
    home.emulator.revoke_tokens();
    proxy.get("/links");
    let get = |path: &str| send(&admin, &format!("GET {path}"), "", b"");
    assert_eq!((status(&get("/healthz")), status(&get("/readyz")), status(&get("/links"))), (200, 200, 404));
    assert_eq!(status(&send(&admin, "GET /metrics", "Host: evil.example\r\n", b"")), 421);

    let metrics = get("/metrics");
    for line in [
        "moneykit_proxy_responses_total{status=\"200\"} 2",
        "moneykit_proxy_errors_total{code=\"proxy_error.request.origin\"} 1",
        "moneykit_proxy_requests_in_flight 0",
        "moneykit_proxy_recovered_requests_total 1",
        "moneykit_token_refreshes_total 2",
        "moneykit_token_usable 1",
    ] {
        assert!(metrics.contains(&format!("\n{line}\n")), "{line}: {metrics}");
    }
    let expires_in = metrics.split("\nmoneykit_token_expires_in_seconds ").nth(1).unwrap();
    let expires_in: u64 = expires_in.lines().next().unwrap().parse().unwrap();
    assert!((3_500..=3_600).contains(&expires_in), "{metrics}");
    // Its paths are not those of the API.
    assert_eq!(status(&proxy.get("/healthz")), 200);
    assert_eq!(home.emulator.request_counts().api, 4);
}

#[test]
fn a_proxy_without_a_token_is_not_ready() {
    let home = Home::new();
    let mut proxy = ProxyProcess::start(&home, &["--admin", "127.0.0.1:0", "--client-id", "another"]);
    let admin = proxy.line().strip_prefix("http://").unwrap().to_owned();
    assert_eq!(status(&send(&admin, "GET /healthz", "", b"")), 200);
    assert_eq!(status(&send(&admin, "GET /readyz", "", b"")), 503);
}

#[test]
fn no_log_contains_a_secret() {
    let home = Home::new();
    let script = "echo \"$MONEYKIT_URL\"; read line";
    for arguments in [&["-vvv"][..], &["-vvv", "--", "sh", "-c", script]] {
        let mut proxy = ProxyProcess::start(&home, arguments);
        let (address, prefix) =
            (proxy.address().to_owned(), proxy.name.rsplit_once('/').unwrap().1.to_owned());
        let path = if prefix == address { "/links".to_owned() } else { format!("/{prefix}/links") };
        let query = format!("GET {path}?secret=pale-query");
        assert_eq!(status(&proxy.send(&query, "Authorization: Bearer pale-header\r\n", b"")), 200);
        home.emulator.revoke_tokens();
        assert_eq!(status(&proxy.send(&query, "", b"")), 200);
        home.emulator.fail_next_for(FaultTarget::API, 1, Fault::CloseAfter(0)).unwrap();
        proxy.send(&format!("POST {path}"), "", b"pale-body");
        proxy.get(&format!("{path}/../pale-path"));
        let run = if prefix == address {
            proxy.stop(&home)
        } else {
            proxy.write("\n");
            proxy.wait()
        };
        assert!(run.stderr.contains("moneykit"), "{run:?}");
        for secret in [CLIENT_SECRET, "pale-query", "pale-header", "pale-body", "pale-path", "Bearer "] {
            assert!(!run.stderr.contains(secret), "{secret}: {run:?}");
        }
        assert!(prefix == address || !run.stderr.contains(&prefix), "{run:?}");
    }

    let api = Api::start();
    let proxy = proxy_for(&home, &api, &["-vvv"]);
    std::thread::scope(|scope| {
        scope.spawn(|| proxy.get("/x"));
        let (mut connection, _) = api.request();
        connection.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 10\r\n\r\npale-token").unwrap();
    });
    let run = proxy.stop(&home);
    assert!(run.stderr.contains("forwarded") && !run.stderr.contains("pale-token"), "{run:?}");
}
