use crate::error::Problem;
use crate::tree::{Content, Node};
use crate::walk::{Survey, parts};

/// Finds required properties that do not exist: most often one of the two names is misspelt.
///
/// A part of a composition may require what another part has, and an object that says it takes additional
/// properties may require one of them.
pub(super) fn required(survey: &Survey<'_>) -> Vec<Problem> {
    let composed: Vec<&Node> = survey.schemas.iter().copied().flat_map(parts).collect();
    let composed: Vec<&Node> = composed.into_iter().filter_map(|part| survey.resolve(part)).collect();
    let is_alone = |schema: &Node| !composed.iter().any(|part| std::ptr::eq(*part, schema));

    let mut problems = Vec::new();
    for schema in survey.schemas.iter().copied().filter(|schema| is_alone(schema) && !takes_others(schema)) {
        let exists = |name: &str| schema.get("properties").is_some_and(|known| known.get(name).is_some());
        for required in schema.get("required").map(Node::items).unwrap_or_default() {
            if let Some(name) = required.as_str().filter(|name| !exists(name)) {
                problems.push(Problem::new(
                    required.position,
                    format!("the required property `{name}` does not exist"),
                    "correct the name, or add it to the `properties`",
                ));
            }
        }
    }
    problems
}

fn takes_others(schema: &Node) -> bool {
    let others = schema.get("additionalProperties").map(|others| &others.content);
    !matches!(others, None | Some(Content::Scalar(serde_json::Value::Bool(false))))
}
