//! Compiles a generated client, and attributes the errors to its items.

use std::collections::{BTreeSet, HashMap};

use anyhow::{Result, bail};
use moneykit_codegen::{GeneratedClient, folded};
use moneykit_contract::METHODS;
use serde_json::Value;

use crate::generated_package::GeneratedPackage;
use crate::uses::Uses;

/// An error of the compiler.
pub(super) struct Failure {
    pub(super) message: String,
    /// The operations that use the item with the error.
    pub(super) operations: BTreeSet<String>,
}

/// Compiles the client in the place of the reviewed copy of `moneykit-gen`, offline and with the versions of the
/// workspace. Returns the errors.
pub(super) fn check(client: &GeneratedClient) -> Result<Vec<Failure>> {
    let source = &without_docs(&client.source);
    let package = GeneratedPackage::client("coverage", source)?;
    let output = package.cargo(&["check", "--quiet", "--message-format=json"])?;
    let text = String::from_utf8_lossy(&output.stdout);
    let (items, owners) = (Items::of(source), Owners::of(client.contract.rewritten().root()));
    let mut failures = Vec::new();
    for line in text.lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
        let message = &message["message"];
        if message["level"] == "error"
            && let Some(spans) = message["spans"].as_array()
            && let Some(line) = spans.iter().flat_map(lines_of).next()
            && let Some(text) = message["message"].as_str()
        {
            let (item, is_builder) = items.at(line);
            let operations = owners.operations(item, is_builder);
            failures.push(Failure { message: format!("{text} (`{item}`)"), operations });
        }
    }
    if failures.is_empty() && !output.status.success() {
        bail!("cargo failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(failures)
}

/// The operations that use the items of a generated source, by the folded names of schemas and operations.
struct Owners {
    by_operation: HashMap<String, String>,
    by_schema: HashMap<String, BTreeSet<String>>,
}

impl Owners {
    fn of(contract: &Value) -> Self {
        let uses = Uses::of(contract);
        let by_schema = uses.schemas().map(|name| (folded(name), uses.operations(name))).collect();
        let mut by_operation = HashMap::new();
        for (path, item) in contract["paths"].as_object().into_iter().flatten() {
            for method in METHODS {
                if let Some(id) = item[method]["operationId"].as_str() {
                    by_operation.insert(folded(id), format!("{} {path}", method.to_uppercase()));
                }
            }
        }
        Self { by_operation, by_schema }
    }

    /// Returns the operations that use an item: a request builder, or a type whose name begins with that of its schema
    /// or of its operation.
    fn operations(&self, item: &str, is_builder: bool) -> BTreeSet<String> {
        let item = folded(item);
        let own =
            |name: &str| self.by_operation.get(name).map(|operation| BTreeSet::from([operation.clone()]));
        if is_builder {
            return own(&item).unwrap_or_default();
        }
        let prefixes = item.char_indices().map(|(at, _)| &item[..at]).chain([item.as_str()]);
        let prefixes: Vec<&str> = prefixes.collect();
        let owner = |name: &str| self.by_schema.get(name).cloned().or_else(|| own(name));
        prefixes.into_iter().rev().find_map(owner).unwrap_or_default()
    }
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

/// Lists the lines of a span in the client, from the place of the error to the macro that expanded to it.
fn lines_of(span: &Value) -> Vec<usize> {
    let mut lines = Vec::new();
    let mut span = span;
    loop {
        if span["file_name"].as_str().is_some_and(|file| file.ends_with("client.rs")) {
            lines.extend(span["line_start"].as_u64().and_then(|line| usize::try_from(line).ok()));
        }
        match span.get("expansion").filter(|expansion| expansion.is_object()) {
            Some(expansion) => span = &expansion["span"],
            None => return lines,
        }
    }
}

/// The items of a source, by the line at which each begins, with true for request builders.
struct Items(Vec<(usize, String, bool)>);

impl Items {
    fn of(source: &str) -> Self {
        let mut items = Vec::new();
        let mut is_builder = false;
        for (line, text) in source.lines().enumerate() {
            let trimmed = text.trim_start();
            let depth = text.len() - trimmed.len();
            if depth == 0 && trimmed.starts_with("pub mod ") {
                is_builder = trimmed.starts_with("pub mod builder");
                items.push((line + 1, String::new(), is_builder));
            } else if (depth == 4 || depth == 8)
                && let Some(name) = item_name(trimmed)
            {
                items.push((line + 1, name, is_builder));
            }
        }
        Self(items)
    }

    /// Returns the name of the item at a line, and true if it is a request builder.
    fn at(&self, line: usize) -> (&str, bool) {
        let after = self.0.partition_point(|(begin, ..)| *begin <= line);
        let item = after.checked_sub(1).and_then(|index| self.0.get(index));
        item.map_or(("", false), |(_, name, is_builder)| (name, *is_builder))
    }
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
    use serde_json::json;

    use super::*;

    #[test]
    fn the_documentation_of_a_source_is_left_out() {
        let source = "///One.\npub struct A;\n/**Two:\n\nthree.*/\npub struct B;\n";
        assert_eq!(without_docs(source), "pub struct A;\npub struct B;\n");
    }

    #[test]
    fn an_item_belongs_to_the_operations_that_use_its_schema() {
        let owners = Owners::of(&json!({
            "paths": {
                "/a": { "get": { "operationId": "get_a", "200": { "$ref": "#/components/schemas/Account" } } },
                "/b": { "get": { "operationId": "get_b", "200": { "$ref": "#/components/schemas/account_kind" } } },
            },
            "components": { "schemas": { "Account": {}, "account_kind": {} } },
        }));

        for (item, is_builder, operation) in [
            ("AccountName", false, "GET /a"),
            ("AccountKindCode", false, "GET /b"),
            ("GetB", true, "GET /b"),
            ("GetBBody", false, "GET /b"),
        ] {
            let operations = BTreeSet::from([operation.to_owned()]);
            assert_eq!(owners.operations(item, is_builder), operations, "{item}");
        }
        assert!(owners.operations("Other", false).is_empty());
    }

    #[test]
    fn an_error_is_that_of_the_item_around_it() {
        let source = "pub mod types {\n    pub struct A {\n        a: B,\n    }\n}\npub mod builder {\n    impl<'a> \
                      GetA<'a> {\n        x\n    }\n}\n";
        let items = Items::of(source);
        assert_eq!(items.at(3), ("A", false));
        assert_eq!(items.at(8), ("GetA", true));
        assert_eq!(items.at(6), ("", true));
    }
}
