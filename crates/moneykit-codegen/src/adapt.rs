//! Turns a part of a vendor's document into a contract.

use std::collections::BTreeSet;

use moneykit_contract::{Document, Kind, METHODS, child, is_schema_keyword, resolve};
use serde_json::{Map, Value, json};

use crate::check::snake_case;
use crate::rewrite::nodes;

/// Returns a vendor's document as a contract for this client.
///
/// Every operation that requires credentials takes the bearer token, whichever scheme the vendor names, and an
/// operation without an id gets one from its method and its path. Neither is a statement about the vendor: it is what
/// an author of a contract would have to write first. A schema that the vendor refers to and does not define allows
/// any value.
///
/// # Errors
///
/// Returns an error if the content is nested too deeply.
pub fn adapt(document: &Document) -> Result<Document, moneykit_contract::DocumentError> {
    let mut root = document.root().clone();
    let shared = root.get("security").is_some_and(|security| !is_open(security));
    if let Some(fields) = root.as_object_mut() {
        fields.insert("security".to_owned(), if shared { json!([{ SCHEME: [] }]) } else { json!([]) });
    }
    let paths = root.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten();
    for (_, item) in paths.filter(|(path, _)| !path.starts_with("x-")) {
        for method in METHODS {
            let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) else { continue };
            if operation.get("security").is_some_and(|security| !is_open(security)) {
                operation.insert("security".to_owned(), json!([{ SCHEME: [] }]));
            }
        }
    }
    add_operation_ids(&mut root);
    let scheme = json!({ SCHEME: { "type": "http", "scheme": "bearer" } });
    if let Some(fields) = root.as_object_mut() {
        let components = fields.entry("components").or_insert_with(|| Value::Object(Map::new()));
        if let Some(components) = components.as_object_mut() {
            components.insert("securitySchemes".to_owned(), scheme);
        }
    }
    drop_unknown_fields(&mut root);
    add_path_parameters(&mut root);
    add_missing_schemas(&mut root);
    add_missing_properties(&mut root);
    Document::new(document.name(), root)
}

/// Adds an id, made of the method and the path, to each operation without one. Returns the operations and their ids.
pub(crate) fn add_operation_ids(root: &mut Value) -> Vec<(String, String)> {
    let mut added = Vec::new();
    for (path, item) in root.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten() {
        for method in METHODS {
            let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) else { continue };
            if operation.get("operationId").and_then(Value::as_str).is_none_or(str::is_empty) {
                let words = path.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
                let id = snake_case(&format!("{method}_{words}"));
                operation.insert("operationId".to_owned(), json!(id));
                added.push((format!("{} {path}", method.to_uppercase()), id));
            }
        }
    }
    added
}

/// Keeps the fields that OpenAPI 3.0.3 defines. Others describe nothing, and a contract can't have them.
fn drop_unknown_fields(root: &mut Value) {
    if let Some(info) = root.get_mut("info").and_then(Value::as_object_mut) {
        info.retain(|field, _| ["title", "version", "description"].contains(&field.as_str()));
        info.entry("title").or_insert_with(|| json!(""));
        if let Some(version) = info.get_mut("version").filter(|version| !version.is_string()) {
            *version = json!(version.to_string());
        }
    }
    nodes(root, &mut |kind, fields| {
        let known: &[&str] = match kind {
            Kind::Document => &["openapi", "info", "servers", "paths", "components", "security"],
            Kind::Operation => &OPERATION,
            Kind::Parameter | Kind::Header => &PARAMETER,
            Kind::RequestBody => &["description", "content", "required", "$ref"],
            Kind::Response => &["description", "headers", "content", "$ref"],
            Kind::MediaType => &["schema", "encoding"],
            Kind::Schema => return fields.retain(|field, _| is_schema_keyword(field)),
            _ => return,
        };
        fields.retain(|field, _| {
            known.contains(&field.as_str()) || (field.starts_with("x-") && kind != Kind::Header)
        });
        if kind == Kind::Response && !fields.contains_key("$ref") {
            fields.entry("description").or_insert_with(|| json!(""));
        }
    });
}

const OPERATION: [&str; 9] = [
    "summary",
    "description",
    "operationId",
    "parameters",
    "requestBody",
    "responses",
    "deprecated",
    "security",
    "servers",
];
const PARAMETER: [&str; 12] = [
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
    "content",
    "$ref",
];

/// Adds the parameters of paths that the vendor forgot: each is a text. Returns the operations and the names.
pub(crate) fn add_path_parameters(root: &mut Value) -> Vec<(String, String)> {
    let mut added = Vec::new();
    let referenced = root.clone();
    let name_of = |parameter: &Value| {
        let parameter = resolve(&referenced, parameter).unwrap_or(parameter);
        let is_in_path = parameter.get("in").is_some_and(|location| location == "path");
        parameter.get("name").and_then(Value::as_str).filter(|_| is_in_path).map(str::to_owned)
    };
    let names_in = |owner: &Value| -> Vec<String> {
        let parameters = owner.get("parameters").and_then(Value::as_array).into_iter().flatten();
        parameters.filter_map(name_of).collect()
    };
    for (path, item) in root.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten() {
        let placeholders = path.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
        let shared = names_in(item);
        let placeholders: Vec<&str> =
            placeholders.filter(|name| !shared.iter().any(|known| known == name)).collect();
        for method in METHODS {
            let Some(operation) = item.get_mut(method) else { continue };
            let known = names_in(operation);
            let missing = placeholders.iter().filter(|name| !known.iter().any(|known| known == *name));
            let missing: Vec<&str> = missing.copied().collect();
            let Some(fields) = operation.as_object_mut().filter(|_| !missing.is_empty()) else { continue };
            let parameters = fields.entry("parameters").or_insert_with(|| json!([]));
            let Some(parameters) = parameters.as_array_mut() else { continue };
            for name in missing {
                parameters.push(
                    json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }),
                );
                added.push((format!("{} {path}", method.to_uppercase()), name.to_owned()));
            }
        }
    }
    added
}

/// Describes each property that a schema requires and does not describe: it can have any value.
fn add_missing_properties(value: &mut Value) {
    let missing: Vec<String> = match (value.get("properties"), value.get("required")) {
        (Some(Value::Object(known)), Some(Value::Array(names))) => {
            let names = names.iter().filter_map(Value::as_str);
            names.filter(|name| !known.contains_key(*name)).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    };
    if let Some(properties) = value.get_mut("properties").and_then(Value::as_object_mut) {
        properties.extend(missing.into_iter().map(|name| (name, json!({}))));
    }
    match value {
        Value::Object(fields) => fields.values_mut().for_each(add_missing_properties),
        Value::Array(items) => items.iter_mut().for_each(add_missing_properties),
        _ => {}
    }
}

/// Adds a schema of any value for each reference to a schema that the vendor forgot to define. Returns their names.
pub(crate) fn add_missing_schemas(root: &mut Value) -> BTreeSet<String> {
    let mut missing = BTreeSet::new();
    let mut open = vec![&*root];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                let reference = fields.get("$ref").and_then(Value::as_str);
                let name = reference.and_then(|reference| reference.strip_prefix("#/components/schemas/"));
                if let Some(name) = name.filter(|name| !name.contains(['/', '%', '~']))
                    && root.pointer(&child("/components/schemas", name)).is_none()
                {
                    missing.insert(name.to_owned());
                }
                open.extend(fields.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    let schemas = root.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    if let Some(schemas) = schemas {
        schemas.extend(missing.iter().map(|name| (name.clone(), json!({}))));
    }
    missing
}

/// The name of the security scheme in an adapted document.
const SCHEME: &str = "AccessToken";

/// Returns true if a list of security requirements allows requests without credentials only.
pub(crate) fn is_open(security: &Value) -> bool {
    let requirements = security.as_array().into_iter().flatten();
    requirements.into_iter().all(|one| one.as_object().is_none_or(Map::is_empty))
}
