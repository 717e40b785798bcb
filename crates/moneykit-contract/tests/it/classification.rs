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
fn a_change_in_a_shared_schema_is_reported_once_with_all_of_its_uses() {
    let operation = |name: &str| {
        let content = json!({ "application/json": { "schema": { "type": "array", "items": { "$ref": "#/components/schemas/Outer" } } } });
        let other = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Other" } } });
        json!({ "get": { "operationId": name, "responses": {
            "200": { "description": "d", "content": content },
            "404": { "description": "d", "content": other },
        } } })
    };
    let paths: serde_json::Map<String, Value> =
        ["a", "b", "c"].map(|name| (format!("/{name}"), operation(name))).into_iter().collect();
    let document = |inner: Value| {
        let schemas = json!({
            "Outer": { "type": "object", "properties": { "inner": { "$ref": "#/components/schemas/Inner" }, "parent": { "$ref": "#/components/schemas/Outer" } } },
            "Inner": inner,
            "Other": { "type": "object", "properties": { "text": { "type": "string" } } },
        });
        let root = json!({ "paths": paths, "components": { "schemas": schemas } });
        Document::new("shared", complete(root)).unwrap()
    };
    let diff = Diff::between(&document(json!({ "type": "string" })), &document(json!({ "type": "integer" })))
        .unwrap();

    let [change] = diff.changes() else { panic!("{diff:?}") };
    assert_eq!(change.location.operation.as_deref(), Some("GET /a"));
    assert_eq!(change.location.path, "[].inner");
    let uses: Vec<_> = change.uses.iter().map(|used| (&*used.operation, &*used.part)).collect();
    let part = "response 200, application/json";
    assert_eq!(uses, [("GET /a", part), ("GET /b", part), ("GET /c", part)]);
    let text = moneykit_contract::Text::new(&diff).to_string();
    assert!(
        text.starts_with("Schema `Inner`, received by 3 operations\n  in GET /a, GET /b, GET /c\n"),
        "{text}"
    );
    assert!(text.contains("such as GET /a, response 200, application/json: [].inner\n"), "{text}");
    let json = moneykit_contract::Json::new(&diff).to_value();
    assert_eq!(json["uses"][0].as_array().unwrap().len(), 3);
    assert_eq!(json["changes"][0]["uses"], 0);
}

#[test]
fn openapi_3_1_documents_are_compared_and_what_is_lost_is_said() {
    let document = |version: &str, schema: Value| {
        let mut root = with_schema(&schema, &json!({}));
        root["openapi"] = version.into();
        Document::new(version, complete(root)).unwrap()
    };
    let pattern = |pattern: &str, maximum: u64| json!({ "type": ["object", "null"], "patternProperties": { pattern: { "type": "string" } }, "maxProperties": maximum });
    let ids = |diff: &Diff| diff.changes().iter().map(|change| change.rule.id).collect::<Vec<_>>();

    let diff =
        Diff::between(&document("3.1.0", pattern("^a", 3)), &document("3.1.0", pattern("^a", 2))).unwrap();
    assert_eq!(ids(&diff), ["constraint-tightened"; 2]);
    assert_eq!(diff.unsupported()[0].pointer, "/components/schemas/Thing/patternProperties");
    assert!(diff.unclassified().is_empty());

    let diff =
        Diff::between(&document("3.1.0", pattern("^a", 3)), &document("3.1.1", pattern("^b", 3))).unwrap();
    assert!(diff.changes().is_empty() && diff.unsupported().is_empty());
    assert_eq!(diff.unclassified()[0].pointer, "/components/schemas/Thing/patternProperties");

    let nullable = json!({ "type": "object", "nullable": true, "maxProperties": 3 });
    let diff = Diff::between(&document("3.0.3", nullable), &document("3.1.0", pattern("^a", 3))).unwrap();
    assert!(diff.changes().is_empty());
    assert!(diff.unclassified()[0].message.contains("was added"), "{diff:?}");

    let commented = |comment: &str| json!({ "type": "object", "$comment": comment });
    let diff = Diff::between(&document("3.1.0", commented("a")), &document("3.1.0", commented("b"))).unwrap();
    assert_eq!(ids(&diff), ["annotation-changed"]);
}

#[test]
fn text_of_documents_does_not_control_a_terminal() {
    let document = |name: &str| {
        let schema = json!({ "properties": { name: { "type": "string" } }, "\u{1b}]0;\u{7}": name });
        Document::new("control", complete(with_schema(&schema, &json!({})))).unwrap()
    };
    let diff = Diff::between(&document("\u{1b}[31m"), &document("\u{9b}\u{202e}\n")).unwrap();

    assert!(!diff.changes().is_empty() && !diff.unclassified().is_empty());
    let markdown = moneykit_contract::Markdown::new(&diff).to_string();
    let json = moneykit_contract::Json::new(&diff);
    for text in [moneykit_contract::Text::new(&diff).to_string(), markdown, json.to_string()] {
        let is_control = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!text.contains(is_control), "{text:?}");
    }
    let value: Value = serde_json::from_str(&json.to_string()).unwrap();
    assert_eq!(value, json.to_value());
}

#[test]
fn deeply_nested_schemas_are_classified() {
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

    for length in [500, 5_000] {
        assert!(diff(length).changes().iter().any(|change| change.rule.id == "type-changed"), "{length}");
    }
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
