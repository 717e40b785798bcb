//! OpenAPI documents: reading, checking and positions.

use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::escape::{Escaped, EscapedLines};
use crate::positions::{Position, Positions};
use crate::reading::{MAX_DEPTH, read_deep_yaml, read_json};

/// An OpenAPI document as its author wrote it.
#[derive(Debug, Clone)]
pub struct Document {
    name: PathBuf,
    root: Value,
    positions: Option<Positions>,
}

impl Document {
    /// Reads a document from a YAML or JSON file.
    ///
    /// # Errors
    ///
    /// Returns an error if the file can't be read, or if [`Document::parse`] rejects its text.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, DocumentError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|error| {
            DocumentError::new(
                path,
                format!("the file can't be read: {error}"),
                "check the path, and that the file is UTF-8",
            )
        })?;
        Self::parse(path, &text)
    }

    /// Parses YAML or JSON text. `name` is only used in messages.
    ///
    /// # Errors
    ///
    /// Returns an error, usually with its [position](DocumentError::position), if the text is neither YAML nor JSON, if
    /// it has a duplicate key, if YAML aliases expand to too much, or if [`Document::new`] rejects its content.
    pub fn parse(name: impl Into<PathBuf>, text: &str) -> Result<Self, DocumentError> {
        let name = name.into();
        // A flow mapping of YAML begins with a brace as well.
        let root = match text.trim_start().starts_with('{').then(|| read_json(&name, text)) {
            Some(Ok(root)) => root,
            Some(Err(not_json)) => read_deep_yaml(&name, text).map_err(|_| not_json)?,
            None => read_deep_yaml(&name, text)?,
        };
        Self::new(name, root)
    }

    /// Parses YAML text, of which JSON is a subset, and records the [position](Self::position) of every value.
    /// `name` is only used in messages.
    ///
    /// # Errors
    ///
    /// Returns an error, usually with its [position](DocumentError::position), if the text is not YAML, if it
    /// has a duplicate key or a number that JSON can't represent, or if [`Document::new`] rejects its content.
    pub fn parse_with_positions(name: impl Into<PathBuf>, text: &str) -> Result<Self, DocumentError> {
        let name = name.into();
        let (root, positions) = Positions::read(&name, text)?;
        Self::checked(name, root, Some(positions))
    }

    /// Returns the document with this content.
    ///
    /// # Errors
    ///
    /// Returns an error if the `openapi` field is not a 3.0 or 3.1 version, or if the content is nested more than
    /// 128 levels deep. Code that works on documents may rely on both.
    pub fn new(name: impl Into<PathBuf>, root: Value) -> Result<Self, DocumentError> {
        Self::checked(name.into(), root, None)
    }

    fn checked(name: PathBuf, root: Value, positions: Option<Positions>) -> Result<Self, DocumentError> {
        let Some(root) = checked_depth(root) else {
            let message = format!("the document is nested more than {MAX_DEPTH} levels deep");
            return Err(DocumentError::new(&name, message, "name the inner schemas, and refer to them"));
        };
        let version = root.get("openapi");
        let is_supported = |version: &str| version.starts_with("3.0.") || version.starts_with("3.1.");
        if version.and_then(Value::as_str).is_some_and(is_supported) {
            return Ok(Self { name, root, positions });
        }
        let pointer = if version.is_some() { "/openapi" } else { "" };
        let position = positions.and_then(|positions| positions.value(pointer));
        let (message, help) = unsupported_version(&root);
        Err(DocumentError { is_version: true, ..DocumentError::new(&name, message, help).at(position) })
    }

    /// Returns the name for messages.
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// Returns the content of the document.
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// Returns the position of the key at a JSON pointer (RFC 6901), or of the value if it has no key.
    ///
    /// Returns `None` if the pointer names nothing, or unless the document was
    /// [parsed with positions](Self::parse_with_positions).
    pub fn position(&self, pointer: &str) -> Option<Position> {
        self.positions.as_ref()?.key(pointer)
    }

    /// Returns the position of the value at a JSON pointer (RFC 6901), even if it has a key.
    ///
    /// Returns `None` if the pointer names nothing, or unless the document was
    /// [parsed with positions](Self::parse_with_positions).
    pub fn value_position(&self, pointer: &str) -> Option<Position> {
        self.positions.as_ref()?.value(pointer)
    }

    /// Returns a document with the same name and other content.
    pub(crate) fn with_root(&self, root: Value) -> Self {
        Self { name: self.name.clone(), root, positions: None }
    }

    /// Returns true if the document is OpenAPI 3.1, whose schemas are JSON Schema 2020-12.
    pub fn is_3_1(&self) -> bool {
        self.root["openapi"].as_str().is_some_and(|version| version.starts_with("3.1."))
    }
}

/// Returns why the version of a document is not supported, and what to do.
fn unsupported_version(root: &Value) -> (String, &'static str) {
    const CONVERT: &str = "convert the document to OpenAPI 3.0.3 or 3.1, and declare it: `openapi: 3.0.3`";
    const COMPLETE: &str =
        "write the version in full, with three numbers: `openapi: 3.0.3` or `openapi: 3.1.0`";
    match root.get("openapi") {
        Some(Value::String(version)) if ["3.0", "3.1"].contains(&version.as_str()) => {
            (format!("`openapi: '{version}'` lacks the third number of the version"), COMPLETE)
        }
        Some(Value::String(version)) => (format!("OpenAPI {version} is not supported"), CONVERT),
        Some(Value::Number(version)) => {
            (format!("`openapi: {version}` is a number, and not a version string"), COMPLETE)
        }
        Some(_) => ("`openapi` is not a version string".to_owned(), CONVERT),
        None if root.get("swagger").is_some() => ("Swagger 2.0 is not supported".to_owned(), CONVERT),
        None => ("the field `openapi` is missing: this is not an OpenAPI document".to_owned(), CONVERT),
    }
}

/// Returns the value unless it is nested too deeply.
fn checked_depth(root: Value) -> Option<Value> {
    let mut open = vec![(&root, 0)];
    while let Some((value, depth)) = open.pop() {
        if depth > MAX_DEPTH {
            drop_iteratively(root);
            return None;
        }
        match value {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(fields) => open.extend(fields.values().map(|field| (field, depth + 1))),
            _ => {}
        }
    }
    Some(root)
}

/// Drops a value level by level: the default drop recurses and could overflow the stack.
fn drop_iteratively(root: Value) {
    let mut open = vec![root];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => open.extend(fields.into_iter().map(|(_, field)| field)),
            _ => {}
        }
    }
}

/// The reason why a document can't be used.
///
/// The `Display` output begins with `name:line:column:`, or `name:` if the position is unknown, and ends with the
/// fix on a separate line.
#[derive(Debug, Clone)]
pub struct DocumentError {
    name: PathBuf,
    position: Option<Position>,
    message: String,
    help: String,
    is_version: bool,
}

impl DocumentError {
    pub(crate) fn new(name: &Path, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            position: None,
            message: message.into(),
            help: help.into(),
            is_version: false,
        }
    }

    pub(crate) fn at(self, position: Option<Position>) -> Self {
        Self { position, ..self }
    }

    /// Returns the position of the error in the text, if it is known.
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

    /// Returns true if the `openapi` field is missing or its version is not supported.
    pub fn is_unsupported_version(&self) -> bool {
        self.is_version
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names and messages quote documents, which must not control the reader's terminal.
        write!(f, "{}:", Escaped(self.name.display()))?;
        if let Some(position) = self.position {
            write!(f, "{position}:")?;
        }
        write!(f, " {}\n  help: {}", Escaped(&self.message), EscapedLines(&self.help))
    }
}

impl std::error::Error for DocumentError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_and_json_parse_to_the_same_document() {
        let yaml = Document::parse("a", "openapi: 3.0.3\ninfo: { title: no, version: '1' }\n").unwrap();
        let json =
            Document::parse("b", r#"{"openapi":"3.0.3","info":{"title":"no","version":"1"}}"#).unwrap();
        assert_eq!(yaml.root(), json.root());
        assert!(!yaml.is_3_1());
    }

    #[test]
    fn invalid_documents_are_rejected_with_help() {
        for (text, message) in [
            ("swagger: '2.0'\n", "doc: Swagger 2.0 is not supported"),
            ("openapi: 4.0.0\n", "doc: OpenAPI 4.0.0 is not supported"),
            ("openapi: 3.0\n", "doc: `openapi: 3.0` is a number, and not a version string"),
            ("openapi: '3.1'\n", "doc: `openapi: '3.1'` lacks the third number of the version"),
            ("openapi: [3]\n", "doc: `openapi` is not a version string"),
            ("just words", "doc: the field `openapi` is missing"),
            ("{\"openapi\": ", "doc:1:12: failed to parse as JSON: "),
            ("a: [", "doc:1:4: failed to parse: "),
        ] {
            let error = Document::parse("doc", text).unwrap_err();
            assert!(error.to_string().starts_with(message), "{error}");
            assert!(error.to_string().contains("help: "), "{error}");
            assert_eq!(error.is_unsupported_version(), !message.contains("parse"), "{error}");
        }
    }

    #[test]
    fn positions_are_known_if_the_document_was_parsed_with_them() {
        let text = "openapi: 3.0.3\npaths:\n  /a: {}\n";
        let document = Document::parse_with_positions("doc", text).unwrap();

        assert_eq!(document.position("/paths/~1a").unwrap().to_string(), "3:3");
        assert_eq!(document.value_position("/paths/~1a").unwrap().to_string(), "3:7");
        assert!(document.position("/nothing").is_none());
        assert!(Document::parse("doc", text).unwrap().position("/paths").is_none());
        let error = Document::parse_with_positions("doc", "\nopenapi: 4.0.0\n").unwrap_err();
        assert_eq!(error.position().unwrap().to_string(), "2:10");
    }

    #[test]
    fn documents_that_are_nested_too_deeply_are_rejected() {
        const LEVELS: usize = 100_000;
        let (open, close) = ("[".repeat(LEVELS), "]".repeat(LEVELS));
        for text in [
            format!("{{\"openapi\": \"3.1.0\", \"x\": {open}{close}}}"),
            format!("{{\"openapi\": \"3.1.0\", \"x\": {}", "{\"a\":".repeat(LEVELS)),
            format!("openapi: 3.1.0\nx: {open}{close}\n"),
            format!("openapi: 3.1.0\nx: {}1{}\n", "{a: ".repeat(LEVELS), "}".repeat(LEVELS)),
            format!("openapi: 3.1.0\nx:\n  {}1\n", "- ".repeat(LEVELS)),
        ] {
            let error = Document::parse("doc", &text).unwrap_err().to_string();
            assert!(error.len() < 300 && error.contains("help: "), "{error}");
        }

        let mut root = serde_json::json!({});
        for _ in 0..LEVELS {
            root = Value::Array(vec![root]);
        }
        root = Value::Object([("openapi".into(), "3.1.0".into()), ("x".into(), root)].into_iter().collect());
        let error = Document::new("doc", root).unwrap_err().to_string();
        assert!(error.starts_with("doc: the document is nested more than 128 levels deep"), "{error}");
    }

    #[test]
    fn nesting_within_the_limit_is_accepted() {
        let (open, close) = ("[".repeat(120), "]".repeat(120));
        Document::parse("json", &format!("{{\"openapi\": \"3.1.0\", \"x\": {open}{close}}}")).unwrap();
        Document::parse("yaml", &format!("openapi: 3.1.0\nx: {open}{close}\n")).unwrap();
        let (open, close) = ("{a: ".repeat(120), "}".repeat(120));
        Document::parse("yaml", &format!("openapi: 3.1.0\nx: {open}1{close}\n")).unwrap();
    }

    #[test]
    fn many_aliases_are_accepted_and_exponential_ones_rejected() {
        let aliases = "- *one\n".repeat(60_000);
        let document = Document::parse("many", &format!("openapi: 3.0.3\na: &one {{b: c}}\nx:\n{aliases}"));
        assert_eq!(document.unwrap().root()["x"][59_999]["b"], "c");

        let levels = (1..40).map(|level| {
            let under = level - 1;
            format!("a{level}: &a{level} [*a{under}, *a{under}, *a{under}, *a{under}]\n")
        });
        let bomb: String = levels.collect();
        let bomb = format!("openapi: 3.0.3\na0: &a0 [lol, lol]\n{bomb}");
        let error = Document::parse("bomb", &bomb).unwrap_err().to_string();
        assert!(error.contains("failed to parse: "), "{error}");
    }
}
