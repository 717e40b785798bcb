//! The commands, one file each.

#![expect(clippy::doc_markdown, reason = "doc comments of arguments are help texts")]

mod completions;
mod contract;
mod doctor;
#[cfg(feature = "emulator")]
mod emulate;
mod man;
mod proxy;
mod request;
mod token;

use std::process::ExitCode;

use clap::Subcommand;

use crate::failure::Failure;
use crate::terminal::Terminal;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Token(token::TokenArgs),
    Request(request::RequestArgs),
    Proxy(proxy::ProxyArgs),
    Doctor(doctor::DoctorArgs),
    #[cfg(feature = "emulator")]
    Emulate(emulate::EmulateArgs),
    Contract(contract::ContractArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

/// Runs a command.
pub(crate) fn run(command: Command, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let exit = match command {
        Command::Token(args) => token::run(&args, terminal),
        Command::Request(args) => request::run(&args, terminal),
        // Its exit code may be that of another program.
        Command::Proxy(args) => return proxy::run(&args, terminal),
        Command::Doctor(args) => doctor::run(&args),
        #[cfg(feature = "emulator")]
        Command::Emulate(args) => emulate::run(&args),
        Command::Contract(args) => contract::run(&args, terminal),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    };
    exit.map(ExitCode::from)
}
