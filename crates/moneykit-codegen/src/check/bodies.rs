use serde_json::Value;

use crate::error::Problem;
use crate::tree::{Entry, Node};
use crate::walk::{Operation, Survey};

/// Asks operations for one type each of request, success and error: a method of the client has room for no more.
pub(super) fn bodies(survey: &Survey<'_>) -> Vec<Problem> {
    survey.operations.iter().flat_map(|operation| check(survey, *operation)).collect()
}

fn check(survey: &Survey<'_>, operation: Operation<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let name = operation.name();
    if let Some(body) = operation.node().entry("requestBody") {
        let content = survey.resolve(&body.value).and_then(|body| body.get("content"));
        let count = content.map(Node::entries).unwrap_or_default().len();
        if count > 1 {
            problems.push(Problem::new(
                body.key_position,
                format!("{name} takes {count} media types; the generated client can send one"),
                "keep the one that the client shall send",
            ));
        }
    }
    let responses = operation.node().get("responses").map(Node::entries).unwrap_or_default();
    for response in responses {
        if let Some(what) = json(survey, &response.value).and_then(unreadable) {
            problems.push(Problem::new(
                response.key_position,
                format!("the JSON of the response {} to {name} {what}", response.key),
                "give it a `schema` and nothing else that says how it is written",
            ));
        }
    }
    for (kind, applies) in [("success", is_success as fn(&str) -> bool), ("error", is_error)] {
        // Before a `2XX` that says it all, `default` is no success any more.
        let is_shadowed = |status: &str| {
            kind == "success" && status == "default" && responses.iter().any(|other| other.key == "2XX")
        };
        let relevant = responses.iter().filter(|entry| applies(&entry.key) && !is_shadowed(&entry.key));
        if let Some(other) = first_of_another_type(survey, relevant) {
            let advice = if kind == "success" && responses.iter().any(|entry| entry.key == "default") {
                "; `default` counts as a success too: write `4XX` and `5XX` for errors"
            } else {
                ""
            };
            problems.push(Problem::new(
                other.key_position,
                format!("the {kind} responses of {name} have different schemas; the client can return one"),
                format!("let all {kind} responses of an operation refer to the same schema{advice}"),
            ));
        }
    }
    problems
}

fn is_success(status: &str) -> bool {
    status == "default" || status.starts_with('2')
}

fn is_error(status: &str) -> bool {
    status == "default" || status.starts_with(['4', '5'])
}

/// Finds the first response whose body would become another type than those before it.
fn first_of_another_type<'a>(
    survey: &Survey<'a>,
    mut responses: impl Iterator<Item = &'a Entry>,
) -> Option<&'a Entry> {
    let first = body_type(survey, &responses.next()?.value)?;
    responses.find(|response| body_type(survey, &response.value).is_some_and(|other| other != first))
}

/// What the generator makes of a response's body.
#[derive(PartialEq)]
enum BodyType {
    None,
    /// A stream of bytes, whatever its media type says.
    Bytes,
    Json(Value),
}

fn body_type<'a>(survey: &Survey<'a>, response: &'a Node) -> Option<BodyType> {
    if let Some(json) = json(survey, response) {
        let mut schema = json.get("schema").map_or(Value::Null, Node::to_value);
        drop_annotations(&mut schema);
        return Some(BodyType::Json(schema));
    }
    let content = survey.resolve(response)?.get("content").map(Node::entries).unwrap_or_default();
    Some(if content.is_empty() { BodyType::None } else { BodyType::Bytes })
}

/// Finds what a response says of its JSON: where there is any, the generator looks at nothing else.
fn json<'a>(survey: &Survey<'a>, response: &'a Node) -> Option<&'a Node> {
    let content = survey.resolve(response)?.get("content")?.entries();
    let is_json =
        |media_type: &str| media_type == "application/json" || media_type.starts_with("application/json;");
    content.iter().find(|entry| is_json(&entry.key)).map(|entry| &entry.value)
}

fn unreadable(json: &Node) -> Option<&'static str> {
    if json.get("schema").is_none() {
        return Some("has no schema");
    }
    json.get("encoding").filter(|encoding| !encoding.entries().is_empty()).map(|_| "has an `encoding`")
}

/// Drops what makes no difference to the type, here and in the schemas inside. References compare by name.
fn drop_annotations(schema: &mut Value) {
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
