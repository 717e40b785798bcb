//! Tests of sample values.

use super::*;

/// Returns a document with the schema at `/schema`.
fn document(schema: &Value) -> Value {
    json!({
        "schema": schema,
        "components": {"schemas": {
            "Node": {"type": "object", "required": ["id"], "properties": {
                "id": {"type": "string"},
                "parent": {"$ref": "#/components/schemas/Node"},
                "children": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
            }},
            "Endless": {"type": "object", "required": ["next"], "properties": {
                "next": {"$ref": "#/components/schemas/Endless"},
            }},
            "Cat": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}},
            "Left": {"allOf": [{"$ref": "#/components/schemas/Cat"}]},
            "Nested": {"allOf": [
                {"$ref": "#/components/schemas/Left"},
                {"$ref": "#/components/schemas/Cat"},
                {"properties": {"parent": {"anyOf": [{"allOf": [{"$ref": "#/components/schemas/Nested"}]}, {"type": "null"}]}}},
            ]},
            "Circle": {"$ref": "#/components/schemas/Circle"},
        }}
    })
}

fn sampled(schema: &Value) -> Option<Value> {
    value(&document(schema), "/schema", Examples::Use)
}

#[test]
fn values_fit_their_schemas_and_are_always_the_same() {
    for (schema, expected) in [
        (json!({"type": "string"}), json!("text")),
        (json!({"type": "string", "example": "a", "default": "b", "enum": ["c"]}), json!("a")),
        (json!({"type": "string", "default": "b", "enum": ["c"]}), json!("b")),
        (json!({"type": "string", "enum": ["c", "d"]}), json!("c")),
        (json!({"type": ["string", "null"], "enum": [null, "c"]}), json!("c")),
        (json!({"type": "string", "minLength": 6}), json!("textxx")),
        (json!({"type": "string", "maxLength": 2}), json!("te")),
        (json!({"type": "string", "pattern": "^lnk_[0-9]{3}$"}), json!("lnk_111")),
        (json!({"type": "string", "format": "date"}), json!("2024-01-01")),
        (json!({"type": "integer"}), json!(1)),
        (json!({"type": "integer", "minimum": 7}), json!(7)),
        (json!({"type": "integer", "exclusiveMinimum": 7, "multipleOf": 5}), json!(10)),
        (json!({"type": "integer", "maximum": -3}), json!(-3)),
        (json!({"type": "integer", "exclusiveMaximum": 0}), json!(-1)),
        (json!({"type": "number", "minimum": 0.2, "maximum": 0.4}), json!(0.300_000_000_000_000_04)),
        (json!({"type": ["null", "boolean"]}), json!(true)),
        (json!({"type": "null"}), json!(null)),
        (json!({"type": "array", "items": {"type": "integer"}}), json!([1])),
        (json!({"type": "array", "items": {"type": "integer"}, "minItems": 2}), json!([1, 1])),
        (json!({"type": "array", "items": {}, "maxItems": 0}), json!([])),
        (
            json!({"properties": {"a": {"type": "integer"}, "b": {"type": "string", "writeOnly": true}}}),
            json!({"a": 1}),
        ),
        (json!({"type": "object", "required": ["x"]}), json!({"x": "text"})),
        (
            json!({"allOf": [
                {"properties": {"a": {"type": "integer"}}, "example": {"a": 5}},
                {"properties": {"a": {"minimum": 3}, "b": {"type": "boolean"}}},
            ]}),
            json!({"a": 3, "b": true}),
        ),
        (json!({"anyOf": [{"type": "string"}, {"type": "null"}]}), json!("text")),
        (
            json!({
                "oneOf": [{"$ref": "#/components/schemas/Cat"}],
                "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}},
            }),
            json!({"kind": "cat"}),
        ),
        (json!({"oneOf": [{"$ref": "#/components/schemas/Endless"}, {"type": "integer"}]}), json!(1)),
    ] {
        assert_eq!(sampled(&schema), Some(expected), "{schema}");
    }
}

#[test]
fn recursion_ends_with_what_is_optional() {
    assert_eq!(
        sampled(&json!({"$ref": "#/components/schemas/Node"})),
        Some(json!({"id": "text", "children": []}))
    );
    assert_eq!(
        sampled(&json!({"$ref": "#/components/schemas/Nested"})),
        Some(json!({"kind": "text", "parent": null}))
    );
    for name in ["Endless", "Circle", "Missing"] {
        assert_eq!(sampled(&json!({"$ref": format!("#/components/schemas/{name}")})), None, "{name}");
    }
}

#[test]
fn examples_can_be_ignored() {
    let schema = json!({"type": "object", "properties": {"a": {"type": "integer", "example": "wrong"}}});
    assert_eq!(value(&document(&schema), "/schema", Examples::Ignore), Some(json!({"a": 1})));
}
