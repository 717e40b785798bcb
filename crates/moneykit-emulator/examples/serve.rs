//! Runs the emulator as a process, until it is interrupted or killed:
//!
//! ```text
//! cargo run -p moneykit-emulator --example serve -- --port 8080 --client ID:SECRET
//! ```

use std::io::{self, Write as _};
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser};
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};

/// Serve MoneyKit's token endpoint on 127.0.0.1.
#[derive(Parser)]
#[command(name = "serve")]
struct Arguments {
    /// Port to listen on; 0 lets the system choose a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,

    /// Client to register, split at the first colon; may be repeated. Other users of this machine can read command
    /// lines: use made-up secrets. Without any, one default client is registered.
    #[arg(long = "client", value_name = "ID:SECRET")]
    clients: Vec<String>,

    /// How long access tokens live.
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    lifetime: u64,
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let mut builder =
        Emulator::builder().port(arguments.port).token_lifetime(Duration::from_secs(arguments.lifetime));
    for client in &arguments.clients {
        // Not a value parser of clap's: its messages repeat the value, and this one holds a secret.
        let Some((id, secret)) = client.split_once(':') else {
            give_up("a --client has no colon; write it as --client ID:SECRET");
        };
        builder = builder.client(id, secret);
    }
    let emulator = builder.start().unwrap_or_else(|error| give_up(&error.to_string()));

    let user = match arguments.clients.first().and_then(|c| c.split_once(':')) {
        Some((id, _)) => format!("{}:\"$SECRET\"", shell_quoted(id)),
        None => shell_quoted(&format!("{DEFAULT_CLIENT_ID}:{DEFAULT_CLIENT_SECRET}")),
    };
    let url = emulator.url();
    let mut out = io::stdout();
    writeln!(out, "listening on {url}; stop with Ctrl-C")?;
    writeln!(out)?;
    writeln!(out, "curl --user {user} --data grant_type=client_credentials {url}/auth/token")?;
    writeln!(out, "curl --header \"Authorization: Bearer $ACCESS_TOKEN\" {url}/links")?;
    loop {
        std::thread::park();
    }
}

/// Prints the message with the usage, and ends the process.
fn give_up(message: &str) -> ! {
    Arguments::command().error(ErrorKind::ValueValidation, message).exit()
}

/// One word for a POSIX shell, whatever is in it.
fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
