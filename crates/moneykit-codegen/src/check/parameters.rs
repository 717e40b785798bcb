//! Checks the parameters of operations.

use moneykit_contract::{Kind, NodeRef, child};
use serde_json::Value;

use crate::check::names::snake_case;
use crate::error::Diagnostic;
use crate::index::{ContractIndex, Operation};

/// Rejects parameters without a schema, parameters of one operation that would share a name in Rust, and path
/// parameters that do not match the placeholders of the path.
pub(super) fn parameters(index: &ContractIndex<'_>) -> Vec<Diagnostic> {
    let without_schema = index.definitions(Kind::Parameter).filter(|one| one.value.get("schema").is_none());
    let mut diagnostics: Vec<Diagnostic> = without_schema
        .map(|parameter| {
            Diagnostic::new(
                index.value_position(&parameter.pointer),
                format!("the parameter `{}` has no schema", text(parameter, "name")),
                "add `schema: { type: … }`; the generator does not support `content` here",
            )
        })
        .collect();
    diagnostics.extend(index.definitions(Kind::Parameter).filter_map(|parameter| location(index, parameter)));
    for operation in index.operations() {
        diagnostics.extend(names(index, operation));
        diagnostics.extend(placeholders(index, operation));
    }
    diagnostics
}

fn location(index: &ContractIndex<'_>, parameter: &NodeRef<'_>) -> Option<Diagnostic> {
    let location = text(parameter, "in");
    (!["query", "path", "header", "cookie"].contains(&location)).then(|| {
        Diagnostic::new(
            index.value_position(&child(&parameter.pointer, "in")),
            format!("the parameter `{}` is in `{location}`, which is no location", text(parameter, "name")),
            "use `query`, `path`, `header` or `cookie`; a body is the `requestBody` of its operation",
        )
    })
}

/// The methods of a request builder other than those for parameters.
const RESERVED: [&str; 2] = ["new", "send"];

/// Reports parameters of one operation that would share a name in Rust.
///
/// The generator ignores `in` here: it silently drops one of a query and a header parameter with the same name.
fn names<'a>(index: &ContractIndex<'a>, operation: &Operation<'a>) -> Vec<Diagnostic> {
    let takes_body = operation.node.value.get("requestBody").is_some();
    let mut seen: Vec<(String, String)> = Vec::new();
    let mut diagnostics = Vec::new();
    let (shared, own) = operation.parameters();
    for (i, written) in shared.iter().chain(&own).enumerate() {
        let Some(parameter) = index.resolve(written) else { continue };
        let (name, location) = (text(&parameter, "name"), text(&parameter, "in"));
        let is_this = |known: &(String, String)| known.0 == name && known.1 == location;
        let snake = snake_case(name);
        // A parameter of the operation overrides one of its path with the same name and location.
        let is_override = i >= shared.len()
            && shared
                .iter()
                .filter_map(|node| index.resolve(node))
                .any(|known| text(&known, "name") == name && text(&known, "in") == location)
            && seen.iter().filter(|known| is_this(known)).count() == 1;
        let seen_before = seen.iter().find(|(known, _)| snake_case(known) == snake);
        let is_reserved = RESERVED.contains(&snake.as_str())
            || (takes_body && ["body", "body_map"].contains(&snake.as_str()));
        let operation = operation.name();
        let mistake = if is_override {
            None
        } else if let Some((known, elsewhere)) = seen_before {
            Some((
                format!(
                    "{operation} takes `{name}` in the {location} and `{known}` in the {elsewhere}: one name in Rust"
                ),
                "rename one of the parameters, or drop it",
            ))
        } else if is_reserved {
            Some((
                format!(
                    "the parameter `{name}` of {operation} has the name of a method that its builder already has"
                ),
                "rename the parameter",
            ))
        } else {
            None
        };
        let position = index.value_position(&written.pointer);
        diagnostics.extend(mistake.map(|(message, help)| Diagnostic::new(position, message, help)));
        seen.push((name.to_owned(), location.to_owned()));
    }
    diagnostics
}

/// Compares the placeholders of a path with its parameters.
fn placeholders<'a>(index: &ContractIndex<'a>, operation: &Operation<'a>) -> Vec<Diagnostic> {
    let path = operation.path();
    let placeholders: Vec<&str> =
        path.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect();
    let (shared, own) = operation.parameters();
    let written = shared.iter().chain(&own).filter_map(|node| Some((node, index.resolve(node)?)));
    let in_path: Vec<_> = written.filter(|(_, parameter)| text(parameter, "in") == "path").collect();

    let mut diagnostics = Vec::new();
    for (node, parameter) in &in_path {
        let name = text(parameter, "name");
        let is_required = parameter.value.get("required") == Some(&Value::Bool(true));
        let (message, help) = if !placeholders.contains(&name) {
            (format!("`{name}` is not in the path {path}"), format!("put `{{{name}}}` in the path"))
        } else if !is_required {
            (format!("`{name}` is in the path but not required"), "add `required: true`".to_owned())
        } else {
            continue;
        };
        diagnostics.push(Diagnostic::new(index.value_position(&node.pointer), message, help));
    }
    for name in placeholders {
        if !in_path.iter().any(|(_, parameter)| text(parameter, "name") == name) {
            diagnostics.push(Diagnostic::new(
                index.position(&operation.node.pointer),
                format!("{} has no parameter for `{{{name}}}`", operation.name()),
                format!("add the parameter `{name}`, `in: path` and `required: true`"),
            ));
        }
    }
    diagnostics
}

fn text<'a>(parameter: &NodeRef<'a>, field: &str) -> &'a str {
    parameter.value.get(field).and_then(Value::as_str).unwrap_or_default()
}
