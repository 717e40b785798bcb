//! Separates null from the compositions that allow it.

use serde_json::{Map, Value, json};

use super::walk::{free_name, is_reference, section_mut};
use crate::wire::Wire;

/// Moves each composition that is a component and allows null to a component of its own, which does not.
///
/// The generator would give the type of the composition and the type that allows null the same name.
pub(super) fn nullable(root: &mut Value, _: &mut Wire) {
    let schemas = root.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten();
    let composed = schemas.filter(|(_, schema)| schema.as_object().is_some_and(is_nullable_composition));
    let names: Vec<String> = composed.map(|(name, _)| name.clone()).collect();
    for name in names {
        let inner = free_name(root, &format!("{name}Inner"));
        let Some(schemas) = section_mut(root, "schemas") else { return };
        let Some(Value::Object(mut schema)) = schemas.get(&name).cloned() else { continue };
        schema.shift_remove("nullable");
        let reference = json!({ "$ref": format!("#/components/schemas/{inner}") });
        let mut outer = Map::from_iter([
            ("allOf".to_owned(), json!([reference])),
            ("nullable".to_owned(), Value::Bool(true)),
        ]);
        outer.extend(schema.get("description").map(|text| ("description".to_owned(), text.clone())));
        schemas.insert(inner, Value::Object(schema));
        schemas.insert(name, Value::Object(outer));
    }
}

fn is_nullable_composition(schema: &Map<String, Value>) -> bool {
    let is_reference_alone = |parts: &[Value]| match parts {
        [part] => part.as_object().is_some_and(is_reference),
        parts => parts.is_empty(),
    };
    let parts = ["allOf", "oneOf", "anyOf"].into_iter().filter_map(|keyword| schema.get(keyword)?.as_array());
    schema.get("nullable") == Some(&Value::Bool(true))
        && parts.into_iter().any(|parts| !is_reference_alone(parts))
}
