//! The emulator as a process: its options and its main function, for programs that offer it as a command.
//!
//! The program `moneykit-emulator` of this crate consists of nothing else.

mod config_file;
mod files;
mod options;
mod readiness;
mod shutdown;

use std::io::{self, Write as _};
use std::time::Duration;

pub use self::options::Options;

use self::files::PublishedFile;
use crate::builder::EmulatorBuilder;
use crate::contract::Contract;
use crate::emulator::Emulator;
use crate::session::config::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET};

/// Runs an emulator with the control API until the process is told to stop, or waits for another one
/// (`--wait`).
///
/// It prints the base URL as the only line on the standard output, and hints for people on the standard error.
///
/// # Errors
///
/// Fails if an option, a file or the configuration is invalid, if the emulator does not start, or if the emulator that
/// `--wait` names is not ready in time. The message says what to do, and contains no secret.
pub fn run(options: &Options) -> io::Result<()> {
    if let Some(url) = &options.wait {
        let timeout = Duration::from_secs(options.timeout);
        return readiness::wait(url, options.ca_file.as_deref(), timeout);
    }
    // First of all, so that a parent that ends while the emulator starts is noticed.
    let shutdown = shutdown::Shutdown::new(options.exit_with_parent)?;
    let emulator = builder(options)?.start()?;

    // The authority first: when the URL is known, clients can connect.
    let ca_file = match (&options.ca_file, emulator.ca_certificate_pem()) {
        (Some(path), Some(pem)) => Some(PublishedFile::write(path, pem)?),
        (Some(_), None) => {
            return Err(invalid("--ca-file needs --tls, or --wait with the URL of an emulator"));
        }
        (None, _) => None,
    };
    let port = emulator.address().port().to_string() + "\n";
    let port_file = options.port_file.as_deref().map(|path| PublishedFile::write(path, &port)).transpose()?;
    // A reader of the output may have gone away; the emulator serves its clients nevertheless.
    let _ = writeln!(io::stdout(), "{}", emulator.url());
    let _ = io::stdout().flush();
    let _ = print_hints(options, &emulator);

    shutdown.wait();
    drop((port_file, ca_file));
    emulator.shut_down(SHUTDOWN_TIMEOUT);
    Ok(())
}

/// How long requests in progress may take when the process is told to stop.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

fn builder(options: &Options) -> io::Result<EmulatorBuilder> {
    if !options.listen.is_loopback() && options.control_key_file.is_none() {
        return Err(invalid(format!(
            "other machines can reach the control API on {}, so --listen requires --control-key-file; pass a file with \
             a key that you made up",
            options.listen
        )));
    }
    let mut builder = Emulator::builder().control_api(true).port(options.port).listen(options.listen);
    if let Some(path) = &options.contract {
        let contract = Contract::parse(&files::read(path)?);
        let contract = contract.map_err(|error| invalid(format!("{}: {error}", path.display())))?;
        builder = builder.contract(contract);
    }
    if let Some(path) = &options.config {
        builder = builder.config(config_file::read(path)?);
    }
    if let Some(seconds) = options.lifetime {
        builder = builder.token_lifetime(Duration::from_secs(seconds));
    }
    for client in &options.clients {
        // Not a clap value parser: its error messages repeat the value, which contains a secret.
        let Some((id, secret)) = client.split_once(':') else {
            return Err(invalid("the value of --client has no colon; pass it as --client ID:SECRET"));
        };
        builder = builder.client(id, secret);
    }
    if let Some(path) = &options.control_key_file {
        builder = builder.control_key(files::read(path)?.trim_end_matches(['\r', '\n']));
    }
    Ok(builder.tls(options.tls))
}

fn print_hints(options: &Options, emulator: &Emulator) -> io::Result<()> {
    // The default secret is no secret.
    let (id, secret) = match options.clients.first().and_then(|client| client.split_once(':')) {
        Some((id, _)) => (shell_quote(id), "\"$SECRET\"".to_owned()),
        None if options.config.is_some() => ("\"$CLIENT_ID\"".to_owned(), "\"$SECRET\"".to_owned()),
        None => (shell_quote(DEFAULT_CLIENT_ID), shell_quote(DEFAULT_CLIENT_SECRET)),
    };
    let (user, credentials) =
        (format!("{id}:{secret}"), format!("MONEYKIT_CLIENT_ID={id} MONEYKIT_CLIENT_SECRET={secret}"));
    let url = emulator.url();
    let trust = match &options.ca_file {
        Some(path) => format!("--cacert {} ", shell_quote(&path.display().to_string())),
        None => String::new(),
    };
    let mut out = io::stderr();
    writeln!(out, "ready; press Ctrl-C to stop\n")?;
    writeln!(out, "export MONEYKIT_URL={url} {credentials}")?;
    writeln!(out, "curl {trust}--user {user} --data grant_type=client_credentials {url}/auth/token")?;
    writeln!(out, "curl {trust}--header \"Authorization: Bearer $ACCESS_TOKEN\" {url}/links")?;
    writeln!(out, "curl {trust}{url}/__emulator/openapi.yaml")
}

fn invalid(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message.into())
}

/// Quotes text as one word for a POSIX shell.
fn shell_quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
