//! Conversion of the schemas in a document to JSON Schema 2020-12.

use serde_json::{Map, Value};

use crate::{Direction, Document, Kind};

impl Document {
    /// Returns the document with each schema converted to JSON Schema 2020-12 in place.
    ///
    /// JSON pointers stay valid, including those in `$ref`s: a JSON Schema validator for
    /// `#/components/schemas/Problem` of the result accepts the values that the contract accepts. `direction`
    /// is the direction of these values: a required `readOnly` property is not required of sent values, and a
    /// required `writeOnly` property is not required of received ones (OpenAPI 3.0.3, "Schema Object"). For
    /// `None`, neither is required.
    ///
    /// Keywords that do not constrain values, such as `example` and `discriminator`, are left out. The schemas
    /// of OpenAPI 3.1 are JSON Schema already and stay unchanged.
    pub fn to_json_schema(&self, direction: Option<Direction>) -> Value {
        let mut converted = self.root().clone();
        if self.is_3_1() {
            return converted;
        }
        // An owner is converted before its properties, because `required` depends on their original keywords.
        for node in self.nodes().iter().filter(|node| node.kind == Kind::Schema) {
            if let Some(schema) = converted.pointer_mut(&node.pointer)
                && let Value::Object(keywords) = schema.take()
            {
                *schema = Value::Object(json_schema(keywords, direction));
            }
        }
        converted
    }
}

/// Converts one schema to JSON Schema, but not the schemas inside it.
fn json_schema(mut schema: Map<String, Value>, direction: Option<Direction>) -> Map<String, Value> {
    // Siblings of `$ref` are ignored in OpenAPI 3.0 but not in JSON Schema.
    if let Some(target) = schema.get("$ref").cloned() {
        return Map::from_iter([("$ref".to_owned(), target)]);
    }
    bound(&mut schema, "minimum", "exclusiveMinimum");
    bound(&mut schema, "maximum", "exclusiveMaximum");
    if let Some(Value::Array(required)) = schema.get("required") {
        let applies = |name: &&Value| is_required(schema.get("properties"), name, direction);
        let required = required.iter().filter(applies).cloned().collect();
        schema.insert("required".to_owned(), required);
    }
    // `enum` is not extended by null: OpenAPI 3.0.3 requires null to be listed there as well.
    if schema.get("nullable") == Some(&Value::Bool(true))
        && let Some(kind @ Value::String(_)) = schema.get("type").cloned()
    {
        schema.insert("type".to_owned(), Value::Array(vec![kind, "null".into()]));
    }
    schema.retain(|keyword, _| KEYWORDS.contains(&keyword.as_str()));
    schema
}

/// The keywords of OpenAPI 3.0.3 that constrain values. After the conversion they mean the same in JSON Schema.
const KEYWORDS: [&str; 24] = [
    "type",
    "format",
    "enum",
    "multipleOf",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "pattern",
    "items",
    "minItems",
    "maxItems",
    "uniqueItems",
    "properties",
    "required",
    "additionalProperties",
    "minProperties",
    "maxProperties",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
];

/// Converts an exclusive bound from a boolean beside a number to a number.
fn bound(schema: &mut Map<String, Value>, inclusive: &str, exclusive: &str) {
    if schema.remove(exclusive) == Some(Value::Bool(true))
        && let Some(number) = schema.remove(inclusive)
    {
        schema.insert(exclusive.to_owned(), number);
    }
}

/// Returns true if a property in `required` is required of values in a direction.
fn is_required(properties: Option<&Value>, name: &Value, direction: Option<Direction>) -> bool {
    let property = properties.zip(name.as_str()).and_then(|(properties, name)| properties.get(name));
    let has = |keyword| property.and_then(|property| property.get(keyword)) == Some(&Value::Bool(true));
    match direction {
        Some(Direction::Sent) => !has("readOnly"),
        Some(Direction::Received) => !has("writeOnly"),
        None => !has("readOnly") && !has("writeOnly"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn converted(schema: &Value, direction: Option<Direction>) -> Value {
        let root = json!({ "openapi": "3.0.3", "components": { "schemas": { "S": schema } } });
        Document::new("a", root).unwrap().to_json_schema(direction)["components"]["schemas"]["S"].take()
    }

    #[test]
    fn keywords_of_openapi_become_those_of_json_schema() {
        for (openapi, json_schema) in [
            (json!({ "type": "string", "nullable": true }), json!({ "type": ["string", "null"] })),
            (json!({ "type": "string", "nullable": false }), json!({ "type": "string" })),
            (json!({ "nullable": true }), json!({})),
            (json!({ "minimum": 0, "exclusiveMinimum": true }), json!({ "exclusiveMinimum": 0 })),
            (json!({ "maximum": 9, "exclusiveMaximum": false }), json!({ "maximum": 9 })),
            (json!({ "$ref": "#/a", "minLength": 3 }), json!({ "$ref": "#/a" })),
            (json!({ "example": 1, "xml": {}, "format": "date" }), json!({ "format": "date" })),
        ] {
            assert_eq!(converted(&openapi, None), json_schema, "{openapi}");
            let property = converted(&json!({ "properties": { "example": openapi } }), None);
            assert_eq!(property["properties"]["example"], json_schema, "inside another schema");
        }
    }

    #[test]
    fn required_properties_depend_on_the_direction() {
        let schema = json!({
            "required": ["id", "pin", "name"],
            "properties": { "id": { "readOnly": true }, "pin": { "writeOnly": true } }
        });
        for (direction, required) in [
            (Some(Direction::Sent), json!(["pin", "name"])),
            (Some(Direction::Received), json!(["id", "name"])),
            (None, json!(["name"])),
        ] {
            assert_eq!(converted(&schema, direction)["required"], required, "{direction:?}");
        }
    }

    #[test]
    fn schemas_of_openapi_3_1_stay_unchanged() {
        let schema = json!({ "type": ["string", "null"], "exclusiveMinimum": 3, "examples": ["a"] });
        let root = json!({ "openapi": "3.1.0", "components": { "schemas": { "S": schema } } });
        let document = Document::new("a", root.clone()).unwrap();
        assert_eq!(document.to_json_schema(None), root);
    }
}
