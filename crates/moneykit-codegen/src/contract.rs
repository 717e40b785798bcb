use std::path::{Path, PathBuf};

use openapiv3::OpenAPI;

use crate::check;
use crate::error::{Error, Position, Problem};
use crate::tree::{self, Node};
use crate::walk::Survey;

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
    /// When the text is not YAML, has a key twice, or is not OpenAPI 3.0.x: that one problem alone.
    ///
    /// Else for what would be carried over wrongly or not at all. All of these problems that show in the text
    /// are listed, each with its line and what to do about it; at most one a place, since a mistake often breaks
    /// several rules:
    ///
    /// - a schema that would be misread: `type: objec`, `requird`, `minLength` on a number, a bound that does
    ///   not fit, a required property that does not exist;
    /// - a `$ref` that leads nowhere, out of the document, to the wrong kind of thing, or in a circle;
    /// - an operation without `responses`, with servers of its own, or without an `operationId` that can name
    ///   a method;
    /// - two things that would get one name in Rust, and parameters without a schema;
    /// - a security requirement that the client can't meet;
    /// - a `format: password` that would not become the type of secrets, or would end up in a URL or header;
    /// - bodies of several types where the client can take one.
    ///
    /// What only comparing with the document model shows, such as a keyword that it drops, is listed when the
    /// model can read the text; why it can't is told when nothing else was found.
    pub fn parse(file: impl Into<PathBuf>, text: &str) -> Result<Self, Error> {
        let file = file.into();
        let refuse = |problems| Error::new(&file, problems);

        let tree = Node::parse(text).map_err(|problem| refuse(vec![problem]))?;
        check::version(&tree).map_err(|problem| refuse(vec![problem]))?;

        let mut problems = check::tree(&Survey::new(&tree));
        let document = match tree::read_yaml::<OpenAPI>(text) {
            Ok(document) => document,
            // What the model can't hold was named already, and more closely than the model could.
            Err(_) if !problems.is_empty() => return Err(refuse(deduplicated(problems))),
            Err(problem) => return Err(refuse(vec![problem])),
        };
        problems.extend(check::lossless(&tree, &document));
        let problems = deduplicated(problems);
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

    pub(crate) fn survey(&self) -> Survey<'_> {
        Survey::new(&self.tree)
    }

    pub(crate) fn refuse(&self, problems: Vec<Problem>) -> Error {
        Error::new(&self.file, problems)
    }
}

/// Keeps one message for a place: a misread schema is often a dropped keyword too.
fn deduplicated(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(Problem::position);
    problems.dedup_by_key(|problem| problem.position());
    problems
}
