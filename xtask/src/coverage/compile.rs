//! Compiles a generated client, and attributes the errors to its items.

use std::collections::HashSet;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::generated_package::GeneratedPackage;

/// An error of the compiler.
pub(super) struct Failure {
    pub(super) message: String,
    /// The folded name of the item with the error.
    item: String,
    /// True if the item is the request builder of an operation, false if it is a type.
    is_builder: bool,
}

impl Failure {
    /// Returns true if an operation is the cause: its builder has the error, or a type that it uses.
    pub(super) fn concerns(&self, id: &str, components: &HashSet<String>) -> bool {
        if self.item == id {
            return true;
        }
        let begins = |name: &String| !name.is_empty() && self.item.starts_with(name.as_str());
        !self.is_builder && (components.iter().any(begins) || self.item.starts_with(id))
    }
}

/// Compiles the source in the place of the reviewed copy of `moneykit-gen`, offline and with the versions of the
/// workspace. Returns the errors.
pub(super) fn check(source: &str) -> Result<Vec<Failure>> {
    let source = &without_docs(source);
    let package = GeneratedPackage::write("coverage", source)?;
    let output = package.cargo(&["check", "--quiet", "--message-format=json"])?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut failures = Vec::new();
    for line in text.lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
        let message = &message["message"];
        if message["level"] == "error"
            && let Some(failure) = failure(source, message)
        {
            failures.push(failure);
        }
    }
    if failures.is_empty() && !output.status.success() {
        bail!("cargo failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(failures)
}

/// Returns a source without its documentation, which is most of it, since the generator quotes the schemas there.
fn without_docs(source: &str) -> String {
    let mut code = String::new();
    let mut is_comment = false;
    for line in source.lines() {
        let text = line.trim();
        is_comment |= text.starts_with("/**");
        if !is_comment && !text.starts_with("///") {
            code.push_str(line);
            code.push('\n');
        }
        is_comment &= !text.ends_with("*/");
    }
    code
}

fn failure(source: &str, message: &Value) -> Option<Failure> {
    let text = message["message"].as_str()?.to_owned();
    let spans = message["spans"].as_array()?;
    let mut lines = spans.iter().flat_map(lines_of).filter_map(|line| usize::try_from(line).ok());
    let line = lines.next()?;
    let (item, is_builder) = item_at(source, line);
    Some(Failure { message: text, item: super::folded(&item), is_builder })
}

/// Lists the lines of a span in the client, from the place of the error to the macro that expanded to it.
fn lines_of(span: &Value) -> Vec<u64> {
    let mut lines = Vec::new();
    let mut span = span;
    loop {
        if span["file_name"].as_str().is_some_and(|file| file.ends_with("client.rs")) {
            lines.extend(span["line_start"].as_u64());
        }
        match span.get("expansion").filter(|expansion| expansion.is_object()) {
            Some(expansion) => span = &expansion["span"],
            None => return lines,
        }
    }
}

/// Returns the name of the item at a line of the client, and true if it is a request builder.
fn item_at(source: &str, line: usize) -> (String, bool) {
    let lines: Vec<&str> = source.lines().collect();
    let mut item = String::new();
    let mut is_builder = false;
    let mut is_known = false;
    for text in lines[..line.min(lines.len())].iter().rev() {
        let depth = text.len() - text.trim_start().len();
        let trimmed = text.trim_start();
        if !is_known
            && (depth == 4 || depth == 8)
            && let Some(name) = item_name(trimmed)
        {
            item = name;
            is_known = true;
        }
        if depth == 0 && trimmed.starts_with("pub mod ") {
            is_builder = trimmed.starts_with("pub mod builder");
            break;
        }
    }
    (item, is_builder)
}

fn item_name(line: &str) -> Option<String> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    for keyword in ["pub struct ", "pub enum ", "pub type "] {
        if let Some(rest) = line.strip_prefix(keyword) {
            return Some(rest.chars().take_while(|c| is_name(*c)).collect());
        }
    }
    if line.starts_with("impl") {
        let target = line.rsplit_once(" for ").map_or(line, |(_, target)| target);
        let target = target.trim_start_matches("impl<'a> ").trim_start_matches("impl ");
        let target = target.trim_start_matches("super::");
        let name: String = target.chars().take_while(|c| is_name(*c)).collect();
        return (!name.is_empty()).then_some(name);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_of_a_source_is_left_out() {
        let source = "///One.\npub struct A;\n/**Two:\n\nthree.*/\npub struct B;\n";
        assert_eq!(without_docs(source), "pub struct A;\npub struct B;\n");
    }

    #[test]
    fn an_error_is_that_of_the_item_around_it() {
        let source = "pub mod types {\n    pub struct A {\n        a: B,\n    }\n}\npub mod builder {\n    impl<'a> \
                      GetA<'a> {\n        x\n    }\n}\n";
        assert_eq!(item_at(source, 3), ("A".to_owned(), false));
        assert_eq!(item_at(source, 8), ("GetA".to_owned(), true));
    }
}
