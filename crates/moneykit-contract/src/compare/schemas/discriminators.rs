use std::collections::BTreeSet;

use super::FlattenedSchema;
use crate::change::Place;
use crate::compare::side::Side;
use crate::compare::{Comparison, Node, Pair};
use crate::pointer::{child, last};
use crate::rules::{ALTERNATIVE_ADDED, ALTERNATIVE_REMOVED, DISCRIMINATOR_CHANGED, SCHEMA_RENAMED};

impl<'a> Comparison<'a> {
    /// Compares what tells the shapes of a choice apart. `shapes` are the names of those that belong together.
    pub(super) fn discriminators(
        &mut self,
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        shapes: &[(String, String)],
        place: &Place,
    ) {
        let pair = discriminator_pair(old, new);
        let alike = |was: &Node<'a>, is: &Node<'a>| {
            // A mark that comes or goes does so with its shape, of which is told elsewhere.
            let mapped =
                |pair: Pair<'a>| match (pair.old.as_ref().and_then(name), pair.new.as_ref().and_then(name)) {
                    (Some(was), Some(is)) => was == is || shapes.contains(&(was, is)),
                    _ => true,
                };
            was.text("propertyName") == is.text("propertyName")
                && shapes.iter().all(|(a, b)| marks(was, a) == marks(is, b))
                && pair.get("mapping").fields().into_iter().all(|(_, pair)| mapped(pair))
        };
        self.discriminator(&pair, alike, place);
    }

    /// Compares the shapes of a schema that tells them apart without listing them: those that build on it.
    pub(super) fn family(&mut self, old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>, place: &Place) {
        let pair = discriminator_pair(old, new);
        self.discriminator(&pair, |was, is| was.text("propertyName") == is.text("propertyName"), place);
        if pair.old.is_none() || pair.new.is_none() {
            return;
        }
        let (was, is) = (shapes(&self.old, old), shapes(&self.new, new));
        let is_shape = |view: &FlattenedSchema<'a>, shapes: &[(String, Node<'a>)]| {
            view.nodes.iter().any(|node| shapes.iter().any(|(_, shape)| shape.pointer == node.pointer))
        };
        if is_shape(old, &was) || is_shape(new, &is) {
            return;
        }
        for (mark, node) in &was {
            let inside = place.inside(&format!("<{mark}>"));
            let Some((_, other)) = is.iter().find(|(known, _)| known == mark) else {
                let words = format!("`{mark}` is not one of its shapes any more");
                self.report(&ALTERNATIVE_REMOVED, place, node, words);
                continue;
            };
            if node.name() != other.name() {
                let words = format!("`{}` is called `{}` now", node.name(), other.name());
                self.report(&SCHEMA_RENAMED, &Place::default(), other, words);
            }
            self.schema(&vec![node.clone()], &vec![other.clone()], &inside);
        }
        for (mark, node) in is.iter().filter(|(mark, _)| !was.iter().any(|(known, _)| known == mark)) {
            self.report(&ALTERNATIVE_ADDED, place, node, format!("`{mark}` is one of its shapes now"));
        }
    }

    fn discriminator(
        &mut self,
        pair: &Pair<'a>,
        alike: impl Fn(&Node<'a>, &Node<'a>) -> bool,
        place: &Place,
    ) {
        let alike = match (&pair.old, &pair.new) {
            (Some(was), Some(is)) => alike(was, is),
            (was, is) => was.is_none() && is.is_none(),
        };
        if !alike && let Some(at) = pair.new.as_ref().or(pair.old.as_ref()) {
            self.report(&DISCRIMINATOR_CHANGED, place, at, "what tells its shapes apart is another");
        }
    }
}

fn discriminator_pair<'a>(old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>) -> Pair<'a> {
    let of = |view: &FlattenedSchema<'a>| view.keywords.get("discriminator").cloned();
    Pair { old: of(old), new: of(new) }
}

/// Returns the marks of a shape: those that are mapped to it, or else its name.
fn marks(discriminator: &Node<'_>, shape: &str) -> BTreeSet<String> {
    let mapping = discriminator.get("mapping").map(|it| it.entries()).unwrap_or_default();
    let mapped = mapping.into_iter().filter(|(_, target)| name(target).as_deref() == Some(shape));
    let marks: BTreeSet<String> = mapped.map(|(mark, _)| mark.to_owned()).collect();
    if marks.is_empty() { BTreeSet::from([shape.to_owned()]) } else { marks }
}

/// Returns the name of the schema that a mark is mapped to: a name, or a reference.
fn name(target: &Node<'_>) -> Option<String> {
    target.value.as_str().map(|target| if target.contains('/') { last(target) } else { target.to_owned() })
}

/// Lists the shapes that a schema tells apart, by their marks: those that it maps, and those that build on it.
fn shapes<'a>(side: &Side<'a>, view: &FlattenedSchema<'a>) -> Vec<(String, Node<'a>)> {
    let Some(discriminator) = view.keywords.get("discriminator") else { return Vec::new() };
    let schema = |name: &str| side.find(&child("#/components/schemas", name));
    let mut shapes: Vec<(String, Node<'a>)> = Vec::new();
    for (mark, target) in discriminator.get("mapping").map(|it| it.entries()).unwrap_or_default() {
        let text = target.value.as_str().unwrap_or_default();
        let node = if text.starts_with('#') { side.find(text) } else { schema(text) };
        shapes.extend(node.map(|node| (mark.to_owned(), node)));
    }
    let owner = discriminator.pointer.strip_suffix("/discriminator").unwrap_or_default().to_owned();
    let all = side.root().at(&["components", "schemas"]).map(|it| it.entries()).unwrap_or_default();
    let mut family = vec![owner];
    let mut next = 0;
    while let Some(parent) = family.get(next).cloned() {
        next += 1;
        for (name, node) in &all {
            let parts = node.get("allOf").map(|parts| parts.items()).unwrap_or_default();
            let builds_on_it = parts
                .iter()
                .filter_map(|part| crate::pointer::follow(side.root().value, part.target()?))
                .any(|(_, pointer)| pointer == parent);
            if !builds_on_it || family.iter().any(|known| **known == *node.pointer) {
                continue;
            }
            family.push(node.pointer.to_string());
            if !shapes.iter().any(|(_, shape)| shape.pointer == node.pointer) {
                shapes.extend(schema(name).map(|node| ((*name).to_owned(), node)));
            }
        }
    }
    shapes
}
