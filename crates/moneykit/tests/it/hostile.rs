//! What a server, or whoever is in between, can do on the wire; and what the caller gets.

use std::io::Write;
use std::num::NonZeroU32;
use std::time::Duration;

use moneykit::{AccessToken, Error};

use crate::scripted::Act::{Drip, Forever, Request, Reset, UntilClosed};
use crate::scripted::{Act, Server, answer, inflating, send};
use crate::{CLIENT_SECRET, TOKEN, everything, token_body};

/// What a token request comes to.
#[derive(Debug, Clone, Copy)]
enum Gives {
    Token,
    /// No answer in time.
    Timeout,
    /// A connection that broke: worth another try.
    Broken,
    /// Something that is not HTTP: not worth another try.
    NotHttp,
    /// An error for this status.
    Status(u16),
    /// A success with a flaw, in these words.
    Flaw(&'static str),
}
use Gives::{Broken, Flaw, NotHttp, Status, Timeout, Token};

/// Its name, what the server does on a connection, and what comes of it. One request is all it ever sees.
type Row = (&'static str, Vec<Act>, Gives);

/// A token and what follows its lifetime, with another lifetime.
fn expires_in(value: &str) -> Act {
    answer("201 Created", token_body().replace("3600", value))
}

fn zipped(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

/// Checks what came of a row; an error shows nothing that it must not, and says what to do.
fn check(name: &str, gives: Gives, outcome: Result<AccessToken, Error>) {
    let error = match outcome {
        Ok(token) => {
            assert!(matches!(gives, Token), "{name}: a token, in place of {gives:?}");
            return assert_eq!(token.expose_secret(), TOKEN, "{name}");
        }
        Err(error) => error,
    };
    let text = everything(&error);
    let (is_transient, is_invalid, status) =
        (error.is_transient(), error.is_invalid_response(), error.status());
    let status = status.map(|status| status.as_u16());
    let is_right = match gives {
        Token => false,
        Timeout => error.is_timeout() && is_transient && !error.is_connect(),
        Broken => {
            is_transient && !is_invalid && !error.is_timeout() && !error.is_connect() && status.is_none()
        }
        NotHttp => is_invalid && !is_transient && status.is_none() && text.contains("is not HTTP"),
        Status(expected) => status == Some(expected) && !is_invalid,
        Flaw(what) => is_invalid && !is_transient && status.is_some() && error.to_string().contains(what),
    };
    assert!(is_right, "{name}: {text}, in place of {gives:?}");
    assert!(error.to_string().contains("; "), "{name}: no advice in: {error}");
    for secret in [CLIENT_SECRET, TOKEN, "pale"] {
        assert!(!text.contains(secret), "{name}: {text}");
    }
}

/// How long a client waits for an answer that shall not come in time, and for any other.
fn patience(gives: Gives) -> Duration {
    if matches!(gives, Timeout) { Duration::from_millis(100) } else { Duration::from_secs(20) }
}

/// Plays all rows at the same time.
async fn play(rows: Vec<Row>) {
    // One for all of them: building a transport takes a while, in which nobody's answer is read.
    let transport = inflating();
    let plays = rows.into_iter().map(|(name, script, gives)| {
        let transport = transport.clone();
        tokio::spawn(async move {
            let server = Server::start(vec![script]).await;
            let client = server.client(&transport).token_attempt_timeout(patience(gives)).build().unwrap();
            check(name, gives, client.request_token().await);
            server.sees(|seen| seen.requests > 0).await;
            assert_eq!(server.seen().requests, 1, "{name}");
        })
    });
    for play in plays.collect::<Vec<_>>() {
        play.await.unwrap();
    }
}

#[tokio::test]
async fn a_connection_may_fail_at_any_point() {
    let whole = format!("HTTP/1.1 201 Created\r\ncontent-length: {}\r\n\r\n", token_body().len());
    let body = token_body();
    play(vec![
        ("silence", vec![Request, UntilClosed], Timeout),
        ("a head that trickles", vec![Request, Drip(whole.clone().into())], Timeout),
        ("a body that trickles", vec![Request, send(&whole), Drip(body.clone().into())], Timeout),
        ("silence after the head", vec![Request, send(&whole), UntilClosed], Timeout),
        ("the end before the first byte", vec![Request], Broken),
        ("the end within the head", vec![Request, send(&whole[..30])], Broken),
        ("the end after the head", vec![Request, send(&whole)], Broken),
        ("the end within the body", vec![Request, send(&whole), send(&body[..40])], Broken),
        ("a reset before the first byte", vec![Request, Reset], Broken),
        ("a reset within the body", vec![Request, send(&whole), send(&body[..40]), Reset], Broken),
    ])
    .await;
}

#[tokio::test]
async fn what_is_not_http_is_an_error_at_once() {
    let with = |header: &str| answer(&format!("201 Created\r\n{header}"), token_body());
    let many = "x: y\r\n".repeat(5_000);
    let long = format!("x: {}", "y".repeat(1_000_000));
    play(vec![
        ("thousands of headers", vec![Request, with(many.trim_end())], NotHttp),
        ("a header of a megabyte", vec![Request, with(&long)], NotHttp),
        (
            "headers without end",
            vec![Request, send("HTTP/1.1 201 Created\r\n"), Forever(b"x: y\r\n".into())],
            NotHttp,
        ),
        (
            "a status line without end",
            vec![Request, send("HTTP/1.1 201 "), Forever(vec![b'y'; 1024])],
            NotHttp,
        ),
        ("a header that is none", vec![Request, with("no colon")], NotHttp),
        ("a header with a null", vec![Request, with("x: \0")], NotHttp),
        ("a length below zero", vec![Request, with("content-length: -1")], NotHttp),
        ("a length in letters", vec![Request, with("content-length: many")], NotHttp),
        ("two lengths", vec![Request, with("content-length: 7")], NotHttp),
        ("HTTP/0.9", vec![Request, send(token_body())], NotHttp),
        ("another protocol", vec![Request, send("SSH-2.0-OpenSSH_9.9\r\n")], NotHttp),
        ("TLS", vec![Request, send(b"\x15\x03\x01\x00\x02\x02\x46")], NotHttp),
        ("HTTP/2", vec![Request, send(b"\x00\x00\x00\x04\x00\x00\x00\x00\x00")], NotHttp),
        ("HTTP/7", vec![Request, send("HTTP/7.0 201 Created\r\ncontent-length: 0\r\n\r\n")], NotHttp),
        ("a status of two digits", vec![Request, answer("99 ", "")], NotHttp),
        ("a status of letters", vec![Request, answer("OK", "")], NotHttp),
    ])
    .await;
}

#[tokio::test]
async fn http_at_its_oddest_is_read_as_it_is_meant() {
    let body = token_body();
    let created = |body: &str| answer("201 Created", body);
    let chunked =
        |body: &str| send(format!("HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n{body}"));
    let sized =
        |length: usize| send(format!("HTTP/1.1 201 Created\r\ncontent-length: {length}\r\n\r\n{body}"));
    let whole = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let early = "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n";
    play(vec![
        ("100 first", vec![Request, send("HTTP/1.1 100 Continue\r\n\r\n"), created(&body)], Token),
        ("103 first", vec![Request, send(early), created(&body)], Token),
        ("103 a hundred times", vec![Request, send(early.repeat(100)), created(&body)], Token),
        ("103 without end", vec![Request, Forever(early.into())], Timeout),
        ("101", vec![Request, answer("101 Switching Protocols\r\nupgrade: pale", "")], Status(101)),
        ("chunks", vec![Request, chunked(&whole)], Token),
        (
            "chunks and a trailer",
            vec![Request, chunked(&whole.replace("0\r\n\r\n", "0\r\nx: y\r\n\r\n"))],
            Token,
        ),
        ("no size of a chunk", vec![Request, chunked("pale\r\n")], Broken),
        ("a chunk of any size", vec![Request, chunked("fffffffffffffffffff\r\npale")], Broken),
        ("a chunk that ends early", vec![Request, chunked(&whole[..20])], Broken),
        ("no last chunk", vec![Request, chunked(whole.trim_end_matches("0\r\n\r\n"))], Broken),
        ("a length too long, and the end", vec![Request, sized(body.len() + 1)], Broken),
        ("a length too long, and silence", vec![Request, sized(body.len() + 1), UntilClosed], Timeout),
        ("a length too short", vec![Request, sized(body.len() - 1)], Flaw("not a JSON object")),
        (
            "the same length twice",
            vec![Request, answer(&format!("201 Created\r\ncontent-length: {}", body.len()), &body)],
            Token,
        ),
        ("no length", vec![Request, send(format!("HTTP/1.1 201 Created\r\n\r\n{body}"))], Token),
        ("HTTP/1.0", vec![Request, send(format!("HTTP/1.0 201 Created\r\n\r\n{body}"))], Token),
        ("no reason", vec![Request, answer("201", &body)], Token),
        ("another type", vec![Request, answer("201 Created\r\ncontent-type: text/html", &body)], Token),
        (
            "a page",
            vec![Request, answer("200 OK\r\ncontent-type: text/html", "<html>pale")],
            Flaw("not a JSON object"),
        ),
        ("nothing", vec![Request, created("")], Flaw("not a JSON object")),
        ("204", vec![Request, send("HTTP/1.1 204 No Content\r\n\r\n")], Flaw("not a JSON object")),
        ("304", vec![Request, answer("304 Not Modified", "")], Status(304)),
        ("999", vec![Request, answer("999 Whatever", &body)], Status(999)),
    ])
    .await;
}

#[tokio::test]
async fn json_at_its_oddest_is_no_token() {
    let created = |body: &str| answer("201 Created", body);
    let with = |field: &str| created(&token_body().replace('{', &format!("{{{field},")));
    let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    let broken =
        [&b"{\"access_token\":\"pale\xff\""[..], br#","token_type":"bearer","expires_in":1}"#].concat();
    let whole_number = Flaw("`expires_in` is not a whole number of seconds, zero or more");
    play(vec![
        ("invalid UTF-8", vec![Request, answer("201 Created", broken)], Flaw("not a JSON object")),
        (
            "a byte order mark",
            vec![Request, created(&format!("\u{feff}{}", token_body()))],
            Flaw("not a JSON object"),
        ),
        ("two tokens", vec![Request, with(r#""access_token":"pale""#)], Flaw("twice")),
        ("two tokens, one escaped", vec![Request, with(r#""access\u005ftoken":"pale""#)], Flaw("twice")),
        ("two lifetimes", vec![Request, with(r#""expires_in":1"#)], Flaw("twice")),
        ("two types", vec![Request, with(r#""token_type":"bearer""#)], Flaw("twice")),
        ("depth where nobody looks", vec![Request, with(&format!(r#""x":{deep}"#))], Token),
        ("depth in a field", vec![Request, expires_in(&deep)], Flaw("not a JSON object")),
        (
            "text after the object",
            vec![Request, created(&format!("{} pale", token_body()))],
            Flaw("not a JSON object"),
        ),
        ("NaN", vec![Request, expires_in("NaN")], Flaw("not a JSON object")),
        ("infinity", vec![Request, expires_in("Infinity")], Flaw("not a JSON object")),
        ("beyond floating point", vec![Request, expires_in("1e400")], Flaw("not a JSON object")),
        ("a float", vec![Request, expires_in("3.6e3")], whole_number),
        ("below zero", vec![Request, expires_in("-3600")], whole_number),
        ("zero, but negative", vec![Request, expires_in("-0")], whole_number),
        ("all of 64 bits", vec![Request, expires_in("18446744073709551615")], Token),
        ("more than 64 bits", vec![Request, expires_in("18446744073709551616")], whole_number),
        ("no lifetime at all", vec![Request, expires_in("0")], Token),
    ])
    .await;
}

#[tokio::test]
async fn a_body_counts_as_what_it_inflates_to() {
    let padded = |length: usize| [token_body().as_bytes(), &vec![b' '; length - token_body().len()]].concat();
    let gzip = |body: &[u8]| answer("201 Created\r\ncontent-encoding: gzip", body);
    let most = zipped(&padded(64 * 1024));
    let bomb = zipped(&padded(16 << 20));
    assert!(bomb.len() < 32 * 1024, "{}", bomb.len());
    let endless = send("HTTP/1.1 201 Created\r\n\r\n");
    play(vec![
        ("all that fits", vec![Request, gzip(&most)], Token),
        (
            "one byte more",
            vec![Request, gzip(&zipped(&padded(64 * 1024 + 1)))],
            Flaw("larger than 65536 bytes"),
        ),
        ("a bomb", vec![Request, gzip(&bomb)], Flaw("larger than 65536 bytes")),
        ("no end", vec![Request, endless, Forever(vec![b' '; 1024])], Flaw("larger than 65536 bytes")),
        ("half of it", vec![Request, gzip(&most[..most.len() / 2])], Broken),
        ("something else", vec![Request, gzip(b"pale")], Broken),
    ])
    .await;
}

#[tokio::test]
async fn a_flight_tries_again_what_may_pass_and_nothing_else() {
    let refused = |head: &str| vec![Request, answer(head, r#"{"error_message":"No"}"#)];
    let rows: Vec<KeptRow> = vec![
        ("the end before the first byte", vec![vec![Request]], Broken, 2),
        (
            "the end within the body",
            vec![vec![Request, send("HTTP/1.1 201 Created\r\n\r\n{"), Reset]],
            Broken,
            2,
        ),
        ("silence", vec![vec![Request, UntilClosed]], Timeout, 2),
        ("503", vec![refused("503 Service Unavailable")], Status(503), 2),
        ("429, and at once", vec![refused("429 Too Many Requests\r\nretry-after: 0")], Status(429), 2),
        (
            "429, and next year",
            vec![refused("429 Too Many Requests\r\nretry-after: 31536000")],
            Status(429),
            1,
        ),
        ("401", vec![refused("401 Unauthorized")], Status(401), 1),
        ("not HTTP", vec![vec![Request, send("pale\r\n\r\n")]], NotHttp, 1),
        ("no token", vec![vec![Request, answer("201 Created", "{}")]], Flaw("is missing"), 1),
    ];
    let transport = inflating();
    let plays = rows.into_iter().map(|(name, scripts, gives, requests)| {
        let transport = transport.clone();
        tokio::spawn(async move {
            let server = Server::start(scripts).await;
            let client = server.client(&transport).token_attempt_timeout(patience(gives)).jitter_seed(7);
            let client = client.max_attempts(NonZeroU32::MIN.saturating_add(1)).build().unwrap();
            check(name, gives, client.access_token().await);
            server.sees(|seen| seen.requests >= requests).await;
            assert_eq!(server.seen().requests, requests, "{name}");
        })
    });
    for play in plays.collect::<Vec<_>>() {
        play.await.unwrap();
    }
}

/// What a server does on one connection after the other, what comes of a second request after a good first
/// one, and how many requests the server sees.
type KeptRow = (&'static str, Vec<Vec<Act>>, Gives, usize);

#[tokio::test]
async fn a_kept_connection_that_closes_before_it_answers_costs_no_try() {
    let token = || answer("201 Created", token_body());
    let good = || vec![Request, token()];
    let then = |acts: &[Act]| [&good(), acts].concat();
    let forged = token_body().replace(TOKEN, "pale");
    let forged = answer("201 Created", forged);
    let two_at_once = match (token(), &forged) {
        (Act::Send(one), Act::Send(two)) => send([&one[..], two].concat()),
        _ => unreachable!("answers are sent"),
    };
    let rows: Vec<KeptRow> = vec![
        ("a good connection", vec![then(&good())], Token, 2),
        ("it closes at once", vec![good(), good()], Token, 2),
        ("it closes when the request has come", vec![then(&[Request]), good()], Token, 3),
        ("it is reset when the request has come", vec![then(&[Request, Reset]), good()], Token, 3),
        ("it closes within the head", vec![then(&[Request, send("HTTP/1.1 2")]), good()], Token, 3),
        ("the next one closes as well", vec![then(&[Request]), vec![Request], good()], Broken, 3),
        (
            "it closes within the body",
            vec![then(&[Request, send("HTTP/1.1 201 Created\r\ncontent-length: 9\r\n\r\n{")]), good()],
            Broken,
            2,
        ),
        ("it answers with garbage", vec![then(&[Request, send("pale pale\r\n\r\n")]), good()], NotHttp, 2),
        ("it says nothing", vec![then(&[Request, UntilClosed]), good()], Timeout, 2),
        (
            "an answer that nobody asked for",
            vec![vec![Request, token(), forged, UntilClosed], good()],
            Token,
            2,
        ),
        ("two answers in one", vec![vec![Request, two_at_once, UntilClosed], good()], Token, 2),
    ];
    let transport = inflating();
    for (name, scripts, gives, requests) in rows {
        let server = Server::start(scripts).await;
        let client =
            server.client(&transport).token_attempt_timeout(patience(gives)).max_attempts(NonZeroU32::MIN);
        let client = client.build().unwrap();
        let first = client.access_token().await.unwrap();
        client.invalidate(&first);
        settle().await;

        check(name, gives, client.access_token().await);
        server.sees(|seen| seen.requests >= requests).await;
        assert_eq!(server.seen().requests, requests, "{name}");
    }
}

/// Lets a connection come to rest.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}
