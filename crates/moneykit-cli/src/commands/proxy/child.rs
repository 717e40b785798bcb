//! The command that the proxy runs: its environment, its signals, and its exit code.

use std::ffi::OsString;
use std::process::{ExitCode, ExitStatus};

use tokio::process::Command;

use super::signals::Signals;
use super::token_endpoint::PLACEHOLDER;
use crate::environment;
use crate::exit::Exit;
use crate::failure::Failure;

/// A running command.
pub(super) struct Child {
    process: tokio::process::Child,
    signals: Signals,
}

impl Child {
    /// Starts a command with the URL of the proxy in its environment, and a placeholder in place of the client secret.
    pub(super) fn spawn(command: &[OsString], url: &str, client_id: &str) -> Result<Self, Failure> {
        let [program, arguments @ ..] = command else {
            return Err(Failure::usage("there is no command; add one"));
        };
        // Before the start, so that no signal is lost.
        let signals = Signals::for_command()?;
        let mut command = Command::new(program);
        command.args(arguments).env("MONEYKIT_URL", url);
        for name in environment::names_starting_with("MONEYKIT_CLIENT_SECRET") {
            command.env_remove(name);
        }
        // Its URL may have a password.
        command.env_remove("MONEYKIT_STORE");
        // Many programs end at once if a variable is missing that the API's documentation names.
        command.env("MONEYKIT_CLIENT_ID", client_id).env("MONEYKIT_CLIENT_SECRET", PLACEHOLDER);
        if let Some(hosts) = hosts_without_proxy() {
            command.env("NO_PROXY", &hosts).env("no_proxy", &hosts);
        }
        let process = command.spawn().map_err(|error| {
            Failure::usage(format!("cannot run {} ({error}); check the command after --", program.display()))
        })?;
        Ok(Self { process, signals })
    }

    /// Waits for the end, forwards signals meanwhile, and returns the exit code.
    pub(super) async fn wait(&mut self) -> Result<ExitCode, Failure> {
        loop {
            let Self { process, signals } = self;
            let id = process.id();
            tokio::select! {
                status = process.wait() => {
                    return status.map(exit_code).map_err(|error| {
                        Failure::new(Exit::Unexpected, format!("cannot wait for the command ({error})"))
                    });
                }
                signal = signals.recv() => forward(id, signal),
            }
        }
    }
}

/// Returns the value of `NO_PROXY` with which requests reach this proxy, although the environment names another. That one
/// could not forward them, and would read the secret path.
fn hosts_without_proxy() -> Option<OsString> {
    environment::first(&["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])?;
    let Some(mut hosts) = environment::first(&["no_proxy", "NO_PROXY"]) else {
        return Some("127.0.0.1".into());
    };
    hosts.push(",127.0.0.1");
    Some(hosts)
}

/// Returns the exit code as shells do: 128 and its number for a signal.
fn exit_code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal: Option<i32> = None;
    let code = status.code().or(signal.map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(Exit::Unexpected as u8).into()
}

#[cfg(unix)]
fn forward(process: Option<u32>, signal: i32) {
    use std::io::IsTerminal as _;

    use rustix::process::{Pid, Signal, kill_process};

    let Some(signal) = Signal::from_named_raw(signal) else { return };
    // A terminal sends what its keys mean to all programs in the foreground.
    if matches!(signal, Signal::INT | Signal::QUIT) && std::io::stdin().is_terminal() {
        return;
    }
    let process = process.and_then(|process| i32::try_from(process).ok()).and_then(Pid::from_raw);
    if let Some(process) = process {
        // It fails if the command has just ended.
        let _ = kill_process(process, signal);
    }
}

#[cfg(not(unix))]
fn forward(_process: Option<u32>, _signal: i32) {
    // The console sends Ctrl-C to all programs.
}
