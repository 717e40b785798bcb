//! The time from the start of `moneykit request` to the first byte of its request, beside curl's.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::moneykit;
use crate::report::median;
use crate::upstream::TOKEN;

/// The time that the tool may take longer than curl.
const GOAL: Duration = Duration::from_millis(10);

/// Starts both programs in turns, with a token in the cache. Prints the medians, and returns true if the tool meets its goal.
pub(crate) fn measure(rounds: usize) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let token = format!(r#"{{"access_token":"{TOKEN}","token_type":"bearer","expires_in":3600}}"#);
    time_to_first_byte(tool(folder.path(), &url).arg("token"), &listener, &token);

    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        let mut curl = Command::new("curl");
        curl.args(["-q", "-sS", "-H", &format!("Authorization: Bearer {TOKEN}"), &format!("{url}/links")]);
        let mut request = tool(folder.path(), &url);
        request.args(["request", "GET", "/links"]);
        for (command, times) in [curl, request].iter_mut().zip(&mut times) {
            times.push(time_to_first_byte(command, &listener, "{}").as_secs_f64() * 1e3);
        }
    }
    let [curl, request] = times.map(median);
    println!("| program | start to first byte, median of {rounds} |\n|---|---:|");
    println!("| curl | {curl:.1} ms |\n| moneykit request | {request:.1} ms |");
    request - curl <= GOAL.as_secs_f64() * 1e3
}

/// Prepares the tool with a home of its own.
fn tool(folder: &Path, url: &str) -> Command {
    let mut command = Command::new(moneykit());
    command.env_clear().env("HOME", folder).env("MONEYKIT_URL", url).env("MONEYKIT_CLIENT_ID", "id");
    command.env("MONEYKIT_CLIENT_SECRET", "secret");
    command
}

/// Runs a program that sends one request, and responds to it. Returns the time until the first byte.
fn time_to_first_byte(command: &mut Command, listener: &TcpListener, body: &str) -> Duration {
    let started = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let (mut stream, _) = listener.accept().unwrap();
    // The head of these requests arrives as a whole.
    assert_ne!(stream.read(&mut [0; 4096]).unwrap(), 0);
    let elapsed = started.elapsed();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
    write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    // A connection that is closed before the body of the request was read would be reset.
    let _ = stream.read_to_end(&mut Vec::new());
    assert!(child.wait().unwrap().success());
    elapsed
}
