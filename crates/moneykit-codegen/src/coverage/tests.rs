//! Tests of the coverage of small documents.

use serde_json::json;

use super::*;

fn vendor() -> Document {
    let created = json!({ "responses": { "204": { "description": "Done." } } });
    let mut broken = created.clone();
    broken["responses"]["200"] = json!({
        "description": "A value.",
        "content": { "application/json": { "schema": { "type": "objec\u{1b}" } } },
    });
    let root = json!({
        "openapi": "3.0.3",
        "info": { "title": "Things", "version": "7" },
        "paths": { "/a": { "get": created }, "/b": { "get": broken }, "/c": { "get": broken } },
    });
    Document::new("things.yaml", root).unwrap()
}

#[test]
fn operations_that_fail_are_left_out_with_their_reason() {
    let vendor = vendor();
    let operations = VendorOperation::all(&vendor);
    let mut said = Vec::new();

    let chosen: Vec<_> = operations.iter().collect();
    let coverage = Coverage::of(&vendor, &chosen, &mut |sentence| said.push(sentence.to_owned()));

    assert!(coverage.failures[0].is_none() && coverage.client.is_some());
    for failure in &coverage.failures[1..] {
        let (stage, reason) = failure.as_ref().unwrap().describe();
        assert!(stage == "refused" && reason.contains("objec"), "{failure:?}");
    }
    assert!(said[0].contains("looking at each"), "{said:?}");
}

#[test]
fn reasons_that_differ_in_names_only_are_one_and_are_escaped() {
    let vendor = vendor();
    let operations = VendorOperation::all(&vendor);
    let failures = [
        (&operations[0], "refused", "no id"),
        (&operations[1], "not generated", "/components/schemas/b: removed `b\u{1b}`"),
        (&operations[2], "not generated", "/components/schemas/c: removed `c`"),
    ];

    let groups = group_failures(failures);

    assert_eq!(groups[0].reason, "… removed `…`");
    assert_eq!(groups[0].operations, ["GET /b", "GET /c"]);
    assert_eq!(groups[1].operations, ["GET /a"]);
    assert_eq!(
        groups[0].to_string(),
        "    2  not generated: … removed `…`\n       such as GET /b: /components/schemas/b: removed `b\\u{1b}`"
    );
    assert_eq!(groups[1].to_json()["reason"], "no id");
}
