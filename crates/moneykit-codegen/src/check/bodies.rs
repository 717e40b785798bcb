//! Checks that each operation has one type each for its request, its success responses and its error responses.

use moneykit_contract::{Kind, NodeRef};
use serde_json::Value;

use crate::error::Diagnostic;
use crate::index::{ContractIndex, Operation};

/// Rejects operations with several types for their request, success or error: a method of the generated client
/// supports one of each.
pub(super) fn bodies(index: &ContractIndex<'_>) -> Vec<Diagnostic> {
    index.operations().iter().flat_map(|operation| check(index, operation)).collect()
}

fn check<'a>(index: &ContractIndex<'a>, operation: &Operation<'a>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let name = operation.name();
    if let Some(body) = operation.node.child("requestBody") {
        let count = index.resolve(&body).map_or(0, |body| media_types(&body).count());
        if count > 1 {
            diagnostics.push(Diagnostic::new(
                index.position(&body.pointer),
                format!("{name} takes {count} media types; the generated client can send one"),
                "keep the one that the client must send",
            ));
        }
    }
    let responses = operation.responses();
    for response in &responses {
        if let Some(reason) = json(index, response).and_then(|json| unsupported(&json)) {
            diagnostics.push(Diagnostic::new(
                index.position(&response.pointer),
                format!("the JSON of the response {} to {name} {reason}", response.name),
                "add a `schema`, and remove the `encoding`",
            ));
        }
    }
    for (kind, applies) in [("success", is_success as fn(&str) -> bool), ("error", is_error)] {
        // `default` is no success response if there is a `2XX`, which covers every success.
        let is_shadowed = |status: &str| {
            kind == "success" && status == "default" && responses.iter().any(|other| other.name == "2XX")
        };
        let mut relevant = responses.iter().filter(|one| applies(&one.name) && !is_shadowed(&one.name));
        if let Some(other) = first_of_another_type(index, &mut relevant) {
            let hint = if kind == "success" && responses.iter().any(|one| one.name == "default") {
                "; `default` counts as a success too: write `4XX` and `5XX` for errors"
            } else {
                ""
            };
            diagnostics.push(Diagnostic::new(
                index.position(&other.pointer),
                format!("the {kind} responses of {name} have different schemas; the client can return one"),
                format!("let all {kind} responses of an operation refer to the same schema{hint}"),
            ));
        }
    }
    diagnostics
}

fn is_success(status: &str) -> bool {
    status == "default" || status.starts_with('2')
}

fn is_error(status: &str) -> bool {
    status == "default" || status.starts_with(['4', '5'])
}

/// Returns the first response whose body would become another type than that of the first response.
fn first_of_another_type<'n, 'a>(
    index: &ContractIndex<'a>,
    responses: &mut impl Iterator<Item = &'n NodeRef<'a>>,
) -> Option<&'n NodeRef<'a>>
where
    'a: 'n,
{
    let first = body_type(index, responses.next()?)?;
    responses.find(|response| body_type(index, response).is_some_and(|other| other != first))
}

/// The type that the generator derives from the body of a response.
#[derive(PartialEq)]
enum BodyType {
    None,
    /// A stream of bytes, for any media type but JSON.
    Bytes,
    Json(Value),
}

fn body_type<'a>(index: &ContractIndex<'a>, response: &NodeRef<'a>) -> Option<BodyType> {
    if let Some(json) = json(index, response) {
        let mut schema = json.value.get("schema").cloned().unwrap_or_default();
        drop_annotations(&mut schema);
        return Some(BodyType::Json(schema));
    }
    let is_empty = media_types(&index.resolve(response)?).next().is_none();
    Some(if is_empty { BodyType::None } else { BodyType::Bytes })
}

/// Returns the JSON content of a response. If there is any, the generator ignores other media types.
fn json<'a>(index: &ContractIndex<'a>, response: &NodeRef<'a>) -> Option<NodeRef<'a>> {
    let is_json =
        |media_type: &str| media_type == "application/json" || media_type.starts_with("application/json;");
    media_types(&index.resolve(response)?).find(|content| is_json(&content.name))
}

fn media_types<'a>(owner: &NodeRef<'a>) -> impl Iterator<Item = NodeRef<'a>> + use<'a> {
    owner.children().into_iter().filter(|child| child.kind == Kind::MediaType)
}

/// Returns the reason why the generator can't derive a type from JSON content.
fn unsupported(json: &NodeRef<'_>) -> Option<&'static str> {
    if json.value.get("schema").is_none() {
        return Some("has no schema");
    }
    let encoding = json.value.get("encoding").and_then(Value::as_object);
    encoding.filter(|encoding| !encoding.is_empty()).map(|_| "has an `encoding`")
}

/// Removes keywords that do not affect the type, here and in the schemas inside. References compare by name.
pub(crate) fn drop_annotations(schema: &mut Value) {
    let Value::Object(fields) = schema else { return };
    for annotation in ["description", "example", "externalDocs", "deprecated"] {
        fields.remove(annotation);
    }
    for (keyword, value) in fields {
        match (keyword.as_str(), value) {
            ("properties", Value::Object(properties)) => properties.values_mut().for_each(drop_annotations),
            ("allOf" | "oneOf" | "anyOf", Value::Array(parts)) => parts.iter_mut().for_each(drop_annotations),
            ("items" | "not" | "additionalProperties", nested) => drop_annotations(nested),
            _ => {}
        }
    }
}
