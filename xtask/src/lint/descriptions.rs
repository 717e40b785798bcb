//! Lint rule: everything that is named has a description.

use super::context::{Diagnostic, LintContext, has_text, name_of};

/// Reports properties, parameters, headers, responses and named schemas without a description.
///
/// A `$ref` has the description of its target; a schema that wraps one in `allOf` has its own.
pub(super) fn descriptions(context: &LintContext<'_>) -> Vec<Diagnostic> {
    let undescribed = context.definitions().filter(|node| !has_text(node.value, "description"));
    undescribed
        .filter_map(|node| {
            Some(Diagnostic::new(
                &node.pointer,
                format!("{} has no description", name_of(node)?),
                "add a `description` of what it means to users of the API",
            ))
        })
        .collect()
}
