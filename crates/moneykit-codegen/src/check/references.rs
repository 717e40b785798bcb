//! Checks the target of every `$ref`.

use moneykit_contract::{Kind, NodeRef, child};

use crate::error::Diagnostic;
use crate::index::ContractIndex;

/// Rejects every `$ref` that does not name a component of this document, of the kind that its location requires.
///
/// The generator only looks at the last part of the reference. A reference to another kind would resolve to
/// an object with the same name.
pub(super) fn references(index: &ContractIndex<'_>) -> Vec<Diagnostic> {
    index.references().filter_map(|(node, reference)| check(index, node, reference)).collect()
}

fn check<'a>(index: &ContractIndex<'a>, node: &NodeRef<'a>, reference: &str) -> Option<Diagnostic> {
    let position = index.target_position(node);
    if node.kind == Kind::PathItem {
        return Some(Diagnostic::new(
            position,
            "a path can't be a `$ref`: the generator does not follow it",
            "write the path's operations here",
        ));
    }
    let Some(pointer) = reference.strip_prefix('#') else {
        return Some(Diagnostic::new(
            position,
            format!("`{reference}` is not in this document"),
            "move the target under `components`, and refer to it as `#/components/…`",
        ));
    };
    let section = child("/components", node.kind.section()?);
    // The generator does not decode percent-encoded references, so neither does this check.
    if index.root().pointer(pointer).is_none() {
        return Some(Diagnostic::new(
            position,
            format!("`{reference}` does not exist"),
            "define it under `components`, or correct the name",
        ));
    }
    let name = pointer.strip_prefix(&section).and_then(|name| name.strip_prefix('/'));
    let is_component = name.is_some_and(|name| !name.is_empty() && !name.contains('/'));
    (!is_component).then(|| {
        Diagnostic::new(
            position,
            format!("`{reference}` is of another kind than this location requires"),
            format!("refer to `#{section}/…`, and move the target there"),
        )
    })
}
