//! Property tests of comparing, extracting and downgrading.

use moneykit_contract::{Diff, Document, downgrade, extract};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Map, Value, json};

use crate::cases::complete;
use crate::dialects::{accepts_3_0, accepts_3_1};
use crate::strategies::document;

/// Generates the same inputs in each run, so that a test fails only if the code changed. The fuzzers generate other
/// inputs.
pub(crate) fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn extract_accepts_any_json(vendor in document("3.0.3"), contract in document("3.0.3")) {
        let (vendor, contract) = (read(vendor), read(contract));
        extract(&vendor, &contract);
        let once = extract(&vendor, &vendor);
        prop_assert!(once.missing.is_empty());
        let twice = extract(&once.document, &vendor);
        prop_assert_eq!(twice.document.root(), once.document.root());
    }

    #[test]
    fn diff_accepts_any_json(old in document("3.0.3"), new in document("3.0.3")) {
        let (old, new) = (read(old), read(new));
        Diff::between(&old, &new).unwrap();
        let with_itself = Diff::between(&new, &new).unwrap();
        prop_assert!(with_itself.changes().is_empty(), "{:?}", with_itself.changes());
    }

    #[test]
    fn downgrade_accepts_any_json(before in document("3.1.0")) {
        let once = downgrade(read(before));
        let twice = downgrade(once.document.clone());
        prop_assert_eq!(twice.document.root(), once.document.root());
        prop_assert!(twice.unsupported.is_empty());
    }

    #[test]
    fn an_extracted_document_can_be_downgraded(vendor in document("3.1.0")) {
        let vendor = read(vendor);
        downgrade(extract(&vendor, &vendor).document);
    }

    #[test]
    fn downgrading_does_not_change_openapi_3_0(before in document("3.0.1")) {
        let downgraded = downgrade(read(before.clone()));
        prop_assert_eq!(downgraded.document.root().to_string(), before.to_string());
        prop_assert!(downgraded.unsupported.is_empty());
    }

    #[test]
    fn downgraded_schemas_accept_the_same_values(
        schema in schema(),
        mut other in schema(),
        instances in vec(instance(), 12),
    ) {
        break_cycles(&mut other);
        let schemas = json!({ "S": schema, "T": other, "N": { "type": "null" } });
        let before = complete(&json!({ "components": { "schemas": schemas } }), "3.1.0");
        let downgraded = downgrade(read(before.clone()));
        // The description of a null alternative has no place in OpenAPI 3.0.
        let mut unsupported = downgraded.unsupported.iter();
        prop_assert!(unsupported.all(|lost| lost.keyword == "description"), "{:?}", downgraded.unsupported);
        for instance in instances.iter().chain([&Value::Null]) {
            let (old, new) = (accepts_3_1(&before, instance), accepts_3_0(downgraded.document.root(), instance));
            prop_assert_eq!(old, new, "{}: {} and {}", instance, before, downgraded.document.root());
        }
    }
}

fn read(root: Value) -> Document {
    Document::new("any", root).unwrap()
}

/// Generates schemas that OpenAPI 3.0 can express, so that their meaning must stay the same.
fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        6 => keywords(&Just(json!({ "type": "null" })).boxed()),
        1 => any::<bool>().prop_map(Value::Bool),
        2 => prop_oneof![Just("T"), Just("N")]
            .prop_map(|name| json!({ "$ref": format!("#/components/schemas/{name}") })),
        2 => Just(json!({ "type": "null" })),
    ];
    leaf.prop_recursive(3, 24, 3, |inner| keywords(&inner.boxed()))
}

fn keywords(inner: &BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let name =
        || prop::sample::select(vec!["string", "integer", "number", "object", "array", "boolean", "null"]);
    let list = || vec(inner.clone(), 1..3).prop_map(Value::Array);
    let types = prop_oneof![
        name().prop_map(Value::from),
        prop::sample::subsequence(
            vec!["string", "integer", "number", "object", "array", "boolean", "null"],
            1..4
        )
        .prop_map(|names| json!(names)),
    ];
    let number = || (-3..4i32).prop_map(Value::from);
    let keyword = prop_oneof![
        4 => types.prop_map(|value| ("type", value)),
        2 => vec(instance(), 1..4).prop_map(|values| ("enum", Value::Array(values))),
        1 => instance().prop_map(|value| ("const", value)),
        2 => list().prop_map(|value| ("anyOf", value)),
        2 => list().prop_map(|value| ("oneOf", value)),
        1 => list().prop_map(|value| ("allOf", value)),
        1 => inner.clone().prop_map(|value| ("not", value)),
        1 => inner.clone().prop_map(|value| ("items", value)),
        1 => inner.clone().prop_map(|value| ("properties", json!({ "a": value }))),
        1 => inner.clone().prop_map(|value| ("additionalProperties", value)),
        1 => Just(("required", json!(["a"]))),
        1 => Just(("minLength", json!(1))),
        1 => Just(("minItems", json!(1))),
        1 => number().prop_map(|value| ("minimum", value)),
        1 => number().prop_map(|value| ("maximum", value)),
        1 => number().prop_map(|value| ("exclusiveMinimum", value)),
        1 => number().prop_map(|value| ("exclusiveMaximum", value)),
        1 => Just(("$ref", json!("#/components/schemas/N"))),
        1 => Just(("description", json!("d"))),
    ];
    let schema = vec(keyword, 1..4).prop_map(|pairs| {
        let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value));
        Value::Object(pairs.collect::<Map<_, _>>())
    });
    schema.boxed()
}

/// Replaces references from the schema `T` to itself, except those inside of `items`, `properties` and
/// `additionalProperties`: the other ones have no well-defined meaning.
fn break_cycles(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            for (name, value) in fields {
                if !["items", "properties", "additionalProperties"].contains(&name.as_str()) {
                    break_cycles(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(break_cycles),
        Value::String(text) if text == "#/components/schemas/T" => "#/components/schemas/N".clone_into(text),
        _ => {}
    }
}

fn instance() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!(null),
        json!(true),
        json!(0),
        json!(2),
        json!(-2.5),
        json!(""),
        json!("a"),
        json!([]),
        json!([null]),
        json!([2, "a"]),
        json!({}),
        json!({ "a": null }),
        json!({ "a": "a" }),
        json!({ "b": 2 }),
    ])
}
