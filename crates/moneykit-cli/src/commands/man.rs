//! `moneykit man`: prints the man page, or writes the pages of all commands.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use clap_mangen::Man;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// Print the man page, or write the pages of all commands to a folder
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  moneykit man | man -l -
  moneykit man ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// The folder, which is created if it does not exist
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(crate) fn run(args: &ManArgs) -> Result<Exit, Failure> {
    if let Some(folder) = &args.folder {
        write(folder).map_err(|error| {
            let message =
                format!("cannot write man pages to {} ({error}); check the folder", folder.display());
            Failure::new(Exit::Unexpected, message)
        })?;
        return Ok(Exit::Success);
    }
    let mut page = Vec::new();
    Man::new(crate::command()).render(&mut page).map_err(|error| Failure::output(&error))?;
    output::print(&page)?;
    Ok(Exit::Success)
}

fn write(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(crate::command().disable_help_subcommand(true), folder)
}
