//! Lint rule: properties that are named like secrets have `format: password`.

use moneykit_codegen::unmarked_secrets;

use super::context::{Diagnostic, LintContext};

/// Reports string properties that are named like secrets and are not `format: password`, the type that logs redact.
pub(super) fn secrets(context: &LintContext<'_>) -> Vec<Diagnostic> {
    let unmarked = unmarked_secrets(context.document).into_iter();
    let diagnostics = unmarked.map(|secret| {
        let message = format!("`{}` is named like a secret and not marked as one", secret.name);
        Diagnostic::new(secret.pointer, message, "add `format: password`, or rename it if it is no secret")
    });
    diagnostics.collect()
}
