//! A server that gives no answer before it is told to.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

/// Gives a token for each time that it is told to. It stops with the test's process.
pub(super) struct Held {
    pub(super) url: String,
    arrivals: Receiver<()>,
    answers: Sender<()>,
}

impl Held {
    pub(super) fn start() -> Self {
        const TOKEN: &str = r#"{"access_token":"held","token_type":"bearer","expires_in":3600}"#;

        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (arrived, arrivals) = mpsc::channel();
        let (answers, answer) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                read_request(&mut stream);
                // Whoever started this may have seen enough.
                if arrived.send(()).is_err() || answer.recv().is_err() {
                    return;
                }
                let answer = format!(
                    "HTTP/1.1 201 Created\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{TOKEN}",
                    TOKEN.len()
                );
                stream.into_inner().write_all(answer.as_bytes()).unwrap();
            }
        });
        Self { url, arrivals, answers }
    }

    /// Waits for a request.
    pub(super) fn request(&self) {
        self.arrivals.recv().unwrap();
    }

    /// Answers a request.
    pub(super) fn answer(&self) {
        self.answers.send(()).unwrap();
    }

    /// Says whether a request has come that nobody waited for.
    pub(super) fn has_another(&self) -> bool {
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
