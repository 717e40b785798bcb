//! The failure of a command: what happened, why, and what to do, with an exit code.

use std::fmt;
use std::io;

use crate::exit::Exit;

/// The failure of a command. Its message contains no secret and no token.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    /// Empty if there is nothing to say.
    message: String,
    notes: Vec<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), notes: Vec::new() }
    }

    /// Invalid arguments that clap does not check.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Invalid or missing settings.
    pub(crate) fn set_up(message: impl Into<String>) -> Self {
        Self::new(Exit::SetUp, message)
    }

    /// The end of a command that has nothing to say.
    pub(crate) fn silent(exit: Exit) -> Self {
        Self::new(exit, "")
    }

    /// The failure to write the result. A reader that has seen enough, such as `head`, is no failure.
    pub(crate) fn output(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::silent(Exit::Success);
        }
        Self::new(Exit::Unexpected, format!("cannot write to standard output ({error}); check its target"))
    }

    /// Adds a line below the message.
    pub(crate) fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn notes(&self) -> &[String] {
        &self.notes
    }
}

impl From<moneykit::Error> for Failure {
    fn from(error: moneykit::Error) -> Self {
        let failure = Self::new(Exit::of_error(&error), error.to_string());
        if let Some(url) = error.documentation_url() {
            return failure.with_note(format!("documentation: {url}"));
        }
        match std::error::Error::source(&error) {
            // The messages of other errors contain their causes.
            Some(source) if failure.exit == Exit::Unexpected => failure.with_note(format!("cause: {source}")),
            _ => failure,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
