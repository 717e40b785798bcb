//! `moneykit completions`: prints the completions of a shell.

use clap::Args;
use clap_complete::Shell;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// Print a script that completes commands and options in a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  source <(moneykit completions bash)
  moneykit completions zsh > ~/.zfunc/_moneykit
  moneykit completions fish > ~/.config/fish/completions/moneykit.fish")]
pub(crate) struct CompletionsArgs {
    shell: Shell,
}

pub(crate) fn run(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut crate::command(), "moneykit", &mut script);
    output::print(&script)?;
    Ok(Exit::Success)
}
