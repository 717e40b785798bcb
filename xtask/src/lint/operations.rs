use moneykit_contract::Kind;
use serde_json::Value;

use super::context::{Diagnostic, LintContext, has_text};

/// Every operation has a summary, a description and a tag. The generator sees to its `operationId`.
pub(super) fn operations(context: &LintContext<'_>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for operation in context.of(Kind::Operation) {
        let mut object = |what: &str, help: &str| {
            diagnostics.push(Diagnostic::new(
                &operation.pointer,
                format!("the operation has no {what}"),
                help,
            ));
        };
        if !has_text(operation.value, "summary") {
            object("summary", "add a `summary`: what it does, in a few words");
        }
        if !has_text(operation.value, "description") {
            object("description", "add a `description`: what it does, and what callers must know");
        }
        if operation.value.get("tags").and_then(Value::as_array).is_none_or(Vec::is_empty) {
            object("tag", "add `tags` with the name of the group that it is shown in");
        }
    }
    diagnostics
}
