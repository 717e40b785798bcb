//! Tests of the program.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::common::{http_client, send};

/// A running program, which is killed when the test ends.
struct Process {
    child: Child,
    url: String,
    /// Kept open: the program would fail to print to a closed pipe.
    stdout: BufReader<ChildStdout>,
}

impl Process {
    fn start(arguments: &[&str]) -> Self {
        Self::of(command(arguments))
    }

    /// Starts the program and reads its first line, the URL.
    fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut url = String::new();
        stdout.read_line(&mut url).unwrap();
        Self { child, url: url.trim_end().to_owned(), stdout }
    }

    fn post_token(&self, id: &str, secret: &str) -> u16 {
        send(http_client().post(format!("{}/auth/token", self.url)).basic_auth(id, Some(secret))).status
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_moneykit-emulator"));
    command.args(arguments);
    command
}

/// Runs the program to its end, and returns whether it succeeded and what it printed as an error.
fn run(arguments: &[&str]) -> (bool, String) {
    let output = command(arguments).output().unwrap();
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

fn path(folder: &tempfile::TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

#[test]
fn the_first_line_and_the_port_file_lead_to_a_ready_emulator() {
    let folder = tempfile::tempdir().unwrap();
    let port_file = path(&folder, "port");
    let process =
        Process::start(&["--client", "my-id:my:secret", "--lifetime", "60", "--port-file", &port_file]);

    assert_eq!(process.post_token("my-id", "my:secret"), 201);
    let port = fs::read_to_string(&port_file).unwrap();
    assert_eq!(process.url, format!("http://127.0.0.1:{}", port.trim_end()));
    let ready = send(http_client().get(format!("{}/__emulator/ready", process.url)));
    assert_eq!(ready.body["status"], "ready");
    assert_eq!(run(&["--wait", &process.url]), (true, String::new()));
}

#[test]
fn waiting_for_an_emulator_ends_with_an_error_if_there_is_none() {
    let process = Process::start(&[]);
    let url = process.url.clone();
    drop(process);
    let (success, message) = run(&["--wait", &url, "--timeout", "0"]);
    assert!(!success && message.contains("is not ready after 0 seconds"), "{message}");
    let (success, message) = run(&["--wait", "localhost:8080"]);
    assert!(!success && message.contains("http://"), "{message}");
}

#[test]
fn the_configuration_file_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let config = path(&folder, "emulator.yaml");
    fs::write(&config, "clients:\n  - { id: my-id, secret: my-secret }\nunmatched: fail\n").unwrap();
    let process = Process::start(&["--config", &config]);
    assert_eq!(process.post_token("my-id", "my-secret"), 201);
    let settings = send(http_client().get(format!("{}/__emulator/settings", process.url)));
    assert_eq!(settings.body["unmatched"], "fail");

    fs::write(&config, "clients:\n  - { id: my-id, secert: my-secret }\n").unwrap();
    let (success, message) = run(&["--config", &config]);
    assert!(!success && message.contains("secert") && message.contains("line 2"), "{message}");
    assert!(!message.contains("my-secret"), "{message}");
}

#[test]
fn the_contract_is_read_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let contract = path(&folder, "contract.yaml");
    let operation =
        "{ responses: { '200': { description: Fine, content: { application/json: { example: [1] } } } } }";
    fs::write(&contract, format!("openapi: 3.0.3\npaths:\n  /links:\n    get: {operation}\n")).unwrap();
    let process = Process::start(&["--client", "my-id:my-secret", "--contract", &contract]);
    let token = send(
        http_client().post(format!("{}/auth/token", process.url)).basic_auth("my-id", Some("my-secret")),
    );
    let links = send(http_client().get(format!("{}/links", process.url)).bearer_auth(token.token()));
    assert_eq!(links.body, serde_json::json!([1]));

    fs::write(&contract, "openapi: 2.0\n").unwrap();
    let (success, message) = run(&["--contract", &contract]);
    assert!(
        !success && message.contains("contract.yaml") && message.contains("OpenAPI 3.0 or 3.1"),
        "{message}"
    );
}

#[test]
fn invalid_options_are_errors_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, expected) in [
        (&["--client", "my-secret"][..], "no colon"),
        (&["--listen", "0.0.0.0"], "requires --control-key-file"),
        (&["--control-key-file", &path(&folder, "missing")], "cannot read"),
        (&["--ca-file", &path(&folder, "ca.pem")], "needs --tls"),
        (&["--port-file", &path(&folder, "missing/port")], "cannot write"),
    ] {
        let (success, message) = run(arguments);
        assert!(!success && message.contains(expected) && !message.contains("my-secret"), "{message}");
    }
}

#[test]
fn the_control_key_is_read_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let key_file = path(&folder, "key");
    fs::write(&key_file, "k-1234\n").unwrap();
    let process = Process::start(&["--control-key-file", &key_file]);
    let get = || http_client().get(format!("{}/__emulator/stubs", process.url));
    assert_eq!(send(get()).status, 401);
    assert_eq!(send(get().header("X-Emulator-Key", "k-1234")).status, 200);
}

#[test]
fn the_authority_file_makes_tls_usable() {
    let folder = tempfile::tempdir().unwrap();
    let ca_file = path(&folder, "ca.pem");
    let process = Process::start(&["--tls", "--ca-file", &ca_file]);
    assert!(process.url.starts_with("https://"));
    assert_eq!(run(&["--wait", &process.url, "--ca-file", &ca_file]), (true, String::new()));
    let (success, message) = run(&["--wait", &process.url, "--timeout", "0"]);
    assert!(!success, "{message}");
}

#[cfg(unix)]
#[test]
fn it_finishes_requests_and_removes_its_files_when_it_is_terminated() {
    let folder = tempfile::tempdir().unwrap();
    let port_file = path(&folder, "port");
    let mut process = Process::start(&["--port-file", &port_file]);
    let stub = r#"{"request": {"path": "/slow"}, "responses": [{"delay_ms": 300, "json": {}}]}"#;
    send(http_client().post(format!("{}/__emulator/stubs", process.url)).body(stub));
    let token = r#"{"client_id": "live_5c739a369515e10fc9e0"}"#;
    let token: Value =
        send(http_client().post(format!("{}/__emulator/tokens", process.url)).body(token)).body;

    let url = process.url.strip_prefix("http://").unwrap().to_owned();
    let mut stream = std::net::TcpStream::connect(&url).unwrap();
    let token = token["access_token"].as_str().unwrap();
    // The second request is sent when the first has been responded to, so the server has begun to handle the connection.
    write!(stream, "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    stream.read_exact(&mut [0]).unwrap();
    write!(stream, "GET /slow HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n").unwrap();
    let stub_is_matched =
        || send(http_client().get(format!("{}/__emulator/stubs/stub-1", process.url))).body["matched"] == 1;
    while !stub_is_matched() {}

    assert!(Command::new("kill").arg(process.child.id().to_string()).status().unwrap().success());
    let mut responses = String::new();
    stream.read_to_string(&mut responses).unwrap();
    assert!(responses.contains("HTTP/1.1 200 OK"), "{responses}");
    assert!(process.child.wait().unwrap().success());
    assert!(!Path::new(&port_file).exists());
    let mut rest = String::new();
    process.stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "the URL is the only line");
}

#[cfg(unix)]
#[test]
fn it_ends_with_its_parent() {
    // The shell prints the URL of the emulator, waits for a line, and ends.
    let mut shell = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_moneykit-emulator");
    shell.args(["-c", &format!("'{program}' --exit-with-parent & read line")]).stdin(Stdio::piped());
    let mut process = Process::of(shell);
    assert_eq!(send(http_client().get(format!("{}/__emulator/ready", process.url))).status, 200);

    drop(process.child.stdin.take());
    process.child.wait().unwrap();
    // The pipe ends when the last process that has it does.
    process.stdout.read_to_string(&mut String::new()).unwrap();
    assert!(http_client().get(format!("{}/__emulator/ready", process.url)).send().is_err());
}
