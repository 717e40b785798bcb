//! Gives each operation one type of success and one type of error.

use heck::ToPascalCase;
use moneykit_contract::resolve;
use serde_json::{Map, Value, json};

use super::walk::{Operation, free_name, operations, schema_name, section_mut};
use crate::media_type::Media;
use crate::wire::{Content, Responses, Wire};

/// Describes JSON of every media type as `application/json`, and responses of several types as one type.
///
/// If the success or the error responses of an operation differ, they become one component: a stand-in for an enum
/// of all of them, which the generated source decodes by the status. `default` describes errors if there is another
/// success response.
pub(super) fn responses(root: &mut Value, wire: &mut Wire) {
    for operation in operations(root) {
        let id = operation.id(root);
        let Some(responses) = operation.get(root).get("responses").and_then(Value::as_object) else {
            continue;
        };
        let mut known = Vec::new();
        for (status, response) in responses {
            if status.starts_with("x-") {
                continue;
            }
            let Some(definition) = resolve(root, response).and_then(Value::as_object) else { continue };
            known.push(Response { status: status.clone(), body: body(definition) });
        }
        let Some(accept) = rewrite(root, wire, &operation, &known) else { continue };
        if accept != ["application/json"] && !accept.is_empty() {
            wire.operation(&id).accept = Some(accept.join(", "));
        }
    }
}

struct Response {
    status: String,
    body: ResponseBody,
}

#[derive(Clone, PartialEq)]
enum ResponseBody {
    Empty,
    Bytes,
    /// JSON, with its media type and its schema.
    Json(String, Value),
}

fn body(response: &Map<String, Value>) -> ResponseBody {
    let content = response.get("content").and_then(Value::as_object).filter(|content| !content.is_empty());
    let Some(content) = content else { return ResponseBody::Empty };
    let null = Value::Null;
    let schema = |media: &Value| media.get("schema").unwrap_or(&null).clone();
    let json = content
        .iter()
        .filter(|(name, media)| Media::of(name, &schema(media)) == Media::Json)
        .min_by_key(|(name, _)| (*name != "application/json", name.contains('*')));
    match json {
        Some((name, media)) => {
            let schema = media.get("schema").cloned().unwrap_or_else(|| json!({}));
            ResponseBody::Json(name.clone(), schema)
        }
        None => ResponseBody::Bytes,
    }
}

/// Rewrites the responses of an operation if the generator does not know them. Returns the media types of its JSON.
fn rewrite(
    root: &mut Value,
    wire: &mut Wire,
    operation: &Operation,
    known: &[Response],
) -> Option<Vec<String>> {
    let id = operation.id(root);
    let has_success = known.iter().any(|response| response.status.starts_with('2'));
    let is_success = |status: &str| status.starts_with('2') || (status == "default" && !has_success);
    let is_error = |status: &str| status.starts_with(['4', '5']) || status == "default";

    let mut accept: Vec<String> = Vec::new();
    for response in known.iter().filter(|one| is_success(&one.status)).chain(known) {
        if let ResponseBody::Json(name, _) = &response.body
            && !name.contains('*')
            && !accept.iter().any(|known| known == name)
        {
            accept.push(name.clone());
        }
    }
    let default_is_error = has_success && known.iter().any(|response| response.status == "default");
    let needs = |applies: &dyn Fn(&str) -> bool| {
        let mut types = known.iter().filter(|one| applies(&one.status)).map(|one| simplified(&one.body));
        let first = types.next();
        first.is_some_and(|first| types.any(|other| other != first))
    };
    let (success_differs, error_differs) = (needs(&is_success), needs(&is_error));
    let is_known = |body: &ResponseBody| match body {
        ResponseBody::Json(name, schema) => name == "application/json" && *schema != json!({}),
        _ => true,
    };
    let has_encoding = has_encoding(root, operation);
    let is_plain = known.iter().all(|response| is_known(&response.body)) && !has_encoding;
    if is_plain && !success_differs && !error_differs && !default_is_error {
        return Some(accept);
    }

    let pascal = id.to_pascal_case();
    let null = Value::Null;
    let responses = operation.get(root).get("responses").unwrap_or(&null).clone();
    // Responses of other statuses, such as redirects, have no type in the generated client.
    let mut rewritten: Map<String, Value> = responses.as_object().cloned().unwrap_or_default();
    rewritten.retain(|status, _| !is_success(status) && !is_error(status));
    for (kind, differs) in [("Success", success_differs), ("Error", error_differs)] {
        let applies = |status: &str| if kind == "Success" { is_success(status) } else { is_error(status) };
        let group: Vec<&Response> = known.iter().filter(|one| applies(&one.status)).collect();
        let ranges: &[&str] = if kind == "Success" { &["2XX"] } else { &["4XX", "5XX"] };
        if !differs {
            for response in &group {
                for status in statuses(&response.status, &group, ranges) {
                    rewritten.insert(status, described(&response.body));
                }
            }
            continue;
        }
        let name = free_name(root, &format!("{pascal}{kind}"));
        // A stand-in, which the generator replaces by the enum.
        section_mut(root, "schemas")?.insert(name.clone(), json!({ "type": "object" }));
        let mut variants = Vec::new();
        for response in &group {
            variants
                .push((response.status.clone(), content(root, &pascal, &response.status, &response.body)));
            let stand_in = json!({ "$ref": format!("#/components/schemas/{name}") });
            for status in statuses(&response.status, &group, ranges) {
                rewritten.insert(status, described(&ResponseBody::Json(String::new(), stand_in.clone())));
            }
        }
        let note = Responses { name, variants };
        let notes = wire.operation(&id);
        if kind == "Success" {
            notes.success = Some(note);
        } else {
            notes.error = Some(note);
        }
    }
    let fields = operation.get_mut(root).as_object_mut()?;
    fields.insert("responses".to_owned(), Value::Object(rewritten));
    Some(accept)
}

/// Returns the statuses of a response: those ranges that no other response covers, in place of `default`.
fn statuses(status: &str, group: &[&Response], ranges: &[&str]) -> Vec<String> {
    if status != "default" {
        return vec![status.to_owned()];
    }
    let is_covered = |range: &str| group.iter().any(|other| other.status.eq_ignore_ascii_case(range));
    ranges.iter().filter(|range| !is_covered(range)).map(|range| (*range).to_owned()).collect()
}

/// Returns a response with a body in a media type that the generator knows.
fn described(body: &ResponseBody) -> Value {
    match body {
        ResponseBody::Empty => json!({ "description": "" }),
        ResponseBody::Bytes => json!({
            "description": "",
            "content": { "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } },
        }),
        ResponseBody::Json(_, schema) => {
            json!({ "description": "", "content": { "application/json": { "schema": schema } } })
        }
    }
}

/// Returns the content of a response, with its schema as a component.
fn content(root: &mut Value, pascal: &str, status: &str, body: &ResponseBody) -> Content {
    match body {
        ResponseBody::Empty => Content::Empty,
        ResponseBody::Bytes => Content::Bytes,
        ResponseBody::Json(_, schema) => {
            if let Some(name) = schema_name(schema) {
                return Content::Json(name.to_owned());
            }
            let schemas = root.pointer("/components/schemas").and_then(Value::as_object);
            let prefix = format!("{pascal}Response");
            let same = schemas.into_iter().flatten().find(|(name, known)| {
                name.starts_with(&prefix) && simplified_schema(known) == simplified_schema(schema)
            });
            if let Some((name, _)) = same {
                return Content::Json(name.clone());
            }
            let suffix: String = status.chars().filter(char::is_ascii_alphanumeric).collect();
            let name = free_name(root, &format!("{prefix}{}", suffix.to_ascii_lowercase()));
            if let Some(schemas) = section_mut(root, "schemas") {
                schemas.insert(name.clone(), schema.clone());
            }
            Content::Json(name)
        }
    }
}

fn has_encoding(root: &Value, operation: &Operation) -> bool {
    let responses = operation.get(root)["responses"].as_object().into_iter().flatten();
    responses.into_iter().any(|(_, response)| {
        let content = resolve(root, response).and_then(|response| response.get("content"));
        let content = content.and_then(Value::as_object).into_iter().flatten();
        content.into_iter().any(|(_, media)| media.get("encoding").is_some())
    })
}

/// Returns a body without what does not affect its type.
fn simplified(body: &ResponseBody) -> ResponseBody {
    match body {
        ResponseBody::Json(_, schema) => ResponseBody::Json(String::new(), simplified_schema(schema)),
        other => other.clone(),
    }
}

fn simplified_schema(schema: &Value) -> Value {
    let mut schema = schema.clone();
    crate::check::drop_annotations(&mut schema);
    schema
}
