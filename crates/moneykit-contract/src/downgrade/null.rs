//! Determines whether an OpenAPI 3.1 schema accepts null.

use std::cell::Cell;

use serde_json::Value;

use super::Downgrader;

/// The maximum depth of nested schemas to evaluate; a deeper schema is taken as cyclic.
const MAX_DEPTH: usize = 64;
/// The maximum number of schemas to evaluate. Each schema can refer to the next one twice.
const MAX_SCHEMAS: usize = 1_000;

impl Downgrader<'_> {
    /// Returns true if an OpenAPI 3.1 schema accepts null, false if it rejects null, and `None` if neither
    /// can be determined.
    pub(super) fn accepts_null(&self, schema: &Value) -> Option<bool> {
        self.accepts_null_within(schema, MAX_DEPTH, &Cell::new(MAX_SCHEMAS))
    }

    fn accepts_null_within(&self, schema: &Value, depth: usize, budget: &Cell<usize>) -> Option<bool> {
        let schema = match schema {
            Value::Bool(accepts) => return Some(*accepts),
            Value::Object(schema) => schema,
            _ => return None,
        };
        let depth = depth.checked_sub(1)?;
        budget.set(budget.get().checked_sub(1)?);
        let evaluate = |schema: &Value| self.accepts_null_within(schema, depth, budget);
        let mut result = Some(true);
        for (keyword, value) in schema {
            let accepts = match (keyword.as_str(), value) {
                ("type", Value::String(name)) => Some(name == "null"),
                ("type", Value::Array(names)) => Some(names.iter().any(|name| name == "null")),
                ("const", value) => Some(value.is_null()),
                ("enum", Value::Array(values)) => Some(values.contains(&Value::Null)),
                ("$ref", Value::String(text)) => self.resolve(text).and_then(evaluate),
                ("not", schema) => evaluate(schema).map(|accepted| !accepted),
                ("allOf", Value::Array(parts)) => parts.iter().map(evaluate).fold(Some(true), and),
                ("anyOf", Value::Array(parts)) => {
                    let rejected = parts.iter().map(|part| evaluate(part).map(|accepted| !accepted));
                    rejected.fold(Some(true), and).map(|none| !none)
                }
                ("oneOf", Value::Array(parts)) => {
                    let accepted: Option<Vec<bool>> = parts.iter().map(evaluate).collect();
                    accepted.map(|accepted| accepted.into_iter().filter(|accepted| *accepted).count() == 1)
                }
                ("if" | "$dynamicRef" | "$recursiveRef", _) => None,
                _ => Some(true),
            };
            result = and(result, accepts);
        }
        result
    }
}

/// Returns the conjunction. One `false` decides the result even if the other operand is unknown.
fn and(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}
