//! Conversion of the schemas of an OpenAPI document to JSON Schema 2020-12.
//!
//! Schemas of OpenAPI 3.1 are JSON Schema already. Those of 3.0 have `nullable`, flags for exclusive limits, and
//! references whose siblings are ignored. In both versions, a required property that is read-only is not required of
//! requests, nor is a write-only one of responses.

use std::mem::take;

use serde_json::{Map, Value, json};

use super::document::Version;

/// Where a schema's values are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Request,
    Response,
}

/// Keywords whose value is a schema.
const ONE: [&str; 11] = [
    "items",
    "additionalProperties",
    "not",
    "contains",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "if",
    "then",
    "else",
    "contentSchema",
];

/// Keywords whose value is a list of schemas.
const LISTS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];

/// Keywords whose value is an object of schemas.
const MAPS: [&str; 4] = ["properties", "patternProperties", "dependentSchemas", "$defs"];

/// Converts every schema of a document in place.
pub(super) fn convert_document(document: &mut Value, version: Version, direction: Direction) {
    convert_below(document, Rules { version, direction });
}

#[derive(Clone, Copy)]
struct Rules {
    version: Version,
    direction: Direction,
}

/// Finds the schemas in a part of a document that is no schema itself.
fn convert_below(value: &mut Value, rules: Rules) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| convert_below(item, rules)),
        Value::Object(members) => {
            for (name, member) in members {
                match (name.as_str(), member) {
                    ("schema", schema) => convert(schema, rules),
                    ("schemas", Value::Object(schemas)) => {
                        schemas.values_mut().for_each(|schema| convert(schema, rules));
                    }
                    ("example" | "examples", _) => {}
                    (name, _) if name.starts_with("x-") => {}
                    (_, member) => convert_below(member, rules),
                }
            }
        }
        _ => {}
    }
}

fn convert(schema: &mut Value, rules: Rules) {
    let Some(keywords) = schema.as_object_mut() else { return };
    if rules.version == Version::V3_0 && keywords.contains_key("$ref") {
        keywords.retain(|keyword, _| keyword == "$ref");
        return;
    }
    for (keyword, value) in keywords.iter_mut() {
        match value {
            value if ONE.contains(&&**keyword) => convert(value, rules),
            Value::Array(items) if LISTS.contains(&&**keyword) => {
                for item in items {
                    convert(item, rules);
                }
            }
            Value::Object(members) if MAPS.contains(&&**keyword) => {
                for member in members.values_mut() {
                    convert(member, rules);
                }
            }
            _ => {}
        }
    }
    drop_hidden_from_required(keywords, rules.direction);
    if rules.version == Version::V3_0 {
        convert_exclusive(keywords, "minimum", "exclusiveMinimum");
        convert_exclusive(keywords, "maximum", "exclusiveMaximum");
        if keywords.remove("nullable") == Some(Value::Bool(true)) {
            *schema = nullable(take(keywords));
        }
    }
}

fn drop_hidden_from_required(keywords: &mut Map<String, Value>, direction: Direction) {
    let flag = match direction {
        Direction::Request => "readOnly",
        Direction::Response => "writeOnly",
    };
    let Some(Value::Object(properties)) = keywords.get("properties") else { return };
    let is_hidden = |name: &Value| {
        let property = name.as_str().and_then(|name| properties.get(name));
        property.is_some_and(|property| property.get(flag) == Some(&Value::Bool(true)))
    };
    let Some(required) = keywords.get("required").and_then(Value::as_array) else { return };
    let kept: Vec<_> = required.iter().filter(|name| !is_hidden(name)).cloned().collect();
    keywords.insert("required".to_owned(), Value::from(kept));
}

/// Converts a flag beside a limit to a limit of its own.
fn convert_exclusive(keywords: &mut Map<String, Value>, limit: &str, flag: &str) {
    match keywords.get(flag) {
        Some(Value::Bool(true)) => {
            keywords.remove(flag);
            if let Some(value) = keywords.remove(limit) {
                keywords.insert(flag.to_owned(), value);
            }
        }
        Some(Value::Bool(false)) => {
            keywords.remove(flag);
        }
        _ => {}
    }
}

/// Returns a schema that also accepts null. `nullable` beside a list of schemas is common, and means that as well.
fn nullable(mut keywords: Map<String, Value>) -> Value {
    let has_list = LISTS.iter().any(|list| keywords.contains_key(*list));
    match keywords.get("type") {
        Some(Value::String(name)) if !has_list => {
            let types = json!([name, "null"]);
            keywords.insert("type".to_owned(), types);
            if let Some(Value::Array(values)) = keywords.get_mut("enum")
                && !values.contains(&Value::Null)
            {
                values.push(Value::Null);
            }
            Value::Object(keywords)
        }
        _ => json!({"anyOf": [keywords, {"type": "null"}]}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(mut schema: Value, direction: Direction) -> Value {
        convert(&mut schema, Rules { version: Version::V3_0, direction });
        schema
    }

    #[test]
    fn keywords_of_openapi_3_0_become_those_of_json_schema() {
        for (schema, expected) in [
            (json!({"type": "string", "nullable": true}), json!({"type": ["string", "null"]})),
            (json!({"type": "string", "nullable": false}), json!({"type": "string"})),
            (
                json!({"type": "string", "nullable": true, "enum": ["a"]}),
                json!({"type": ["string", "null"], "enum": ["a", null]}),
            ),
            (
                json!({"nullable": true, "allOf": [{"$ref": "#/a", "description": "x"}]}),
                json!({"anyOf": [{"allOf": [{"$ref": "#/a"}]}, {"type": "null"}]}),
            ),
            (json!({"minimum": 1, "exclusiveMinimum": true}), json!({"exclusiveMinimum": 1})),
            (json!({"maximum": 1, "exclusiveMaximum": false}), json!({"maximum": 1})),
            // A property with the name of a keyword, and an example, are no keywords.
            (
                json!({"properties": {"nullable": {"type": "string", "nullable": true}}, "example": {"nullable": true}}),
                json!({"properties": {"nullable": {"type": ["string", "null"]}}, "example": {"nullable": true}}),
            ),
        ] {
            assert_eq!(converted(schema.clone(), Direction::Request), expected, "{schema}");
        }
    }

    #[test]
    fn each_direction_requires_only_the_properties_that_it_has() {
        let schema = json!({
            "required": ["id", "secret", "name"],
            "properties": {"id": {"readOnly": true}, "secret": {"writeOnly": true}, "name": {}},
        });
        assert_eq!(converted(schema.clone(), Direction::Request)["required"], json!(["secret", "name"]));
        assert_eq!(converted(schema, Direction::Response)["required"], json!(["id", "name"]));
    }
}
