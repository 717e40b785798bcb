use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::Value;

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
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Unreadable> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Unreadable::new(
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
    /// When the text is neither, or does not say that it is OpenAPI 3.0 or 3.1.
    pub fn parse(name: impl Into<PathBuf>, text: &str) -> Result<Self, Unreadable> {
        let name = name.into();
        let refuse = |what: String, help: &str| Unreadable::new(&name, what, help);
        let looks_like_json = text.trim_start().starts_with('{');
        let json = looks_like_json.then(|| serde_json::from_str(text));
        let root: Value = match json {
            Some(Ok(root)) => root,
            // Braces are YAML too.
            failed => read_yaml(text).map_err(|what| match failed {
                Some(Err(error)) => {
                    refuse(format!("is not the JSON that it seems to be: {error}"), "mend it at that place")
                }
                _ => refuse(format!("is not YAML: {what}"), "mend it at that place"),
            })?,
        };
        Self::new(&name, root)
    }

    /// Takes a document that was read already.
    ///
    /// # Errors
    ///
    /// When it does not say that it is OpenAPI 3.0 or 3.1.
    pub fn new(name: impl Into<PathBuf>, root: Value) -> Result<Self, Unreadable> {
        let name = name.into();
        let version = root.get("openapi").and_then(Value::as_str).unwrap_or_default();
        if ["3.0.", "3.1."].iter().any(|known| version.starts_with(known)) {
            return Ok(Self { name, root });
        }
        let what = match root.get("swagger") {
            Some(_) => "is Swagger 2.0".to_owned(),
            None => format!("says `openapi: {version}`"),
        };
        Err(Unreadable::new(&name, what, "bring it to OpenAPI 3.0 or 3.1; nothing else can be judged"))
    }

    /// Returns the name that was given for messages.
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// Returns the whole document.
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// Says whether the document is OpenAPI 3.1, whose schemas are JSON Schema 2020-12.
    pub fn is_3_1(&self) -> bool {
        self.root["openapi"].as_str().is_some_and(|version| version.starts_with("3.1."))
    }
}

/// Reads YAML 1.2, with `yes` and `no` left as the words that they are there; or says why not.
fn read_yaml(text: &str) -> Result<Value, String> {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let plain = error.without_snippet().to_string();
        plain.lines().next().unwrap_or_default().to_owned()
    })
}

/// Why a document can't be used at all.
#[derive(Debug, Clone)]
pub struct Unreadable {
    name: PathBuf,
    what: String,
    help: String,
}

impl Unreadable {
    pub(crate) fn new(name: &Path, what: impl Into<String>, help: impl Into<String>) -> Self {
        Self { name: name.to_owned(), what: what.into(), help: help.into() }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n  help: {}", self.name.display(), self.what, self.help)
    }
}

impl std::error::Error for Unreadable {}

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
}
