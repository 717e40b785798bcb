//! Strategies that generate documents.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Generates arbitrary documents from the field names that `extract` and `downgrade` handle.
pub(crate) fn document(version: &'static str) -> impl Strategy<Value = Value> {
    vec((name(), any_json()), 0..6).prop_map(move |fields| {
        let mut root: Map<String, Value> = [("openapi".to_owned(), json!(version))].into_iter().collect();
        root.extend(fields.into_iter().filter(|(name, _)| name != "openapi"));
        Value::Object(root)
    })
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i8>().prop_map(Value::from),
        reference().prop_map(Value::from),
        name().prop_map(Value::from),
    ];
    leaf.prop_recursive(10, 200, 6, |inner| {
        prop_oneof![
            1 => vec(inner.clone(), 0..4).prop_map(Value::Array),
            4 => vec((name(), inner), 0..6).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    let words = "paths components webhooks schemas responses parameters examples requestBodies headers \
        securitySchemes links callbacks pathItems info license identifier security tags /a /{b} get post \
        schema content encoding operationRef operationId type enum const anyOf oneOf allOf not if then \
        properties items prefixItems patternProperties additionalProperties $defs definitions $ref \
        $dynamicRef $id discriminator mapping nullable example default exclusiveMinimum minimum null \
        string array object A B 0 1 x-a a/b c~d";
    prop::sample::select(words.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
}

fn reference() -> impl Strategy<Value = String> {
    vec(name(), 0..5).prop_map(|names| {
        let names = names.iter().map(|name| format!("/{}", name.replace('~', "~0").replace('/', "~1")));
        format!("#{}", names.collect::<String>())
    })
}
