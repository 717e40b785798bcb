//! Compares discriminators, and the subtypes that extend a schema with a discriminator.

use std::collections::BTreeSet;

use super::FlattenedSchema;
use crate::change::Location;
use crate::compare::side::Side;
use crate::compare::{Comparison, Node, Pair};
use crate::pointer::{child, last};
use crate::rules::{DISCRIMINATOR_CHANGED, SCHEMA_RENAMED, VARIANT_ADDED, VARIANT_REMOVED};

impl<'a> Comparison<'a> {
    /// Compares the discriminators of two groups of variants. `names` are the old and new names of matching
    /// variants.
    pub(super) fn discriminators(
        &mut self,
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        names: &[(String, String)],
        location: &Location,
    ) {
        let pair = discriminator_pair(old, new);
        let is_same = |old: &Node<'a>, new: &Node<'a>| {
            // A discriminator value is added or removed together with its variant, which is reported itself.
            let is_same_mapping = |pair: Pair<'a>| match (
                pair.old.as_ref().and_then(schema_name),
                pair.new.as_ref().and_then(schema_name),
            ) {
                (Some(old), Some(new)) => old == new || names.contains(&(old, new)),
                _ => true,
            };
            old.text("propertyName") == new.text("propertyName")
                && names.iter().all(|(old_name, new_name)| {
                    discriminator_values(old, old_name) == discriminator_values(new, new_name)
                })
                && pair.get("mapping").fields().into_iter().all(|(_, pair)| is_same_mapping(pair))
        };
        self.discriminator(&pair, is_same, location);
    }

    /// Compares the subtypes of a schema with a discriminator and without `oneOf` or `anyOf`. A subtype
    /// extends the schema through `allOf`.
    pub(super) fn subtypes(
        &mut self,
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        location: &Location,
    ) {
        let pair = discriminator_pair(old, new);
        let is_same = |old: &Node<'a>, new: &Node<'a>| old.text("propertyName") == new.text("propertyName");
        self.discriminator(&pair, is_same, location);
        if pair.old.is_none() || pair.new.is_none() {
            return;
        }
        let (old_subtypes, new_subtypes) = (subtypes(&self.old, old), subtypes(&self.new, new));
        let is_subtype = |schema: &FlattenedSchema<'a>, subtypes: &[(String, Node<'a>)]| {
            schema.nodes.iter().any(|node| subtypes.iter().any(|(_, other)| other.pointer == node.pointer))
        };
        // A subtype inherits the discriminator of its parent, but its values are of this subtype only.
        if is_subtype(old, &old_subtypes) || is_subtype(new, &new_subtypes) {
            return;
        }
        for (value, old) in &old_subtypes {
            let Some((_, new)) = new_subtypes.iter().find(|(known, _)| known == value) else {
                self.report(&VARIANT_REMOVED, location, old, format!("removed variant `{value}`"));
                continue;
            };
            if old.name() != new.name() {
                let message = format!("schema `{}` renamed to `{}`", old.name(), new.name());
                self.report(&SCHEMA_RENAMED, &Location::default(), new, message);
            }
            let inside = location.inside(&format!("<{value}>"));
            self.schema(&vec![old.clone()], &vec![new.clone()], &inside);
        }
        for (value, new) in &new_subtypes {
            if !old_subtypes.iter().any(|(known, _)| known == value) {
                self.report(&VARIANT_ADDED, location, new, format!("added variant `{value}`"));
            }
        }
    }

    fn discriminator(
        &mut self,
        pair: &Pair<'a>,
        is_same: impl Fn(&Node<'a>, &Node<'a>) -> bool,
        location: &Location,
    ) {
        let message = match (&pair.old, &pair.new) {
            (Some(old), Some(new)) if !is_same(old, new) => "discriminator changed",
            (Some(_), None) => "removed discriminator",
            (None, Some(_)) => "added discriminator",
            _ => return,
        };
        self.report(&DISCRIMINATOR_CHANGED, location, pair.new.as_ref().or(pair.old.as_ref()), message);
    }
}

/// The discriminators of two schemas.
pub(super) struct Discriminators<'a> {
    old: Node<'a>,
    new: Node<'a>,
}

impl<'a> Discriminators<'a> {
    /// Returns the discriminators if both schemas have one.
    pub(super) fn new(old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>) -> Option<Self> {
        let pair = discriminator_pair(old, new);
        Some(Self { old: pair.old?, new: pair.new? })
    }

    /// Returns true if two variants have a value in common.
    pub(super) fn has_same_value(&self, old: &str, new: &str) -> bool {
        !discriminator_values(&self.old, old).is_disjoint(&discriminator_values(&self.new, new))
    }
}

fn discriminator_pair<'a>(old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>) -> Pair<'a> {
    let discriminator = |schema: &FlattenedSchema<'a>| schema.keywords.get("discriminator").cloned();
    Pair { old: discriminator(old), new: discriminator(new) }
}

/// Returns the discriminator values of a variant: those mapped to it, or else its name.
fn discriminator_values(discriminator: &Node<'_>, variant: &str) -> BTreeSet<String> {
    let mapping = discriminator.get("mapping").map(|it| it.entries()).unwrap_or_default();
    let mapped = mapping.into_iter().filter(|(_, target)| schema_name(target).as_deref() == Some(variant));
    let values: BTreeSet<String> = mapped.map(|(value, _)| value.to_owned()).collect();
    if values.is_empty() { BTreeSet::from([variant.to_owned()]) } else { values }
}

/// Returns the name of the schema in a mapping entry, which is a name or a reference.
fn schema_name(target: &Node<'_>) -> Option<String> {
    target.value.as_str().map(|target| if target.contains('/') { last(target) } else { target.to_owned() })
}

/// Returns the subtypes of a schema, with their discriminator values: the mapped schemas, and all schemas
/// that extend it directly or indirectly.
fn subtypes<'a>(side: &Side<'a>, schema: &FlattenedSchema<'a>) -> Vec<(String, Node<'a>)> {
    let Some(discriminator) = schema.keywords.get("discriminator") else { return Vec::new() };
    let find = |name: &str| side.find(&child("#/components/schemas", name));
    let mut subtypes: Vec<(String, Node<'a>)> = Vec::new();
    for (value, target) in discriminator.get("mapping").map(|it| it.entries()).unwrap_or_default() {
        let text = target.value.as_str().unwrap_or_default();
        let node = if text.starts_with('#') { side.find(text) } else { find(text) };
        subtypes.extend(node.map(|node| (value.to_owned(), node)));
    }
    let base = discriminator.pointer.strip_suffix("/discriminator").unwrap_or_default().to_owned();
    let schemas = side.root().at(&["components", "schemas"]).map(|it| it.entries()).unwrap_or_default();
    let mut hierarchy = vec![base];
    let mut next = 0;
    while let Some(parent) = hierarchy.get(next).cloned() {
        next += 1;
        for (name, node) in &schemas {
            let parts = node.get("allOf").map(|parts| parts.items()).unwrap_or_default();
            let extends_parent = parts
                .iter()
                .filter_map(|part| crate::references::follow(side.root().value, part.target()?))
                .any(|(pointer, _)| pointer == parent);
            if !extends_parent || hierarchy.iter().any(|known| **known == *node.pointer) {
                continue;
            }
            hierarchy.push(node.pointer.to_string());
            if !subtypes.iter().any(|(_, subtype)| subtype.pointer == node.pointer) {
                subtypes.extend(find(name).map(|node| ((*name).to_owned(), node)));
            }
        }
    }
    subtypes
}
