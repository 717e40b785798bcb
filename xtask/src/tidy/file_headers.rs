//! Tidy check: every Rust file begins with a `//!` line that states its purpose.

use anyhow::Result;

use crate::workspace::{files, relative, root};

/// The files without a `//!` line, by the start of their path from the root, and the reason.
const EXCEPTIONS: [(&str, &str); 1] = [(
    "crates/moneykit-gen/generated/",
    "the generator writes it, and `include!` allows no inner doc comments",
)];

/// Returns a finding for each Rust file without a header.
pub(super) fn check() -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for path in files(root(), Some("rs"))? {
        findings.extend(finding(&relative(&path), &std::fs::read_to_string(&path)?));
    }
    Ok(findings)
}

fn finding(path: &str, text: &str) -> Option<String> {
    if EXCEPTIONS.iter().any(|(start, _)| path.starts_with(start)) {
        return None;
    }
    // Inner attributes such as `#![no_main]` may stand above.
    let mut lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("#!"));
    let header = lines.next().and_then(|line| line.strip_prefix("//!"));
    if header.is_some_and(|header| !header.trim().is_empty()) {
        return None;
    }
    Some(format!("{path}:1: begin with a `//!` line that states the purpose of the file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_header_is_reported() {
        for text in
            ["", "use std::fmt;\n", "// A comment.\n", "//!\n//! Late.\n", "/// An item.\nfn f() {}\n"]
        {
            assert!(finding("src/a.rs", text).is_some(), "{text}");
        }
        for text in ["//! A module.\n", "#![no_main]\n\n//! A fuzz target.\n"] {
            assert_eq!(finding("src/a.rs", text), None, "{text}");
        }
        assert_eq!(finding("crates/moneykit-gen/generated/client.rs", "use std::fmt;\n"), None);
    }
}
