//! Lint rule: every component is used.

use std::collections::BTreeSet;

use moneykit_contract::{NodeRef, child};
use serde_json::Value;

use super::context::{Diagnostic, LintContext};

/// Reports components that no operation refers to, directly or through other components.
pub(super) fn unused(context: &LintContext<'_>) -> Vec<Diagnostic> {
    let mut used = BTreeSet::new();
    let mut unread = references(context, None);
    while let Some(pointer) = unread.pop() {
        if !used.contains(&pointer) {
            unread.extend(references(context, Some(&pointer)));
            used.insert(pointer);
        }
    }
    let unused = context.nodes.iter().filter(|node| node.is_component() && !used.contains(&node.pointer));
    unused
        .map(|node| {
            let message = format!("the component `{}` is unused", node.name);
            Diagnostic::new(&node.pointer, message, "refer to it from an operation, or delete it")
        })
        .collect()
}

/// Returns the components that a component refers to or, without one, that the document outside of the components
/// refers to.
fn references(context: &LintContext<'_>, component: Option<&str>) -> Vec<String> {
    let is_inside = |node: &&NodeRef<'_>| match component {
        Some(component) => {
            node.pointer.strip_prefix(component).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
        None => !node.pointer.starts_with("/components/"),
    };
    let nodes = context.nodes.iter().filter(is_inside);
    nodes.flat_map(|node| targets(context, node)).collect()
}

/// Returns what a node refers to by `$ref`, by the mapping of a discriminator, or by a security requirement.
fn targets(context: &LintContext<'_>, node: &NodeRef<'_>) -> Vec<String> {
    let requirements = node.value.get("security").and_then(Value::as_array).into_iter().flatten();
    let schemes = requirements.filter_map(Value::as_object).flatten();
    let schemes = schemes.map(|(name, _)| child("/components/securitySchemes", name));
    context.document.references(node).into_iter().chain(schemes).collect()
}
