//! The comparison: runs all subjects through the scenarios, each run in a child process, and prints the tables.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::pause;
use crate::report::{self, Row};
use crate::scenarios::Scenario;
use crate::subject::{RUN_TIMEOUT, Subject};
use crate::summary;
use crate::token_source::Result;
use crate::versions;

/// Runs the named scenario, or every scenario and a summary if there are no arguments.
pub fn run(arguments: &[String]) -> Result<()> {
    let scenarios: Vec<Scenario> = match arguments {
        [] => Scenario::ALL.to_vec(),
        [name] => vec![Scenario::named(name).ok_or_else(usage)?],
        _ => return Err(usage().into()),
    };

    println!("{}", environment());
    let start = Instant::now();
    let mut results = Vec::new();
    for scenario in scenarios {
        let rows: Vec<_> = if scenario.can_run_concurrently() {
            let running = Subject::ALL
                .map(|subject| (subject.name(), thread::spawn(move || run_child(subject, scenario))));
            let join =
                |handle: thread::JoinHandle<_>| handle.join().unwrap_or_else(|_| Err("panicked".into()));
            running.into_iter().map(|(name, handle)| (name, join(handle))).collect()
        } else {
            Subject::ALL.into_iter().map(|subject| (subject.name(), run_child(subject, scenario))).collect()
        };
        println!("### {}\n\n{}", scenario.title(), report::table(&rows));
        results.push((scenario, rows));
    }
    if arguments.is_empty() {
        println!(
            "### summary: the behavior that a user sees\n\n{}",
            report::table(&summary::rows(&results))
        );
    }
    println!("The comparison took {} s.", start.elapsed().as_secs());
    Ok(())
}

fn usage() -> String {
    let names = Scenario::ALL.map(Scenario::name).join(", ");
    format!("expected no argument, or one of these scenarios: {names}")
}

/// Returns the system, the compiler and the versions of the subjects.
fn environment() -> String {
    let cores = thread::available_parallelism().map_or_else(|_| "?".to_owned(), |cores| cores.to_string());
    let versions: Vec<String> = Subject::ALL
        .into_iter()
        .filter_map(|subject| subject.version().map(|version| format!("{} {version}", subject.name())))
        .collect();
    format!(
        "{} {}, {cores} cores, {}\n\n{}\n",
        std::env::consts::OS,
        std::env::consts::ARCH,
        versions::compiler(),
        versions.join(", "),
    )
}

/// Runs one subject in a child process. The error is a text for the table.
fn run_child(subject: Subject, scenario: Scenario) -> Result<Row, String> {
    if scenario.needs_cache() && !subject.has_cache() {
        return Err("n/a: no cache".to_owned());
    }
    let mut command = Command::new(std::env::current_exe().map_err(|error| error.to_string())?);
    command.args(["--subject", subject.name(), "--scenario", scenario.name()]);
    // Some subjects would send their requests through a proxy that the environment names.
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(name);
    }
    // The last line of a panic's output must be its message.
    command.env("RUST_BACKTRACE", "0");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;

    let stdout = child.stdout.take().map(read_in_background);
    let stderr = child.stderr.take().map(read_in_background);
    let has_exited = wait(&mut child);
    let (stdout, stderr) = (text(stdout), text(stderr));
    match serde_json::from_str(&stdout) {
        Ok(row) => Ok(row),
        Err(_) if !has_exited => Err("killed: did not exit in time".to_owned()),
        Err(_) => {
            let reason = stderr.lines().rfind(|line| !line.is_empty() && !line.starts_with("note:"));
            Err(format!("failed: {}", reason.unwrap_or("no error message")))
        }
    }
}

/// Waits for a child to exit, and kills it after the timeout. Returns true if it exited before the timeout.
fn wait(child: &mut Child) -> bool {
    let deadline = Instant::now() + RUN_TIMEOUT + Duration::from_secs(5);
    while Instant::now() < deadline {
        if !matches!(child.try_wait(), Ok(None)) {
            return true;
        }
        pause::thread(Duration::from_millis(20));
    }
    // Fails if the child has exited since, which is no error.
    let _ = child.kill();
    let _ = child.wait();
    false
}

/// Reads a child's output on another thread, because a full pipe would block the child.
fn read_in_background(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // The output before a read error is still useful.
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    })
}

fn text(reader: Option<thread::JoinHandle<Vec<u8>>>) -> String {
    let bytes = reader.and_then(|reader| reader.join().ok()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
