use std::fmt;
use std::path::{Path, PathBuf};

/// Why a contract was refused: one or more [`Problem`]s, in the order of their lines.
///
/// Displays as one paragraph a problem, each beginning with `file:line:column:`, the form that terminals and
/// editors make clickable.
#[derive(Debug, Clone)]
pub struct Error {
    file: PathBuf,
    problems: Vec<Problem>,
}

impl Error {
    pub(crate) fn new(file: &Path, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| problem.position);
        Self { file: file.to_owned(), problems }
    }

    /// Returns the file that was read, as it was named to us.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Returns what is wrong: never empty.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{}:", self.file.display())?;
            if let Some(position) = problem.position {
                write!(f, "{position}:")?;
            }
            write!(f, " {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// One thing that is wrong with a contract: where, what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    position: Option<Position>,
    what: String,
    help: String,
}

impl Problem {
    pub(crate) fn new(
        position: impl Into<Option<Position>>,
        what: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { position: position.into(), what: what.into(), help: help.into() }
    }

    /// Returns where it is, unless it concerns the file as a whole.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// Returns what is wrong, in a sentence.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Returns what to do about it.
    pub fn help(&self) -> &str {
        &self.help
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  help: {}", self.what, self.help)
    }
}

/// A place in the contract's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    line: u64,
    column: u64,
}

impl Position {
    /// Returns the line, counted from 1.
    pub fn line(self) -> u64 {
        self.line
    }

    /// Returns the column in characters, counted from 1.
    pub fn column(self) -> u64 {
        self.column
    }
}

impl From<serde_saphyr::Location> for Position {
    fn from(location: serde_saphyr::Location) -> Self {
        Self { line: location.line(), column: location.column() }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}
