//! The parts of the vendor's document that can't be compared, and that were reviewed and accepted.

use std::path::Path;

use anyhow::{Context, Result, bail};
use moneykit_contract::{Document, from_yaml};
use serde_json::{Map, Value};

/// The file with the accepted parts.
pub(super) const ACCEPTED: &str = "spec/upstream.yaml";

/// A part that was accepted with its content. If the vendor changes the content, it must be reviewed again.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Accepted {
    pub(super) pointer: String,
    value: Value,
    pub(super) reason: String,
}

/// Reads the accepted parts. A file that does not exist accepts none.
pub(super) fn read(path: &Path) -> Result<Vec<Accepted>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("can't read {ACCEPTED}"))?;
    parse(&text)
}

fn parse(text: &str) -> Result<Vec<Accepted>> {
    let root: Value = from_yaml(ACCEPTED, text)?;
    let Some(list) = root.get("accepted").and_then(Value::as_array) else {
        bail!("{ACCEPTED} has no list `accepted`: write `accepted: []` if nothing is accepted");
    };
    let entries = list.iter().enumerate();
    entries
        .map(|(i, entry)| {
            entry.as_object().and_then(accepted).with_context(|| {
            format!(
                "entry {} in {ACCEPTED} is not `{{ pointer, value, reason }}`: copy it from the output of \
                 `cargo xtask upstream`, and say why it is accepted",
                i + 1
            )
        })
        })
        .collect()
}

fn accepted(entry: &Map<String, Value>) -> Option<Accepted> {
    let text = |name: &str| entry.get(name)?.as_str().filter(|text| !text.trim().is_empty());
    let accepted = Accepted {
        pointer: text("pointer")?.to_owned(),
        value: entry.get("value")?.clone(),
        reason: text("reason")?.to_owned(),
    };
    (entry.len() == 3).then_some(accepted)
}

impl Accepted {
    /// Returns true if this entry accepts the content at a JSON pointer.
    pub(super) fn accepts(&self, document: &Document, pointer: &str) -> bool {
        self.pointer == pointer && self.value == *content(document, pointer)
    }
}

/// Returns the entry that accepts the content at a JSON pointer, to be completed by a reason.
pub(super) fn entry(document: &Document, pointer: &str) -> Value {
    serde_json::json!({ "pointer": pointer, "value": content(document, pointer), "reason": "" })
}

fn content<'a>(document: &'a Document, pointer: &str) -> &'a Value {
    document.root().pointer(pointer).unwrap_or(&Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_accepts_one_content_at_one_place() {
        let document = Document::parse("a", "openapi: 3.1.0\nx: { if: { minLength: 3 } }\n").unwrap();
        let list = parse(
            "accepted:\n  - { pointer: /x/if, value: { minLength: 3 }, reason: The server checks it. }\n",
        );

        let accepted = &list.unwrap()[0];
        assert!(accepted.accepts(&document, "/x/if"));
        assert!(!accepted.accepts(&document, "/x"));
        let changed = Document::parse("a", "openapi: 3.1.0\nx: { if: { minLength: 4 } }\n").unwrap();
        assert!(!accepted.accepts(&changed, "/x/if"));
        let mut printed = entry(&document, "/x/if");
        printed["reason"] = "The server checks it.".into();
        assert_eq!(parse(&format!("accepted: [{printed}]")).unwrap()[0], *accepted);
    }

    #[test]
    fn an_incomplete_list_is_an_error_with_a_fix() {
        assert!(parse("accepted: []").unwrap().is_empty());
        for (text, message) in [
            ("{}", "has no list `accepted`"),
            ("accepted: [{ pointer: /a, value: 1 }]", "say why it is accepted"),
            ("accepted: [{ pointer: /a, value: 1, reason: ' ' }]", "entry 1 in spec/upstream.yaml"),
            ("accepted: [{ pointer: /a, value: 1, reason: b, until: c }]", "entry 1"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
