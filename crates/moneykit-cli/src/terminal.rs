//! Messages for people, and how results are displayed.

use std::io::{self, IsTerminal as _};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use moneykit_contract::EscapedLines;

use crate::failure::Failure;
use crate::output;

/// What the user wants to see.
#[derive(Debug)]
pub(crate) struct Terminal {
    quiet: bool,
    display: Display,
}

/// How the result of a command is displayed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Display {
    /// For people: with line breaks and without bytes that a terminal may interpret.
    pub(crate) for_people: bool,
    pub(crate) in_color: bool,
}

impl Terminal {
    pub(crate) fn new(quiet: bool) -> Self {
        let stdout = io::stdout();
        let in_color = AutoStream::choice(&stdout) != ColorChoice::Never;
        // `--color always` in a pipe is a wish for what a terminal shows.
        Self { quiet, display: Display { for_people: stdout.is_terminal() || in_color, in_color } }
    }

    /// Returns how results are displayed.
    pub(crate) fn display(&self) -> Display {
        self.display
    }

    /// Writes a hint, unless it was asked for quiet.
    pub(crate) fn hint(&self, message: &str) {
        if !self.quiet {
            Self::message("hint", AnsiColor::Cyan.on_default().bold(), message);
        }
    }

    /// Writes notes on a result, unless it was asked for quiet.
    #[cfg(feature = "codegen")]
    pub(crate) fn notes(&self, text: &str) {
        if !self.quiet {
            output::print_diagnostic(&EscapedLines(text).to_string());
        }
    }

    /// Writes a failure with its notes.
    pub(crate) fn error(failure: &Failure) {
        if failure.message().is_empty() {
            return;
        }
        Self::message("error", AnsiColor::Red.on_default().bold(), failure.message());
        for note in failure.notes() {
            output::print_diagnostic(&format!("  {}\n", EscapedLines(note)));
        }
    }

    fn message(kind: &str, style: Style, message: &str) {
        output::print_diagnostic(&format!("{style}{kind}:{style:#} {}\n", EscapedLines(message)));
    }
}
