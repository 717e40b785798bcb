//! Leaves each request body one media type that the generator knows.

use std::collections::BTreeMap;

use heck::ToPascalCase;
use moneykit_contract::resolve;
use serde_json::{Map, Value, json};

use super::walk::{Object, Operation, free_name, is_scalar, operations, section_mut};
use crate::media_type::{Media, essence, rank};
use crate::wire::{Body, Style, Wire};

/// Leaves each request body one media type: JSON if there is any, else a form, a multipart body, bytes or text.
///
/// Media types that the generator does not know are described as one that it knows, and the one to send is noted.
pub(super) fn request_bodies(root: &mut Value, wire: &mut Wire) {
    for operation in operations(root) {
        let Some(body) = operation.get(root).get("requestBody") else { continue };
        let Some(mut definition) = resolve(root, body).and_then(Value::as_object).cloned() else { continue };
        let Some(content) = definition.get("content").and_then(Value::as_object).cloned() else { continue };
        let first = content.iter().min_by_key(|(name, media)| rank(name, &media["schema"]));
        let Some((name, media)) = first else { continue };
        let Some((known, media)) = known(root, wire, &operation, name, media) else { continue };
        let content_now = Map::from_iter([(known, media)]);
        if content_now != content {
            definition.insert("content".to_owned(), Value::Object(content_now));
            set(root, &operation, definition);
        }
    }
}

fn set(root: &mut Value, operation: &Operation, body: Object) {
    if let Some(fields) = operation.get_mut(root).as_object_mut() {
        fields.insert("requestBody".to_owned(), Value::Object(body));
    }
}

/// Returns the media type and the description of a body that the generator knows, or `None` if it knows the given one.
fn known(
    root: &mut Value,
    wire: &mut Wire,
    operation: &Operation,
    name: &str,
    media: &Value,
) -> Option<(String, Value)> {
    let id = operation.id(root);
    let mut media = media.as_object().cloned().unwrap_or_default();
    let encoding = media.shift_remove("encoding");
    let kind = Media::of(name, media.get("schema").unwrap_or(&Value::Null));
    if kind != Media::Json && kind != Media::Form {
        media.shift_remove("examples");
        media.shift_remove("example");
    }
    let sent = (!name.contains('*')).then(|| name.to_owned());
    let (known, is_same) = match kind {
        Media::Json => {
            media.entry("schema").or_insert_with(|| json!({}));
            ("application/json", name == "application/json")
        }
        Media::Form => {
            let schema = media.entry("schema").or_insert_with(|| json!({ "type": "object" }));
            let styles = styles(encoding.as_ref());
            if !styles.is_empty() || has_nested_fields(root, schema) {
                wire.operation(&id).body = Body::Form(styles);
            }
            ("application/x-www-form-urlencoded", name == "application/x-www-form-urlencoded")
        }
        Media::Multipart => {
            let schema = media.get("schema").cloned().unwrap_or_default();
            let parts = multipart(root, &operation.id(root), &schema)?;
            media.insert("schema".to_owned(), parts);
            wire.operation(&id).body = Body::Multipart(content_types(encoding.as_ref()));
            ("application/json", false)
        }
        Media::Text => {
            media.insert("schema".to_owned(), json!({ "type": "string" }));
            ("text/plain", name == "text/plain")
        }
        Media::Bytes => {
            media.insert("schema".to_owned(), json!({ "type": "string", "format": "binary" }));
            ("application/octet-stream", name == "application/octet-stream")
        }
    };
    if kind != Media::Multipart && !is_same {
        wire.operation(&id).content_type = sent;
    } else if kind == Media::Multipart {
        wire.operation(&id).content_type = Some(essence(name).to_owned());
    }
    Some((known.to_owned(), Value::Object(media)))
}

/// Returns the styles of form fields that an `encoding` declares.
fn styles(encoding: Option<&Value>) -> BTreeMap<String, Style> {
    let fields = encoding.and_then(Value::as_object).into_iter().flatten();
    let styles = fields.filter_map(|(name, encoding)| {
        let style = encoding.get("style").and_then(Value::as_str);
        let explode = encoding.get("explode").and_then(Value::as_bool).unwrap_or(true);
        let is_json = encoding
            .get("contentType")
            .and_then(Value::as_str)
            .is_some_and(|media_type| media_type.contains("json"));
        let style = match (style, explode) {
            (Some("deepObject"), _) => Style::DeepObject,
            (Some("spaceDelimited"), false) => Style::Space,
            (Some("pipeDelimited"), false) => Style::Pipe,
            (Some("form") | None, false) if encoding.get("explode").is_some() => Style::Comma,
            (None, _) if is_json => Style::Json,
            _ => return None,
        };
        Some((name.clone(), style))
    });
    styles.collect()
}

/// Returns true if a form has fields that are no single values.
fn has_nested_fields(root: &Value, schema: &Value) -> bool {
    let Some(object) = resolve(root, schema) else { return false };
    let properties = object.get("properties").and_then(Value::as_object).into_iter().flatten();
    let composed = ["allOf", "oneOf", "anyOf"].iter().any(|keyword| object.get(keyword).is_some());
    composed
        || object.get("additionalProperties").is_some_and(Value::is_object)
        || properties.into_iter().any(|(_, property)| !is_scalar(root, property))
}

fn content_types(encoding: Option<&Value>) -> BTreeMap<String, String> {
    let fields = encoding.and_then(Value::as_object).into_iter().flatten();
    let types = fields.filter_map(|(name, encoding)| {
        let content_type = encoding.get("contentType")?.as_str()?;
        // A list or a range leaves the choice to the client.
        (!content_type.contains([',', '*'])).then(|| (name.clone(), content_type.to_owned()))
    });
    types.collect()
}

/// The format that stands for the type of a file in a multipart body.
pub(crate) const FILE_FORMAT: &str = "x-moneykit-file";

/// Returns a schema for a multipart body in which files have the type of a file. The schema of the contract may
/// describe JSON elsewhere, so it is copied. Returns `None` if it has no properties.
fn multipart(root: &mut Value, id: &str, schema: &Value) -> Option<Value> {
    let flat = super::unions::flattened(root, schema);
    let mut object = match flat {
        Some(object) => object,
        None => json!({ "type": "object" }).as_object()?.clone(),
    };
    if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
        for property in properties.values_mut() {
            if let Some(file) = file(root, property) {
                *property = file;
            }
        }
    }
    let name = free_name(root, &format!("{}Form", id.to_pascal_case()));
    section_mut(root, "schemas")?.insert(name.clone(), Value::Object(object));
    Some(json!({ "$ref": format!("#/components/schemas/{name}") }))
}

/// Returns the schema of a file, or of a list of files, if a property is one.
fn file(root: &Value, property: &Value) -> Option<Value> {
    let definition = resolve(root, property)?;
    let is_file = |schema: &Value| {
        let format = schema.get("format").and_then(Value::as_str);
        schema["type"] == "string" && matches!(format, Some("binary" | "base64" | "byte" | "file"))
            || schema["type"] == "file"
    };
    let file = |schema: &Value| {
        let description = schema.get("description").cloned();
        let mut file = json!({ "type": "string", "format": FILE_FORMAT });
        if let (Some(description), Some(fields)) = (description, file.as_object_mut()) {
            fields.insert("description".to_owned(), description);
        }
        file
    };
    if is_file(definition) {
        return Some(file(definition));
    }
    let items = definition.get("items").filter(|_| definition["type"] == "array")?;
    let items = resolve(root, items).filter(|items| is_file(items))?;
    Some(json!({ "type": "array", "items": file(items) }))
}
