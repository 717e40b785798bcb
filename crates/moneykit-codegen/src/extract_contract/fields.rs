//! Keeps the fields that a contract can have.

use std::collections::BTreeMap;

use moneykit_contract::{Kind, is_schema_keyword};
use serde_json::{Map, Value, json};

use crate::rewrite::nodes;

/// The fields of the document, in the order of a contract.
const DOCUMENT: [&str; 8] =
    ["openapi", "info", "externalDocs", "servers", "security", "tags", "paths", "components"];

/// Drops the fields that OpenAPI 3.0.3 does not define, extensions, callbacks and links, and counts them by name.
pub(super) fn keep_known(root: &mut Value, dropped: &mut BTreeMap<String, usize>) {
    if let Some(info) = root.get_mut("info").and_then(Value::as_object_mut) {
        const INFO: [&str; 6] = ["title", "description", "termsOfService", "contact", "license", "version"];
        keep(info, &INFO, dropped);
        info.entry("title").or_insert_with(|| json!(""));
        if let Some(version) = info.get_mut("version").filter(|version| !version.is_string()) {
            *version = json!(version.to_string());
        }
    }
    for tag in root.get_mut("tags").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(tag) = tag.as_object_mut() {
            keep(tag, &["name", "description", "externalDocs"], dropped);
        }
    }
    nodes(root, &mut |kind, fields| {
        if fields.get("$ref").is_some_and(Value::is_string) && kind.section().is_some() {
            return fields.retain(|field, _| field == "$ref");
        }
        match kind {
            Kind::Schema => {
                retain(fields, &|field| is_schema_keyword(field) && !field.starts_with("x-"), dropped);
            }
            Kind::Paths | Kind::Responses => retain(fields, &|field| !field.starts_with("x-"), dropped),
            _ => keep(fields, known(kind), dropped),
        }
        match kind {
            Kind::Response => {
                fields.entry("description").or_insert_with(|| json!(""));
            }
            // Examples have names; a list of them is a habit of JSON Schema.
            Kind::MediaType | Kind::Parameter | Kind::Header
                if fields.get("examples").is_some_and(|examples| !examples.is_object()) =>
            {
                drop_field(fields, "examples", dropped);
            }
            _ => {}
        }
    });
}

/// Brings the fields of the document into the order of a contract.
pub(super) fn sort(root: &mut Value) {
    let Some(fields) = root.as_object_mut() else { return };
    let mut sorted = Map::new();
    for field in DOCUMENT {
        sorted.extend(fields.shift_remove(field).map(|value| (field.to_owned(), value)));
    }
    *fields = sorted;
}

fn known(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Document => &DOCUMENT,
        Kind::Components => {
            &["schemas", "responses", "parameters", "examples", "requestBodies", "headers", "securitySchemes"]
        }
        Kind::PathItem => &[
            "summary",
            "description",
            "get",
            "put",
            "post",
            "delete",
            "options",
            "head",
            "patch",
            "trace",
            "servers",
            "parameters",
        ],
        Kind::Operation => &[
            "tags",
            "summary",
            "description",
            "externalDocs",
            "operationId",
            "parameters",
            "requestBody",
            "responses",
            "deprecated",
            "security",
            "servers",
        ],
        Kind::Parameter => &[
            "name",
            "in",
            "description",
            "required",
            "deprecated",
            "allowEmptyValue",
            "style",
            "explode",
            "allowReserved",
            "schema",
            "example",
            "examples",
            "content",
        ],
        Kind::Header => &[
            "description",
            "required",
            "deprecated",
            "style",
            "explode",
            "schema",
            "example",
            "examples",
            "content",
        ],
        Kind::RequestBody => &["description", "content", "required"],
        Kind::Response => &["description", "headers", "content"],
        Kind::MediaType => &["schema", "example", "examples", "encoding"],
        Kind::Encoding => &["contentType", "headers", "style", "explode", "allowReserved"],
        Kind::Example => &["summary", "description", "value", "externalValue"],
        Kind::SecurityScheme => {
            &["type", "description", "name", "in", "scheme", "bearerFormat", "flows", "openIdConnectUrl"]
        }
        Kind::Schema | Kind::Paths | Kind::Responses | Kind::Link | Kind::Callback => &[],
    }
}

fn keep(fields: &mut Map<String, Value>, known: &[&str], dropped: &mut BTreeMap<String, usize>) {
    retain(fields, &|field| known.contains(&field), dropped);
}

fn retain(
    fields: &mut Map<String, Value>,
    is_known: &dyn Fn(&str) -> bool,
    dropped: &mut BTreeMap<String, usize>,
) {
    fields.retain(|field, _| {
        let is_known = is_known(field);
        if !is_known {
            *dropped.entry(field.clone()).or_default() += 1;
        }
        is_known
    });
}

fn drop_field(fields: &mut Map<String, Value>, name: &str, dropped: &mut BTreeMap<String, usize>) {
    retain(fields, &|field| field != name, dropped);
}
