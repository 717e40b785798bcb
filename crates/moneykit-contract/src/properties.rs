//! What must hold for every input, however hostile.
//!
//! Each property is a function of bytes that panics when it does not hold. The property tests below call it,
//! and so does the fuzz target of its name; both begin with the inputs of `fuzz/seeds`.

use crate::{Diff, Document, Json, Markdown, Text, Unclassified, Way};

/// A document does not differ from itself, and what differs on the way there differs on the way back.
///
/// The input is two documents with a line `---` between them.
pub fn diff(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let (old, new) = text.split_once("\n---\n").unwrap_or((text, text));
    let documents = [Document::parse("old", old), Document::parse("new", new)];
    for document in &documents {
        match document {
            Ok(document) => is_sound(document),
            Err(error) => assert!(error.to_string().contains("help: "), "{error}"),
        }
    }
    let [Ok(old), Ok(new)] = documents else { return };
    let (Ok(there), Ok(back)) = (Diff::between(&old, &new), Diff::between(&new, &old)) else {
        return assert!(old.is_3_1() || new.is_3_1(), "two documents were refused");
    };
    assert_eq!(is_empty(&there), is_empty(&back), "{there:?}\n{back:?}");
    for diff in [&there, &back] {
        assert_eq!(diff.verdict(), diff.changes().iter().map(|change| change.verdict).max());
        let shown =
            [Text::new(diff).to_string(), Markdown::new(diff).to_string(), Json::new(diff).to_string()];
        assert!(shown.iter().all(|shown| !shown.trim().is_empty()));
    }
}

fn is_sound(document: &Document) {
    for way in [Way::Request, Way::Response, Way::Either] {
        assert!(document.to_json_schema(way).is_object());
    }
    match Diff::between(document, document) {
        Ok(diff) => {
            // Where a reference leads nowhere nothing can be compared, not even with itself.
            let is_broken = |unclassified: &Unclassified| unclassified.words.contains("leads nowhere");
            assert!(diff.changes().is_empty() && diff.unclassified().iter().all(is_broken), "{diff:?}");
        }
        Err(error) => assert!(document.is_3_1(), "{error}"),
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

    /// The same inputs each time: a test fails for a change of the code, and for nothing else. The fuzzers
    /// see to other inputs.
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
        fn a_difference_is_one_from_both_sides(old in a_document(), new in a_document()) {
            diff(format!("{old}\n---\n{new}").as_bytes());
        }

        #[test]
        fn what_is_no_document_is_refused_with_a_way_out(
            input in "(openapi: 3.[0-2].[0-9]\n)?(paths: )?([\\[{}\\],:?&*!|>'\"%@#a-]|\\PC| |\n){0,40}",
        ) {
            diff(input.as_bytes());
        }
    }

    #[test]
    fn what_holds_for_every_input_holds_for_the_seeds_of_the_fuzzers() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/diff");
        for seed in std::fs::read_dir(folder).unwrap() {
            diff(&std::fs::read(seed.unwrap().path()).unwrap());
        }
    }

    /// A document with two schemas, one of which goes both ways, and with what else an operation may say.
    fn a_document() -> impl Strategy<Value = Value> {
        let version = select(vec!["3.0.3", "3.0.0", "3.0.3", "3.1.0"]);
        let extra = proptest::collection::vec((an_operation_key(), a_value()), 0..3);
        (version, a_schema(), a_schema(), extra).prop_map(|(version, thing, part, extra)| {
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

    fn an_operation_key() -> impl Strategy<Value = &'static str> {
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
            "x-made-up",
            "description",
        ])
    }

    /// What may stand behind a keyword, whether it belongs there or not.
    fn a_value() -> impl Strategy<Value = Value> {
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
                proptest::collection::vec((a_keyword(), value), 0..4).prop_map(object),
            ]
        })
    }

    fn a_schema() -> impl Strategy<Value = Value> {
        proptest::collection::vec((a_keyword(), a_value()), 0..5).prop_map(object)
    }

    fn a_keyword() -> impl Strategy<Value = &'static str> {
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
            "x-made-up",
        ])
    }

    fn object(fields: Vec<(&'static str, Value)>) -> Value {
        Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}
