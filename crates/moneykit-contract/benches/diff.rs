//! Benchmarks of comparing large documents: `cargo bench -p moneykit-contract --bench diff`.
//!
//! Two curves show how the time grows with the size of what changed, and with the size of the document. The schemas of the
//! generated document form groups. Those of one group refer to each other, so a change in one is a change in what all of
//! them accept. If all schemas are one group, every change reaches the whole document.
//!
//! Two versions of a vendor's document have the same first curve: with `MONEYKIT_BENCH_OLD` and `MONEYKIT_BENCH_NEW`, the
//! paths of two files, a growing part of the old version's schemas and operations is replaced by those of the new one.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "the environment names the documents of a vendor")]

use std::env;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main};
use moneykit_contract::{Diff, Document, Json, Text};
use serde_json::{Map, Value, json};

criterion_group!(benches, generated, real);
criterion_main!(benches);

fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2));
    group
}

fn generated(criterion: &mut Criterion) {
    let mut group = group(criterion, "diff");
    let old = document(400, GROUP, 0);
    for changed in [0, 1, 2, 5, 10, 20] {
        let new = document(400, GROUP, changed);
        assert_eq!(Diff::between(&old, &new).unwrap().changes().len(), 2 * changed);
        group.bench_with_input(BenchmarkId::new("changed groups of 20", changed), &new, |bench, new| {
            bench.iter(|| Diff::between(&old, new).unwrap());
        });
    }
    for size in [100, 200, 400, 800] {
        let (old, new) = (document(size, GROUP, 0), document(size, GROUP, 2));
        let id = format!("{size} schemas, {} KB", new.root().to_string().len() / 1_000);
        group.bench_function(BenchmarkId::new("size with 2 changed groups", id), |bench| {
            bench.iter(|| Diff::between(&old, &new).unwrap());
        });
    }
    let (connected, edited) = (document(400, 400, 0), document(400, 400, 1));
    group.bench_function("one group of 400", |bench| {
        bench.iter(|| Diff::between(&connected, &edited).unwrap());
    });
    let changes = Diff::between(&old, &document(400, GROUP, 20)).unwrap();
    group.bench_function("text", |bench| bench.iter(|| Text::new(&changes).to_string()));
    group.bench_function("json", |bench| bench.iter(|| Json::new(&changes).to_string()));
    group.finish();
}

/// Compares two versions of a vendor's document, if the environment names them.
fn real(criterion: &mut Criterion) {
    let read = |name| env::var_os(name).map(|path| Document::read(path).unwrap());
    let (Some(old), Some(new)) = (read("MONEYKIT_BENCH_OLD"), read("MONEYKIT_BENCH_NEW")) else { return };
    let mut group = group(criterion, "vendor");
    for parts in [0, 1, 2, 4, 8, 16] {
        let new = partly(&old, &new, parts);
        let changes = Diff::between(&old, &new).unwrap().changes().len();
        let id = format!("{parts} of 16, {changes} changes");
        group.bench_function(BenchmarkId::new("changed", id), |bench| {
            bench.iter(|| Diff::between(&old, &new).unwrap());
        });
    }
    let changes = Diff::between(&old, &new).unwrap();
    group.bench_function("text", |bench| bench.iter(|| Text::new(&changes).to_string()));
    group.bench_function("json", |bench| bench.iter(|| Json::new(&changes).to_string()));
    group.finish();
}

/// Returns an old document in which the first sixteenths of the components and paths are those of the new one.
fn partly(old: &Document, new: &Document, parts: usize) -> Document {
    let mut root = old.root().clone();
    let mut maps = vec!["/paths".to_owned()];
    let sections = new.root()["components"].as_object().into_iter().flatten();
    maps.extend(sections.map(|(section, _)| format!("/components/{section}")));
    for pointer in maps {
        let (Some(Value::Object(theirs)), Some(Value::Object(ours))) =
            (new.root().pointer(&pointer), root.pointer_mut(&pointer))
        else {
            continue;
        };
        let count = theirs.len() * parts / 16;
        ours.extend(theirs.iter().take(count).map(|(name, value)| (name.clone(), value.clone())));
        if parts == 16 {
            ours.retain(|name, _| theirs.contains_key(name));
        }
    }
    Document::new("new", root).unwrap()
}

/// The number of schemas that refer to each other.
const GROUP: usize = 20;

/// Creates a document with a number of operations and of schemas, in groups of a size. One schema of each of the first
/// groups is changed.
fn document(size: usize, group: usize, changed: usize) -> Document {
    let paths: Map<String, Value> = (0..size).map(|i| (format!("/things{i}/{{id}}"), operation(i))).collect();
    let schemas = (0..size).map(|i| {
        let is_changed = i % group == 0 && i / group < changed;
        (format!("Schema{i}"), schema(i, group, is_changed))
    });
    let schemas: Map<String, Value> = schemas.collect();
    let root = json!({
        "openapi": "3.0.3",
        "info": { "title": "Large", "version": "1" },
        "paths": paths,
        "components": { "schemas": schemas },
    });
    Document::new("large", root).unwrap()
}

fn operation(i: usize) -> Value {
    let content = |i: usize| json!({ "application/json": { "schema": reference(i) } });
    json!({ "post": {
        "operationId": format!("operation_{i}"),
        "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }],
        "requestBody": { "content": content(i) },
        "responses": {
            "200": { "description": "Success", "content": content(i) },
            "400": { "description": "Error" },
        },
    } })
}

/// Returns a schema that refers to others of its group, and with these to all of them.
fn schema(i: usize, group: usize, is_changed: bool) -> Value {
    let other = |member: usize| reference(i / group * group + member % group);
    let member = i % group;
    let mut properties = json!({
        "id": { "type": "string", "minLength": 1, "description": "The ID." },
        "amount": { "type": "integer", "maximum": if is_changed { 200 } else { 100 } },
        "parent": { "anyOf": [{ "type": "string", "maxLength": 40 }, other(member / 2)], "nullable": true },
        "next": other(member + 1),
        "list": { "type": "array", "items": other(member * 7 + 3) },
    });
    for part in 0..20 {
        properties[format!("part_{part}")] =
            json!({ "type": "string", "description": "A part.", "enum": ["a", "b"] });
    }
    json!({ "type": "object", "required": ["id"], "properties": properties })
}

fn reference(i: usize) -> Value {
    json!({ "$ref": format!("#/components/schemas/Schema{i}") })
}
