use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::contestant::{BOUND, Peer};
use crate::pause;
use crate::report::{self, Row};
use crate::scenarios::Scenario;
use crate::token_source::Result;
use crate::versions;

/// Runs every scenario with every contestant, or the one scenario that is named, and prints the tables.
pub fn run(arguments: &[String]) -> Result<()> {
    let scenarios: Vec<Scenario> = match arguments {
        [] => Scenario::ALL.to_vec(),
        [name] => vec![Scenario::named(name).ok_or_else(usage)?],
        _ => return Err(usage().into()),
    };

    println!("{}", conditions());
    let start = Instant::now();
    for scenario in scenarios {
        let rows: Vec<_> = if scenario.is_quiet() {
            // These mostly wait, and nothing in them is timed to less than tens of milliseconds.
            let running =
                Peer::ALL.map(|peer| (peer.name(), thread::spawn(move || contestant(peer, scenario))));
            let joined =
                |handle: thread::JoinHandle<_>| handle.join().unwrap_or_else(|_| Err("panicked".into()));
            running.into_iter().map(|(name, handle)| (name, joined(handle))).collect()
        } else {
            Peer::ALL.into_iter().map(|peer| (peer.name(), contestant(peer, scenario))).collect()
        };
        println!("### {}\n\n{}", scenario.title(), report::table(&rows));
    }
    println!("All of it took {} s.", start.elapsed().as_secs());
    Ok(())
}

fn usage() -> String {
    let names = Scenario::ALL.map(Scenario::name).join(", ");
    format!("give no argument, or one of these scenarios: {names}")
}

/// Describes what every figure below depends on.
fn conditions() -> String {
    let cores = thread::available_parallelism().map_or_else(|_| "?".to_owned(), |cores| cores.to_string());
    let versions: Vec<String> = Peer::ALL
        .into_iter()
        .filter_map(|peer| peer.version().map(|version| format!("{} {version}", peer.name())))
        .collect();
    format!(
        "{} {}, {cores} cores, {}\n\n{}\n",
        std::env::consts::OS,
        std::env::consts::ARCH,
        versions::compiler(),
        versions.join(", "),
    )
}

/// Runs one contestant in a process of its own; what went wrong comes back as text for its cell.
fn contestant(peer: Peer, scenario: Scenario) -> Result<Row, String> {
    let mut command = Command::new(std::env::current_exe().map_err(|error| error.to_string())?);
    command.args(["--peer", peer.name(), "--scenario", scenario.name()]);
    // A proxy that the environment names would stand between some peers and the server.
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(name);
    }
    // A complaint has to fit into a cell.
    command.env("RUST_BACKTRACE", "0");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;

    let output = child.stdout.take().map(read_beside);
    let complaint = child.stderr.take().map(read_beside);
    let ended = wait(&mut child);
    let (output, complaint) = (text(output), text(complaint));
    match serde_json::from_str(&output) {
        Ok(row) => Ok(row),
        Err(_) if !ended => Err("killed: did not end in time".to_owned()),
        Err(_) => {
            let reason = complaint.lines().rfind(|line| !line.is_empty() && !line.starts_with("note:"));
            Err(format!("failed: {}", reason.unwrap_or("it says nothing")))
        }
    }
}

/// Waits for the end of a child, and brings it about when it is late.
fn wait(child: &mut Child) -> bool {
    let deadline = Instant::now() + BOUND + Duration::from_secs(5);
    while Instant::now() < deadline {
        if !matches!(child.try_wait(), Ok(None)) {
            return true;
        }
        pause::thread(Duration::from_millis(20));
    }
    // It may have ended by itself since; then there is nothing to kill, and that is no error.
    let _ = child.kill();
    let _ = child.wait();
    false
}

/// Reads all that a child writes, on another thread: a full pipe would stop the child.
fn read_beside(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What could be read before an error is still the best account of what happened.
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    })
}

fn text(reader: Option<thread::JoinHandle<Vec<u8>>>) -> String {
    let bytes = reader.and_then(|reader| reader.join().ok()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
