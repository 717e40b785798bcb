use moneykit_contract::{DanglingReason, Document, extract};
use serde_json::{Value, json};

use crate::cases::{cases, strings, whole};

#[test]
fn each_document_is_cut_as_its_case_says() {
    let cases = cases("extract");
    assert!(cases.len() >= 15);
    for (name, case) in cases {
        let version = case["version"].as_str().unwrap_or("3.0.3");
        let vendor = Document::new(&name, whole(&case["before"], version)).unwrap();
        let contract = Document::new("ours", whole(&case["contract"], "3.0.3")).unwrap();
        let slice = extract(&vendor, &contract);

        let expected = whole(&case["after"], version);
        assert_eq!(*slice.document.root(), expected, "{name}");
        let order = |root: &Value| root["paths"].to_string() + &root["components"].to_string();
        assert_eq!(order(slice.document.root()), order(&expected), "{name}: the order");

        let missing: Vec<_> = slice.missing.iter().map(|m| format!("{} {}", m.method, m.path)).collect();
        assert_eq!(missing, strings(&case["missing"]), "{name}");
        let renamed: Vec<_> =
            slice.renamed.iter().map(|r| format!("{} -> {}", r.contract, r.vendor)).collect();
        assert_eq!(renamed, strings(&case["renamed"]), "{name}");
        let word = |why| match why {
            DanglingReason::Unresolved => "unresolved",
            DanglingReason::External => "external",
            DanglingReason::Outside => "outside",
            _ => "new",
        };
        let dangling: Vec<_> = slice
            .dangling
            .iter()
            .map(|d| format!("{} {}: {}", word(d.why), d.pointer, d.reference))
            .collect();
        assert_eq!(dangling, strings(&case["dangling"]), "{name}");
        for found in &slice.dangling {
            let at = slice.document.root().pointer(&found.pointer);
            assert!(
                at.is_none_or(|text| text.is_array() || text == found.reference.as_str()),
                "{name}: {found}"
            );
        }
    }
}

#[test]
fn a_slice_of_a_slice_is_the_same_slice() {
    for (name, case) in cases("extract") {
        let version = case["version"].as_str().unwrap_or("3.0.3");
        let vendor = Document::new(&name, whole(&case["before"], version)).unwrap();
        let contract = Document::new("ours", whole(&case["contract"], "3.0.3")).unwrap();
        let once = extract(&vendor, &contract);
        let twice = extract(&once.document, &contract);
        assert_eq!(twice.document.root(), once.document.root(), "{name}");
        assert_eq!(twice.missing, once.missing, "{name}");
    }
}

#[test]
fn a_chain_of_references_may_be_as_long_as_it_likes() {
    const LENGTH: usize = 20_000;
    let link =
        |i: usize| json!({ "items": { "$ref": format!("#/components/schemas/S{}", (i + 1) % LENGTH) } });
    let schemas: Value = (0..LENGTH).map(|i| (format!("S{i}"), link(i))).collect();
    let body = json!({ "content": { "text/plain": { "schema": { "$ref": "#/components/schemas/S0" } } } });
    let paths = json!({ "/a": { "post": { "requestBody": body, "responses": {} } } });
    let document = json!({ "paths": paths, "components": { "schemas": schemas } });
    let vendor = Document::new("vendor", whole(&document, "3.0.3")).unwrap();
    let slice = extract(&vendor, &vendor);
    assert_eq!(slice.document.root()["components"]["schemas"].as_object().unwrap().len(), LENGTH);
}
