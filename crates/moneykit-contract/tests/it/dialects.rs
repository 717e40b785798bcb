//! Validates JSON against the schemas of OpenAPI 3.0 and 3.1.

use serde_json::{Map, Value, json};

/// Returns true if the schema `S` of an OpenAPI 3.1 document accepts an instance.
pub(crate) fn accepts_3_1(root: &Value, instance: &Value) -> bool {
    let schema = json!({ "$ref": "#/components/schemas/S", "components": root["components"] });
    jsonschema::draft202012::new(&schema).unwrap().is_valid(instance)
}

/// Returns true if the schema `S` of an OpenAPI 3.0 document accepts an instance.
///
/// `nullable` has the meaning that `downgrade` documents.
pub(crate) fn accepts_3_0(root: &Value, instance: &Value) -> bool {
    let schemas = root["components"]["schemas"].as_object().unwrap();
    let schemas: Map<String, Value> =
        schemas.iter().map(|(name, schema)| (name.clone(), json_schema(schema))).collect();
    let schema = json!({ "$ref": "#/components/schemas/S", "components": { "schemas": schemas } });
    jsonschema::draft202012::new(&schema).unwrap().is_valid(instance)
}

fn json_schema(schema: &Value) -> Value {
    let Some(fields) = schema.as_object() else { return schema.clone() };
    if let Some(text) = fields.get("$ref") {
        return json!({ "$ref": text });
    }
    let mut converted = Map::new();
    for (keyword, value) in fields {
        let value = match (keyword.as_str(), value) {
            ("items" | "not" | "additionalProperties", schema) => json_schema(schema),
            ("allOf" | "anyOf" | "oneOf", Value::Array(parts)) => parts.iter().map(json_schema).collect(),
            ("properties", Value::Object(fields)) => {
                fields.iter().map(|(name, schema)| (name.clone(), json_schema(schema))).collect()
            }
            ("nullable" | "exclusiveMinimum" | "exclusiveMaximum", _) => continue,
            _ => value.clone(),
        };
        converted.insert(keyword.clone(), value);
    }
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if fields.get(exclusive) == Some(&json!(true))
            && let Some(limit) = converted.shift_remove(bound)
        {
            converted.insert(exclusive.to_owned(), limit);
        }
    }
    if fields.get("nullable") != Some(&json!(true)) {
        return Value::Object(converted);
    }
    match converted.get_mut("type") {
        Some(name) => *name = json!([name, "null"]),
        None => return json!({ "anyOf": [converted, { "type": "null" }] }),
    }
    Value::Object(converted)
}
