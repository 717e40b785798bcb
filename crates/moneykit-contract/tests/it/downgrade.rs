//! Tests of downgrading documents from OpenAPI 3.1 to 3.0.
//!
//! The folder `downgrade` has the cases. A case has the document `before` and `after`, the JSON pointers that
//! are reported as `unsupported`, and the values that the schema `S` of both documents `accepts` and
//! `rejects`.

use moneykit_contract::{Document, downgrade};
use serde_json::Value;

use crate::cases::{cases, complete, strings};
use crate::dialects::{accepts_3_0, accepts_3_1};

#[test]
fn every_case_is_downgraded_as_expected() {
    let cases = cases("downgrade");
    assert!(cases.len() >= 30);
    for (name, case) in cases {
        let downgraded = downgrade(Document::new(&name, complete(&case["before"], "3.1.0")).unwrap());
        assert_eq!(*downgraded.document.root(), complete(&case["after"], "3.0.3"), "{name}");

        let mut unsupported: Vec<_> =
            downgraded.unsupported.iter().map(|entry| entry.pointer.as_str()).collect();
        let mut expected = strings(&case["unsupported"]);
        unsupported.sort_unstable();
        expected.sort_unstable();
        assert_eq!(unsupported, expected, "{name}");
    }
}

#[test]
fn unsupported_keywords_have_a_pointer_and_a_reason() {
    for (_, case) in cases("downgrade") {
        let before = complete(&case["before"], "3.1.0");
        for entry in downgrade(Document::new("case", before).unwrap()).unsupported {
            assert!(entry.pointer.ends_with(&format!("/{}", entry.keyword)), "{entry}");
            assert!(entry.reason.contains(' ') && entry.to_string().contains(&entry.reason), "{entry}");
        }
    }
}

#[test]
fn downgraded_schemas_accept_the_same_values() {
    let mut count = 0;
    for (name, case) in cases("downgrade") {
        let before = complete(&case["before"], "3.1.0");
        let downgraded = downgrade(Document::new(&name, before.clone()).unwrap()).document;
        for (expected, list) in [(true, "accepts"), (false, "rejects")] {
            for instance in case[list].as_array().into_iter().flatten() {
                assert_eq!(accepts_3_1(&before, instance), expected, "{name}, before: {instance}");
                assert_eq!(accepts_3_0(downgraded.root(), instance), expected, "{name}, after: {instance}");
                count += 1;
            }
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn downgrading_is_idempotent() {
    for (name, case) in cases("downgrade") {
        let once = downgrade(Document::new(&name, complete(&case["before"], "3.1.0")).unwrap()).document;
        let twice = downgrade(once.clone());
        assert_eq!(twice.document.root(), once.root(), "{name}");
        assert!(twice.unsupported.is_empty(), "{name}");
    }
}

#[test]
fn a_schema_of_maximum_depth_is_downgraded() {
    let mut schema = Value::Bool(true);
    for _ in 0..124 {
        schema = serde_json::json!({ "items": schema, "type": ["array", "string", "null"], "const": [] });
    }
    let before = serde_json::json!({ "components": { "schemas": { "S": schema } } });
    let downgraded = downgrade(Document::new("deep", complete(&before, "3.1.0")).unwrap());
    assert!(downgraded.unsupported.is_empty());
}

#[test]
fn exponentially_growing_path_items_are_limited() {
    let mut items = serde_json::Map::new();
    for level in 0..64 {
        let next = serde_json::json!({ "$ref": format!("#/components/pathItems/I{}", level + 1) });
        let callbacks = serde_json::json!({ "a": { "u": next }, "b": { "u": next } });
        let responses = serde_json::json!({ "default": { "description": "d" } });
        let post = serde_json::json!({ "callbacks": callbacks, "responses": responses });
        items.insert(format!("I{level}"), serde_json::json!({ "post": post }));
    }
    let paths = serde_json::json!({ "/a": { "$ref": "#/components/pathItems/I0" } });
    let before = serde_json::json!({ "paths": paths, "components": { "pathItems": items } });
    let downgraded = downgrade(Document::new("doubling", complete(&before, "3.1.0")).unwrap());
    assert!(
        downgraded.unsupported.iter().any(|entry| entry.reason.starts_with("too many nested path items"))
    );
}
