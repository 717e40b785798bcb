//! Decoding of JSON bodies, with errors that name the path of a value and quote no value.

use std::fmt::Write as _;

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

use crate::error::{JsonError, JsonProblem};
use crate::transport::{BodyHeaders, not_json};

/// Decodes a body. `headers` are those of its response.
pub(super) fn from_json<T: DeserializeOwned>(headers: &BodyHeaders, body: &[u8]) -> Result<T, JsonError> {
    let mut decoder = serde_json::Deserializer::from_slice(body);
    let (error, path) = match serde_path_to_error::deserialize(&mut decoder) {
        Ok(value) => match decoder.end() {
            Ok(()) => return Ok(value),
            Err(error) => (error, String::new()),
        },
        Err(error) => {
            let path = path::<T>(error.path(), body, &error.inner().to_string());
            (error.into_inner(), path)
        }
    };
    let problem = match error.classify() {
        Category::Data => mismatch(path, &error.to_string()),
        Category::Eof if !body.is_empty() => JsonProblem::Truncated,
        Category::Eof | Category::Syntax | Category::Io => JsonProblem::NotJson(not_json(headers, body)),
    };
    Err(JsonError { problem, line: error.line(), column: error.column() })
}

/// Returns the path of a value, such as `accounts[0].balance`; empty for the whole body. The keys of maps are content,
/// IDs or worse, so a star stands in their place.
fn path<T: DeserializeOwned>(path: &Path, body: &[u8], message: &str) -> String {
    /// Larger bodies are not decoded again only for a message.
    const MAX_BODY: usize = 1 << 20;

    let segments: Vec<&Segment> = path.iter().collect();
    let value = (body.len() <= MAX_BODY).then(|| serde_json::from_slice::<Value>(body).ok()).flatten();
    let is_unknown_field = message.starts_with("unknown field `");
    let mut text = String::new();
    for (position, segment) in segments.iter().enumerate() {
        let is_last = position + 1 == segments.len();
        let name = match segment {
            Segment::Seq { index } => {
                let _ = write!(text, "[{index}]");
                continue;
            }
            Segment::Map { key }
                if !(is_last && is_unknown_field)
                    && is_field_name(key)
                    && value.as_ref().is_some_and(|value| is_field::<T>(value, &segments, position)) =>
            {
                key
            }
            Segment::Enum { variant } if is_field_name(variant) => variant,
            Segment::Map { .. } | Segment::Enum { .. } => "*",
            Segment::Unknown => "?",
        };
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(name);
    }
    text
}

/// Returns true if the key at a position of a path is a field of a struct rather than a key of a map.
///
/// serde does not tell them apart, but they differ under another name: a map takes the value as before and fails at the
/// same place, a struct does not know the name. Only the part of the body that the path leads to is decoded, because the
/// rest could fail first.
fn is_field<T: DeserializeOwned>(value: &Value, segments: &[&Segment], position: usize) -> bool {
    let failure = |renamed: Option<usize>| {
        let part = part(value, segments, renamed)?;
        serde_path_to_error::deserialize::<_, T>(part).err()
    };
    let has_path_to = |error: &serde_path_to_error::Error<serde_json::Error>, renamed: bool| match (
        error.path().iter().nth(position),
        segments[position],
    ) {
        (Some(Segment::Map { key }), Segment::Map { key: original }) => {
            *key == if renamed { self::renamed(original) } else { original.clone() }
        }
        _ => false,
    };
    let Some(original) = failure(None).filter(|error| has_path_to(error, false)) else { return false };
    drop(original);
    let other = failure(Some(position)).filter(|error| has_path_to(error, true));
    other.is_none_or(|error| error.inner().to_string().starts_with("unknown field `"))
}

/// Returns the part of a value that a path leads to. The key at the position `renamed` has another name there.
fn part(value: &Value, segments: &[&Segment], renamed: Option<usize>) -> Option<Value> {
    let Some((segment, rest)) = segments.split_first() else { return Some(value.clone()) };
    let next = renamed.and_then(|position| position.checked_sub(1));
    match segment {
        Segment::Seq { index } => {
            let items = value.as_array()?.get(..=*index)?;
            let mut items = items.to_vec();
            let last = items.pop()?;
            items.push(part(&last, rest, next)?);
            Some(Value::Array(items))
        }
        Segment::Map { key } | Segment::Enum { variant: key } => {
            let child = part(value.get(key)?, rest, next)?;
            let key = if renamed == Some(0) { self::renamed(key) } else { key.clone() };
            Some(Value::Object([(key, child)].into_iter().collect()))
        }
        Segment::Unknown => None,
    }
}

/// Returns another name of about the same form.
fn renamed(key: &str) -> String {
    format!("{key}_")
}

/// Returns true if a key is one that people write for a field: letters and underscores, and at most two digits. IDs,
/// tokens and addresses have more of something else.
fn is_field_name(key: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    key.len() <= 40
        && key.starts_with(|first: char| first.is_ascii_alphabetic())
        && key.bytes().all(is_inner)
        && key.bytes().filter(u8::is_ascii_digit).count() <= 2
}

/// Describes a value that does not match its type by the parts of serde's message that come from the type.
fn mismatch(path: String, message: &str) -> JsonProblem {
    /// The kinds of values, as serde's messages name them.
    const KINDS: [&str; 10] = [
        "boolean",
        "integer",
        "floating point",
        "string",
        "null",
        "sequence",
        "map",
        "unit",
        "character",
        "byte array",
    ];

    if let Some(field) = quoted(message, "missing field `") {
        let path = if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") };
        return JsonProblem::Mismatch { path, problem: Some("missing field".to_owned()) };
    }
    let problem = if message.starts_with("duplicate field `") {
        Some("duplicate field".to_owned())
    } else if message.starts_with("unknown field `") {
        Some("unknown field".to_owned())
    } else if message.starts_with("unknown variant `") {
        Some("unknown variant".to_owned())
    } else if let Some((what, value)) = ["invalid type", "invalid value"]
        .iter()
        .find_map(|what| Some((what, message.strip_prefix(what)?.strip_prefix(": ")?)))
    {
        // The value may contain the separator too, and it comes before the last one.
        let kind = KINDS.iter().find(|kind| value.starts_with(**kind)).unwrap_or(&"value");
        let expected = value.rsplit_once(", expected ").map(|(_, expected)| without_position(expected));
        expected.map(|expected| format!("{what}: {kind}, expected {expected}"))
    } else {
        None
    };
    JsonProblem::Mismatch { path, problem }
}

/// Returns the name after a prefix and before the next backtick.
fn quoted<'m>(message: &'m str, prefix: &str) -> Option<&'m str> {
    let name = message.strip_prefix(prefix)?.split('`').next()?;
    is_field_name(name).then_some(name)
}

/// Removes the position that `serde_json` appends.
fn without_position(text: &str) -> &str {
    text.rsplit_once(" at line ").map_or(text, |(text, _)| text)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use http::HeaderMap;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Account {
        #[expect(dead_code, reason = "only decoded")]
        balance: u64,
        #[expect(dead_code, reason = "only decoded")]
        #[serde(default)]
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Checking,
    }

    #[derive(Debug, Deserialize)]
    struct Accounts {
        #[expect(dead_code, reason = "only decoded")]
        accounts: Vec<Account>,
    }

    fn problem<T: DeserializeOwned + std::fmt::Debug>(body: &str) -> String {
        from_json::<T>(&BodyHeaders::of(&HeaderMap::new()), body.as_bytes()).unwrap_err().problem.to_string()
    }

    #[test]
    fn the_path_of_a_value_is_named_and_the_value_is_not_quoted() {
        const MISMATCH: &str = "does not match the type to deserialize: ";
        for (body, expected) in [
            (r#"{"accounts":[{}]}"#, "accounts[0].balance: missing field"),
            ("{}", "accounts: missing field"),
            (
                r#"{"accounts":[{"balance":1},{"balance":"pale"}]}"#,
                "accounts[1].balance: invalid type: string, expected u64",
            ),
            (
                r#"{"accounts":[{"balance":"pale, expected pale"}]}"#,
                "accounts[0].balance: invalid type: string, expected u64",
            ),
            (
                r#"{"accounts":[{"balance":-77}]}"#,
                "accounts[0].balance: invalid value: integer, expected u64",
            ),
            (r#"{"accounts":[{"balance":null}]}"#, "accounts[0].balance: invalid type: null, expected u64"),
            (
                r#"{"accounts":[{"balance":1,"kind":"pale, expected pale"}]}"#,
                "accounts[0].kind: unknown variant",
            ),
            (r#"{"accounts":[{"pale-field":1}]}"#, "accounts[0].*: unknown field"),
            (r#"{"accounts":[{"balance":1,"balance":1}]}"#, "*[0]: duplicate field"),
            (r#"{"accounts":7}"#, "accounts: invalid type: integer, expected a sequence"),
            (r#"["pale"]"#, "[0]: invalid type: string, expected a sequence"),
        ] {
            let problem = problem::<Accounts>(body);
            assert!(problem.starts_with(MISMATCH), "{body}: {problem}");
            assert_eq!(&problem[MISMATCH.len()..], expected, "{body}");
            assert!(!problem.contains("pale") && !problem.contains("77"), "{problem}");
        }
    }

    #[test]
    fn the_keys_of_a_map_are_hidden() {
        for body in [
            r#"{"pale@example.com":{"acc_77001":"pale"}}"#,
            r#"{"pale":{"pale":"pale"}}"#,
            r#"{"pale":{"also":"pale","pale":"pale"}}"#,
        ] {
            let problem = problem::<HashMap<String, HashMap<String, u64>>>(body);
            assert!(problem.ends_with(": *.*: invalid type: string, expected u64"), "{problem}");
        }
        let problem = problem::<HashMap<String, Accounts>>(r#"{"pale":{"accounts":[{"balance":"pale"}]}}"#);
        assert!(problem.contains(": *.accounts[0].balance: "), "{problem}");
    }

    #[test]
    fn a_body_that_is_not_json_is_described() {
        assert_eq!(problem::<u64>("1 2"), "has no known content type and is not JSON");
    }
}
