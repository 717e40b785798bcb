//! Adds the type that the keywords of a schema imply.

use serde_json::{Value, json};

use super::walk::{Object, schemas};
use crate::wire::Wire;

/// Adds a `type` to each schema whose keywords apply to one type only. The typed model reads such a schema as one
/// that allows any value. A format that implies no type is dropped.
pub(super) fn types(root: &mut Value, wire: &mut Wire) {
    schemas(root, &mut |schema| {
        let is_composed = ["allOf", "oneOf", "anyOf"].iter().any(|keyword| schema.contains_key(*keyword));
        if schema.contains_key("type") || is_composed {
            return;
        }
        if let Some(implied) = implied(schema) {
            schema.insert("type".to_owned(), json!(implied));
        } else if schema.shift_remove("format").is_some() {
            wire.unenforced("format", "it applies to no single type");
        }
    });
}

/// The keywords that imply a type.
const IMPLIED: [(&str, &[&str]); 4] = [
    ("object", &["properties", "required", "additionalProperties", "minProperties", "maxProperties"]),
    ("array", &["items", "minItems", "maxItems", "uniqueItems"]),
    ("string", &["pattern", "minLength", "maxLength"]),
    ("number", &["minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"]),
];
/// The formats that imply a type.
const FORMATS: [(&str, &[&str]); 3] = [
    (
        "string",
        &[
            "date",
            "date-time",
            "uuid",
            "email",
            "uri",
            "password",
            "byte",
            "binary",
            "ipv4",
            "ipv6",
            "hostname",
        ],
    ),
    ("integer", &["int32", "int64"]),
    ("number", &["float", "double"]),
];

pub(super) fn implied(schema: &Object) -> Option<&'static str> {
    let by_keyword = IMPLIED.iter().find(|(_, keywords)| {
        // `required` and `additionalProperties` of other kinds are mistakes, which a check reports.
        keywords.iter().any(|keyword| match schema.get(*keyword) {
            Some(Value::Bool(_)) => *keyword == "additionalProperties" || *keyword == "uniqueItems",
            found => found.is_some(),
        })
    });
    let by_keyword = by_keyword.map(|(implied, _)| *implied);
    let by_enum = || {
        let values = schema.get("enum")?.as_array()?;
        let values: Vec<&Value> = values.iter().filter(|value| !value.is_null()).collect();
        let all = |is: fn(&Value) -> bool| !values.is_empty() && values.iter().all(|value| is(value));
        if all(Value::is_string) {
            Some("string")
        } else if all(Value::is_i64) {
            Some("integer")
        } else if all(Value::is_number) {
            Some("number")
        } else if all(Value::is_boolean) {
            Some("boolean")
        } else {
            None
        }
    };
    let by_format = || {
        let format = schema.get("format")?.as_str()?;
        FORMATS.iter().find(|(_, formats)| formats.contains(&format)).map(|(implied, _)| *implied)
    };
    by_keyword.or_else(by_enum).or_else(by_format)
}
