//! JSON pointers (RFC 6901): building and splitting them.

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
