//! The failure of a command: what happened, why, and what to do, with an exit code.

use std::error::Error;
use std::fmt;
use std::io;

use moneykit::reqwest;

use crate::exit::Exit;

/// The failure of a command. Its message contains no secret and no token.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    /// Empty if there is nothing to say.
    message: String,
    /// Whether the settings of the tool may be the reason, so that their sources are worth a note.
    may_be_settings: bool,
    notes: Vec<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), may_be_settings: true, notes: Vec::new() }
    }

    /// Invalid arguments that clap does not check.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Invalid or missing settings.
    pub(crate) fn set_up(message: impl Into<String>) -> Self {
        Self::new(Exit::SetUp, message)
    }

    /// The failure to read the root certificates. `error` names the reason in its last source.
    pub(crate) fn root_certificates(error: &(dyn Error + 'static)) -> Self {
        let sources = std::iter::successors(Some(error), |&error| error.source());
        let why = sources.last().map(ToString::to_string).unwrap_or_default();
        let failure = Self::set_up(format!(
            "cannot read the root certificates ({why}); correct SSL_CERT_FILE or SSL_CERT_DIR if they are set, or else \
             install the system's certificates"
        ));
        Self { may_be_settings: false, ..failure }
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

    pub(crate) fn may_be_settings(&self) -> bool {
        self.may_be_settings
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
        let source = error.source();
        // The tool has no other setting that an HTTP client can reject.
        let is_of_client = |error: &reqwest::Error| error.is_builder();
        if let Some(source) = source.filter(|error| error.downcast_ref().is_some_and(is_of_client)) {
            return Self::root_certificates(source);
        }
        let failure = Self::new(Exit::of_error(&error), error.to_string());
        if let Some(url) = error.documentation_url() {
            return failure.with_note(format!("documentation: {url}"));
        }
        match source {
            // The messages of other errors contain their causes.
            Some(source) if failure.exit == Exit::Unexpected => failure.with_note(format!("cause: {source}")),
            Some(_) if error.is_connect() && failure.message.contains("certificate") => {
                failure.with_note("SSL_CERT_FILE can name a file with the certificates of other authorities")
            }
            _ => failure,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
