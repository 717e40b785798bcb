//! Describes what the stand-ins in the generator's document stand for.

use moneykit_contract::Kind;
use serde_json::{Map, Value, json};

use crate::rewrite::nodes;
use crate::wire::{Content, Responses, Wire};

/// Returns a rewritten document with what its stand-ins stand for, so that it can be compared with the generated types.
///
/// An enum of responses becomes an object with a property for each response, which is no description of a value: it
/// only refers to the schemas of all of them.
pub(crate) fn without_stand_ins(rewritten: &Value, wire: &Wire) -> Value {
    let mut root = rewritten.clone();
    if let Some(schemas) = root.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        for (stand_in, component) in &wire.stand_ins {
            schemas.insert(stand_in.clone(), reference(component));
        }
        for responses in wire.operations.values().flat_map(|notes| [&notes.success, &notes.error]).flatten() {
            schemas.insert(responses.name.clone(), alternatives(responses));
        }
    }
    if !wire.fields.is_empty() {
        nodes(&mut root, &mut |kind, fields| {
            if kind == Kind::Schema {
                restore_names(fields, wire);
            }
        });
    }
    root
}

fn reference(component: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{component}") })
}

fn alternatives(responses: &Responses) -> Value {
    let properties = responses.variants.iter().filter_map(|(status, content)| match content {
        Content::Json(component) => Some((status.clone(), reference(component))),
        Content::Empty | Content::Bytes => None,
    });
    json!({ "type": "object", "properties": properties.collect::<Map<_, _>>() })
}

fn restore_names(schema: &mut Map<String, Value>, wire: &Wire) {
    let restored = |name: &str| wire.fields.get(name).cloned().unwrap_or_else(|| name.to_owned());
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        let entries = std::mem::take(properties);
        properties.extend(entries.into_iter().map(|(name, property)| (restored(&name), property)));
    }
    for name in schema.get_mut("required").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(known) = name.as_str().map(restored) {
            *name = Value::from(known);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stand_in_is_replaced_by_what_it_stands_for() {
        let mut wire = Wire::default();
        wire.stand_ins.insert("FilterParameter".to_owned(), "Filter".to_owned());
        wire.fields.insert("a_bWire1".to_owned(), "a-b".to_owned());
        wire.operation("call").error = Some(Responses {
            name: "CallError".to_owned(),
            variants: vec![
                ("400".to_owned(), Content::Json("Problem".to_owned())),
                ("404".to_owned(), Content::Empty),
            ],
        });
        let rewritten = json!({ "components": { "schemas": {
            "Filter": { "type": "object", "required": ["a_bWire1"], "properties": { "a_bWire1": {} } },
            "FilterParameter": { "type": "object" },
            "CallError": { "type": "object" },
        } } });

        let schemas = &without_stand_ins(&rewritten, &wire)["components"]["schemas"];

        assert_eq!(
            schemas["Filter"],
            json!({ "type": "object", "required": ["a-b"], "properties": { "a-b": {} } })
        );
        assert_eq!(schemas["FilterParameter"], reference("Filter"));
        assert_eq!(
            schemas["CallError"],
            json!({ "type": "object", "properties": { "400": reference("Problem") } })
        );
    }
}
