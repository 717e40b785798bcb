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
    nodes.flat_map(targets).collect()
}

/// Returns what a node refers to by `$ref`, by the mapping of a discriminator, or by a security requirement.
fn targets(node: &NodeRef<'_>) -> Vec<String> {
    let pointer = |target: &str| target.strip_prefix('#').map(str::to_owned);
    if let Some(target) = node.target() {
        return pointer(target).into_iter().collect();
    }
    let mapping = node.value.pointer("/discriminator/mapping").and_then(Value::as_object);
    let mapped = mapping
        .into_iter()
        .flatten()
        .filter_map(|(_, target)| target.as_str())
        .map(|target| pointer(target).unwrap_or_else(|| child("/components/schemas", target)));
    let requirements = node.value.get("security").and_then(Value::as_array).into_iter().flatten();
    let schemes = requirements.filter_map(Value::as_object).flatten();
    mapped.chain(schemes.map(|(name, _)| child("/components/securitySchemes", name))).collect()
}
