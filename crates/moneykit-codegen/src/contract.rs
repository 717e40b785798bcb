use std::path::{Path, PathBuf};

use openapiv3::OpenAPI;

use crate::check;
use crate::error::{Error, Position, Problem};
use crate::tree::{self, Node};

/// A contract that was read and checked: its document model says all that its text says.
#[derive(Debug)]
pub struct Contract {
    file: PathBuf,
    document: OpenAPI,
    tree: Node,
}

impl Contract {
    /// Reads and checks the contract in a file.
    ///
    /// # Errors
    ///
    /// When the file can't be read, and whenever [`Contract::parse`] refuses its text.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|error| {
            let what = format!("the contract can't be read: {error}");
            Error::new(path, vec![Problem::new(None, what, "check the path and that the file is UTF-8")])
        })?;
        Self::parse(path, &text)
    }

    /// Checks the text of a contract, YAML or JSON. `file` only names it in messages.
    ///
    /// # Errors
    ///
    /// Lists all that was found of these, each with its line and what to do about it:
    ///
    /// - text that is not YAML, or has a key twice;
    /// - a document that is not OpenAPI 3.0.x;
    /// - a keyword that the document model drops or misreads (`type: objec`, `requird`, `minLength` on a number);
    /// - a `$ref` that leads nowhere, or out of the document;
    /// - an operation without an `operationId`, or with one that is taken;
    /// - a `format: password` with constraints: the type of secrets can't check them.
    pub fn parse(file: impl Into<PathBuf>, text: &str) -> Result<Self, Error> {
        let file = file.into();
        let refuse = |problems| Error::new(&file, problems);

        let tree = Node::parse(text).map_err(|problem| refuse(vec![problem]))?;
        check::version(&tree).map_err(|problem| refuse(vec![problem]))?;

        let mut problems = check::schemas(&tree);
        let document = match tree::read_yaml::<OpenAPI>(text) {
            Ok(document) => document,
            // A misshapen schema was named already, and more closely than by the model that can't hold it.
            Err(_) if !problems.is_empty() => return Err(refuse(problems)),
            Err(problem) => return Err(refuse(vec![problem])),
        };
        problems.extend(check::references(&tree));
        problems.extend(check::operations(&tree));
        problems.extend(check::lossless(&tree, &document));
        // A misread schema is often a dropped keyword too; one message for a place is enough.
        problems.sort_by_key(Problem::position);
        problems.dedup_by_key(|problem| problem.position());

        if problems.is_empty() { Ok(Self { file, document, tree }) } else { Err(refuse(problems)) }
    }

    /// Returns the file that was read, as it was named to us.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Returns the document model.
    pub fn document(&self) -> &OpenAPI {
        &self.document
    }

    /// Says where in the text the thing is that a JSON pointer (RFC 6901) names.
    pub fn position(&self, pointer: &str) -> Option<Position> {
        self.tree.position_of(pointer)
    }

    pub(crate) fn refuse(&self, problems: Vec<Problem>) -> Error {
        Error::new(&self.file, problems)
    }
}
