//! Runs the emulator as a process until it is interrupted or killed:
//!
//! ```text
//! cargo run -p moneykit-emulator --example serve -- --port 8080 --client ID:SECRET
//! ```

use std::io::{self, Write as _};
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser};
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};

/// Run an emulator of the MoneyKit API on 127.0.0.1.
#[derive(Parser)]
#[command(name = "serve")]
struct Arguments {
    /// Port to listen on; 0 lets the operating system choose a free port.
    #[arg(long, default_value_t = 0)]
    port: u16,

    /// Client to register; can be repeated. The first colon separates the ID from the secret. Use made-up secrets:
    /// other users of this machine can read command lines. Without this option, a default client is registered.
    #[arg(long = "client", value_name = "ID:SECRET")]
    clients: Vec<String>,

    /// Lifetime of access tokens.
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    lifetime: u64,
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let mut builder =
        Emulator::builder().port(arguments.port).token_lifetime(Duration::from_secs(arguments.lifetime));
    for client in &arguments.clients {
        // Not a clap value parser: its error messages repeat the value, which contains a secret.
        let Some((id, secret)) = client.split_once(':') else {
            exit_with_error("the value of --client has no colon; pass it as --client ID:SECRET");
        };
        builder = builder.client(id, secret);
    }
    let emulator = builder.start().unwrap_or_else(|error| exit_with_error(&error.to_string()));

    let user = match arguments.clients.first().and_then(|client| client.split_once(':')) {
        Some((id, _)) => format!("{}:\"$SECRET\"", shell_quote(id)),
        None => shell_quote(&format!("{DEFAULT_CLIENT_ID}:{DEFAULT_CLIENT_SECRET}")),
    };
    let url = emulator.url();
    let mut out = io::stdout();
    writeln!(out, "listening on {url}; press Ctrl-C to stop")?;
    writeln!(out)?;
    writeln!(out, "curl --user {user} --data grant_type=client_credentials {url}/auth/token")?;
    writeln!(out, "curl --header \"Authorization: Bearer $ACCESS_TOKEN\" {url}/links")?;
    loop {
        std::thread::park();
    }
}

/// Prints the message and the usage, and exits with a non-zero status.
fn exit_with_error(message: &str) -> ! {
    Arguments::command().error(ErrorKind::ValueValidation, message).exit()
}

/// Quotes text as one word for a POSIX shell.
fn shell_quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
