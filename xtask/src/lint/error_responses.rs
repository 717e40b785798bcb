//! Lint rule: error responses share one schema.

use moneykit_contract::{Kind, child};
use serde_json::Value;

use super::context::{Diagnostic, LintContext};

/// The schema of error responses.
const ERROR: &str = "#/components/schemas/ErrorResponse";
const HELP: &str = "add `application/json` content with \
                    `schema: { $ref: '#/components/schemas/ErrorResponse' }`, like every other error response";

/// Reports error responses whose JSON body is not an `ErrorResponse`.
pub(super) fn error_responses(context: &LintContext<'_>) -> Vec<Diagnostic> {
    let responses = context
        .nodes
        .iter()
        .filter(|node| node.kind == Kind::Response && !node.is_component() && is_error(&node.name));
    let responses = responses.filter_map(|node| context.resolve(&node.pointer));
    responses.flat_map(|(pointer, response)| diagnostics_of(&pointer, response)).collect()
}

fn is_error(status: &str) -> bool {
    status == "default" || status.starts_with(['4', '5'])
}

fn diagnostics_of(pointer: &str, response: &Value) -> Vec<Diagnostic> {
    let content = response.get("content").and_then(Value::as_object).into_iter().flatten();
    let json: Vec<_> = content.filter(|(media_type, _)| is_json(media_type)).collect();
    if json.is_empty() {
        return vec![Diagnostic::new(pointer, "this error response has no JSON body", HELP)];
    }
    let content = child(pointer, "content");
    json.into_iter()
        .filter(|(_, body)| body.pointer("/schema/$ref").and_then(Value::as_str) != Some(ERROR))
        .map(|(media_type, _)| {
            let message = "the body of this error response is not an `ErrorResponse`";
            Diagnostic::new(child(&content, media_type), message, HELP)
        })
        .collect()
}

fn is_json(media_type: &str) -> bool {
    let name = media_type.split(';').next().unwrap_or_default().trim();
    name == "application/json" || (name.starts_with("application/") && name.ends_with("+json"))
}
