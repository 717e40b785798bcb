//! A server that holds each response back until the test releases it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

/// A token endpoint that sends one response per call of [`respond`](Self::respond). It ends with the test process.
pub(super) struct GatedServer {
    pub(super) url: String,
    arrivals: Receiver<()>,
    permits: Sender<()>,
}

impl GatedServer {
    pub(super) fn start() -> Self {
        const TOKEN: &str = r#"{"access_token":"gated","token_type":"bearer","expires_in":3600}"#;

        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (arrived, arrivals) = mpsc::channel();
        let (permits, permit) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                read_request(&mut stream);
                // The test may end, and drop its side of the channels, while a request is held.
                if arrived.send(()).is_err() || permit.recv().is_err() {
                    return;
                }
                let response = format!(
                    "HTTP/1.1 201 Created\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{TOKEN}",
                    TOKEN.len()
                );
                stream.into_inner().write_all(response.as_bytes()).unwrap();
            }
        });
        Self { url, arrivals, permits }
    }

    /// Waits for a request.
    pub(super) fn wait_for_request(&self) {
        self.arrivals.recv().unwrap();
    }

    /// Sends the response to one request, now or when it arrives.
    pub(super) fn respond(&self) {
        self.permits.send(()).unwrap();
    }

    /// Returns true if a request has arrived that the test has not waited for.
    pub(super) fn has_unexpected_request(&self) -> bool {
        self.arrivals.try_recv().is_ok()
    }
}

fn read_request(stream: &mut impl BufRead) {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).unwrap() <= 2 {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    stream.read_exact(&mut vec![0; length]).unwrap();
}
