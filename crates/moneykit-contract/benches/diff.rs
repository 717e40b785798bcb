//! Benchmarks of comparing large documents: `cargo bench -p moneykit-contract --bench diff`.
//!
//! A document has many operations, each of which reaches all schemas: every schema refers to others, and the first one
//! to all. The curves show how the time grows with the number of changed schemas, and with the size of the document.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use moneykit_contract::{Diff, Document, Json, Text};
use serde_json::{Map, Value, json};

criterion_group!(benches, diff);
criterion_main!(benches);

fn diff(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("diff");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    let old = document(400, 0);
    for changed in [0, 1, 4, 16, 64, 256] {
        let new = document(400, changed);
        assert_eq!(Diff::between(&old, &new).unwrap().changes().len(), 2 * changed);
        group.bench_with_input(BenchmarkId::new("changed schemas", changed), &new, |bench, new| {
            bench.iter(|| Diff::between(&old, new).unwrap());
        });
    }
    for size in [100, 200, 400, 800] {
        let (old, new) = (document(size, 0), document(size, 16));
        group.throughput(Throughput::Bytes(new.root().to_string().len() as u64));
        group.bench_with_input(BenchmarkId::new("operations and schemas", size), &size, |bench, _| {
            bench.iter(|| Diff::between(&old, &new).unwrap());
        });
    }
    let changes = Diff::between(&old, &document(400, 256)).unwrap();
    group.bench_function("text", |bench| bench.iter(|| Text::new(&changes).to_string()));
    group.bench_function("json", |bench| bench.iter(|| Json::new(&changes).to_string()));
    group.finish();
}

/// Creates a document with a number of operations and of schemas, the first of which are changed.
fn document(size: usize, changed: usize) -> Document {
    let paths: Map<String, Value> = (0..size).map(|i| (format!("/things{i}/{{id}}"), operation(i))).collect();
    let schemas: Map<String, Value> =
        (0..size).map(|i| (format!("Schema{i}"), schema(i, size, i < changed))).collect();
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
            "400": { "description": "Error", "content": content(0) },
        },
    } })
}

/// Returns a schema that refers to others, and with these to all schemas.
fn schema(i: usize, size: usize, is_changed: bool) -> Value {
    let mut properties = json!({
        "id": { "type": "string", "minLength": 1, "description": "The ID." },
        "amount": { "type": "integer", "maximum": if is_changed { 200 } else { 100 } },
        "parent": { "anyOf": [{ "type": "string", "maxLength": 40 }, reference(i / 2)], "nullable": true },
        "next": reference((i + 1) % size),
        "list": { "type": "array", "items": reference((i * 7 + 3) % size) },
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
