//! Converts lists of types to alternatives with one type each.

use serde_json::{Map, Value, json};

use super::Downgrader;
use super::keywords::constrains_null;

impl Downgrader<'_> {
    /// Converts a list of types to a single type, or to an `anyOf` with one alternative for each type.
    pub(super) fn types(&mut self, schema: &mut Map<String, Value>, at: &str) {
        let (mut types, mut has_null) = (Vec::new(), false);
        match schema.get("type") {
            Some(Value::String(name)) if name == "null" => has_null = true,
            Some(Value::Array(names)) if !names.is_empty() && names.iter().all(Value::is_string) => {
                for name in names.iter().filter_map(Value::as_str) {
                    match name {
                        "null" => has_null = true,
                        name if types.contains(&name) => {}
                        name => types.push(name),
                    }
                }
            }
            Some(Value::String(_)) | None => return add_items(schema),
            Some(_) => {
                schema.shift_remove("type");
                return self.report_unsupported(
                    at,
                    "type",
                    "the value is neither a type nor a list of types; it is dropped",
                );
            }
        }
        match types[..] {
            [] => {
                schema.shift_remove("type");
                and_enum(schema, &[Value::Null]);
                if !schema.keys().any(|keyword| constrains_null(keyword) && keyword != "enum") {
                    schema.insert("nullable".to_owned(), Value::Bool(true));
                }
            }
            [name] => {
                let name = name.to_owned();
                schema.insert("type".to_owned(), Value::String(name));
                // An enum without null rejects null, regardless of the type.
                let values = schema.get("enum").and_then(Value::as_array);
                if has_null && values.is_none_or(|values| values.contains(&Value::Null)) {
                    insert_after(schema, "type", "nullable", Value::Bool(true));
                }
                add_items(schema);
            }
            _ => {
                let types: Vec<String> = types.into_iter().map(str::to_owned).collect();
                split(schema, &types, has_null);
            }
        }
    }
}

/// Creates one alternative for each type, and moves the keywords that apply to a single type into its
/// alternative.
fn split(schema: &mut Map<String, Value>, types: &[String], has_null: bool) {
    schema.shift_remove("type");
    let format = schema.get("format").and_then(Value::as_str).map(str::to_owned);
    let mut alternatives: Vec<Map<String, Value>> =
        types.iter().map(|name| [("type".to_owned(), json!(name))].into_iter().collect()).collect();
    let keywords: Vec<String> = schema.keys().cloned().collect();
    for keyword in keywords {
        let applies = |alternative: &&mut Map<String, Value>| {
            applies_to_type(&keyword, format.as_deref(), &alternative["type"])
        };
        let mut owners: Vec<_> = alternatives.iter_mut().filter(applies).collect();
        if !owners.is_empty()
            && let Some(value) = schema.shift_remove(&keyword)
        {
            for owner in &mut owners {
                owner.insert(keyword.clone(), value.clone());
            }
        }
    }
    alternatives.iter_mut().for_each(add_items);
    let mut alternatives: Vec<Value> = alternatives.into_iter().map(Value::Object).collect();
    if has_null && schema.keys().any(|keyword| constrains_null(keyword)) {
        // Beside a keyword that could reject null, `nullable` would accept more than the list of types does.
        alternatives.push(json!({ "enum": [null], "nullable": true }));
    } else if has_null {
        schema.insert("nullable".to_owned(), Value::Bool(true));
    }
    if schema.contains_key("anyOf") {
        and_part(schema, json!({ "anyOf": alternatives }));
    } else {
        schema.insert("anyOf".to_owned(), Value::Array(alternatives));
    }
}

/// Returns true if a keyword applies to values of the given type only.
fn applies_to_type(keyword: &str, format: Option<&str>, name: &Value) -> bool {
    const NUMERIC_FORMATS: [&str; 6] = ["int32", "int64", "float", "double", "decimal", "decimal128"];
    let is_number = name == "integer" || name == "number";
    match keyword {
        "format" if format.is_some_and(|format| NUMERIC_FORMATS.contains(&format)) => is_number,
        "minLength" | "maxLength" | "pattern" | "format" => name == "string",
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => is_number,
        "items" | "minItems" | "maxItems" | "uniqueItems" => name == "array",
        "properties" | "required" | "additionalProperties" | "minProperties" | "maxProperties" => {
            name == "object"
        }
        _ => false,
    }
}

/// Restricts a schema to a list of values.
pub(super) fn and_enum(schema: &mut Map<String, Value>, values: &[Value]) {
    let both = match schema.get("enum").and_then(Value::as_array) {
        None => Some(values.to_vec()),
        Some(others) => {
            let both: Vec<Value> = values.iter().filter(|value| others.contains(value)).cloned().collect();
            (!both.is_empty()).then_some(both)
        }
    };
    match both {
        Some(both) => {
            schema.insert("enum".to_owned(), Value::Array(both));
        }
        None => and_part(schema, json!({ "enum": values })),
    }
}

/// Adds a schema to the `allOf`.
pub(super) fn and_part(schema: &mut Map<String, Value>, part: Value) {
    match schema.get_mut("allOf") {
        Some(Value::Array(parts)) => parts.push(part),
        _ => {
            schema.insert("allOf".to_owned(), json!([part]));
        }
    }
}

/// Adds `items` to an array schema without it, because OpenAPI 3.0 requires it.
fn add_items(schema: &mut Map<String, Value>) {
    if schema.get("type").is_some_and(|name| name == "array") && !schema.contains_key("items") {
        schema.insert("items".to_owned(), json!({}));
    }
}

fn insert_after(schema: &mut Map<String, Value>, before: &str, keyword: &str, value: Value) {
    let index = schema.keys().position(|known| known == before).map_or(schema.len(), |index| index + 1);
    schema.shift_insert(index, keyword.to_owned(), value);
}
