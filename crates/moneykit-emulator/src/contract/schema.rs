//! Validation of values by the schemas of a document.

use std::sync::OnceLock;

use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

use super::conversion::Direction;
use super::document::Node;
use crate::config_error::ConfigError;

/// The number of violations that are reported of one value.
const MAX_VIOLATIONS: usize = 5;

/// The schemas of a document.
pub(super) struct Schemas {
    registry: Registry<'static>,
}

/// A place of a schema in a document. Its validator is compiled when it is first needed, since a document may have many.
pub(super) struct Schema {
    /// The pointer to the schema, as both documents have it.
    pub(super) pointer: String,
    /// Those for requests and responses.
    validators: [OnceLock<Result<Validator, String>>; 2],
}

impl Schemas {
    pub(super) fn new(requests: Value, responses: Value) -> Result<Self, ConfigError> {
        let registry = Registry::new()
            .add(uri(Direction::Request), requests)
            .and_then(|registry| registry.add(uri(Direction::Response), responses))
            .and_then(jsonschema::RegistryBuilder::prepare)
            .map_err(|error| ConfigError::new(format!("the contract's schemas are invalid: {error}")))?;
        Ok(Self { registry })
    }

    /// Returns what of the value does not fit, as JSON pointers and reasons that do not repeat values.
    pub(super) fn violations(&self, schema: &Schema, direction: Direction, value: &Value) -> Vec<String> {
        let slot = &schema.validators[usize::from(direction == Direction::Response)];
        match slot.get_or_init(|| self.compile(schema, direction)) {
            Ok(validator) => {
                validator.iter_errors(value).take(MAX_VIOLATIONS).map(|error| describe(&error)).collect()
            }
            Err(reason) => vec![reason.clone()],
        }
    }

    fn compile(&self, schema: &Schema, direction: Direction) -> Result<Validator, String> {
        let reference = json!({"$ref": format!("{}#{}", uri(direction), fragment(&schema.pointer))});
        jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .with_registry(&self.registry)
            .offline()
            .should_validate_formats(true)
            .should_ignore_unknown_formats(true)
            .build(&reference)
            .map_err(|error| {
                format!("the contract's schema at {} is invalid: {}", schema.pointer, error.masked())
            })
    }
}

impl Schema {
    pub(super) fn new(node: &Node<'_>) -> Self {
        Self { pointer: node.pointer.clone(), validators: Default::default() }
    }
}

fn uri(direction: Direction) -> &'static str {
    match direction {
        Direction::Request => "contract:/requests",
        Direction::Response => "contract:/responses",
    }
}

fn describe(error: &jsonschema::ValidationError<'_>) -> String {
    let pointer = error.instance_path().as_str();
    let reason = error.masked().to_string();
    if pointer.is_empty() { reason } else { format!("{pointer}: {reason}") }
}

/// Percent-encodes a JSON pointer for the fragment of a URI.
fn fragment(pointer: &str) -> String {
    use std::fmt::Write as _;
    pointer.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}
