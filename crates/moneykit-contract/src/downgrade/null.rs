use std::cell::Cell;

use serde_json::Value;

use super::Bridge;

/// How many schemas one inside of the other are asked; more are a circle.
const DEEPEST: usize = 64;
/// How many schemas are asked in all: each may refer to the next one twice.
const MOST: usize = 1_000;

impl Bridge<'_> {
    /// Says whether a schema of OpenAPI 3.1 allows null, if that can be told.
    pub(super) fn allows_null(&self, schema: &Value) -> Option<bool> {
        self.allows_null_within(schema, DEEPEST, &Cell::new(MOST))
    }

    fn allows_null_within(&self, schema: &Value, depth: usize, left: &Cell<usize>) -> Option<bool> {
        let schema = match schema {
            Value::Bool(anything) => return Some(*anything),
            Value::Object(schema) => schema,
            _ => return None,
        };
        let depth = depth.checked_sub(1)?;
        left.set(left.get().checked_sub(1)?);
        let ask = |schema: &Value| self.allows_null_within(schema, depth, left);
        let mut verdict = Some(true);
        for (keyword, value) in schema {
            let own = match (keyword.as_str(), value) {
                ("type", Value::String(name)) => Some(name == "null"),
                ("type", Value::Array(names)) => Some(names.iter().any(|name| name == "null")),
                ("const", value) => Some(value.is_null()),
                ("enum", Value::Array(values)) => Some(values.contains(&Value::Null)),
                ("$ref", Value::String(text)) => self.resolve(text).and_then(ask),
                ("not", schema) => ask(schema).map(|allowed| !allowed),
                ("allOf", Value::Array(parts)) => parts.iter().map(ask).fold(Some(true), and),
                ("anyOf", Value::Array(parts)) => {
                    let refused = parts.iter().map(|part| ask(part).map(|allowed| !allowed));
                    refused.fold(Some(true), and).map(|none| !none)
                }
                ("oneOf", Value::Array(parts)) => {
                    let allowed: Option<Vec<bool>> = parts.iter().map(ask).collect();
                    allowed.map(|allowed| allowed.into_iter().filter(|allowed| *allowed).count() == 1)
                }
                ("if" | "$dynamicRef" | "$recursiveRef", _) => None,
                _ => Some(true),
            };
            verdict = and(verdict, own);
        }
        verdict
    }
}

/// Both, when one of them alone may settle it.
fn and(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}
