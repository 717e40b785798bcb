//! Drops keywords that have no effect on values.

use serde_json::Value;

use super::composition::STRUCTURE;
use super::walk::{Object, schemas};
use crate::wire::Wire;

/// Drops keywords that do not apply to the type of their schema, and annotations of JSON Schema that OpenAPI 3.0 does
/// not have. The typed model reads a schema with one of the former as one that allows any value.
///
/// A `title` becomes the description of a schema without one: the generator would name the type by it, and vendors give
/// several schemas the same.
pub(super) fn keywords(root: &mut Value, wire: &mut Wire) {
    schemas(root, &mut |schema| {
        for annotation in ANNOTATIONS {
            schema.shift_remove(annotation);
        }
        if let Some(title) = schema.shift_remove("title").filter(Value::is_string) {
            schema.entry("description").or_insert(title);
        }
        drop_misplaced(schema, wire);
    });
}

/// Annotations of JSON Schema and of Swagger 2.0 that describe no value.
const ANNOTATIONS: [&str; 8] =
    ["$schema", "$id", "$comment", "id", "examples", "xml", "collectionFormat", "contentMediaType"];

/// The types, each with the keywords that apply to it.
const TYPES: [(&str, &[&str]); 6] = [
    ("string", &["format", "enum", "minLength", "maxLength", "pattern"]),
    (
        "integer",
        &["format", "enum", "multipleOf", "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"],
    ),
    (
        "number",
        &["format", "enum", "multipleOf", "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"],
    ),
    ("boolean", &["enum"]),
    ("array", &["items", "minItems", "maxItems", "uniqueItems"]),
    ("object", &["properties", "required", "additionalProperties", "minProperties", "maxProperties"]),
];

fn drop_misplaced(schema: &mut Object, wire: &mut Wire) {
    let Some(kind) = schema.get("type").and_then(Value::as_str).map(str::to_owned) else { return };
    let Some((_, applicable)) = TYPES.iter().find(|(name, _)| *name == kind) else { return };
    let known = STRUCTURE.into_iter().chain(["multipleOf", "exclusiveMinimum", "exclusiveMaximum"]);
    let misplaced: Vec<&str> = known
        .filter(|keyword| {
            *keyword != "type" && !applicable.contains(keyword) && schema.contains_key(*keyword)
        })
        .collect();
    for keyword in misplaced {
        schema.shift_remove(keyword);
        wire.unenforced(keyword, "it has no meaning for the type beside it");
    }
    // `required: true` in a property is a habit of JSON Schema draft 3.
    if schema.get("required").is_some_and(Value::is_boolean) {
        schema.shift_remove("required");
    }
    if kind == "object" && schema.get("properties").is_some_and(Value::is_null) {
        schema.shift_remove("properties");
    }
    if kind != "object" {
        schema.shift_remove("discriminator");
    }
}
