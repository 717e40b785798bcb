//! Proposes parameters, which belong to an operation or to its path item.

use serde_json::{Map, Value};

use super::operations::Matched;
use super::{At, Proposal};
use crate::grammar::{Kind, METHODS};
use crate::paths;

/// The identity of a parameter on the wire: `in`, and the name, or the position in the path.
type Key = (String, String);

impl<'a> Proposal<'a, '_> {
    /// Writes the parameters of the operations of a path item. Those of the path item stay there as long as all
    /// operations have them.
    pub(super) fn parameters(&mut self, list: &[Matched<'a>], item: &mut Map<String, Value>) {
        let written: Vec<Vec<(Key, Value)>> =
            list.iter().map(|matched| self.operation_parameters(matched)).collect();
        let Some(first) = list.first() else { return };
        let root = self.ours;
        let ours = keyed(first.our_item.get("parameters"), root, first.our_path);
        let is_matched = |method: &str| list.iter().any(|matched| matched.method == method);
        let missing: Vec<&str> =
            METHODS.into_iter().filter(|it| item.contains_key(*it) && !is_matched(it)).collect();
        let mut shared: Vec<(Key, Value)> = Vec::new();
        for (key, our) in &ours {
            let find = |list: &Vec<(Key, Value)>| {
                list.iter().find(|(known, _)| known == key).map(|(_, it)| it.clone())
            };
            let mut values = written.iter().map(find);
            if let Some(Some(value)) = values.next()
                && values.all(|other| other.as_ref() == Some(&value))
                && (missing.is_empty() || value == *our.value)
            {
                shared.push((key.clone(), value));
            }
        }
        for method in missing {
            let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) else { continue };
            let own = operation.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
            let is_lost = |(key, _): &&(Key, At<'a>)| {
                let is_own = own.iter().any(|it| key_of(it, root, first.our_path).as_ref() == Some(key));
                !is_own && !shared.iter().any(|(known, _)| known == key)
            };
            let inherited = ours.iter().filter(is_lost).map(|(_, at)| at.value.clone());
            set(operation, own.iter().cloned().chain(inherited).collect());
        }
        for (matched, parameters) in list.iter().zip(written) {
            let Some(operation) = item.get_mut(matched.method).and_then(Value::as_object_mut) else {
                continue;
            };
            let is_own = |(key, _): &(Key, Value)| !shared.iter().any(|(known, _)| known == key);
            set(operation, parameters.into_iter().filter(is_own).map(|(_, value)| value).collect());
        }
        set(item, shared.into_iter().map(|(_, value)| value).collect());
    }

    /// Returns all parameters of an operation, those that we have as well first and in our order.
    fn operation_parameters(&mut self, matched: &Matched<'a>) -> Vec<(Key, Value)> {
        let all = |operation: &At<'a>, item: &At<'a>, root: &'a Value, path: &str| {
            let mut all = keyed(operation.get("parameters"), root, path);
            for (key, at) in keyed(item.get("parameters"), root, path) {
                if !all.iter().any(|(known, _)| *known == key) {
                    all.push((key, at));
                }
            }
            all
        };
        let ours = all(&matched.ours, &matched.our_item, self.ours, matched.our_path);
        let mut theirs = all(&matched.theirs, &matched.their_item, self.theirs, matched.their_path);
        let rank = |key: &Key| ours.iter().position(|(known, _)| known == key).unwrap_or(usize::MAX);
        theirs.sort_by_key(|(key, _)| rank(key));
        let mut written = Vec::new();
        for (key, their) in theirs {
            let our = ours.iter().find(|(known, _)| *known == key).map(|(_, at)| at.clone());
            let is_new = our.is_none();
            let mut value = self.object(Kind::Parameter, our, &their);
            // The path of ours has other names.
            if is_new
                && key.0 == "path"
                && let Some(name) =
                    key.1.parse().ok().and_then(|at| paths::parameters(matched.our_path).nth(at))
            {
                value["name"] = name.into();
            }
            written.push((key, value));
        }
        written
    }
}

/// Returns the parameters in a list, each with its identity.
fn keyed<'a>(list: Option<At<'a>>, root: &'a Value, path: &str) -> Vec<(Key, At<'a>)> {
    let items = list.map(|list| list.items()).unwrap_or_default().into_iter();
    items.filter_map(|item| Some((key_of(item.value, root, path)?, item))).collect()
}

fn key_of(parameter: &Value, root: &Value, path: &str) -> Option<Key> {
    let resolved = At { value: parameter, pointer: String::new() }.resolved(root).value;
    let (kind, name) = (resolved.get("in")?.as_str()?, resolved.get("name")?.as_str()?);
    let name = match kind {
        "header" => name.to_lowercase(),
        "path" => paths::parameters(path)
            .position(|known| known == name)
            .map_or_else(|| name.to_owned(), |position| position.to_string()),
        _ => name.to_owned(),
    };
    Some((kind.to_owned(), name))
}

fn set(owner: &mut Map<String, Value>, parameters: Vec<Value>) {
    if parameters.is_empty() {
        owner.shift_remove("parameters");
    } else {
        owner.insert("parameters".to_owned(), Value::Array(parameters));
    }
}
