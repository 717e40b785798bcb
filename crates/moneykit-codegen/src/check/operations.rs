//! Checks the id, the responses and the servers of operations.

use std::collections::HashMap;

use moneykit_contract::{NodeRef, child};
use serde_json::Value;

use crate::error::Diagnostic;
use crate::index::{ContractIndex, Operation};

/// Rejects operations without a unique id, without responses, or with servers of their own.
pub(super) fn operations(index: &ContractIndex<'_>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let mut seen: HashMap<&str, &Operation<'_>> = HashMap::new();
    for operation in index.operations() {
        diagnostics.extend(responses(index, operation));
        diagnostics
            .extend([&operation.item, &operation.node].into_iter().filter_map(|owner| servers(index, owner)));
        let name = operation.name();
        let pointer = &operation.node.pointer;
        match operation.id() {
            None | Some("") => diagnostics.push(Diagnostic::new(
                index.position(pointer),
                format!("{name} has no operationId"),
                "add `operationId: a_verb_and_a_noun`: it names the method that calls the operation",
            )),
            Some(id) => {
                if let Some(first) = seen.insert(id, operation) {
                    let line =
                        index.position(&first.node.pointer).map(|first| format!(" on line {}", first.line()));
                    let line = line.unwrap_or_default();
                    diagnostics.push(Diagnostic::new(
                        index.value_position(&child(pointer, "operationId")),
                        format!("the operationId `{id}` of {name} is taken by the operation{line}"),
                        "give each operation a unique id",
                    ));
                }
            }
        }
    }
    diagnostics
}

fn responses(index: &ContractIndex<'_>, operation: &Operation<'_>) -> Option<Diagnostic> {
    let responses = operation.node.value.get("responses").and_then(Value::as_object);
    responses.into_iter().flatten().all(|(status, _)| status.starts_with("x-")).then(|| {
        Diagnostic::new(
            index.position(&operation.node.pointer),
            format!("{} has no responses", operation.name()),
            "add `responses` with at least the success response",
        )
    })
}

fn servers(index: &ContractIndex<'_>, owner: &NodeRef<'_>) -> Option<Diagnostic> {
    let servers = owner.value.get("servers").and_then(Value::as_array);
    servers.filter(|servers| !servers.is_empty()).map(|_| {
        Diagnostic::new(
            index.position(&child(&owner.pointer, "servers")),
            "`servers` of a path or an operation: the generated client would call the server of the contract",
            "drop it; an API on another server needs a separate contract",
        )
    })
}
