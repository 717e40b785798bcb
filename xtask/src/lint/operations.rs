//! Lint rule: operations have a summary, a description and a tag.

use moneykit_contract::Kind;
use serde_json::Value;

use super::context::{Diagnostic, LintContext, has_text};

/// Reports operations without a summary, a description or a tag. The generator checks the `operationId`.
pub(super) fn operations(context: &LintContext<'_>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for operation in context.of(Kind::Operation) {
        let mut report = |missing: &str, help: &str| {
            diagnostics.push(Diagnostic::new(
                &operation.pointer,
                format!("the operation has no {missing}"),
                help,
            ));
        };
        if !has_text(operation.value, "summary") {
            report("summary", "add a `summary` of a few words");
        }
        if !has_text(operation.value, "description") {
            report("description", "add a `description` of what it does and what callers must know");
        }
        if operation.value.get("tags").and_then(Value::as_array).is_none_or(Vec::is_empty) {
            report("tag", "add `tags` with the name of its group in the reference");
        }
    }
    diagnostics
}
