use crate::error::Problem;
use crate::tree::child;
use crate::walk::{Kind, Reference, Survey};

/// Follows every `$ref`: it must name a component of this document, and one of the kind that its place takes.
///
/// The generator looks at the last part of the name alone, so a reference to another kind would lead it to
/// whatever happens to have that name.
pub(super) fn references(survey: &Survey<'_>) -> Vec<Problem> {
    survey.references.iter().filter_map(|reference| check(survey, *reference)).collect()
}

fn check(survey: &Survey<'_>, reference: Reference<'_>) -> Option<Problem> {
    let Reference { kind, node, target } = reference;
    if kind == Kind::PathItem {
        return Some(Problem::new(
            node.position,
            "a path can't be a `$ref`: the generator would not follow it",
            "write the path's operations here",
        ));
    }
    let Some(pointer) = target.strip_prefix('#') else {
        return Some(Problem::new(
            node.position,
            format!("`{target}` leads out of this document"),
            "move what it names under `components`, and refer to it as `#/components/…`",
        ));
    };
    let section = child("/components", kind.section()?);
    let is_of_kind = pointer.strip_prefix(&section).and_then(|name| name.strip_prefix('/'));
    let is_component = is_of_kind.is_some_and(|name| !name.is_empty() && !name.contains('/'));
    if survey.tree().at(pointer).is_none() {
        return Some(Problem::new(
            node.position,
            format!("`{target}` leads nowhere"),
            "define it under `components`, or correct the name",
        ));
    }
    (!is_component).then(|| {
        Problem::new(
            node.position,
            format!("`{target}` is not what this place takes"),
            format!("refer to `#{section}/…`, and move what is meant to there"),
        )
    })
}
