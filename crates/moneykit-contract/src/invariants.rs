//! Invariants that hold for every input, including hostile ones.
//!
//! Each invariant is a function that takes bytes, and panics if the invariant does not hold. The property
//! tests below call it, and so does the fuzz target of the same name. Both start with the inputs in
//! `fuzz/seeds`.

use crate::{Diff, Direction, Document, Json, Markdown, Text, Unclassified};

/// A document does not differ from itself, and a comparison finds a difference in both directions or in
/// neither.
///
/// The input is two documents, separated by a line `---`.
pub fn diff(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let (old, new) = text.split_once("\n---\n").unwrap_or((text, text));
    let documents = [Document::parse("old", old), Document::parse("new", new)];
    for document in &documents {
        match document {
            Ok(document) => check_document(document),
            Err(error) => assert!(error.to_string().contains("help: "), "{error}"),
        }
    }
    let [Ok(old), Ok(new)] = documents else { return };
    let (Ok(forward), Ok(backward)) = (Diff::between(&old, &new), Diff::between(&new, &old)) else {
        // Without a thread, nothing is compared.
        return;
    };
    assert_eq!(is_empty(&forward), is_empty(&backward), "{forward:?}\n{backward:?}");
    for diff in [&forward, &backward] {
        assert_eq!(diff.compatibility(), diff.changes().iter().map(|change| change.compatibility).max());
        let reports =
            [Text::new(diff).to_string(), Markdown::new(diff).to_string(), Json::new(diff).to_string()];
        assert!(reports.iter().all(|report| !report.trim().is_empty()));
    }
}

fn check_document(document: &Document) {
    for direction in [Some(Direction::Sent), Some(Direction::Received), None] {
        assert!(document.to_json_schema(direction).is_object());
    }
    if let Ok(diff) = Diff::between(document, document) {
        // A schema with an unresolved reference is unclassified, even compared with itself.
        let is_unresolved = |unclassified: &Unclassified| unclassified.message.contains("does not resolve");
        assert!(diff.changes().is_empty() && diff.unclassified().iter().all(is_unresolved), "{diff:?}");
    }
}

fn is_empty(diff: &Diff) -> bool {
    diff.changes().is_empty() && diff.unclassified().is_empty()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;
    use proptest::sample::select;
    use proptest::test_runner::RngSeed;
    use serde_json::{Value, json};

    use super::*;

    /// Generates the same inputs in each run, so that a test fails only if the code changed. The fuzzers
    /// generate other inputs.
    fn config() -> ProptestConfig {
        ProptestConfig {
            cases: 1_000,
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(7),
            ..ProptestConfig::default()
        }
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn a_difference_is_found_in_both_directions(old in document(), new in document()) {
            diff(format!("{old}\n---\n{new}").as_bytes());
        }

        #[test]
        fn invalid_documents_are_rejected_with_a_help_message(
            input in "(openapi: 3.[0-2].[0-9]\n)?(paths: )?([\\[{}\\],:?&*!|>'\"%@#a-]|\\PC| |\n){0,40}",
        ) {
            diff(input.as_bytes());
        }
    }

    #[test]
    fn the_invariant_holds_for_the_fuzz_seeds() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/diff");
        for seed in std::fs::read_dir(folder).unwrap() {
            diff(&std::fs::read(seed.unwrap().path()).unwrap());
        }
    }

    /// Generates documents with two schemas, one of which is both sent and received, and with further fields
    /// in the operation.
    fn document() -> impl Strategy<Value = Value> {
        let version = select(vec!["3.0.3", "3.0.0", "3.0.3", "3.1.0"]);
        let extra = proptest::collection::vec((operation_key(), value()), 0..3);
        (version, schema(), schema(), extra).prop_map(|(version, thing, part, extra)| {
            let content =
                json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } });
            let mut operation = json!({
                "operationId": "add_thing",
                "requestBody": { "content": content },
                "responses": { "200": { "description": "The thing", "content": content } },
            });
            for (key, value) in extra {
                operation[key] = value;
            }
            json!({
                "openapi": version,
                "info": { "title": "Things", "version": "1" },
                "paths": { "/things": { "post": operation } },
                "components": { "schemas": { "Thing": thing, "Part": part } },
            })
        })
    }

    fn operation_key() -> impl Strategy<Value = &'static str> {
        select(vec![
            "operationId",
            "parameters",
            "requestBody",
            "responses",
            "security",
            "deprecated",
            "servers",
            "tags",
            "callbacks",
            "x-custom",
            "description",
        ])
    }

    /// Generates values for a keyword, valid or not.
    fn value() -> impl Strategy<Value = Value> {
        let leaf = select(vec![
            Value::Null,
            json!(true),
            json!(false),
            json!(-1),
            json!(0),
            json!(5),
            json!(1.5),
            json!(1e300),
            json!(""),
            json!("string"),
            json!("object"),
            json!("id"),
            json!("int32"),
            json!("password"),
            json!([]),
            json!({}),
            json!(["id"]),
            json!(["b", "a", "a"]),
            json!([null, 1, "a"]),
            json!({ "$ref": "#/components/schemas/Part" }),
            json!({ "$ref": "#/components/schemas/Thing" }),
            json!({ "$ref": "#/nowhere" }),
            json!({ "$ref": "#" }),
            json!({ "$ref": 5 }),
            json!({ "$ref": "#/components/schemas/Thing/properties/id" }),
            json!([{ "name": "id", "in": "query", "schema": { "type": "string" } }]),
            json!({ "200": { "description": "ok" }, "4XX": { "description": "no" } }),
            json!([{ "oauth": ["a"] }, {}]),
        ]);
        leaf.prop_recursive(3, 12, 3, |value| {
            prop_oneof![
                proptest::collection::vec(value.clone(), 0..3).prop_map(Value::from),
                proptest::collection::vec((keyword(), value), 0..4).prop_map(object),
            ]
        })
    }

    fn schema() -> impl Strategy<Value = Value> {
        proptest::collection::vec((keyword(), value()), 0..5).prop_map(object)
    }

    fn keyword() -> impl Strategy<Value = &'static str> {
        select(vec![
            "type",
            "format",
            "nullable",
            "enum",
            "properties",
            "required",
            "items",
            "allOf",
            "oneOf",
            "anyOf",
            "not",
            "additionalProperties",
            "minimum",
            "exclusiveMinimum",
            "maxLength",
            "multipleOf",
            "pattern",
            "default",
            "readOnly",
            "writeOnly",
            "deprecated",
            "discriminator",
            "description",
            "$ref",
            "id",
            "x-custom",
        ])
    }

    fn object(fields: Vec<(&'static str, Value)>) -> Value {
        Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}
