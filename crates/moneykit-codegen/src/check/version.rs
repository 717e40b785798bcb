use crate::error::Problem;
use crate::tree::{Content, Node};

/// Accepts OpenAPI 3.0.x alone: 3.1 changed what a schema means, and the generator reads it by the 3.0 rules.
pub(crate) fn version(tree: &Node) -> Result<(), Problem> {
    let help = "write the contract in OpenAPI 3.0.3: `openapi: 3.0.3`";
    let Some(entry) = tree.entry("openapi") else {
        let what = if tree.entry("swagger").is_some() {
            "this is a Swagger 2.0 document"
        } else {
            "this is not an OpenAPI document: the field `openapi` is missing"
        };
        return Err(Problem::new(tree.position, what, help));
    };
    match &entry.value.content {
        Content::Scalar(serde_json::Value::String(version)) if is_3_0(version) => Ok(()),
        Content::Scalar(serde_json::Value::String(version)) => {
            Err(Problem::new(entry.value.position, format!("OpenAPI {version} is not supported"), help))
        }
        _ => Err(Problem::new(entry.value.position, "`openapi` is not a version", help)),
    }
}

fn is_3_0(version: &str) -> bool {
    version
        .strip_prefix("3.0.")
        .is_some_and(|patch| !patch.is_empty() && patch.bytes().all(|b| b.is_ascii_digit()))
}
