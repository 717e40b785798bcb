//! Benchmarks of a large document: `cargo bench -p moneykit-contract`.
//!
//! A vendor's document of ten megabytes is parsed, extracted and downgraded, as JSON and as YAML. Extracting
//! the token request only costs little compared with parsing; the benchmarks named "all" extract the whole
//! document.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use moneykit_contract::{Document, downgrade, extract};
use serde_json::{Map, Value, json};

criterion_group!(benches, large);
criterion_main!(benches);

const SIZE: usize = 10_000_000;

fn large(criterion: &mut Criterion) {
    let root = vendor();
    let texts = [("json", root.to_string()), ("yaml", yaml(&root))];
    let contract = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/openapi.yaml");
    let contract = Document::read(contract).unwrap();
    let whole = Document::new("vendor", root).unwrap();

    let mut group = criterion.benchmark_group("large");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    for (name, text) in &texts {
        assert!(text.len() >= SIZE, "{name}: {}", text.len());
        assert!(
            *Document::parse("vendor", text).unwrap().root() == *whole.root(),
            "{name} has other content"
        );
        group.bench_function(format!("parse, {name}, {} bytes", text.len()), |bench| {
            bench.iter(|| Document::parse("vendor", text).unwrap());
        });
        group.bench_function(format!("parse, extract, downgrade, {name}"), |bench| {
            bench.iter(|| {
                let vendor = Document::parse("vendor", text).unwrap();
                downgrade(extract(&vendor, &contract).document)
            });
        });
        group.bench_function(format!("parse, extract, downgrade, {name}, all"), |bench| {
            bench.iter(|| {
                let vendor = Document::parse("vendor", text).unwrap();
                downgrade(extract(&vendor, &vendor).document)
            });
        });
    }
    group.bench_function("extract", |bench| bench.iter(|| extract(black_box(&whole), &contract)));
    group.bench_function("extract, all", |bench| bench.iter(|| extract(black_box(&whole), &whole)));
    let subset = extract(&whole, &contract).document;
    for (name, document) in [("downgrade", &subset), ("downgrade, all", &whole)] {
        group.bench_function(name, |bench| {
            bench.iter_batched(|| document.clone(), downgrade, BatchSize::PerIteration);
        });
    }
    group.finish();
}

/// Creates an OpenAPI 3.1 document with thousands of paths and schemas, and with the token request.
fn vendor() -> Value {
    let token = json!({
        "operationId": "token",
        "security": [{ "Basic": [] }],
        "requestBody": { "content": { "application/x-www-form-urlencoded": { "schema": reference("Schema0") } } },
        "responses": responses(1),
    });
    let mut paths = Map::new();
    let mut schemas = Map::new();
    let mut size = 0;
    while size < SIZE {
        let i = schemas.len();
        let operation = json!({
            "operationId": format!("operation_{i}"),
            "summary": "An operation",
            "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }],
            "requestBody": { "content": { "application/json": { "schema": reference(&format!("Schema{i}")) } } },
            "responses": responses(i),
        });
        let path = json!({ "get": operation, "post": operation });
        let schema = schema(i);
        size += path.to_string().len() + schema.to_string().len() + 20;
        paths.insert(format!("/things{i}/{{id}}"), path);
        schemas.insert(format!("Schema{i}"), schema);
    }
    paths.insert("/auth/token".to_owned(), json!({ "post": token }));
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Large", "version": "1" },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "Basic": { "type": "http", "scheme": "basic" } },
        },
    })
}

/// Returns a schema that refers to two others, so that each one reaches hundreds of schemas indirectly.
fn schema(i: usize) -> Value {
    json!({
        "type": "object",
        "description": "One of many schemas.\n\nIt has a description with \"quotes\" on several lines.",
        "required": ["id"],
        "properties": {
            "id": { "type": "string", "minLength": 1, "examples": [format!("thing-{i}")] },
            "kind": { "const": format!("kind-{i}") },
            "count": { "type": ["integer", "null"], "exclusiveMinimum": 0 },
            "value": { "type": ["string", "number"], "maxLength": 100, "maximum": 1e6 },
            "parent": { "anyOf": [reference(&format!("Schema{}", i / 2)), { "type": "null" }] },
            "next": { "description": "the other one", "$ref": format!("#/components/schemas/Schema{}", i / 3) },
        },
    })
}

fn responses(i: usize) -> Value {
    let content = json!({ "application/json": { "schema": reference(&format!("Schema{}", i / 2)) } });
    json!({
        "200": { "description": "Success", "content": content },
        "400": { "description": "Error", "content": content },
    })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// Returns the document as YAML in block style, with quotes where they are needed.
fn yaml(root: &Value) -> String {
    let mut text = String::new();
    write_block(&mut text, root, 0);
    text
}

fn write_block(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                let name = if name.starts_with(['$', '/']) { format!("'{name}'") } else { quoted(name) };
                write!(text, "\n{:indent$}{name}:", "").unwrap();
                write_block(text, value, indent + 2);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                write!(text, "\n{:indent$}-", "").unwrap();
                write_block(text, item, indent + 2);
            }
        }
        Value::String(value) => write!(text, " {}", quoted(value)).unwrap(),
        value => write!(text, " {value}").unwrap(),
    }
}

fn quoted(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ['_', '-', ' ', '/'].contains(&c);
    let is_word = value.starts_with(|c: char| c.is_ascii_alphabetic()) && value != "null";
    if is_word && value.chars().all(is_plain) { value.to_owned() } else { json!(value).to_string() }
}
