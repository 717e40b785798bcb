//! Turns a part of a vendor's document into a contract.

use moneykit_contract::Document;
use serde_json::{Map, Value, json};

use crate::check::snake_case;

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Returns a vendor's document as a contract for this client.
///
/// Every operation that requires credentials takes the bearer token, whichever scheme the vendor names, and an
/// operation without an id gets one from its method and its path. Neither is a statement about the vendor: it is what
/// an author of a contract would have to write first.
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
    for (path, item) in paths.filter(|(path, _)| !path.starts_with("x-")) {
        for method in METHODS {
            let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) else { continue };
            if operation.get("security").is_some_and(|security| !is_open(security)) {
                operation.insert("security".to_owned(), json!([{ SCHEME: [] }]));
            }
            if operation.get("operationId").and_then(Value::as_str).is_none_or(str::is_empty) {
                let words = path.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
                operation.insert("operationId".to_owned(), json!(snake_case(&format!("{method}_{words}"))));
            }
        }
    }
    let scheme = json!({ SCHEME: { "type": "http", "scheme": "bearer" } });
    if let Some(fields) = root.as_object_mut() {
        let components = fields.entry("components").or_insert_with(|| Value::Object(Map::new()));
        if let Some(components) = components.as_object_mut() {
            components.insert("securitySchemes".to_owned(), scheme);
        }
    }
    Document::new(document.name(), root)
}

/// The name of the security scheme in an adapted document.
const SCHEME: &str = "AccessToken";

/// Returns true if a list of security requirements allows requests without credentials only.
fn is_open(security: &Value) -> bool {
    let requirements = security.as_array().into_iter().flatten();
    requirements.into_iter().all(|one| one.as_object().is_none_or(Map::is_empty))
}
