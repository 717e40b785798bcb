//! Measures the emulator: token requests per second beside a bare axum handler that returns a constant, the time until
//! it is ready, and the memory of a token.
//!
//! ```text
//! cargo run --release -p moneykit-emulator --example load
//! ```

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::routing::post;
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};

fn main() -> io::Result<()> {
    let mut out = io::stdout();
    let (emulator, ready_after) = measure(|| -> io::Result<_> {
        let emulator = Emulator::builder().control_api(true).start()?;
        get_readiness(emulator.address())?;
        Ok(emulator)
    });
    let emulator = emulator?;
    writeln!(out, "ready after {ready_after:?}")?;

    let baseline = start_baseline()?;
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        // One after the other in each round, so that other load on the machine affects both.
        let constant = requests_per_second(baseline)?;
        let tokens = requests_per_second(emulator.address())?;
        writeln!(
            out,
            "constant {constant:>7.0}/s   tokens {tokens:>7.0}/s   ratio {:.2}",
            tokens / constant
        )?;
        ratios.push(tokens / constant);
    }
    ratios.sort_by(f64::total_cmp);
    writeln!(out, "median ratio {:.2}", ratios[ratios.len() / 2])?;

    let before = resident_bytes();
    let ((), duration) = measure(|| {
        for _ in 0..TOKENS {
            let _ = emulator.issue_token(DEFAULT_CLIENT_ID, None);
        }
    });
    if let (Some(before), Some(after)) = (before, resident_bytes()) {
        writeln!(out, "{} bytes per token, {TOKENS} tokens in {duration:?}", (after - before) / TOKENS)?;
    }
    Ok(())
}

const ROUNDS: usize = 7;
const CONNECTIONS: usize = 16;
const ROUND_TRIPS: usize = 1_500;
const TOKENS: usize = 1_000_000;

/// Sends token requests on keep-alive connections, one on each at a time, and returns the rate.
fn requests_per_second(address: SocketAddr) -> io::Result<f64> {
    let body = format!(
        "grant_type=client_credentials&client_id={DEFAULT_CLIENT_ID}&client_secret={DEFAULT_CLIENT_SECRET}"
    );
    let request = format!(
        "POST /auth/token HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Accept: */*\r\nUser-Agent: load\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        let connection = TcpStream::connect(address)?;
        connection.set_nodelay(true)?;
        connections.push(connection);
    }
    let (result, duration) = measure(|| {
        for _ in 0..ROUND_TRIPS {
            for connection in &mut connections {
                connection.write_all(request.as_bytes())?;
            }
            for connection in &mut connections {
                read_response(connection)?;
            }
        }
        Ok::<_, io::Error>(())
    });
    result?;
    #[expect(clippy::cast_precision_loss, reason = "the number is small")]
    Ok((CONNECTIONS * ROUND_TRIPS) as f64 / duration.as_secs_f64())
}

/// Reads one response, whose body is a JSON object without nested ones.
fn read_response(connection: &mut TcpStream) -> io::Result<()> {
    let mut response = [0; 4096];
    let mut length = 0;
    while !response[..length].ends_with(b"}") {
        let read = connection.read(&mut response[length..])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        length += read;
    }
    if response.starts_with(b"HTTP/1.1 201") { Ok(()) } else { Err(io::Error::other("not a 201")) }
}

fn get_readiness(address: SocketAddr) -> io::Result<()> {
    let mut connection = TcpStream::connect(address)?;
    write!(connection, "GET /__emulator/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    connection.read_to_end(&mut Vec::new()).map(|_| ())
}

/// Serves a constant token response on a runtime like the emulator's.
fn start_baseline() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let body = format!(r#"{{"access_token":"{}","token_type":"bearer","expires_in":3600}}"#, "0".repeat(64));
    let body: &'static str = body.leak();
    let handler = move || async move { (StatusCode::CREATED, [(CONTENT_TYPE, "application/json")], body) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::spawn(move || {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, Router::new().route("/auth/token", post(handler))).await
        })
    });
    Ok(address)
}

#[expect(clippy::disallowed_methods, reason = "a measurement is in real time")]
fn measure<T>(action: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = action();
    (result, start.elapsed())
}

/// Returns the memory of this process, on Linux.
fn resident_bytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<usize>().ok().map(|kibibytes| kibibytes * 1024)
}
