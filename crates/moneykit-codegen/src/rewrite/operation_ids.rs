//! Turns operation ids into names of methods.

use serde_json::Value;

use super::walk::operations;
use crate::check::{is_free_method_name, snake_case};
use crate::wire::Wire;

/// Writes operation ids in snake case, and prefixes those that can't name a method. No message contains an id.
pub(super) fn operation_ids(root: &mut Value, _: &mut Wire) {
    for operation in operations(root) {
        let Some(Value::String(id)) = operation.get_mut(root).get_mut("operationId") else { continue };
        if id.is_empty() {
            continue;
        }
        let mut name: String = snake_case(id);
        name.retain(|c| c.is_ascii_alphanumeric() || c == '_');
        let name = name.trim_matches('_').to_owned();
        let is_valid = name.starts_with(|c: char| c.is_ascii_lowercase()) && is_free_method_name(&name);
        *id = if is_valid { name } else { format!("call_{name}") };
    }
}
