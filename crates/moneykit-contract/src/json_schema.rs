use serde_json::{Map, Value};

use crate::{Document, Kind, Way};

impl Document {
    /// Returns the document with each schema turned to JSON Schema 2020-12 in its place.
    ///
    /// JSON pointers lead where they led before, those of `$ref`s as well: a reader of JSON Schema that is
    /// given `#/components/schemas/Problem` of what this returns judges values as the contract does. `way`
    /// says where the values are sent: a required property that is `readOnly` is not required of a request,
    /// nor one that is `writeOnly` of a response (OpenAPI 3.0.3, "Schema Object").
    ///
    /// What says nothing of values, such as `example` and `discriminator`, is left out. The schemas of
    /// OpenAPI 3.1 are JSON Schema and left as they are.
    pub fn to_json_schema(&self, way: Way) -> Value {
        let mut converted = self.root().clone();
        if self.is_3_1() {
            return converted;
        }
        // Owners come before what they hold, which tells them what they leave out.
        for place in self.places().iter().filter(|place| place.kind == Kind::Schema) {
            if let Some(schema) = converted.pointer_mut(&place.pointer)
                && let Value::Object(keywords) = schema.take()
            {
                *schema = Value::Object(json_schema(keywords, way));
            }
        }
        converted
    }
}

/// Turns one schema to JSON Schema, and leaves those inside it as they are.
fn json_schema(mut schema: Map<String, Value>, way: Way) -> Map<String, Value> {
    // What stands beside a `$ref` counts for nothing in OpenAPI 3.0, and for something in JSON Schema.
    if let Some(target) = schema.get("$ref").cloned() {
        return Map::from_iter([("$ref".to_owned(), target)]);
    }
    bound(&mut schema, "minimum", "exclusiveMinimum");
    bound(&mut schema, "maximum", "exclusiveMaximum");
    if let Some(Value::Array(required)) = schema.get("required") {
        let asked = |name: &&Value| is_asked(schema.get("properties"), name, way);
        let required = required.iter().filter(asked).cloned().collect();
        schema.insert("required".to_owned(), required);
    }
    // An `enum` is not widened: it says itself whether null is in it.
    if schema.get("nullable") == Some(&Value::Bool(true))
        && let Some(kind @ Value::String(_)) = schema.get("type").cloned()
    {
        schema.insert("type".to_owned(), Value::Array(vec![kind, "null".into()]));
    }
    schema.retain(|keyword, _| KEYWORDS.contains(&keyword.as_str()));
    schema
}

/// The keywords of OpenAPI 3.0.3 that say what values are good. By now they mean what they mean there.
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

/// Makes a number of a bound that a boolean beside it says is out of reach.
fn bound(schema: &mut Map<String, Value>, inclusive: &str, exclusive: &str) {
    if schema.remove(exclusive) == Some(Value::Bool(true))
        && let Some(number) = schema.remove(inclusive)
    {
        schema.insert(exclusive.to_owned(), number);
    }
}

/// Says whether a required property is required of values that go this way.
fn is_asked(properties: Option<&Value>, name: &Value, way: Way) -> bool {
    let property = properties.zip(name.as_str()).and_then(|(properties, name)| properties.get(name));
    let says = |keyword| property.and_then(|property| property.get(keyword)) == Some(&Value::Bool(true));
    match way {
        Way::Request => !says("readOnly"),
        Way::Response => !says("writeOnly"),
        Way::Either => !says("readOnly") && !says("writeOnly"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn converted(schema: &Value, way: Way) -> Value {
        let root = json!({ "openapi": "3.0.3", "components": { "schemas": { "S": schema } } });
        Document::new("a", root).unwrap().to_json_schema(way)["components"]["schemas"]["S"].take()
    }

    #[test]
    fn keywords_of_openapi_become_those_of_json_schema() {
        for (written, meant) in [
            (json!({ "type": "string", "nullable": true }), json!({ "type": ["string", "null"] })),
            (json!({ "type": "string", "nullable": false }), json!({ "type": "string" })),
            (json!({ "nullable": true }), json!({})),
            (json!({ "minimum": 0, "exclusiveMinimum": true }), json!({ "exclusiveMinimum": 0 })),
            (json!({ "maximum": 9, "exclusiveMaximum": false }), json!({ "maximum": 9 })),
            (json!({ "$ref": "#/a", "minLength": 3 }), json!({ "$ref": "#/a" })),
            (json!({ "example": 1, "xml": {}, "format": "date" }), json!({ "format": "date" })),
        ] {
            assert_eq!(converted(&written, Way::Either), meant, "{written}");
            let property = converted(&json!({ "properties": { "example": written } }), Way::Either);
            assert_eq!(property["properties"]["example"], meant, "inside another");
        }
    }

    #[test]
    fn a_required_property_is_asked_of_the_way_that_it_goes() {
        let schema = json!({
            "required": ["id", "pin", "name"],
            "properties": { "id": { "readOnly": true }, "pin": { "writeOnly": true } }
        });
        for (way, required) in [
            (Way::Request, json!(["pin", "name"])),
            (Way::Response, json!(["id", "name"])),
            (Way::Either, json!(["name"])),
        ] {
            assert_eq!(converted(&schema, way)["required"], required, "{way:?}");
        }
    }

    #[test]
    fn the_schemas_of_openapi_3_1_are_left_as_they_are() {
        let schema = json!({ "type": ["string", "null"], "exclusiveMinimum": 3, "examples": ["a"] });
        let root = json!({ "openapi": "3.1.0", "components": { "schemas": { "S": schema } } });
        let document = Document::new("a", root.clone()).unwrap();
        assert_eq!(document.to_json_schema(Way::Either), root);
    }
}
