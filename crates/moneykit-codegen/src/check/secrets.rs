//! Checks that secrets get the secret type, and stay out of URLs and headers.

use moneykit_contract::{Kind, NodeRef, child};
use serde_json::Value;

use crate::error::Diagnostic;
use crate::index::{ContractIndex, parts, properties};

/// Rejects each `format: password` that would not become the secret type, or would be part of a URL or header.
///
/// The generator uses that type for schemas that are exactly `{ type: string, format: password }`, apart from
/// annotations. Any other schema would silently become a string that `Debug` prints.
pub(super) fn secrets(index: &ContractIndex<'_>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for schema in index.definitions(Kind::Schema) {
        diagnostics.extend(spelling(index, schema));
        if is_secret(schema) {
            diagnostics.extend(extra_keywords(index, schema));
        }
        let secrets = parts(schema).filter(|part| index.resolve(part).is_some_and(|part| is_secret(&part)));
        diagnostics.extend(secrets.map(|part| {
            Diagnostic::new(
                index.target_position(&part),
                "a secret as a part of a composition would become a plain string",
                "write `type: string` and `format: password` in place of the composition, or refer to it directly",
            )
        }));
    }
    for parameter in index.definitions(Kind::Parameter) {
        let schema = parameter.child("schema").filter(|schema| holds_secret(index, schema));
        diagnostics.extend(schema.map(|schema| {
            Diagnostic::new(
                index.position(&schema.pointer),
                "a secret as a parameter: URLs and headers are logged, and the secret type can't be printed",
                "move it to the request's body, or describe it as a security scheme",
            )
        }));
    }
    diagnostics
}

/// The keywords that a schema of the secret type may have.
const ANNOTATIONS: [&str; 10] = [
    "type",
    "format",
    "nullable",
    "title",
    "description",
    "example",
    "deprecated",
    "readOnly",
    "writeOnly",
    "externalDocs",
];

fn is_secret(schema: &NodeRef<'_>) -> bool {
    schema.value.get("format").and_then(Value::as_str) == Some("password")
}

fn spelling(index: &ContractIndex<'_>, schema: &NodeRef<'_>) -> Option<Diagnostic> {
    let text = |field| schema.value.get(field).and_then(Value::as_str);
    let format = text("format").filter(|format| format.eq_ignore_ascii_case("password"))?;
    let position = index.value_position(&child(&schema.pointer, "format"));
    if format != "password" {
        let message = format!("the format `{format}` is not known; that of a secret is lowercase");
        return Some(Diagnostic::new(position, message, "write `format: password`"));
    }
    (text("type") != Some("string")).then(|| {
        let message = "a secret that is not a string would be printed like any other value";
        Diagnostic::new(position, message, "write `type: string` beside it, or drop the format")
    })
}

fn extra_keywords(index: &ContractIndex<'_>, secret: &NodeRef<'_>) -> Vec<Diagnostic> {
    let keywords = secret.value.as_object().into_iter().flat_map(serde_json::Map::keys);
    keywords
        .filter(|keyword| !ANNOTATIONS.contains(&keyword.as_str()))
        .map(|keyword| {
            Diagnostic::new(
                index.position(&child(&secret.pointer, keyword)),
                format!("`{keyword}` on a secret: the generated type would print it in `Debug`"),
                "drop it, and describe it in the `description`: the type of `format: password` checks nothing",
            )
        })
        .collect()
}

/// Returns true if a schema is that of a secret or contains one.
pub(super) fn holds_secret<'a>(index: &ContractIndex<'a>, schema: &NodeRef<'a>) -> bool {
    let mut open = vec![schema.clone()];
    let mut seen: Vec<&str> = Vec::new();
    while let Some(schema) = open.pop() {
        if let Some(target) = schema.target() {
            if !seen.contains(&target) {
                seen.push(target);
                open.extend(index.resolve(&schema));
            }
            continue;
        }
        if is_secret(&schema) {
            return true;
        }
        open.extend(parts(&schema));
        open.extend(properties(&schema));
        open.extend(
            ["items", "additionalProperties"].into_iter().filter_map(|keyword| schema.child(keyword)),
        );
    }
    false
}
