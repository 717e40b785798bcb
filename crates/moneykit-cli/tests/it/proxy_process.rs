//! A running `moneykit proxy`, a client on raw sockets, and an API whose connections a test controls.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};

use crate::home::{Home, Run};

/// A proxy, which is killed when it is dropped.
pub(crate) struct ProxyProcess {
    child: Option<Child>,
    stdout: BufReader<std::process::ChildStdout>,
    /// The first line of its output.
    pub(crate) name: String,
}

impl ProxyProcess {
    pub(crate) fn start(home: &Home, arguments: &[&str]) -> Self {
        Self::spawn(&mut home.moneykit(&[&["proxy"], arguments].concat()))
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut this = Self { child: Some(child), stdout, name: String::new() };
        this.name = this.line();
        this
    }

    /// Returns the next line of its output.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Returns the address and the port.
    pub(crate) fn address(&self) -> &str {
        self.name.strip_prefix("http://").unwrap().split('/').next().unwrap()
    }

    /// Sends a request with these header lines and this body, and returns the response.
    pub(crate) fn send(&self, line: &str, headers: &str, body: &[u8]) -> String {
        send(self.address(), line, headers, body)
    }

    pub(crate) fn get(&self, path: &str) -> String {
        self.send(&format!("GET {path}"), "", b"")
    }

    pub(crate) fn signal(&self, home: &Home, signal: &str) {
        let id = self.child.as_ref().unwrap().id().to_string();
        assert!(home.bare("kill", &[signal, &id]).status().unwrap().success());
    }

    /// Writes to the standard input.
    pub(crate) fn write(&mut self, text: &str) {
        self.child.as_mut().unwrap().stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// Waits for the end. The output lacks the lines that were read.
    pub(crate) fn wait(mut self) -> Run {
        let mut run = Run::of(self.child.take().unwrap().wait_with_output().unwrap());
        self.stdout.read_to_string(&mut run.stdout).unwrap();
        run
    }

    /// Asks it to stop, and waits for the end.
    pub(crate) fn stop(self, home: &Home) -> Run {
        self.signal(home, "-TERM");
        self.wait()
    }
}

impl Drop for ProxyProcess {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Sends a request to an address, and returns the response.
pub(crate) fn send(address: &str, line: &str, headers: &str, body: &[u8]) -> String {
    let host = if headers.contains("Host:") { String::new() } else { format!("Host: {address}\r\n") };
    let mut stream = TcpStream::connect(address).unwrap();
    let length = if body.is_empty() || headers.contains("Transfer-Encoding") {
        String::new()
    } else {
        format!("Content-Length: {}\r\n", body.len())
    };
    write!(stream, "{line} HTTP/1.1\r\n{host}{headers}{length}Connection: close\r\n\r\n").unwrap();
    stream.write_all(body).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

/// Sends a request to a Unix socket, and returns the response.
pub(crate) fn send_to_socket(path: &str, line: &str) -> String {
    let mut stream = UnixStream::connect(path).unwrap();
    write!(stream, "{line} HTTP/1.1\r\nHost: moneykit\r\nConnection: close\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

/// An API that issues tokens, and passes the connections of all other requests to the test.
pub(crate) struct Api {
    pub(crate) url: String,
    connections: Receiver<(TcpStream, String)>,
}

impl Api {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, connections) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let sender = sender.clone();
                std::thread::spawn(move || serve(stream.unwrap(), &sender));
            }
        });
        Self { url, connections }
    }

    /// Waits for the next request. Returns its connection, and its head.
    pub(crate) fn request(&self) -> (TcpStream, String) {
        self.connections.recv().unwrap()
    }
}

/// Reads the head of a request. Returns `None` if the connection was closed.
pub(crate) fn read_head(stream: &mut impl Read) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(char::from(byte[0]));
    }
    Some(head)
}

fn serve(mut stream: TcpStream, sender: &Sender<(TcpStream, String)>) {
    let Some(head) = read_head(&mut stream) else { return };
    if !head.starts_with("POST /auth/token") {
        // The test may have ended.
        let _ = sender.send((stream, head));
        return;
    }
    let body = r#"{"access_token":"pale-token","token_type":"bearer","expires_in":3600}"#;
    let length = body.len();
    let head =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nConnection: close";
    let _ = write!(stream, "{head}\r\nContent-Length: {length}\r\n\r\n{body}");
    // A connection that is closed before the body of the request was read would be reset.
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = stream.read_to_end(&mut Vec::new());
}
