//! Makes enums those whose values have distinct names in Rust.

use std::collections::HashSet;

use heck::ToPascalCase;
use serde_json::{Value, json};

use super::walk::{Object, schemas};
use crate::wire::Wire;

/// Writes the values of enums in the type of their schema, once each, and drops an `enum` whose values can't become
/// variants. Its values stay the same on the wire, but the type allows others as well.
pub(super) fn enums(root: &mut Value, wire: &mut Wire) {
    schemas(root, &mut |schema| {
        if !schema.get("enum").is_some_and(Value::is_array) {
            return;
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("string") => strings(schema, wire),
            Some("integer" | "number" | "boolean") => {
                schema.shift_remove("enum");
                wire.unenforced("enum", "Rust has no enum of numbers or booleans");
            }
            _ => {}
        }
    });
}

fn strings(schema: &mut Object, wire: &mut Wire) {
    let values = schema.get("enum").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut seen = HashSet::new();
    let mut written = Vec::new();
    let mut has_null = false;
    for value in values {
        let text = match value {
            Value::Null => {
                has_null = true;
                continue;
            }
            Value::String(text) => text,
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            _ => continue,
        };
        if seen.insert(text.clone()) {
            written.push(text);
        }
    }
    if has_null {
        schema.insert("nullable".to_owned(), Value::Bool(true));
    }
    if written.is_empty() || !have_distinct_names(&written) {
        schema.shift_remove("enum");
        wire.unenforced("enum", "its values have the same name in Rust");
        return;
    }
    let mut values: Vec<Value> = written.into_iter().map(|text| json!(text)).collect();
    if has_null {
        values.push(Value::Null);
    }
    schema.insert("enum".to_owned(), Value::Array(values));
    // The generator would leave out the values that break them, which the server sends all the same.
    for keyword in ["minLength", "maxLength", "pattern"] {
        if schema.shift_remove(keyword).is_some() {
            wire.unenforced(keyword, "the enum lists the values");
        }
    }
}

/// Returns true if the generator finds a distinct name for each value: it tries the words in Pascal case, and then `X`
/// for everything else.
fn have_distinct_names(values: &[String]) -> bool {
    let is_distinct = |name: fn(&str) -> String| {
        let mut seen = HashSet::new();
        values.iter().all(|value| seen.insert(name(value)))
    };
    is_distinct(variant_name) || is_distinct(|value| variant_name(&marked(value)))
}

fn marked(value: &str) -> String {
    value.replace(|c: char| c == '_' || !c.is_alphanumeric(), "X")
}

/// Returns the name that the generator gives the variant for a value.
fn variant_name(value: &str) -> String {
    let name = match value {
        "+1" => "plus1".to_owned(),
        "-1" => "minus1".to_owned(),
        value => value.replace('\'', "").replace(|c: char| !c.is_alphanumeric() && c != '_', "-"),
    };
    let name = name.to_pascal_case();
    if name.is_empty() { "X".to_owned() } else { name }
}
