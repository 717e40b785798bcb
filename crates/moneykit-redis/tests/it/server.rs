//! A Redis or Valkey server of its own for each test, in a temporary folder.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use moneykit::token_store::{StoreKey, StoredToken};
use moneykit::{Credentials, Scopes};
use moneykit_redis::RedisTokenStore;
use redis::{Connection, FromRedisValue};
use tempfile::TempDir;

pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const LEASE: Duration = Duration::from_secs(3);
pub(crate) const SECRET: &str = "canary-secret-5c739a369515e10f";

/// A server process, which is killed when it is dropped.
pub(crate) struct Server {
    process: Child,
    folder: TempDir,
    address: Address,
    arguments: Vec<String>,
}

/// Most tests use a socket in the folder, which is free for certain.
enum Address {
    Socket(String),
    Port(u16),
}

impl Server {
    /// Starts a server on a socket. Returns `None` if none is installed.
    pub(crate) fn start(arguments: &[&str]) -> Option<Self> {
        let program = program()?;
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket").display().to_string();
        let address = Address::Socket(socket);
        Some(Self::run(program, folder, address, arguments).expect("the server starts"))
    }

    /// Starts a server on a port, for replicas and clusters.
    pub(crate) fn start_on_port(arguments: &[&str]) -> Option<Self> {
        let program = program()?;
        for _ in 0..5 {
            let folder = tempfile::tempdir().unwrap();
            // Another process may take the port in between.
            if let Some(server) = Self::run(program, folder, Address::Port(free_port()), arguments) {
                return Some(server);
            }
        }
        panic!("no server starts")
    }

    fn run(program: &str, folder: TempDir, address: Address, arguments: &[&str]) -> Option<Self> {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let process = spawn(program, folder.path(), &address, &arguments)?;
        Some(Self { process, folder, address, arguments })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn port(&self) -> u16 {
        match self.address {
            Address::Port(port) => port,
            Address::Socket(_) => panic!("the server listens on a socket"),
        }
    }

    pub(crate) fn url(&self) -> String {
        match &self.address {
            Address::Socket(path) => format!("redis+unix://{path}"),
            Address::Port(port) => format!("redis://127.0.0.1:{port}"),
        }
    }

    pub(crate) fn store(&self) -> RedisTokenStore {
        RedisTokenStore::open(&self.url()).unwrap()
    }

    /// A connection of an operator, without the store's code.
    pub(crate) fn admin(&self) -> Connection {
        redis::Client::open(self.url()).unwrap().get_connection().unwrap()
    }

    /// Runs a command as an operator: words, separated by spaces.
    pub(crate) fn run_command<T: FromRedisValue>(&self, command: &str) -> T {
        run(&mut self.admin(), command).unwrap()
    }

    pub(crate) fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Starts the server again after [`kill`](Self::kill), at the same address and without its data.
    pub(crate) fn restart(&mut self) {
        let program = program().expect("it ran before");
        self.process =
            spawn(program, self.folder.path(), &self.address, &self.arguments).expect("the server starts");
    }

    /// Sends a signal: `STOP` suspends the process, `CONT` resumes it.
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

pub(crate) fn run<T: FromRedisValue>(connection: &mut Connection, command: &str) -> redis::RedisResult<T> {
    let mut words = command.split(' ');
    let mut command = redis::cmd(words.next().unwrap());
    command.arg(words.collect::<Vec<_>>()).query(connection)
}

/// Returns the key of one client; equal secrets, scopes apart.
pub(crate) fn key(scope: &str) -> StoreKey {
    let credentials = Credentials::new("canary-client", SECRET).unwrap();
    let scopes = Scopes::new([scope]).unwrap();
    StoreKey::new(&credentials, "https://api.example", Some(&scopes), "2023-02-18")
}

pub(crate) fn token(value: &str) -> StoredToken {
    StoredToken::new(value, HOUR, HOUR)
}

/// Returns the name of a key on the server.
pub(crate) fn name(key: &StoreKey, part: &str) -> String {
    format!("moneykit:{{{}}}:{part}", key.name())
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// Returns `None` if no server is installed, unless in CI.
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
#[expect(clippy::disallowed_methods, reason = "only the environment tells whether this is CI")]
fn program() -> Option<&'static str> {
    let runs = |name: &&str| {
        Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success())
    };
    let found = ["redis-server", "valkey-server"].into_iter().find(runs);
    if found.is_none() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "install the package redis-server");
        eprintln!("skipped: install the package redis-server or valkey to run this test");
    }
    found
}

/// Returns once the server accepts connections, or `None` if it ends before.
fn spawn(program: &str, folder: &Path, address: &Address, arguments: &[String]) -> Option<Child> {
    let mut command = Command::new(program);
    command.args(["--save", "", "--bind", "127.0.0.1", "--daemonize", "no", "--dir"]).arg(folder);
    match address {
        Address::Socket(path) => command.args(["--port", "0", "--unixsocket", path]),
        Address::Port(port) => command.args(["--port", &port.to_string()]),
    };
    let mut process = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut log = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    if !log.any(|line| line.contains("eady to accept connections")) {
        let _ = process.wait();
        return None;
    }
    // The server must not block on a full pipe.
    std::thread::spawn(move || log.for_each(drop));
    Some(process)
}
