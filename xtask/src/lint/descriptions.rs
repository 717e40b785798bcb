use super::context::{Diagnostic, LintContext, has_text, name_of};

/// Every property, parameter, header, response and named schema says what it is.
///
/// A `$ref` is described by what it refers to; what is wrapped around one (`allOf`) has words of its own.
pub(super) fn descriptions(context: &LintContext<'_>) -> Vec<Diagnostic> {
    let silent = context.written().filter(|place| !has_text(place.value, "description"));
    silent
        .filter_map(|place| {
            Some(Diagnostic::new(
                &place.pointer,
                format!("{} has no description", name_of(place)?),
                "add a `description`: what it means to those who use it",
            ))
        })
        .collect()
}
