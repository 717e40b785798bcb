//! Describes the authentication of operations as the bearer token of the client.

use std::collections::BTreeSet;

use moneykit_contract::{METHODS, resolve};
use serde_json::{Map, Value, json};

use crate::adapt::is_open;
use crate::auth::is_bearer;

/// The name of the scheme if the vendor has none for bearer tokens.
const SCHEME: &str = "AccessToken";

/// Reduces the security requirements to those that the client can satisfy: one bearer token, or none. Requirements of
/// another kind become the bearer token. Returns a sentence for each of these assumptions.
pub(super) fn adapt(root: &mut Value) -> Vec<String> {
    let schemes = resolved_schemes(root);
    let bearer = schemes.iter().find(|(_, scheme)| is_bearer(scheme)).map(|(name, _)| name.clone());
    let name = bearer.unwrap_or_else(|| SCHEME.to_owned());
    let mut others = BTreeSet::new();
    let shared = root.get("security").cloned();
    if let Some(security) = root.get_mut("security") {
        reduce(security, &schemes, &name, &mut others);
    }
    let (mut replaced, mut open) = (Vec::new(), Vec::new());
    for (path, item) in root.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten() {
        for method in METHODS {
            let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) else { continue };
            let label = format!("{} {path}", method.to_uppercase());
            let is_replaced = match operation.get_mut("security") {
                Some(security) => reduce(security, &schemes, &name, &mut others),
                None => shared
                    .clone()
                    .is_some_and(|mut shared| reduce(&mut shared, &schemes, &name, &mut BTreeSet::new())),
            };
            if is_replaced {
                replaced.push(label.clone());
            }
            if operation.get("security").or(shared.as_ref()).is_none_or(is_open) {
                open.push(label);
            }
        }
    }
    let mut kept = schemes;
    let mut assumptions = Vec::new();
    if !replaced.is_empty() {
        kept.entry(&name).or_insert_with(
            || json!({ "type": "http", "scheme": "bearer", "description": "The access token (RFC 6750 §2.1)." }),
        );
        let others = others.iter().map(|other| format!("`{other}`")).collect::<Vec<_>>().join(", ");
        assumptions.push(format!(
            "the vendor authenticates {} with {others}; the contract has the bearer token `{name}` in its place",
            listed(&replaced)
        ));
    }
    if !open.is_empty() {
        assumptions.push(format!(
            "the vendor requires no credentials for {}: add `security` if that is wrong",
            listed(&open)
        ));
    }
    set_schemes(root, kept);
    assumptions
}

/// Returns the security schemes, with their references resolved.
fn resolved_schemes(root: &Value) -> Map<String, Value> {
    let schemes =
        root.pointer("/components/securitySchemes").and_then(Value::as_object).into_iter().flatten();
    let schemes = schemes.filter_map(|(name, scheme)| Some((name.clone(), resolve(root, scheme)?.clone())));
    schemes.collect()
}

fn set_schemes(root: &mut Value, schemes: Map<String, Value>) {
    let Some(fields) = root.as_object_mut() else { return };
    let components = fields.entry("components").or_insert_with(|| json!({}));
    if let Some(components) = components.as_object_mut() {
        components.shift_remove("securitySchemes");
        if !schemes.is_empty() {
            components.insert("securitySchemes".to_owned(), Value::Object(schemes));
        }
    }
}

/// Keeps the requirements of one bearer token alone, and of nothing. If there are others only, they become the bearer
/// token of a name, and are noted in `others`. Returns true in that case.
fn reduce(
    security: &mut Value,
    schemes: &Map<String, Value>,
    name: &str,
    others: &mut BTreeSet<String>,
) -> bool {
    if is_open(security) {
        return false;
    }
    let Some(requirements) = security.as_array_mut() else { return false };
    let is_usable = |requirement: &Value| {
        let names = requirement.as_object().into_iter().flat_map(Map::keys).collect::<Vec<_>>();
        match names[..] {
            [] => true,
            [one] => schemes.get(one).is_some_and(is_bearer),
            _ => false,
        }
    };
    let has_bearer = requirements.iter().any(|requirement| {
        is_usable(requirement) && requirement.as_object().is_some_and(|one| !one.is_empty())
    });
    if has_bearer {
        requirements.retain(is_usable);
        return false;
    }
    for requirement in requirements.iter().filter(|requirement| !is_usable(requirement)) {
        others.extend(requirement.as_object().into_iter().flat_map(Map::keys).cloned());
    }
    *security = json!([{ name: [] }]);
    true
}

/// Lists the first operations, and the number of the others.
fn listed(operations: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = operations.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match operations.len().saturating_sub(SHOWN) {
        0 => shown,
        rest => format!("{shown} and {rest} more"),
    }
}
