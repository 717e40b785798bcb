//! The command-line tool `moneykit`: access tokens, authenticated requests, a local proxy, and a diagnosis of the
//! set-up.
//!
//! This library exists for the program of this package, its tests, and packagers who generate completions and man pages
//! with [`command`]. The README describes the tool.

mod cache;
mod cli;
mod color;
mod commands;
mod config_file;
mod environment;
mod exit;
mod failure;
mod json_text;
mod lock;
mod logging;
mod output;
mod private_file;
mod secret;
mod session;
mod settings;
mod source;
mod store;
mod template;
mod terminal;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::cli::Cli;
use crate::terminal::Terminal;

/// Runs the tool with the arguments and the environment of this process, and returns its exit code.
pub fn run() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    let color = color::requested(&arguments);
    color.apply();
    let parsed = Cli::command().color(color.into()).try_get_matches_from(arguments);
    let cli = match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => {
            // Help that nobody reads to its end is no error.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1));
        }
    };
    let terminal = Terminal::new(cli.quiet);
    logging::start(cli.verbose);
    commands::run(cli.command, &terminal).unwrap_or_else(|failure| {
        Terminal::error(&failure);
        failure.exit().into()
    })
}

/// Returns the definition of all commands, from which completions and man pages are generated.
pub fn command() -> clap::Command {
    Cli::command()
}
