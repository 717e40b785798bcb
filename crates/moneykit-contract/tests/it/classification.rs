//! Tests of classifying changes.
//!
//! The folder `cases` has pairs of contracts, with the changes that are expected in both directions. A case
//! has a `description`, `before`, `after`, the `expected` changes, and the `reversed` changes from `after` to
//! `before`. Contracts omit `openapi`, `info` and `paths` where they are the same in all cases. A case with
//! `schema: {before, after}` has a pair of schemas `Thing` instead. `POST /things` sends and receives a
//! `Thing`, so that each rule applies in both directions.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use moneykit_contract::{Diff, Document, RULES};
use serde_json::{Value, json};

#[test]
fn every_case_is_classified_as_expected_in_both_directions() {
    let mut failures = Vec::new();
    for case in cases() {
        let (before, after) = case.pair();
        for (title, old, new, expected) in [
            ("expected", &before, &after, case.lines("expected")),
            ("reversed", &after, &before, case.lines("reversed")),
        ] {
            let found = lines(&Diff::between(old, new).unwrap());
            if found != expected {
                failures.push(format!("{}, {title}:\n  - {}", case.name, found.join("\n  - ")));
            }
        }
    }
    assert!(failures.is_empty(), "found:\n{}", failures.join("\n"));
}

#[test]
fn every_rule_has_a_case_for_each_of_its_directions() {
    let covered: BTreeSet<(String, String)> = cases()
        .iter()
        .flat_map(|case| [case.lines("expected"), case.lines("reversed")].concat())
        .map(|line| {
            let fields: Vec<_> = line.split(' ').collect();
            (fields[1].to_owned(), fields[2].to_owned())
        })
        .collect();
    let mut missing = Vec::new();
    for rule in RULES {
        let has_case = |direction: &str| covered.contains(&(rule.id.to_owned(), direction.to_owned()));
        if rule.is_directional() {
            missing.extend(["sent", "received"].iter().filter(|it| !has_case(it)).map(|it| (rule.id, *it)));
        } else if !["sent", "received", "-"].iter().any(|it| has_case(it)) {
            missing.push((rule.id, "any direction"));
        }
    }
    assert!(missing.is_empty(), "rules without a case: {missing:?}");
}

#[test]
fn a_contract_does_not_differ_from_itself() {
    for case in cases() {
        let (before, after) = case.pair();
        for document in [before, after] {
            let diff = Diff::between(&document, &document).unwrap();
            assert!(diff.changes().is_empty(), "{}: {:?}", case.name, diff.changes());
        }
    }
}

#[test]
fn deeply_nested_schemas_are_classified_or_reported() {
    let chain = |length: usize, last: &str| {
        let link = |i: usize| {
            let next = format!("#/components/schemas/S{}", i + 1);
            let schema =
                json!({ "oneOf": [{ "type": "boolean" }, { "properties": { "next": { "$ref": next } } }] });
            (format!("S{i}"), schema)
        };
        let mut schemas: serde_json::Map<String, Value> = (0..length).map(link).collect();
        schemas.insert(format!("S{length}"), json!({ "type": last }));
        let first = json!({ "$ref": "#/components/schemas/S0" });
        Document::new("chain", complete(with_schema(&first, &Value::Object(schemas)))).unwrap()
    };
    let diff = |length| Diff::between(&chain(length, "string"), &chain(length, "integer")).unwrap();

    assert!(diff(500).changes().iter().any(|change| change.rule.id == "type-changed"));
    assert!(!diff(5_000).unclassified().is_empty());
}

struct Case {
    name: String,
    content: Value,
}

impl Case {
    fn pair(&self) -> (Document, Document) {
        let document = |key: &str| {
            let root = match self.content.get("schema") {
                Some(schemas) => with_schema(&schemas[key], &self.content["schemas"]),
                None => self.content[key].clone(),
            };
            Document::new(format!("{} {key}", self.name), complete(root)).unwrap()
        };
        (document("before"), document("after"))
    }

    fn lines(&self, key: &str) -> Vec<String> {
        let lines = self.content[key].as_array().unwrap_or_else(|| panic!("{}: no `{key}`", self.name));
        lines.iter().map(|line| line.as_str().unwrap().to_owned()).collect()
    }
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let case = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).unwrap();
        let content = serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        Case { name, content }
    };
    paths.into_iter().map(case).collect()
}

/// Returns one line for each change, in the format of the cases.
fn lines(diff: &Diff) -> Vec<String> {
    let mut lines: Vec<String> = diff
        .changes()
        .iter()
        .map(|change| {
            let direction = change.location.direction.map_or("-", moneykit_contract::Direction::name);
            let (compatibility, rule) = (change.compatibility, change.rule.id);
            format!("{compatibility} {rule} {direction} {}#{}", change.document.name(), change.pointer)
        })
        .collect();
    let unclassified = diff.unclassified().iter();
    lines.extend(unclassified.map(|it| format!("unclassified - - {}#{}", it.document.name(), it.pointer)));
    lines
}

/// Returns a document with an operation that sends and receives a schema.
fn with_schema(schema: &Value, others: &Value) -> Value {
    let mut schemas = json!({ "Thing": schema });
    for (name, other) in others.as_object().into_iter().flatten() {
        schemas[name] = other.clone();
    }
    let content = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } });
    json!({
        "paths": { "/things": { "post": {
            "operationId": "add_thing",
            "requestBody": { "content": content },
            "responses": { "200": { "description": "The thing", "content": content } },
        } } },
        "components": { "schemas": schemas },
    })
}

fn complete(mut root: Value) -> Value {
    let common = json!({ "openapi": "3.0.3", "info": { "title": "Things", "version": "1" }, "paths": {} });
    for (key, value) in common.as_object().unwrap() {
        if root.get(key).is_none() {
            root[key] = value.clone();
        }
    }
    root
}
