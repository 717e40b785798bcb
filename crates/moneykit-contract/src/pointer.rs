//! JSON pointers (RFC 6901): building, splitting and following them.

use serde_json::Value;

/// Appends a token to a JSON pointer, escaped as RFC 6901 §3 requires.
pub fn child(pointer: &str, token: &str) -> String {
    if token.contains(['~', '/']) {
        return format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"));
    }
    format!("{pointer}/{token}")
}

/// Returns the tokens of a pointer, unescaped.
pub(crate) fn names(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|name| name.replace("~1", "/").replace("~0", "~")).collect()
}

/// Returns the last token of a pointer, unescaped.
pub(crate) fn last(pointer: &str) -> String {
    names(pointer).pop().unwrap_or_default()
}

/// Returns the value that a local reference such as `#/components/schemas/Pet` names, and the JSON pointer to it.
///
/// The reference may be percent-encoded (RFC 6901 §6).
pub(crate) fn follow<'a>(root: &'a Value, reference: &str) -> Option<(&'a Value, String)> {
    let pointer = reference.strip_prefix('#')?;
    if let Some(found) = root.pointer(pointer) {
        return Some((found, pointer.to_owned()));
    }
    let decoded = crate::references::pointer(reference)?;
    root.pointer(&decoded).map(|found| (found, decoded))
}
