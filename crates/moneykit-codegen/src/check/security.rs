use crate::access::{is_callable, scheme, token_operation};
use crate::error::Problem;
use crate::tree::Node;
use crate::walk::{Kind, Survey};

/// Makes sure that the client can authenticate every operation: with a bearer token, with nothing, or, where
/// the token itself is asked for, with the client's credentials.
///
/// It knows no other way, and would send the request without any.
pub(super) fn security(survey: &Survey<'_>) -> Vec<Problem> {
    let tree = survey.tree();
    let mut problems: Vec<Problem> = survey
        .references
        .iter()
        .filter(|reference| reference.kind == Kind::SecurityScheme)
        .map(|reference| {
            let what = "a security scheme can't be a `$ref`: the generator would not follow it";
            Problem::new(reference.node.position, what, "write the scheme here")
        })
        .collect();

    let owners = std::iter::once(tree).chain(survey.operations.iter().map(|operation| operation.node()));
    for required in
        owners.filter_map(|owner| owner.get("security")).flat_map(Node::items).flat_map(Node::entries)
    {
        if scheme(tree, &required.key).is_none() {
            problems.push(Problem::new(
                required.key_position,
                format!("the security scheme `{}` does not exist", required.key),
                "define it under `components/securitySchemes`, or correct the name",
            ));
        }
    }
    // An unknown scheme explains what follows from it.
    if !problems.is_empty() {
        return problems;
    }

    let token = token_operation(survey).map(|operation| std::ptr::from_ref(operation.node()));
    for operation in &survey.operations {
        let is_token_operation = token == Some(std::ptr::from_ref(operation.node()));
        if is_token_operation || is_callable(tree, *operation) {
            continue;
        }
        let own = operation.node().entry("security");
        problems.push(Problem::new(
            own.unwrap_or(operation.entry).key_position,
            format!("{} can't be authenticated: the client knows bearer tokens alone", operation.name()),
            "offer a scheme of type oauth2, openIdConnect or http bearer by itself, or `{}` for none",
        ));
    }
    problems
}
