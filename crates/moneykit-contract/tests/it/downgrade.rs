use moneykit_contract::{Document, downgrade};
use serde_json::Value;

use crate::cases::{cases, strings, whole};
use crate::dialects::{accepts_3_0, accepts_3_1};

#[test]
fn each_document_is_bridged_as_its_case_says() {
    let cases = cases("downgrade");
    assert!(cases.len() >= 30);
    for (name, case) in cases {
        let bridged = downgrade(Document::new(&name, whole(&case["before"], "3.1.0")).unwrap());
        assert_eq!(*bridged.document.root(), whole(&case["after"], "3.0.3"), "{name}");

        let mut left: Vec<_> = bridged.left.iter().map(|left| left.pointer.as_str()).collect();
        let mut expected = strings(&case["left"]);
        left.sort_unstable();
        expected.sort_unstable();
        assert_eq!(left, expected, "{name}");
    }
}

#[test]
fn what_is_left_over_is_told_in_words() {
    for (_, case) in cases("downgrade") {
        let before = whole(&case["before"], "3.1.0");
        for left in downgrade(Document::new("case", before).unwrap()).left {
            assert!(left.pointer.ends_with(&format!("/{}", left.keyword)), "{left}");
            assert!(left.what.contains(' ') && left.to_string().contains(&left.what), "{left}");
        }
    }
}

#[test]
fn bridged_schemas_accept_what_the_originals_accept() {
    let mut count = 0;
    for (name, case) in cases("downgrade") {
        let before = whole(&case["before"], "3.1.0");
        let bridged = downgrade(Document::new(&name, before.clone()).unwrap()).document;
        for (verdict, list) in [(true, "accepts"), (false, "refuses")] {
            for instance in case[list].as_array().into_iter().flatten() {
                assert_eq!(accepts_3_1(&before, instance), verdict, "{name}, before: {instance}");
                assert_eq!(accepts_3_0(bridged.root(), instance), verdict, "{name}, after: {instance}");
                count += 1;
            }
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn what_was_bridged_stays_as_it_is() {
    for (name, case) in cases("downgrade") {
        let once = downgrade(Document::new(&name, whole(&case["before"], "3.1.0")).unwrap()).document;
        let twice = downgrade(once.clone());
        assert_eq!(twice.document.root(), once.root(), "{name}");
        assert!(twice.left.is_empty(), "{name}");
    }
}

#[test]
fn a_schema_as_deep_as_documents_may_be_is_bridged() {
    let mut schema = Value::Bool(true);
    for _ in 0..124 {
        schema = serde_json::json!({ "items": schema, "type": ["array", "string", "null"], "const": [] });
    }
    let before = serde_json::json!({ "components": { "schemas": { "S": schema } } });
    let bridged = downgrade(Document::new("deep", whole(&before, "3.1.0")).unwrap());
    assert!(bridged.left.is_empty());
}

#[test]
fn path_items_that_double_each_other_do_not_fill_the_memory() {
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
    let bridged = downgrade(Document::new("doubling", whole(&before, "3.1.0")).unwrap());
    assert!(bridged.left.iter().any(|left| left.what.starts_with("too many paths")));
}
