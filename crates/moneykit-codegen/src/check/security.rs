//! Checks that the client can authenticate every operation.

use moneykit_contract::{Kind, child};
use serde_json::Value;

use crate::auth::{is_callable, scheme, token_operation};
use crate::error::Diagnostic;
use crate::index::ContractIndex;

/// Rejects operations that the client can't authenticate.
///
/// The client supports bearer tokens, operations without security, and client credentials for the token endpoint.
/// Any other request would be sent without credentials.
pub(super) fn security(index: &ContractIndex<'_>) -> Vec<Diagnostic> {
    let references = index.components(Kind::SecurityScheme).filter(|scheme| scheme.target().is_some());
    let mut diagnostics: Vec<Diagnostic> = references
        .map(|reference| {
            Diagnostic::new(
                index.target_position(reference),
                "a security scheme can't be a `$ref`: the generator does not follow it",
                "write the scheme here",
            )
        })
        .collect();
    diagnostics.extend(unknown_schemes(index));
    // An unknown scheme is the cause of what the next check would report.
    if !diagnostics.is_empty() {
        return diagnostics;
    }

    let token_operation = token_operation(index).map(|operation| &operation.node.pointer);
    for operation in index.operations() {
        let pointer = &operation.node.pointer;
        if token_operation == Some(pointer) || is_callable(index.root(), operation) {
            continue;
        }
        let own = index.position(&child(pointer, "security"));
        diagnostics.push(Diagnostic::new(
            own.or_else(|| index.position(pointer)),
            format!("{} can't be authenticated: the client only supports bearer tokens", operation.name()),
            "add a requirement of one oauth2, openIdConnect or http bearer scheme alone, or `{}` for none",
        ));
    }
    diagnostics
}

/// Reports security requirements that name a scheme which does not exist.
fn unknown_schemes(index: &ContractIndex<'_>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let operations =
        index.operations().iter().map(|operation| (&*operation.node.pointer, operation.node.value));
    for (pointer, owner) in std::iter::once(("", index.root())).chain(operations) {
        let pointer = child(pointer, "security");
        let requirements = owner.get("security").and_then(Value::as_array).into_iter().flatten();
        for (i, requirement) in requirements.enumerate() {
            let names = requirement.as_object().into_iter().flat_map(serde_json::Map::keys);
            for name in names.filter(|name| scheme(index.root(), name).is_none()) {
                diagnostics.push(Diagnostic::new(
                    index.position(&child(&format!("{pointer}/{i}"), name)),
                    format!("the security scheme `{name}` does not exist"),
                    "define it under `components/securitySchemes`, or correct the name",
                ));
            }
        }
    }
    diagnostics
}
