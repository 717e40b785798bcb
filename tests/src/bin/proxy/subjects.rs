//! The subjects of the comparison: the upstream without a proxy, nginx, and `moneykit proxy`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use tempfile::TempDir;

use crate::process::{Process, moneykit};
use crate::upstream::{TOKEN, Upstream};

/// An address to which requests are sent.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) address: String,
    /// `None` for the upstream itself.
    pub(crate) process: Option<Process>,
}

/// All subjects.
pub(crate) struct Subjects {
    all: [Subject; 3],
    /// The folder of nginx.
    _folder: TempDir,
}

impl Subjects {
    pub(crate) fn start(upstream: &Upstream) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let direct = Subject { name: "direct", address: upstream.address().to_owned(), process: None };
        Self { all: [direct, nginx(upstream, folder.path()), proxy(upstream)], _folder: folder }
    }

    pub(crate) fn all(&self) -> &[Subject] {
        &self.all
    }
}

/// Starts `moneykit proxy` with its defaults.
pub(crate) fn proxy(upstream: &Upstream) -> Subject {
    let mut command = Command::new(moneykit());
    command
        .args(["proxy", "--url", upstream.url(), "--client-id", "id"])
        .env("MONEYKIT_CLIENT_SECRET", "secret");
    let mut process = Process::spawn(command.stdout(Stdio::piped()));
    let mut line = String::new();
    BufReader::new(process.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim_end().strip_prefix("http://").unwrap().to_owned();
    Subject { name: "moneykit", address, process: Some(process) }
}

/// Starts nginx with one worker, and with connections to the upstream that are kept alive.
fn nginx(upstream: &Upstream, folder: &Path) -> Subject {
    // nginx does not print the port that the system chooses. This one is free until another program takes it.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let config = format!(
        "daemon off;
        worker_processes 1;
        pid {folder}/pid;
        error_log stderr crit;
        events {{ worker_connections 256; }}
        http {{
            access_log off;
            keepalive_requests 100000000;
            client_body_temp_path {folder}/body;
            proxy_temp_path {folder}/proxy;
            fastcgi_temp_path {folder}/fastcgi;
            uwsgi_temp_path {folder}/uwsgi;
            scgi_temp_path {folder}/scgi;
            upstream api {{
                server {upstream};
                keepalive 64;
                keepalive_requests 100000000;
            }}
            server {{
                listen {address};
                location / {{
                    proxy_pass http://api;
                    proxy_http_version 1.1;
                    proxy_set_header Connection \"\";
                    proxy_set_header Authorization \"Bearer {TOKEN}\";
                }}
            }}
        }}",
        folder = folder.display(),
        upstream = upstream.address(),
    );
    let path = folder.join("nginx.conf");
    fs::write(&path, config).unwrap();
    let mut command = Command::new("nginx");
    command.arg("-p").arg(folder).arg("-c").arg(&path).arg("-e").arg("stderr");
    let process = Process::spawn(command.env("PATH", "/usr/sbin:/usr/bin:/bin"));
    while TcpStream::connect(&address).is_err() {
        thread::yield_now();
    }
    Subject { name: "nginx", address, process: Some(process) }
}
