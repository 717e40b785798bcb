//! Makes every reference one that the generator follows: alone, decoded, and to a component.

use std::collections::BTreeMap;

use moneykit_contract::{Kind, child, follow, resolve};
use serde_json::{Map, Value, json};

use super::walk::{is_reference, nodes, section_mut};
use crate::wire::Wire;

/// Drops the siblings of references, and moves the targets of references into the components.
///
/// OpenAPI 3.0 ignores siblings of `$ref`. `nullable` is an exception that vendors make: it allows null as well,
/// so it is kept in a composition. A target that is no component is copied to one; a path or a security scheme that
/// is a reference is replaced by its target.
pub(super) fn references(root: &mut Value, _: &mut Wire) {
    inline(root, "/paths");
    inline(root, "/components/securitySchemes");
    drop_siblings(root);
    // A copy can contain references that need a copy themselves.
    for _ in 0..20 {
        if !move_targets(root) {
            return;
        }
    }
}

fn inline(root: &mut Value, section: &str) {
    let entries = root.pointer(section).and_then(Value::as_object).into_iter().flatten();
    let targets: Vec<(String, Value)> = entries
        .filter_map(|(name, entry)| {
            let target = resolve(root, entry).filter(|_| entry.get("$ref").is_some())?;
            Some((name.clone(), target.clone()))
        })
        .collect();
    if let Some(entries) = root.pointer_mut(section).and_then(Value::as_object_mut) {
        entries.extend(targets);
    }
}

fn drop_siblings(root: &mut Value) {
    nodes(root, &mut |kind, fields| {
        if kind.section().is_none() || kind == Kind::PathItem || fields.len() < 2 || !is_reference(fields) {
            return;
        }
        let reference = fields["$ref"].clone();
        if kind == Kind::Schema && fields.get("nullable") == Some(&Value::Bool(true)) {
            *fields = Map::from_iter([
                ("allOf".to_owned(), json!([{ "$ref": reference }])),
                ("nullable".to_owned(), Value::Bool(true)),
            ]);
        } else {
            *fields = Map::from_iter([("$ref".to_owned(), reference)]);
        }
    });
}

/// Moves the targets of references that are no components. Returns true if there was one.
fn move_targets(root: &mut Value) -> bool {
    let mut found: Vec<(String, Kind)> = Vec::new();
    nodes(root, &mut |kind, fields| {
        if kind.section().is_some()
            && let Some(reference) = fields.get("$ref").and_then(Value::as_str)
            && reference.starts_with("#/")
            && !is_component(reference, kind)
        {
            found.push((reference.to_owned(), kind));
        }
    });
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for (reference, kind) in found {
        let Some(section) = kind.section().filter(|_| !names.contains_key(&reference)) else { continue };
        let Some((pointer, target)) = follow(root, &reference) else { continue };
        let moved = format!("#{pointer}");
        if is_component(&moved, kind) {
            names.insert(reference, moved);
            continue;
        }
        // A component of another kind is a mistake, which a check reports.
        if pointer.matches('/').count() <= 3 && pointer.starts_with("/components/") {
            continue;
        }
        let target = target.clone();
        let Some(section_entries) = section_mut(root, section) else { continue };
        let base = name_for(&pointer);
        let mut name = base.clone();
        let mut count = 1;
        while section_entries.contains_key(&name) {
            count += 1;
            name = format!("{base}_{count}");
        }
        section_entries.insert(name.clone(), target);
        names.insert(reference, format!("#/components/{section}/{name}"));
    }
    if names.is_empty() {
        return false;
    }
    nodes(root, &mut |kind, fields| {
        if kind.section().is_some()
            && let Some(Value::String(reference)) = fields.get_mut("$ref")
            && let Some(moved) = names.get(reference)
        {
            moved.clone_into(reference);
        }
    });
    true
}

/// Returns true if a reference names an existing component of a kind, in the form that the generator reads.
fn is_component(reference: &str, kind: Kind) -> bool {
    let Some(section) = kind.section() else { return false };
    let prefix = child("#/components", section);
    let name = reference.strip_prefix(&prefix).and_then(|name| name.strip_prefix('/'));
    name.is_some_and(|name| !name.is_empty() && !name.contains(['/', '%']))
}

fn name_for(pointer: &str) -> String {
    const OMITTED: [&str; 5] = ["components", "schemas", "properties", "paths", "items"];
    let words = pointer.split('/').filter(|word| !word.is_empty() && !OMITTED.contains(word));
    let words = words.map(|word| {
        let word = word.replace("~1", "_").replace("~0", "_");
        word.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect::<String>()
    });
    let name = words.collect::<Vec<_>>().join("_");
    let name = name.trim_matches('_');
    if name.is_empty() { "part".to_owned() } else { name.to_owned() }
}
