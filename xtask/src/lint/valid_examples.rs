//! Lint rule: examples and defaults are valid.

use jsonschema::{Draft, Registry, RegistryBuilder};
use moneykit_contract::{Direction, Kind, NodeRef, child};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::context::{Diagnostic, LintContext};

/// The URI of the contract's schemas.
const CONTRACT: &str = "contract:/openapi";
/// The characters of a JSON pointer that are percent-encoded in a URI fragment.
const ESCAPED: AsciiSet = NON_ALPHANUMERIC.remove(b'/').remove(b'~').remove(b'_').remove(b'-').remove(b'.');

/// Reports examples and defaults that are invalid against their schema.
pub(super) fn valid_examples(context: &LintContext<'_>) -> Vec<Diagnostic> {
    let values = values(context);
    let mut diagnostics = Vec::new();
    for direction in [Some(Direction::Sent), Some(Direction::Received), None] {
        let schemas = context.document.to_json_schema(direction);
        let registry = Registry::new()
            .draft(Draft::Draft202012)
            .add(CONTRACT, &schemas)
            .and_then(RegistryBuilder::prepare);
        match registry {
            Ok(registry) => {
                let values = values.iter().filter(|value| value.direction == direction);
                diagnostics.extend(values.flat_map(|value| value.diagnostics(&registry)));
            }
            Err(error) => diagnostics.push(Diagnostic::new(
                "",
                format!("no example can be checked: {error}"),
                "fix the schemas: each must be valid JSON Schema after `nullable` and the like are translated",
            )),
        }
    }
    diagnostics
}

/// Returns the values that have a schema.
///
/// Skips values behind an `externalValue` URL, and strings that are examples of a body which is neither text nor JSON,
/// such as a form: they are in the format of the body.
pub(super) fn values<'a>(context: &LintContext<'a>) -> Vec<Example<'a>> {
    let mut values = Vec::new();
    for node in context.definitions() {
        let mut add = |schema: &str, pointer, value: &'a Value| {
            if !has_body_format(node, value) {
                values.push(Example { pointer, value, schema: schema.to_owned(), direction: node.direction });
            }
        };
        let schema = match node.kind {
            Kind::Schema => node.pointer.clone(),
            Kind::Parameter | Kind::Header | Kind::MediaType if node.value.get("schema").is_some() => {
                child(&node.pointer, "schema")
            }
            _ => continue,
        };
        let own: &[&str] = if node.kind == Kind::Schema { &["example", "default"] } else { &["example"] };
        for field in own {
            if let Some(value) = node.value.get(field) {
                add(&schema, child(&node.pointer, field), value);
            }
        }
        if node.kind == Kind::Schema {
            continue;
        }
        let examples = child(&node.pointer, "examples");
        for name in node.value.get("examples").and_then(Value::as_object).into_iter().flat_map(Map::keys) {
            if let Some((pointer, example)) = context.resolve(&child(&examples, name))
                && let Some(value) = example.get("value")
            {
                add(&schema, child(&pointer, "value"), value);
            }
        }
    }
    values
}

/// An example or default, and the pointer of its schema.
pub(super) struct Example<'a> {
    pointer: String,
    value: &'a Value,
    schema: String,
    direction: Option<Direction>,
}

impl Example<'_> {
    fn diagnostics(&self, registry: &Registry<'_>) -> Vec<Diagnostic> {
        let schema = json!({ "$ref": format!("{CONTRACT}#{}", utf8_percent_encode(&self.schema, &ESCAPED)) });
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_registry(registry)
            .should_validate_formats(true)
            .build(&schema);
        match validator {
            Ok(validator) => validator
                .iter_errors(self.value)
                .map(|error| {
                    let pointer = format!("{}{}", self.pointer, error.instance_path().as_str());
                    // The position shows the value, which may be long.
                    let message = format!("invalid value: {}", error.masked_with("it"));
                    Diagnostic::new(pointer, message, "fix the value or its schema")
                })
                .collect(),
            Err(error) => {
                let message = format!("the examples of this schema can't be checked: {error}");
                vec![Diagnostic::new(&self.schema, message, "fix the schema")]
            }
        }
    }
}

fn has_body_format(node: &NodeRef<'_>, value: &Value) -> bool {
    let media_type = node.name.split(';').next().unwrap_or_default().trim();
    let is_known =
        media_type.starts_with("text/") || media_type == "application/json" || media_type.ends_with("+json");
    node.kind == Kind::MediaType && value.is_string() && !is_known
}
