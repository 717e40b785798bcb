//! A server that does what no well-behaved one does.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use moneykit::{Client, ClientBuilder};

use crate::{CLIENT_ID, CLIENT_SECRET, token_body};

/// Gives tokens, and lets the test answer everything else. It stops with the test's process.
pub(super) struct Server(SocketAddr);

/// What to do about a request.
pub(super) enum Answer {
    /// Send these bytes and close the connection.
    Bytes(&'static str),
    /// Keep the connection open and say nothing.
    Silence,
}

impl Server {
    /// Serves; `answer` gets the first line of each request that is not for a token.
    pub(super) fn start(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, answer) = (listener.local_addr().unwrap(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let answer = Arc::clone(&answer);
                std::thread::spawn(move || serve(stream.unwrap(), &*answer));
            }
        });
        Self(address)
    }

    pub(super) fn client(&self) -> ClientBuilder {
        Client::builder().credentials(CLIENT_ID, CLIENT_SECRET).base_url(format!("http://{}", self.0))
    }
}

fn serve(stream: TcpStream, answer: &dyn Fn(&str) -> Answer) {
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() <= 2 {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    reader.read_exact(&mut vec![0; length]).unwrap();

    let token = token_body();
    let token = format!(
        "HTTP/1.1 201 Created\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{token}",
        token.len()
    );
    if first.starts_with("POST /auth/token ") {
        reader.into_inner().write_all(token.as_bytes()).unwrap();
        return;
    }
    match answer(&first) {
        Answer::Bytes(bytes) => reader.into_inner().write_all(bytes.as_bytes()).unwrap(),
        // Until the other side has had enough.
        Answer::Silence => drop(reader.read(&mut [0])),
    }
}
