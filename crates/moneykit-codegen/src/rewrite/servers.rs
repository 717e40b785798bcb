//! Moves the servers of operations to the document.

use serde_json::Value;

use super::walk::operations;
use crate::wire::Wire;

/// Drops the servers of paths and operations that are those of the document. If the document has none, and all
/// operations have the same, these become the servers of the document.
pub(super) fn servers(root: &mut Value, _: &mut Wire) {
    let list = |value: &Value| {
        value
            .get("servers")
            .filter(|servers| servers.as_array().is_some_and(|list| !list.is_empty()))
            .cloned()
    };
    let used: Vec<Option<Value>> = operations(root)
        .iter()
        .map(|operation| list(operation.get(root)).or_else(|| list(&root["paths"][&operation.path])))
        .collect();
    if let (None, Some(Some(first))) = (list(root), used.first())
        && used.iter().all(|other| other.as_ref() == Some(first))
        && let Some(fields) = root.as_object_mut()
    {
        fields.insert("servers".to_owned(), first.clone());
    }
    let urls = |value: &Value| -> Option<Vec<String>> {
        let servers = value.as_array()?;
        Some(servers.iter().filter_map(|server| Some(server.get("url")?.as_str()?.to_owned())).collect())
    };
    let Some(common) = list(root).as_ref().and_then(urls) else { return };
    for operation in operations(root) {
        drop_if_common(&mut root["paths"][&operation.path], &common, urls);
        drop_if_common(operation.get_mut(root), &common, urls);
    }
}

fn drop_if_common(owner: &mut Value, common: &[String], urls: fn(&Value) -> Option<Vec<String>>) {
    let is_common = owner.get("servers").and_then(urls).is_some_and(|own| own.first() == common.first());
    if is_common && let Some(fields) = owner.as_object_mut() {
        fields.shift_remove("servers");
    }
}
