use std::collections::HashMap;

use crate::error::Problem;
use crate::tree::{Entry, Node};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Asks every operation for an id of its own: it becomes the name of the method that calls it.
pub(crate) fn operations(tree: &Node) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut seen: HashMap<&str, u64> = HashMap::new();
    for path in tree.get("paths").map(Node::entries).unwrap_or_default() {
        if let Some(reference) = path.value.entry("$ref") {
            problems.push(Problem::new(
                reference.key_position,
                "a path can't be a `$ref`: the generator would not follow it",
                "write the path's operations here",
            ));
        }
        for operation in path.value.entries().iter().filter(|entry| METHODS.contains(&entry.key.as_str())) {
            let name = format!("{} {}", operation.key.to_uppercase(), path.key);
            match operation.value.get("operationId").and_then(Node::as_str) {
                None | Some("") => problems.push(without_id(operation, &name)),
                Some(id) => {
                    let line = operation.key_position.line();
                    if let Some(first) = seen.insert(id, line) {
                        problems.push(Problem::new(
                            operation.value.get("operationId").map(|id| id.position),
                            format!(
                                "the operationId `{id}` of {name} is taken by the operation on line {first}"
                            ),
                            "give each operation an id of its own",
                        ));
                    }
                }
            }
        }
    }
    problems
}

fn without_id(operation: &Entry, name: &str) -> Problem {
    Problem::new(
        operation.key_position,
        format!("{name} has no operationId"),
        "add `operationId: a_verb_and_a_noun`: it names the method that calls the operation",
    )
}
