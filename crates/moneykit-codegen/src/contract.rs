//! A contract that passed every check.

use std::path::{Path, PathBuf};

use moneykit_contract::{Document, Position, child};
use openapiv3::OpenAPI;
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::check;
use crate::error::{Diagnostic, Error};
use crate::index::ContractIndex;
use crate::rewrite::rewrite;
use crate::stand_ins::without_stand_ins;
use crate::wire::Wire;

/// A parsed and checked contract. Its typed model represents everything in its text.
#[derive(Debug)]
pub struct Contract {
    document: Document,
    /// The document that the generator can express.
    rewritten: Document,
    /// The typed model of the document, if the model can hold it as it was written.
    written: Option<OpenAPI>,
    /// The typed model of the document that the generator can express.
    model: OpenAPI,
    wire: Wire,
}

impl Contract {
    /// Reads and checks the contract in a file.
    ///
    /// # Errors
    ///
    /// Returns an error if the file can't be read, or if [`Contract::parse`] rejects its text.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|error| {
            let message = format!("the contract can't be read: {error}");
            Error::new(
                path,
                vec![Diagnostic::new(None, message, "check the path and that the file is UTF-8")],
            )
        })?;
        Self::parse(path, &text)
    }

    /// Parses and checks the text of a contract, YAML or JSON. `file` is only used in messages.
    ///
    /// # Errors
    ///
    /// Returns a single diagnostic if the text is not YAML, has a duplicate key, or is not OpenAPI 3.0.x.
    ///
    /// Otherwise returns a diagnostic for everything that the generator would get wrong or drop. All mistakes that
    /// the text shows are reported, each with its line and its fix, but at most one for each position, because
    /// one mistake often violates several rules:
    ///
    /// - a schema that would be misread: `type: objec`, `requird`, `minLength` on a number, a bound that does
    ///   not fit its type, a required property that does not exist;
    /// - a `$ref` without a target, to another document, to an object of the wrong kind, or in a cycle;
    /// - an operation without `responses`, with servers of its own, or without an `operationId` that can name
    ///   a method;
    /// - two names that would be the same in Rust, and a parameter without a schema;
    /// - a security requirement that the client can't satisfy;
    /// - a `format: password` that would not become the secret type, or would be part of a URL or header;
    /// - several body types where the client supports one.
    ///
    /// Mistakes that only show in the typed model, such as a keyword that it drops, are reported if the text can
    /// be parsed into the model. If it can't, the reason is reported only if no other mistake was found.
    pub fn parse(file: impl Into<PathBuf>, text: &str) -> Result<Self, Error> {
        let file = file.into();
        let reject = |diagnostics| Error::new(&file, diagnostics);

        let document = Document::parse_with_positions(&file, text).map_err(|error| {
            reject(vec![if error.is_unsupported_version() {
                Diagnostic::new(error.position(), error.message(), check::VERSION_HELP)
            } else {
                error.into()
            }])
        })?;
        check::version(&document).map_err(|diagnostic| reject(vec![diagnostic]))?;

        Self::checked(document)
    }

    /// Checks a document, which has no positions unless it was [parsed with them](Document::parse_with_positions).
    ///
    /// # Errors
    ///
    /// Returns the diagnostics of [`Contract::parse`].
    pub fn from_document(document: Document) -> Result<Self, Error> {
        check::version(&document).map_err(|diagnostic| Error::new(document.name(), vec![diagnostic]))?;
        Self::checked(document)
    }

    fn checked(document: Document) -> Result<Self, Error> {
        let reject = |diagnostics| Error::new(document.name(), deduplicated(diagnostics));
        let (root, wire) = rewrite(document.root());
        let rewritten = Document::new(document.name(), root).map_err(|error| reject(vec![error.into()]))?;
        let index = ContractIndex::new(&rewritten, &document);

        let mut diagnostics = check::document(&index);
        let model = match typed(rewritten.root()) {
            Ok(model) => model,
            // The checks locate what the model can't represent more precisely than the model does.
            Err(_) if !diagnostics.is_empty() => return Err(reject(diagnostics)),
            Err((pointer, reason)) => {
                let help = "write the value in the type that OpenAPI 3.0.3 defines for this field";
                return Err(reject(vec![Diagnostic::new(index.value_position(&pointer), reason, help)]));
            }
        };
        diagnostics.extend(check::roundtrip(&index, &model));
        if !diagnostics.is_empty() {
            return Err(reject(diagnostics));
        }
        let written = typed(document.root()).ok();
        Ok(Self { document, rewritten, written, model, wire })
    }

    /// Returns the file as the caller named it.
    pub fn file(&self) -> &Path {
        self.document.name()
    }

    /// Returns the contract as an untyped document with positions.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Returns the typed model of the contract, as it was written if the model can hold that.
    pub fn model(&self) -> &OpenAPI {
        self.written.as_ref().unwrap_or(&self.model)
    }

    /// Returns the typed model of the contract as the generator gets it.
    pub(crate) fn generator_model(&self) -> &OpenAPI {
        &self.model
    }

    /// Returns the notes for the generated source.
    pub(crate) fn wire(&self) -> &Wire {
        &self.wire
    }

    /// Returns the contract as the generator gets it: the parts that the generator can't express are described in
    /// another way.
    pub fn rewritten(&self) -> &Document {
        &self.rewritten
    }

    /// Returns the contract that the generated types must preserve: [`rewritten`](Self::rewritten), with what its stand-ins
    /// stand for.
    ///
    /// # Errors
    ///
    /// Returns an error if the content is nested too deeply.
    pub fn without_stand_ins(&self) -> Result<Document, moneykit_contract::DocumentError> {
        Document::new(self.file(), without_stand_ins(self.rewritten.root(), &self.wire))
    }

    /// Returns the keywords that the generated types do not enforce, each with the reason and the number of places.
    pub fn unenforced(&self) -> impl Iterator<Item = (&str, &'static str, usize)> {
        self.wire.unenforced.iter().map(|((keyword, reason), count)| (keyword.as_str(), *reason, *count))
    }

    /// Returns the position in the text of the object at a JSON pointer (RFC 6901): its key, or its value if it
    /// has no key.
    pub fn position(&self, pointer: &str) -> Option<Position> {
        self.document.position(pointer)
    }

    pub(crate) fn index(&self) -> ContractIndex<'_> {
        ContractIndex::new(&self.rewritten, &self.document)
    }

    pub(crate) fn reject(&self, diagnostic: Diagnostic) -> Error {
        Error::new(self.file(), vec![diagnostic])
    }
}

/// Keeps one diagnostic for each position: a misread schema is often a dropped keyword too.
fn deduplicated(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(Diagnostic::position);
    diagnostics.dedup_by_key(|diagnostic| diagnostic.position());
    diagnostics
}

/// Reads a document into the typed model. The error has a JSON pointer and a reason.
fn typed(root: &Value) -> Result<OpenAPI, (String, String)> {
    serde_path_to_error::deserialize(root).map_err(|error| {
        let mut pointer = String::new();
        for segment in error.path() {
            match segment {
                Segment::Seq { index } => pointer = child(&pointer, &index.to_string()),
                Segment::Map { key } => pointer = child(&pointer, key),
                _ => {}
            }
        }
        (pointer, format!("this is no OpenAPI: {}", error.inner()))
    })
}
