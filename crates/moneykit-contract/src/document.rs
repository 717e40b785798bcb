use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::stack::on_a_stack_of;

/// An OpenAPI document as its author wrote it.
#[derive(Debug, Clone)]
pub struct Document {
    name: PathBuf,
    root: Value,
}

impl Document {
    /// Reads a document in a file, YAML or JSON.
    ///
    /// # Errors
    ///
    /// When the file can't be read, and whenever [`Document::parse`] refuses its text.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, DocumentError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|error| {
            DocumentError::new(
                path,
                format!("can't be read: {error}"),
                "check the path, and that the file is UTF-8",
            )
        })?;
        Self::parse(path, &text)
    }

    /// Reads the text of a document, YAML or JSON. `name` only names it in messages.
    ///
    /// # Errors
    ///
    /// When the text is neither, or [`Document::new`] refuses what it says.
    pub fn parse(name: impl Into<PathBuf>, text: &str) -> Result<Self, DocumentError> {
        let name = name.into();
        let refuse = |what: String, help: &str| DocumentError::new(&name, what, help);
        let looks_like_json = text.trim_start().starts_with('{');
        let json = looks_like_json.then(|| serde_json::from_str(text));
        let root: Value = match json {
            Some(Ok(root)) => root,
            // Braces are YAML too.
            failed => read_yaml(text).map_err(|what| match failed {
                Some(Err(error)) => {
                    refuse(format!("is not the JSON that it seems to be: {error}"), "mend it at that place")
                }
                _ => refuse(what, "mend it at that place"),
            })?,
        };
        Self::new(&name, root)
    }

    /// Takes a document that was read already.
    ///
    /// # Errors
    ///
    /// When it does not say that it is OpenAPI 3.0 or 3.1, or is nested more than 128 levels deep: whatever
    /// looks at a document later may count on that.
    pub fn new(name: impl Into<PathBuf>, root: Value) -> Result<Self, DocumentError> {
        let name = name.into();
        let Some(root) = checked_depth(root) else {
            let what = format!("is nested more than {DEEPEST} levels deep");
            return Err(DocumentError::new(&name, what, "name the inner schemas, and refer to them"));
        };
        let version = root.get("openapi").and_then(Value::as_str).unwrap_or_default();
        if ["3.0.", "3.1."].iter().any(|known| version.starts_with(known)) {
            return Ok(Self { name, root });
        }
        let what = match root.get("swagger") {
            Some(_) => "is Swagger 2.0".to_owned(),
            None => format!("says `openapi: {version}`"),
        };
        Err(DocumentError::new(&name, what, "bring it to OpenAPI 3.0 or 3.1; nothing else can be judged"))
    }

    /// Returns the name that was given for messages.
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// Returns the whole document.
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// Returns what was made of this document's text, under its name.
    pub(crate) fn with_root(&self, root: Value) -> Self {
        Self { name: self.name.clone(), root }
    }

    /// Says whether the document is OpenAPI 3.1, whose schemas are JSON Schema 2020-12.
    pub fn is_3_1(&self) -> bool {
        self.root["openapi"].as_str().is_some_and(|version| version.starts_with("3.1."))
    }
}

/// As deep as a document may be nested; `serde_json` has the same bound.
const DEEPEST: usize = 128;

/// The stack for reading YAML. The reader needs some twenty kilobytes a level without optimization, which is
/// more than the stack of a thread holds for the deepest documents.
const YAML_STACK: usize = 16 << 20;

/// Reads YAML, or says what is wrong with it.
fn read_yaml(text: &str) -> Result<Value, String> {
    let read = || {
        serde_saphyr::from_str_with_options(text, yaml()).map_err(|error| {
            let plain = error.without_snippet().to_string();
            format!("is not YAML: {}", plain.lines().next().unwrap_or_default())
        })
    };
    on_a_stack_of(YAML_STACK, read)
        .unwrap_or_else(|error| Err(format!("can't be read: there is no thread for it: {error}")))
}

/// How YAML is read.
///
/// What is made of a text is bounded by the text, which the caller has in memory already, as with JSON.
/// Aliases alone make more of it: those limits stay, wide enough for programs that write an alias for
/// whatever they meet twice.
fn yaml() -> serde_saphyr::Options {
    serde_saphyr::options! {
        strict_booleans: true,
        budget: serde_saphyr::budget! {
            max_depth: DEEPEST,
            max_events: usize::MAX,
            max_nodes: usize::MAX,
            max_total_scalar_bytes: usize::MAX,
            max_aliases: usize::MAX,
            max_anchors: usize::MAX,
            enforce_alias_anchor_ratio: false,
        },
    }
}

/// Hands a value back if it is not too deep.
fn checked_depth(root: Value) -> Option<Value> {
    let mut open = vec![(&root, 0)];
    while let Some((value, depth)) = open.pop() {
        if depth > DEEPEST {
            dismantle(root);
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

/// Drops a value level by level: on its own it would use as much of the stack as it is deep.
fn dismantle(root: Value) {
    let mut open = vec![root];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => open.extend(fields.into_iter().map(|(_, field)| field)),
            _ => {}
        }
    }
}

/// Why a document can't be used at all.
#[derive(Debug, Clone)]
pub struct DocumentError {
    name: PathBuf,
    what: String,
    help: String,
}

impl DocumentError {
    pub(crate) fn new(name: &Path, what: impl Into<String>, help: impl Into<String>) -> Self {
        Self { name: name.to_owned(), what: what.into(), help: help.into() }
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n  help: {}", self.name.display(), self.what, self.help)
    }
}

impl std::error::Error for DocumentError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_and_json_are_the_same_document() {
        let yaml = Document::parse("a", "openapi: 3.0.3\ninfo: { title: no, version: '1' }\n").unwrap();
        let json =
            Document::parse("b", r#"{"openapi":"3.0.3","info":{"title":"no","version":"1"}}"#).unwrap();
        assert_eq!(yaml.root(), json.root());
        assert!(!yaml.is_3_1());
    }

    #[test]
    fn what_is_no_openapi_document_is_refused_with_a_way_out() {
        for (text, what) in [
            ("swagger: '2.0'\n", "is Swagger 2.0"),
            ("openapi: 4.0.0\n", "says `openapi: 4.0.0`"),
            ("just words", "says `openapi: `"),
            ("{\"openapi\": ", "is not the JSON that it seems to be"),
            ("a: [", "is not YAML"),
        ] {
            let error = Document::parse("doc", text).unwrap_err().to_string();
            assert!(error.starts_with(&format!("doc: {what}")), "{error}");
            assert!(error.contains("help: "), "{error}");
        }
    }

    #[test]
    fn what_is_nested_too_deep_is_refused_however_deep_it_is() {
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
        assert!(error.starts_with("doc: is nested more than 128 levels deep"), "{error}");
    }

    #[test]
    fn depth_within_the_bound_is_read_from_both() {
        let (open, close) = ("[".repeat(120), "]".repeat(120));
        Document::parse("json", &format!("{{\"openapi\": \"3.1.0\", \"x\": {open}{close}}}")).unwrap();
        Document::parse("yaml", &format!("openapi: 3.1.0\nx: {open}{close}\n")).unwrap();
        let (open, close) = ("{a: ".repeat(120), "}".repeat(120));
        Document::parse("yaml", &format!("openapi: 3.1.0\nx: {open}1{close}\n")).unwrap();
    }

    #[test]
    fn aliases_may_be_many_and_not_a_flood() {
        let aliases = "- *one\n".repeat(60_000);
        let document = Document::parse("many", &format!("openapi: 3.0.3\na: &one {{b: c}}\nx:\n{aliases}"));
        assert_eq!(document.unwrap().root()["x"][59_999]["b"], "c");

        let levels = (1..40).map(|level| {
            let under = level - 1;
            format!("a{level}: &a{level} [*a{under}, *a{under}, *a{under}, *a{under}]\n")
        });
        let flood: String = levels.collect();
        let flood = format!("openapi: 3.0.3\na0: &a0 [lol, lol]\n{flood}");
        let error = Document::parse("flood", &flood).unwrap_err().to_string();
        assert!(error.starts_with("flood: is not YAML: "), "{error}");
    }
}
