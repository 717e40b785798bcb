//! Malformed and malicious responses on raw sockets, and the error that the caller gets.

use std::num::NonZeroU32;
use std::time::Duration;

use moneykit::{AccessToken, Error, Transport};

use crate::scripted::Step::{AwaitClose, ReadRequest, Repeat, Reset, Trickle};
use crate::scripted::{ScriptedServer, Step, response, send, transport};
use crate::{CLIENT_SECRET, TOKEN, render, token_body};

/// The expected outcome of a token request.
#[derive(Debug, Clone, Copy)]
enum Expected {
    Token,
    /// The response did not arrive in time.
    Timeout,
    /// The connection failed, and the request can be retried.
    Disconnected,
    /// The response was not HTTP, and the request cannot be retried.
    NotHttp,
    /// An error for this status.
    Status(u16),
    /// A 2xx response with an invalid body, described with this text.
    InvalidBody(&'static str),
}
use Expected::{Disconnected, InvalidBody, NotHttp, Status, Timeout, Token};

/// The name of a case, the script of the server, and the expected outcome. The client sends exactly one request.
type Case = (&'static str, Vec<Step>, Expected);

/// Returns a token response with a JSON value in place of the lifetime.
fn expires_in(value: &str) -> Step {
    response("201 Created", token_body().replace("3600", value))
}

/// Checks the outcome of a case. An error must show no secret, and must name a remedy.
fn check(name: &str, expected: Expected, outcome: Result<AccessToken, Error>) {
    let error = match outcome {
        Ok(token) => {
            assert!(matches!(expected, Token), "{name}: a token instead of {expected:?}");
            return assert_eq!(token.expose_secret(), TOKEN, "{name}");
        }
        Err(error) => error,
    };
    let text = render(&error);
    let (is_transient, is_invalid, status) =
        (error.is_transient(), error.is_invalid_response(), error.status());
    let status = status.map(|status| status.as_u16());
    let is_right = match expected {
        Token => false,
        Timeout => error.is_timeout() && is_transient && !error.is_connect(),
        Disconnected => {
            is_transient && !is_invalid && !error.is_timeout() && !error.is_connect() && status.is_none()
        }
        NotHttp => is_invalid && !is_transient && status.is_none() && text.contains("is not HTTP"),
        Status(code) => status == Some(code) && !is_invalid,
        InvalidBody(text) => {
            is_invalid && !is_transient && status.is_some() && error.to_string().contains(text)
        }
    };
    assert!(is_right, "{name}: {text} instead of {expected:?}");
    assert!(error.to_string().contains("; "), "{name}: no remedy in: {error}");
    for secret in [CLIENT_SECRET, TOKEN, "pale"] {
        assert!(!text.contains(secret), "{name}: {text}");
    }
}

/// Returns the attempt timeout of a case: short if the case expects a timeout, and generous otherwise.
fn attempt_timeout(expected: Expected) -> Duration {
    if matches!(expected, Timeout) { Duration::from_secs(1) } else { Duration::from_secs(20) }
}

/// Runs all cases: first those that expect no timeout, concurrently, and then the others. On a busy machine the first
/// group could delay a request of the second one beyond its timeout.
async fn run(cases: Vec<Case>) {
    // The cases share one transport: building one blocks the runtime, and with it all other cases.
    let transport = transport();
    let (timeouts, others): (Vec<Case>, Vec<Case>) =
        cases.into_iter().partition(|(_, _, expected)| matches!(expected, Timeout));
    for group in [others, timeouts] {
        let runs = group.into_iter().map(|case| tokio::spawn(run_case(case, transport.clone())));
        for run in runs.collect::<Vec<_>>() {
            run.await.unwrap();
        }
    }
}

async fn run_case((name, script, expected): Case, transport: Transport) {
    let server = ScriptedServer::start(vec![script]).await;
    let builder = server.client_builder(&transport).token_attempt_timeout(attempt_timeout(expected));
    let client = builder.build().unwrap();
    check(name, expected, client.request_token().await);
    server.wait_until(|stats| stats.requests > 0).await;
    assert_eq!(server.stats().requests, 1, "{name}");
}

#[tokio::test]
async fn a_connection_failure_at_any_point_is_transient() {
    let whole = format!("HTTP/1.1 201 Created\r\ncontent-length: {}\r\n\r\n", token_body().len());
    let body = token_body();
    run(vec![
        ("silence", vec![ReadRequest, AwaitClose], Timeout),
        ("a head that arrives byte by byte", vec![ReadRequest, Trickle(whole.clone().into())], Timeout),
        (
            "a body that arrives byte by byte",
            vec![ReadRequest, send(&whole), Trickle(body.clone().into())],
            Timeout,
        ),
        ("silence after the head", vec![ReadRequest, send(&whole), AwaitClose], Timeout),
        ("close before the first byte", vec![ReadRequest], Disconnected),
        ("close within the head", vec![ReadRequest, send(&whole[..30])], Disconnected),
        ("close after the head", vec![ReadRequest, send(&whole)], Disconnected),
        ("close within the body", vec![ReadRequest, send(&whole), send(&body[..40])], Disconnected),
        ("a reset before the first byte", vec![ReadRequest, Reset], Disconnected),
        ("a reset within the body", vec![ReadRequest, send(&whole), send(&body[..40]), Reset], Disconnected),
    ])
    .await;
}

#[tokio::test]
async fn a_response_that_is_not_http_is_a_permanent_error() {
    let with = |header: &str| response(&format!("201 Created\r\n{header}"), token_body());
    let many = "x: y\r\n".repeat(5_000);
    let long = format!("x: {}", "y".repeat(1_000_000));
    run(vec![
        ("thousands of headers", vec![ReadRequest, with(many.trim_end())], NotHttp),
        ("a header of a megabyte", vec![ReadRequest, with(&long)], NotHttp),
        (
            "endless headers",
            vec![ReadRequest, send("HTTP/1.1 201 Created\r\n"), Repeat(b"x: y\r\n".into())],
            NotHttp,
        ),
        (
            "an endless status line",
            vec![ReadRequest, send("HTTP/1.1 201 "), Repeat(vec![b'y'; 1024])],
            NotHttp,
        ),
        ("a header without a colon", vec![ReadRequest, with("no colon")], NotHttp),
        ("a header with a null", vec![ReadRequest, with("x: \0")], NotHttp),
        ("a negative content-length", vec![ReadRequest, with("content-length: -1")], NotHttp),
        ("a content-length that is not a number", vec![ReadRequest, with("content-length: many")], NotHttp),
        ("two different content-lengths", vec![ReadRequest, with("content-length: 7")], NotHttp),
        ("HTTP/0.9", vec![ReadRequest, send(token_body())], NotHttp),
        ("another protocol", vec![ReadRequest, send("SSH-2.0-OpenSSH_9.9\r\n")], NotHttp),
        ("TLS", vec![ReadRequest, send(b"\x15\x03\x01\x00\x02\x02\x46")], NotHttp),
        ("HTTP/2", vec![ReadRequest, send(b"\x00\x00\x00\x04\x00\x00\x00\x00\x00")], NotHttp),
        ("HTTP/7", vec![ReadRequest, send("HTTP/7.0 201 Created\r\ncontent-length: 0\r\n\r\n")], NotHttp),
        ("a status of two digits", vec![ReadRequest, response("99 ", "")], NotHttp),
        ("a status of letters", vec![ReadRequest, response("OK", "")], NotHttp),
    ])
    .await;
}

#[tokio::test]
async fn unusual_http_is_accepted_only_if_valid() {
    let body = token_body();
    let created = |body: &str| response("201 Created", body);
    let chunked =
        |body: &str| send(format!("HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n{body}"));
    let sized =
        |length: usize| send(format!("HTTP/1.1 201 Created\r\ncontent-length: {length}\r\n\r\n{body}"));
    let whole = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let early = "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n";
    run(vec![
        ("100 first", vec![ReadRequest, send("HTTP/1.1 100 Continue\r\n\r\n"), created(&body)], Token),
        ("103 first", vec![ReadRequest, send(early), created(&body)], Token),
        ("103 a hundred times", vec![ReadRequest, send(early.repeat(100)), created(&body)], Token),
        ("endless 103", vec![ReadRequest, Repeat(early.into())], Timeout),
        ("101", vec![ReadRequest, response("101 Switching Protocols\r\nupgrade: pale", "")], Status(101)),
        ("chunks", vec![ReadRequest, chunked(&whole)], Token),
        (
            "chunks with a trailer",
            vec![ReadRequest, chunked(&whole.replace("0\r\n\r\n", "0\r\nx: y\r\n\r\n"))],
            Token,
        ),
        ("a chunk without a size", vec![ReadRequest, chunked("pale\r\n")], Disconnected),
        (
            "a chunk size that overflows",
            vec![ReadRequest, chunked("fffffffffffffffffff\r\npale")],
            Disconnected,
        ),
        ("a chunk that ends early", vec![ReadRequest, chunked(&whole[..20])], Disconnected),
        ("no last chunk", vec![ReadRequest, chunked(whole.trim_end_matches("0\r\n\r\n"))], Disconnected),
        ("a content-length too long, then close", vec![ReadRequest, sized(body.len() + 1)], Disconnected),
        (
            "a content-length too long, then silence",
            vec![ReadRequest, sized(body.len() + 1), AwaitClose],
            Timeout,
        ),
        (
            "a content-length too short",
            vec![ReadRequest, sized(body.len() - 1)],
            InvalidBody("not a JSON object"),
        ),
        (
            "the same content-length twice",
            vec![ReadRequest, response(&format!("201 Created\r\ncontent-length: {}", body.len()), &body)],
            Token,
        ),
        ("no content-length", vec![ReadRequest, send(format!("HTTP/1.1 201 Created\r\n\r\n{body}"))], Token),
        ("HTTP/1.0", vec![ReadRequest, send(format!("HTTP/1.0 201 Created\r\n\r\n{body}"))], Token),
        ("no reason phrase", vec![ReadRequest, response("201", &body)], Token),
        (
            "another content-type",
            vec![ReadRequest, response("201 Created\r\ncontent-type: text/html", &body)],
            Token,
        ),
        (
            "an HTML page",
            vec![ReadRequest, response("200 OK\r\ncontent-type: text/html", "<html>pale")],
            InvalidBody("not a JSON object"),
        ),
        ("an empty body", vec![ReadRequest, created("")], InvalidBody("not a JSON object")),
        ("204", vec![ReadRequest, send("HTTP/1.1 204 No Content\r\n\r\n")], InvalidBody("not a JSON object")),
        ("304", vec![ReadRequest, response("304 Not Modified", "")], Status(304)),
        ("999", vec![ReadRequest, response("999 Whatever", &body)], Status(999)),
    ])
    .await;
}

#[tokio::test]
async fn unusual_json_is_accepted_only_if_valid() {
    let created = |body: &str| response("201 Created", body);
    let with = |field: &str| created(&token_body().replace('{', &format!("{{{field},")));
    let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    let invalid_utf8 =
        [&b"{\"access_token\":\"pale\xff\""[..], br#","token_type":"bearer","expires_in":1}"#].concat();
    let whole_number = InvalidBody("`expires_in` is not a whole number of seconds, zero or more");
    run(vec![
        (
            "invalid UTF-8",
            vec![ReadRequest, response("201 Created", invalid_utf8)],
            InvalidBody("not a JSON object"),
        ),
        (
            "a byte order mark",
            vec![ReadRequest, created(&format!("\u{feff}{}", token_body()))],
            InvalidBody("not a JSON object"),
        ),
        ("two tokens", vec![ReadRequest, with(r#""access_token":"pale""#)], InvalidBody("repeats a field")),
        (
            "two tokens, one with an escaped name",
            vec![ReadRequest, with(r#""access\u005ftoken":"pale""#)],
            InvalidBody("repeats a field"),
        ),
        ("two lifetimes", vec![ReadRequest, with(r#""expires_in":1"#)], InvalidBody("repeats a field")),
        ("two types", vec![ReadRequest, with(r#""token_type":"bearer""#)], InvalidBody("repeats a field")),
        ("deep nesting in an unknown field", vec![ReadRequest, with(&format!(r#""x":{deep}"#))], Token),
        (
            "deep nesting in `expires_in`",
            vec![ReadRequest, expires_in(&deep)],
            InvalidBody("not a JSON object"),
        ),
        (
            "text after the object",
            vec![ReadRequest, created(&format!("{} pale", token_body()))],
            InvalidBody("not a JSON object"),
        ),
        ("NaN", vec![ReadRequest, expires_in("NaN")], InvalidBody("not a JSON object")),
        ("infinity", vec![ReadRequest, expires_in("Infinity")], InvalidBody("not a JSON object")),
        ("a number beyond f64", vec![ReadRequest, expires_in("1e400")], InvalidBody("not a JSON object")),
        ("a float", vec![ReadRequest, expires_in("3.6e3")], whole_number),
        ("a negative lifetime", vec![ReadRequest, expires_in("-3600")], whole_number),
        ("negative zero", vec![ReadRequest, expires_in("-0")], whole_number),
        ("u64::MAX", vec![ReadRequest, expires_in("18446744073709551615")], Token),
        ("u64::MAX + 1", vec![ReadRequest, expires_in("18446744073709551616")], whole_number),
        ("a lifetime of zero", vec![ReadRequest, expires_in("0")], Token),
    ])
    .await;
}

#[tokio::test]
async fn an_endless_body_is_cut_off_at_64_kibibytes() {
    let endless = send("HTTP/1.1 201 Created\r\n\r\n");
    run(vec![(
        "endless spaces",
        vec![ReadRequest, endless, Repeat(vec![b' '; 1024])],
        InvalidBody("larger than 65536 bytes"),
    )])
    .await;
}

/// The name of a case, the scripts of the server's connections, the expected outcome, and the number of requests that
/// the server receives.
type MultiCase = (&'static str, Vec<Vec<Step>>, Expected, usize);

#[tokio::test]
async fn a_refresh_retries_transient_errors_only() {
    let error_response = |head: &str| vec![ReadRequest, response(head, r#"{"error_message":"No"}"#)];
    let cases: Vec<MultiCase> = vec![
        ("close before the first byte", vec![vec![ReadRequest]], Disconnected, 2),
        (
            "close within the body",
            vec![vec![ReadRequest, send("HTTP/1.1 201 Created\r\n\r\n{"), Reset]],
            Disconnected,
            2,
        ),
        ("silence", vec![vec![ReadRequest, AwaitClose]], Timeout, 2),
        ("503", vec![error_response("503 Service Unavailable")], Status(503), 2),
        (
            "429 with retry-after now",
            vec![error_response("429 Too Many Requests\r\nretry-after: 0")],
            Status(429),
            2,
        ),
        (
            "429 with retry-after in a year",
            vec![error_response("429 Too Many Requests\r\nretry-after: 31536000")],
            Status(429),
            1,
        ),
        ("401", vec![error_response("401 Unauthorized")], Status(401), 1),
        ("not HTTP", vec![vec![ReadRequest, send("pale\r\n\r\n")]], NotHttp, 1),
        ("no token", vec![vec![ReadRequest, response("201 Created", "{}")]], InvalidBody("is missing"), 1),
    ];
    let transport = transport();
    let runs = cases.into_iter().map(|(name, scripts, expected, requests)| {
        let transport = transport.clone();
        tokio::spawn(async move {
            let server = ScriptedServer::start(scripts).await;
            let client = server
                .client_builder(&transport)
                .token_attempt_timeout(attempt_timeout(expected))
                .jitter_seed(7);
            let client = client.token_max_attempts(NonZeroU32::MIN.saturating_add(1)).build().unwrap();
            check(name, expected, client.access_token().await);
            server.wait_until(|stats| stats.requests >= requests).await;
            assert_eq!(server.stats().requests, requests, "{name}");
        })
    });
    for run in runs.collect::<Vec<_>>() {
        run.await.unwrap();
    }
}

#[tokio::test]
async fn a_pooled_connection_that_closes_before_its_response_costs_no_attempt() {
    let token = || response("201 Created", token_body());
    let success = || vec![ReadRequest, token()];
    let then = |steps: &[Step]| [&success(), steps].concat();
    let forged = token_body().replace(TOKEN, "pale");
    let forged = response("201 Created", forged);
    let two_at_once = match (token(), &forged) {
        (Step::Send(one), Step::Send(two)) => send([&one[..], two].concat()),
        _ => unreachable!("a response is one send"),
    };
    let cases: Vec<MultiCase> = vec![
        ("a healthy connection", vec![then(&success())], Token, 2),
        ("close after the response", vec![success(), success()], Token, 2),
        ("close after the request", vec![then(&[ReadRequest]), success()], Token, 3),
        ("reset after the request", vec![then(&[ReadRequest, Reset]), success()], Token, 3),
        ("close within the head", vec![then(&[ReadRequest, send("HTTP/1.1 2")]), success()], Token, 3),
        (
            "close after the request on the next connection as well",
            vec![then(&[ReadRequest]), vec![ReadRequest], success()],
            Disconnected,
            3,
        ),
        (
            "close within the body",
            vec![then(&[ReadRequest, send("HTTP/1.1 201 Created\r\ncontent-length: 9\r\n\r\n{")]), success()],
            Disconnected,
            2,
        ),
        ("garbage", vec![then(&[ReadRequest, send("pale pale\r\n\r\n")]), success()], NotHttp, 2),
        ("silence", vec![then(&[ReadRequest, AwaitClose]), success()], Timeout, 2),
        (
            "an unsolicited response",
            vec![vec![ReadRequest, token(), forged, AwaitClose], success()],
            Token,
            2,
        ),
        (
            "two responses in one packet",
            vec![vec![ReadRequest, two_at_once, AwaitClose], success()],
            Token,
            2,
        ),
    ];
    let transport = transport();
    for (name, scripts, expected, requests) in cases {
        let server = ScriptedServer::start(scripts).await;
        let client = server
            .client_builder(&transport)
            .token_attempt_timeout(attempt_timeout(expected))
            .token_max_attempts(NonZeroU32::MIN);
        let client = client.build().unwrap();
        let first = client.access_token().await.unwrap();
        client.invalidate(&first);
        settle().await;

        check(name, expected, client.access_token().await);
        server.wait_until(|stats| stats.requests >= requests).await;
        assert_eq!(server.stats().requests, requests, "{name}");
    }
}

/// Lets the client process what the connection has received.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}
