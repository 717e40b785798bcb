//! The client secret: read from a variable, a file, standard input, or the output of a command.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use zeroize::Zeroizing;

use crate::config_file::SecretCommand;
use crate::failure::Failure;
use crate::private_file;
use crate::source::Source;

/// The origin of the client secret.
#[derive(Clone)]
pub(crate) enum SecretOrigin {
    Stdin,
    Text(Zeroizing<String>),
    File(PathBuf),
    Command(SecretCommand),
}

/// The maximum size of a secret in bytes.
const MAX_BYTES: u64 = 16 * 1024;

/// How long a command may take. People unlock their password managers meanwhile.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);

/// Reads the secret. `source` names its setting in errors, which contain nothing of it.
pub(crate) fn read(origin: &SecretOrigin, source: &Source) -> Result<Zeroizing<String>, Failure> {
    match origin {
        SecretOrigin::Text(text) => Ok(text.clone()),
        SecretOrigin::Stdin => {
            let bytes = read_bounded(io::stdin().lock()).map_err(|error| {
                Failure::set_up(format!("cannot read the secret from standard input ({error})"))
            })?;
            to_text(&bytes, "standard input")
        }
        SecretOrigin::File(path) => read_file(path, source),
        SecretOrigin::Command(command) => run(command, source, COMMAND_TIMEOUT),
    }
}

fn read_file(path: &Path, source: &Source) -> Result<Zeroizing<String>, Failure> {
    let shown = path.display();
    private_file::check_private(path)
        .map_err(|problem| Failure::set_up(format!("{problem} (the file is from {source})")))?;
    let bytes = File::open(path).and_then(read_bounded).map_err(|error| {
        // A text that is not a path may be the secret itself.
        let shown = if path.is_absolute() {
            format!("the secret file {shown}")
        } else {
            "a secret file by a relative path".to_owned()
        };
        Failure::set_up(format!(
            "cannot read {shown} ({error}); check the path and its permissions (it is from {source})"
        ))
    })?;
    to_text(&bytes, &source.to_string())
}

/// Runs a command, and returns its output.
fn run(command: &SecretCommand, source: &Source, limit: Duration) -> Result<Zeroizing<String>, Failure> {
    let process = prepare(command).ok_or_else(|| {
        Failure::set_up(format!("{source} is empty; set a program and its arguments, or remove it"))
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        Failure::set_up(format!("cannot run {source} ({error}); free some file descriptors"))
    })?;
    let output = runtime.block_on(async { tokio::time::timeout(limit, output(process)).await });
    let (stdout, status) = match output {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => {
            return Err(Failure::set_up(format!("cannot run {source} ({error}); check its program")));
        }
        Err(_) => {
            return Err(Failure::set_up(format!(
                "{source} did not end within {} s, so it was stopped; run it in this terminal to see what it waits for",
                limit.as_secs_f32()
            )));
        }
    };
    match status {
        Some(status) if status.success() => to_text(&stdout, &source.to_string()),
        Some(status) => Err(Failure::set_up(format!(
            "{source} failed ({status}); its messages are above, and running it in this terminal may show more"
        ))),
        None => Err(Failure::set_up(format!(
            "{source} printed more than a secret; let it print the secret alone"
        ))),
    }
}

/// Returns the output of a process and its status; `None` if it printed too much, in which case it is stopped.
async fn output(mut process: Command) -> io::Result<(Zeroizing<Vec<u8>>, Option<ExitStatus>)> {
    // Standard input may be the body of a request. Password managers ask on the terminal itself.
    process.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
    let mut child = process.spawn()?;
    let mut bytes = buffer();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(MAX_BYTES + 1).read_to_end(&mut bytes).await?;
    }
    if bytes.len() as u64 > MAX_BYTES {
        return Ok((bytes, None));
    }
    Ok((bytes, Some(child.wait().await?)))
}

fn prepare(command: &SecretCommand) -> Option<Command> {
    match command {
        SecretCommand::Program(words) => {
            let (program, arguments) = words.split_first()?;
            let mut process = Command::new(program);
            process.args(arguments);
            (!program.is_empty()).then_some(process)
        }
        SecretCommand::Shell(text) => {
            let (shell, option) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
            let mut process = Command::new(shell);
            process.args([option, text]);
            (!text.trim().is_empty()).then_some(process)
        }
    }
}

fn read_bounded(reader: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = buffer();
    reader.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("it is larger than {MAX_BYTES} bytes"),
        ));
    }
    Ok(bytes)
}

/// Returns a buffer for a secret, in its full size: a buffer that grows leaves copies of the secret behind.
fn buffer() -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::with_capacity(usize::try_from(MAX_BYTES + 1).unwrap_or_default()))
}

/// Converts bytes to text, without the line break with which editors and `echo` end it.
fn to_text(bytes: &[u8], origin: &str) -> Result<Zeroizing<String>, Failure> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Failure::set_up(format!("the secret from {origin} is not UTF-8; write it again")))?;
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    if text.is_empty() {
        return Err(Failure::set_up(format!("the secret from {origin} is empty; set it there")));
    }
    Ok(Zeroizing::new(text.to_owned()))
}

impl fmt::Debug for SecretOrigin {
    // Commands may contain secrets as well.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stdin => "Stdin",
            Self::Text(_) => "Text([redacted])",
            Self::File(_) => "File(..)",
            Self::Command(_) => "Command(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_break_at_the_end_is_removed() {
        for (bytes, expected) in
            [("pale", "pale"), ("pale\n", "pale"), ("pale\r\n", "pale"), ("pale\n\n", "pale\n")]
        {
            assert_eq!(to_text(bytes.as_bytes(), "a file").unwrap().as_str(), expected);
        }
        for bytes in [&b""[..], b"\n", b"\xffpale"] {
            let failure = to_text(bytes, "a file").unwrap_err();
            assert!(!failure.to_string().contains("pale"), "{failure}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_command_that_does_not_end_is_stopped() {
        let source = Source::Variable("X");
        for words in [&["tail", "-f", "/dev/null"][..], &["yes"]] {
            let command = SecretCommand::Program(words.iter().copied().map(str::to_owned).collect());
            let failure = run(&command, &source, Duration::from_millis(200)).unwrap_err().to_string();
            assert!(
                failure.contains("so it was stopped") || failure.contains("more than a secret"),
                "{failure}"
            );
        }
    }
}
