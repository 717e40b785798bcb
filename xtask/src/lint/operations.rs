use moneykit_contract::Kind;
use serde_json::Value;

use super::subject::{Objection, Subject, has_text};

/// Every operation has a summary, a description and a tag. The generator sees to its `operationId`.
pub(super) fn operations(subject: &Subject<'_>) -> Vec<Objection> {
    let mut objections = Vec::new();
    for operation in subject.of(Kind::Operation) {
        let mut object = |what: &str, help: &str| {
            objections.push(Objection::new(&operation.pointer, format!("the operation has no {what}"), help));
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
    objections
}
