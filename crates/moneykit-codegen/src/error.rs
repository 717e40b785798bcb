//! The error of this crate: a list of diagnostics with positions.

use std::fmt;
use std::path::{Path, PathBuf};

use moneykit_contract::{DocumentError, Position};

/// The reason why a contract was rejected: one or more [`Diagnostic`]s, sorted by position.
///
/// The `Display` output has one paragraph for each diagnostic. It begins with `file:line:column:`, which terminals
/// and editors turn into a link. The `Debug` output is the same below a line break, for build scripts that return it
/// from `main`.
#[derive(Clone)]
pub struct Error {
    file: PathBuf,
    diagnostics: Vec<Diagnostic>,
}

impl Error {
    pub(crate) fn new(file: &Path, mut diagnostics: Vec<Diagnostic>) -> Self {
        diagnostics.sort_by_key(|diagnostic| diagnostic.position);
        Self { file: file.to_owned(), diagnostics }
    }

    /// Returns the file as the caller named it.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Returns the diagnostics. There is always at least one.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.diagnostics.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{}:", self.file.display())?;
            if let Some(position) = diagnostic.position {
                write!(f, "{position}:")?;
            }
            write!(f, " {diagnostic}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}

impl std::error::Error for Error {}

/// A mistake in a contract, with its position and its fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    position: Option<Position>,
    message: String,
    help: String,
}

impl Diagnostic {
    pub(crate) fn new(
        position: impl Into<Option<Position>>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { position: position.into(), message: message.into(), help: help.into() }
    }

    /// Returns the position, or `None` if the diagnostic concerns the file as a whole.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// Returns what is wrong, in a sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns how to fix it.
    pub fn help(&self) -> &str {
        &self.help
    }
}

impl From<DocumentError> for Diagnostic {
    fn from(error: DocumentError) -> Self {
        Self::new(error.position(), error.message(), error.help())
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  help: {}", self.message, self.help)
    }
}
