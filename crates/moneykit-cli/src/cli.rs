//! The options that all commands have.

#![expect(clippy::doc_markdown, reason = "doc comments of arguments are help texts")]

use clap::Parser;

use crate::color::ColorWhen;
use crate::commands::Command;

/// Access tokens and authenticated requests for the MoneyKit API
///
/// The credentials are the client ID and the client secret of your application. Set MONEYKIT_CLIENT_ID and
/// MONEYKIT_CLIENT_SECRET, or write a profile to the file config.toml; `moneykit doctor` shows what is used.
#[derive(Debug, Parser)]
#[command(name = "moneykit", version, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    /// When to use colors
    ///
    /// `auto` uses them on a terminal, unless NO_COLOR is set. CLICOLOR_FORCE=1 is like `always`.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Global options")]
    pub(crate) color: ColorWhen,
    /// Print no hints and warnings; errors are still printed
    #[arg(long, short, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// Log to standard error: -v token refreshes and warnings, -vv attempts, -vvv all; never secrets or tokens
    #[arg(long, short, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    pub(crate) verbose: u8,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
First steps, without an account:
  moneykit emulate --port 8080 --client test-id:test-secret &
  export MONEYKIT_CLIENT_ID=test-id MONEYKIT_CLIENT_SECRET=test-secret MONEYKIT_URL=http://127.0.0.1:8080
  moneykit doctor
  moneykit request GET /links

Profiles, in ~/.config/moneykit/config.toml:
  default_profile = \"sandbox\"
  [profiles.sandbox]
  client_id = \"sandbox_1\"
  secret_file = \"~/.secrets/moneykit\"  # or secret_command = [\"pass\", \"show\", \"moneykit\"]
  # also: url, scope, auth_method, store

Environment:
  MONEYKIT_CLIENT_ID           the client ID
  MONEYKIT_CLIENT_SECRET       the client secret
  MONEYKIT_CLIENT_SECRET_FILE  the path of a file that contains the client secret
  MONEYKIT_URL                 the base URL [default: https://api.moneykit.com]
  MONEYKIT_PROFILE             the profile in config.toml
  MONEYKIT_STORE               the URL of a Redis or Valkey server for a token that machines share

Exit codes:
  0  success
  1  unexpected failure, or the answer no: `token --check`, `contract diff`
  2  invalid arguments, or a document that can't be read
  3  invalid or missing settings
  4  the server responded with 4xx
  5  the server responded with 5xx
  6  no response: DNS, connection, TLS or timeout
  7  the server rejected the credentials";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::exit::Exit;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_help_lists_every_exit_code() {
        for exit in Exit::ALL {
            let row = format!("\n  {}  ", exit as u8);
            assert!(AFTER_HELP.contains(&row), "{exit:?}");
        }
    }
}
