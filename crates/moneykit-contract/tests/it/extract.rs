//! Tests of extracting the part of a vendor's document that a contract covers.
//!
//! The folder `extract` has the cases. A case has the vendor's document `before` and `after`, the `contract`,
//! and the `missing` operations, `renamed` paths and `dangling` references that are reported.

use moneykit_contract::{DanglingReason, Document, extract};
use serde_json::{Value, json};

use crate::cases::{cases, complete, strings};

#[test]
fn every_case_is_extracted_as_expected() {
    let cases = cases("extract");
    assert!(cases.len() >= 15);
    for (name, case) in cases {
        let version = case["version"].as_str().unwrap_or("3.0.3");
        let vendor = Document::new(&name, complete(&case["before"], version)).unwrap();
        let contract = Document::new("contract", complete(&case["contract"], "3.0.3")).unwrap();
        let subset = extract(&vendor, &contract);

        let expected = complete(&case["after"], version);
        assert_eq!(*subset.document.root(), expected, "{name}");
        let order = |root: &Value| root["paths"].to_string() + &root["components"].to_string();
        assert_eq!(order(subset.document.root()), order(&expected), "{name}: order");

        let missing: Vec<_> = subset.missing.iter().map(|m| format!("{} {}", m.method, m.path)).collect();
        assert_eq!(missing, strings(&case["missing"]), "{name}");
        let renamed: Vec<_> =
            subset.renamed.iter().map(|r| format!("{} -> {}", r.contract, r.vendor)).collect();
        assert_eq!(renamed, strings(&case["renamed"]), "{name}");
        let reason = |reason| match reason {
            DanglingReason::Unresolved => "unresolved",
            DanglingReason::External => "external",
            DanglingReason::OutsideSubset => "outside",
            _ => "unknown",
        };
        let dangling: Vec<_> = subset
            .dangling
            .iter()
            .map(|d| format!("{} {}: {}", reason(d.reason), d.pointer, d.reference))
            .collect();
        assert_eq!(dangling, strings(&case["dangling"]), "{name}");
        for found in &subset.dangling {
            let at = subset.document.root().pointer(&found.pointer);
            assert!(
                at.is_none_or(|text| text.is_array() || text == found.reference.as_str()),
                "{name}: {found}"
            );
        }
    }
}

#[test]
fn extracting_is_idempotent() {
    for (name, case) in cases("extract") {
        let version = case["version"].as_str().unwrap_or("3.0.3");
        let vendor = Document::new(&name, complete(&case["before"], version)).unwrap();
        let contract = Document::new("contract", complete(&case["contract"], "3.0.3")).unwrap();
        let once = extract(&vendor, &contract);
        let twice = extract(&once.document, &contract);
        assert_eq!(twice.document.root(), once.document.root(), "{name}");
        assert_eq!(twice.missing, once.missing, "{name}");
    }
}

#[test]
fn a_long_chain_of_references_is_followed() {
    const LENGTH: usize = 20_000;
    let link =
        |i: usize| json!({ "items": { "$ref": format!("#/components/schemas/S{}", (i + 1) % LENGTH) } });
    let schemas: Value = (0..LENGTH).map(|i| (format!("S{i}"), link(i))).collect();
    let body = json!({ "content": { "text/plain": { "schema": { "$ref": "#/components/schemas/S0" } } } });
    let paths = json!({ "/a": { "post": { "requestBody": body, "responses": {} } } });
    let document = json!({ "paths": paths, "components": { "schemas": schemas } });
    let vendor = Document::new("vendor", complete(&document, "3.0.3")).unwrap();
    let subset = extract(&vendor, &vendor);
    assert_eq!(subset.document.root()["components"]["schemas"].as_object().unwrap().len(), LENGTH);
}
