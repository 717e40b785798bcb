//! Media types and media ranges (RFC 9110 §8.3.1 and §12.5.1).

use std::collections::BTreeMap;

/// A media type such as `text/plain; charset=utf-8`, or a range such as `text/*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MediaType {
    /// In lower case: neither type nor subtype is case-sensitive.
    essence: String,
    /// The parameters that can make a difference, by their names in lower case.
    parameters: BTreeMap<String, String>,
}

impl MediaType {
    pub(crate) fn new(text: &str) -> Self {
        let (essence, rest) = text.split_once(';').unwrap_or((text, ""));
        let essence = essence.trim().to_ascii_lowercase();
        let mut parameters = BTreeMap::new();
        for parameter in split_parameters(rest) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let (name, value) = (name.trim().to_ascii_lowercase(), unquoted(value.trim()));
            let value = if name == "charset" { value.to_ascii_lowercase() } else { value };
            let has_effect = !(name == "charset" && (value == "utf-8" || has_one_charset(&essence)));
            if !name.is_empty() && has_effect {
                parameters.insert(name, value);
            }
        }
        Self { essence, parameters }
    }

    /// Returns true if both are the same type or range, regardless of parameters.
    pub(crate) fn has_same_essence(&self, other: &Self) -> bool {
        self.essence == other.essence
    }

    pub(crate) fn parameters(&self) -> &BTreeMap<String, String> {
        &self.parameters
    }

    /// Returns true for a range, which describes each media type that matches it.
    pub(crate) fn is_range(&self) -> bool {
        self.essence.ends_with("/*")
    }

    /// Returns true if this is a range that matches another media type or a narrower range.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let has_parameters = |(name, value)| other.parameters.get(name) == Some(value);
        self.is_range()
            && self.essence != other.essence
            && (self.essence == "*/*" || other.essence.starts_with(&self.essence[..self.essence.len() - 1]))
            && self.parameters.iter().all(has_parameters)
    }

    /// Returns the precedence among ranges that cover the same type: the most specific one describes it.
    pub(crate) fn specificity(&self) -> (bool, usize) {
        (self.essence != "*/*", self.parameters.len())
    }
}

/// Returns true for types that are UTF-8 by definition, where a `charset` has no effect (RFC 8259 §11).
fn has_one_charset(essence: &str) -> bool {
    essence == "application/json"
        || essence.ends_with("+json")
        || essence == "application/x-www-form-urlencoded"
}

/// Splits a list of parameters at the semicolons outside of quotes.
fn split_parameters(text: &str) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            ';' if !is_quoted => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Returns the value of a quoted string, or a token as it is.
fn unquoted(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else {
        return text.to_owned();
    };
    let mut value = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        value.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_are_the_same_however_they_are_written() {
        for (one, other, expected) in [
            ("application/json", "Application/JSON", true),
            ("application/json", "application/json; charset=UTF-8", true),
            ("application/json", "application/json;charset=latin1", true),
            ("application/problem+json", "application/problem+json ; charset=\"utf-8\"", true),
            ("text/csv", "text/csv; charset=utf-8", true),
            ("text/csv; header=present", "text/csv;header=\"present\"", true),
            ("text/csv; a=1; b=2", "text/csv; B=2; A=1", true),
            ("text/csv", "text/csv; charset=latin1", false),
            ("text/csv; header=present", "text/csv; header=Present", false),
            ("application/json", "application/json; version=2", false),
            ("a/b; c=\"d;e\"", "a/b; c=d; e", false),
        ] {
            assert_eq!(MediaType::new(one) == MediaType::new(other), expected, "{one} {other}");
        }
    }

    #[test]
    fn a_range_covers_its_types() {
        for (range, other, expected) in [
            ("*/*", "text/plain", true),
            ("*/*", "text/*", true),
            ("text/*", "text/plain; charset=latin1", true),
            ("text/*", "application/json", false),
            ("text/*", "*/*", false),
            ("text/*", "text/*", false),
            ("text/plain", "text/plain", false),
            ("text/*; version=1", "text/plain", false),
        ] {
            assert_eq!(MediaType::new(range).covers(&MediaType::new(other)), expected, "{range} {other}");
        }
    }
}
