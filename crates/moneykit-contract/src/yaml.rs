//! Writes documents as YAML, with the comments of the text that they came from.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use crate::Document;
use crate::document::DocumentError;
use crate::pointer::child;

impl Document {
    /// Returns the document as YAML that parses to the same document. Requires the feature `to-yaml`.
    ///
    /// # Errors
    ///
    /// Returns an error if the document has a value that YAML can't represent.
    pub fn to_yaml(&self) -> Result<String, DocumentError> {
        let unwritable = |reason: &str| {
            let help = "remove the value that YAML can't represent, or use JSON";
            DocumentError::new(self.name(), format!("can't be written as YAML: {reason}"), help)
        };
        let text =
            serde_saphyr::to_string(self.root()).map_err(|error| unwritable(error.to_string().trim()))?;
        let again = Self::parse(self.name(), &text)?;
        if again.root() != self.root() {
            return Err(unwritable("the text parses to another document"));
        }
        Ok(text)
    }

    /// Returns the document as YAML, with the comments of another YAML text. Requires the feature `to-yaml`.
    ///
    /// A comment belongs to the key below it, and is kept if the document has a value at the same JSON pointer. Comments
    /// within lists of tags and behind values are dropped. A text that can't be read has no comments.
    ///
    /// # Errors
    ///
    /// Returns an error if the document has a value that YAML can't represent.
    pub fn to_yaml_with_comments(&self, source: &str) -> Result<String, DocumentError> {
        let text = self.to_yaml()?;
        let comments = comments(source);
        if comments.is_empty() {
            return Ok(text);
        }
        let commented = insert(&text, &comments);
        let is_same =
            Self::parse(self.name(), &commented).is_ok_and(|document| document.root() == self.root());
        Ok(if is_same { commented } else { text })
    }
}

/// Returns the comment lines above each key of a text, without their indentation, by its JSON pointer.
fn comments(text: &str) -> HashMap<String, Vec<String>> {
    if !text.contains('#') || text.trim_start().starts_with('{') {
        return HashMap::new();
    }
    let lines: Vec<&str> = text.lines().collect();
    let mut comments = HashMap::new();
    for (line, pointer) in keys(text) {
        let indent = indent(lines.get(line).copied().unwrap_or_default());
        let above = lines.get(..line).unwrap_or_default().iter().rev();
        // A line of a block scalar that begins with `#` is indented more than the key below it.
        let above = above.take_while(|above| {
            above.trim_start().starts_with('#') && above.starts_with(indent) && self::indent(above) == indent
        });
        let mut above: Vec<String> = above.map(|above| above.trim().to_owned()).collect();
        above.reverse();
        if !above.is_empty() && !pointer.starts_with("/tags/") {
            comments.insert(pointer, above);
        }
    }
    comments
}

fn insert(text: &str, comments: &HashMap<String, Vec<String>>) -> String {
    let keys = keys(text);
    let mut commented = String::with_capacity(text.len());
    for (number, line) in text.lines().enumerate() {
        for comment in keys.get(&number).and_then(|pointer| comments.get(pointer)).into_iter().flatten() {
            commented.extend([indent(line), comment, "\n"]);
        }
        commented.extend([line, "\n"]);
    }
    commented
}

fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// Returns the JSON pointer of the outermost key that begins on each line, counted from 0.
fn keys(text: &str) -> BTreeMap<usize, String> {
    let Ok(document) = Document::parse_with_positions("text", text) else { return BTreeMap::new() };
    let mut keys = BTreeMap::new();
    let mut seen = HashSet::new();
    let mut open = vec![(String::new(), document.root())];
    // The stack is last in, first out: an owner comes before what is in it.
    while let Some((pointer, value)) = open.pop() {
        if let Some(position) = document.position(&pointer).filter(|_| !pointer.is_empty())
            && let Ok(line) = usize::try_from(position.line())
            && seen.insert(line)
        {
            keys.insert(line.saturating_sub(1), pointer.clone());
        }
        match value {
            Value::Object(fields) => {
                open.extend(fields.iter().rev().map(|(name, value)| (child(&pointer, name), value)));
            }
            Value::Array(items) => {
                let items = items.iter().enumerate().rev();
                open.extend(items.map(|(number, item)| (format!("{pointer}/{number}"), item)));
            }
            _ => {}
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# About the document.
openapi: 3.0.3
info:
  title: T # behind a value
  # The version.
  # It has two lines.
  version: '1'
  description: |
    # A heading
    Text
    # Another heading
paths:
  # A path.
  /a:
    get:
      parameters:
        # The first.
        - name: a
          in: query
        - # The name.
          name: b
";

    #[test]
    fn a_comment_stays_above_its_key() {
        let document = Document::parse("a", TEXT).unwrap();

        let text = document.to_yaml_with_comments(TEXT).unwrap();

        assert_eq!(Document::parse("b", &text).unwrap().root(), document.root());
        for (comment, key) in [
            ("# About the document.", "openapi:"),
            ("# It has two lines.", "version:"),
            ("# A path.", "/a:"),
            ("# The first.", "- name: a"),
        ] {
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            let at = lines.iter().position(|line| *line == comment).unwrap_or_else(|| panic!("{text}"));
            assert!(lines[at + 1].starts_with(key), "{comment}: {text}");
        }
        assert_eq!(text.matches("heading").count(), 2, "{text}");
    }

    #[test]
    fn a_comment_goes_with_its_key() {
        let mut root = Document::parse("a", TEXT).unwrap().root().clone();
        root["paths"] = serde_json::json!({});
        let text = Document::new("a", root).unwrap().to_yaml_with_comments(TEXT).unwrap();

        assert!(text.contains("# The version.\n") && !text.contains("# A path."), "{text}");
    }

    #[test]
    fn text_that_is_no_yaml_has_no_comments() {
        let document = Document::parse("a", TEXT).unwrap();
        let plain = document.to_yaml().unwrap();

        for source in ["{\"#\": 1}", "a: [ # no", "plain"] {
            assert_eq!(document.to_yaml_with_comments(source).unwrap(), plain);
        }
    }
}
