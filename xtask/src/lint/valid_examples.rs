use jsonschema::{Draft, Registry, RegistryBuilder};
use moneykit_contract::{Kind, NodeRef, Way, child};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::context::{Diagnostic, LintContext};

/// The name that schemas find the contract by.
const CONTRACT: &str = "contract:/openapi";
/// What a JSON pointer writes otherwise in a URL.
const ESCAPED: AsciiSet = NON_ALPHANUMERIC.remove(b'/').remove(b'~').remove(b'_').remove(b'-').remove(b'.');

/// Every example and default is a value that its schema allows.
pub(super) fn valid_examples(context: &LintContext<'_>) -> Vec<Diagnostic> {
    let values = values(context);
    let mut diagnostics = Vec::new();
    for way in [Way::Request, Way::Response, Way::Either] {
        let schemas = context.document.to_json_schema(way);
        let registry = Registry::new()
            .draft(Draft::Draft202012)
            .add(CONTRACT, &schemas)
            .and_then(RegistryBuilder::prepare);
        match registry {
            Ok(registry) => {
                let values = values.iter().filter(|value| value.way == way);
                diagnostics.extend(values.flat_map(|value| value.diagnostics(&registry)));
            }
            Err(error) => diagnostics.push(Diagnostic::new(
                "",
                format!("no example can be checked: {error}"),
                "mend the schemas; each must be a JSON Schema once `nullable` and the like are translated",
            )),
        }
    }
    diagnostics
}

/// Lists the values that have a schema to obey.
///
/// Not those that a URL names instead of giving them; nor text that stands for a body which is neither text
/// nor JSON, such as a form: that is written in the body's own format.
pub(super) fn values<'a>(context: &LintContext<'a>) -> Vec<Example<'a>> {
    let mut values = Vec::new();
    for place in context.written() {
        let mut add = |schema: &str, pointer, value: &'a Value| {
            if !is_of_other_format(place, value) {
                values.push(Example { pointer, value, schema: schema.to_owned(), way: place.way });
            }
        };
        let schema = match place.kind {
            Kind::Schema => place.pointer.clone(),
            Kind::Parameter | Kind::Header | Kind::MediaType if place.value.get("schema").is_some() => {
                child(&place.pointer, "schema")
            }
            _ => continue,
        };
        let own: &[&str] = if place.kind == Kind::Schema { &["example", "default"] } else { &["example"] };
        for field in own {
            if let Some(value) = place.value.get(field) {
                add(&schema, child(&place.pointer, field), value);
            }
        }
        if place.kind == Kind::Schema {
            continue;
        }
        let examples = child(&place.pointer, "examples");
        for (name, example) in place.value.get("examples").and_then(Value::as_object).into_iter().flatten() {
            if let Some((pointer, example)) = context.resolve(child(&examples, name), example)
                && let Some(value) = example.get("value")
            {
                add(&schema, child(&pointer, "value"), value);
            }
        }
    }
    values
}

/// A value, and the schema that it must obey.
pub(super) struct Example<'a> {
    pointer: String,
    value: &'a Value,
    schema: String,
    way: Way,
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
                    // The place shows the value, which may be long.
                    let what = format!("the contract does not allow this: {}", error.masked_with("it"));
                    Diagnostic::new(pointer, what, "correct the value, or its schema")
                })
                .collect(),
            Err(error) => {
                let what = format!("the examples of this schema can't be checked: {error}");
                vec![Diagnostic::new(&self.schema, what, "correct the schema")]
            }
        }
    }
}

fn is_of_other_format(place: &NodeRef<'_>, value: &Value) -> bool {
    let media_type = place.name.split(';').next().unwrap_or_default().trim();
    let is_known =
        media_type.starts_with("text/") || media_type == "application/json" || media_type.ends_with("+json");
    place.kind == Kind::MediaType && value.is_string() && !is_known
}
