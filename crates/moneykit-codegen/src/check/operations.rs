use std::collections::HashMap;

use crate::error::Problem;
use crate::tree::Node;
use crate::walk::{Operation, Survey};

/// Asks every operation for an id of its own, for responses, and to be on the contract's server.
pub(super) fn operations(survey: &Survey<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut seen: HashMap<&str, u64> = HashMap::new();
    for operation in &survey.operations {
        problems.extend(responses(*operation));
        problems.extend([operation.item, operation.node()].into_iter().filter_map(servers));
        let name = operation.name();
        match operation.id().and_then(Node::as_str) {
            None | Some("") => problems.push(Problem::new(
                operation.entry.key_position,
                format!("{name} has no operationId"),
                "add `operationId: a_verb_and_a_noun`: it names the method that calls the operation",
            )),
            Some(id) => {
                let line = operation.entry.key_position.line();
                if let Some(first) = seen.insert(id, line) {
                    problems.push(Problem::new(
                        operation.id().map(|id| id.position),
                        format!("the operationId `{id}` of {name} is taken by the operation on line {first}"),
                        "give each operation an id of its own",
                    ));
                }
            }
        }
    }
    problems
}

fn responses(operation: Operation<'_>) -> Option<Problem> {
    let responses = operation.node().get("responses").map(Node::entries).unwrap_or_default();
    responses.iter().all(|entry| entry.key.starts_with("x-")).then(|| {
        Problem::new(
            operation.entry.key_position,
            format!("{} has no responses", operation.name()),
            "add `responses` with at least the one that says that all went well",
        )
    })
}

fn servers(owner: &Node) -> Option<Problem> {
    let servers = owner.entry("servers").filter(|servers| !servers.value.items().is_empty())?;
    Some(Problem::new(
        servers.key_position,
        "`servers` of a path or an operation: the generated client would call the contract's own server",
        "drop it; an API on another server needs a contract of its own",
    ))
}
