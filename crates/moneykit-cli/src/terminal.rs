//! Messages for people, and how results are displayed.

use std::io::{self, IsTerminal as _};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

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
            output::print_diagnostic(&for_people(text));
        }
    }

    /// Writes a failure with its notes.
    pub(crate) fn error(failure: &Failure) {
        if failure.message().is_empty() {
            return;
        }
        Self::message("error", AnsiColor::Red.on_default().bold(), failure.message());
        for note in failure.notes() {
            output::print_diagnostic(&format!("  {}\n", for_people(note)));
        }
    }

    fn message(kind: &str, style: Style, message: &str) {
        output::print_diagnostic(&format!("{style}{kind}:{style:#} {}\n", for_people(message)));
    }
}

/// Returns a text in which a terminal finds nothing to interpret: control characters, other than tabs and line breaks, and
/// marks of the text's direction are escaped.
pub(crate) fn for_people(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if may_be_interpreted(c) && !matches!(c, '\n' | '\t') {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Returns true if a terminal may act on a character instead of displaying it.
pub(crate) fn may_be_interpreted(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_of_a_server_are_shown_and_not_interpreted() {
        assert_eq!(
            for_people("a\u{1b}[31m\u{9b}2J\r\n\tb\u{202e}"),
            "a\\u{1b}[31m\\u{9b}2J\\u{d}\n\tb\\u{202e}"
        );
        assert_eq!(for_people("Zürich 日本 🔑"), "Zürich 日本 🔑");
    }
}
