use std::collections::BTreeSet;

use moneykit_contract::{NodeRef, child};
use serde_json::Value;

use super::context::{Diagnostic, LintContext};

/// Every component is needed: an operation leads to it, if by way of others.
pub(super) fn unused(context: &LintContext<'_>) -> Vec<Diagnostic> {
    let mut used = BTreeSet::new();
    let mut unread = references(context, None);
    while let Some(pointer) = unread.pop() {
        if !used.contains(&pointer) {
            unread.extend(references(context, Some(&pointer)));
            used.insert(pointer);
        }
    }
    let unused = context.places.iter().filter(|place| place.is_component() && !used.contains(&place.pointer));
    unused
        .map(|place| {
            let what = format!("nothing leads to the component `{}`", place.name);
            Diagnostic::new(&place.pointer, what, "refer to it from an operation, or delete it")
        })
        .collect()
}

/// Lists the components that one component refers to; or, without one, what is outside of all components.
fn references(context: &LintContext<'_>, component: Option<&str>) -> Vec<String> {
    let is_inside = |place: &&NodeRef<'_>| match component {
        Some(component) => {
            place.pointer.strip_prefix(component).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
        None => !place.pointer.starts_with("/components/"),
    };
    let places = context.places.iter().filter(is_inside);
    places.flat_map(named_by).collect()
}

/// Lists what one place names: by a `$ref`, by the mapping of a discriminator, or as a security requirement.
fn named_by(place: &NodeRef<'_>) -> Vec<String> {
    let pointer = |target: &str| target.strip_prefix('#').map(str::to_owned);
    if let Some(target) = place.target() {
        return pointer(target).into_iter().collect();
    }
    let mapping = place.value.pointer("/discriminator/mapping").and_then(Value::as_object);
    let mapped = mapping
        .into_iter()
        .flatten()
        .filter_map(|(_, target)| target.as_str())
        .map(|target| pointer(target).unwrap_or_else(|| child("/components/schemas", target)));
    let ways = place.value.get("security").and_then(Value::as_array).into_iter().flatten();
    let schemes = ways.filter_map(Value::as_object).flatten();
    mapped.chain(schemes.map(|(name, _)| child("/components/securitySchemes", name))).collect()
}
