//! Compares `oneOf` and `anyOf`.

use super::discriminators::Discriminators;
use super::flattened::{AlternativeGroup, Null};
use super::{FlattenedSchema, Schema};
use crate::change::Location;
use crate::compare::{Comparison, Node};
use crate::pointer::last;
use crate::rules::{ANY_OF_TO_ONE_OF, ONE_OF_TO_ANY_OF, VARIANT_ADDED, VARIANT_REMOVED};

impl<'a> Comparison<'a> {
    /// Compares two schemas of which at least one has a `oneOf` or an `anyOf`. A schema without either counts
    /// as its own only variant.
    pub(super) fn alternative_groups(
        &mut self,
        (old_schema, old): (&Schema<'a>, &FlattenedSchema<'a>),
        (new_schema, new): (&Schema<'a>, &FlattenedSchema<'a>),
        location: &Location,
    ) {
        match (&old.groups[..], &new.groups[..]) {
            ([group], []) => {
                self.schema_annotations(old, new);
                self.null_beside_group(old, new, location);
                let node = new.anchor(old).unwrap_or(&group.node);
                let variants = old.variants(old_schema, group);
                self.variants(&variants, std::slice::from_ref(&new.nodes), node, None, location);
            }
            ([], [group]) => {
                self.schema_annotations(old, new);
                self.null_beside_group(old, new, location);
                let variants = new.variants(new_schema, group);
                self.variants(std::slice::from_ref(&old.nodes), &variants, &group.node, None, location);
            }
            (old_groups, new_groups) => {
                let Some(pairs) = group_pairs(old_groups, new_groups) else {
                    let Some(group) = new_groups.first().or(old_groups.first()) else { return };
                    let message = format!(
                        "the schema changed from {} to {}, and is not classified because values must match all of these \
                         lists at once, and the lists do not correspond to each other: compare them by hand",
                        list(old_groups),
                        list(new_groups)
                    );
                    return self.report_unclassified(&group.node.clone(), message);
                };
                self.keywords(old, new, location);
                let discriminators = Discriminators::new(old, new);
                let mut names = Vec::new();
                for (old, new) in pairs {
                    self.group_keyword(old, new, location);
                    let (old, new, node) = (&old.variants, &new.variants, &new.node);
                    names.extend(self.variants(old, new, node, discriminators.as_ref(), location));
                }
                self.discriminators(old, new, &names, location);
            }
        }
    }

    /// Compares `nullable` beside the only `oneOf` or `anyOf`; the comparison of the variants covers their
    /// own.
    fn null_beside_group(
        &mut self,
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        location: &Location,
    ) {
        let with_group = if old.groups.is_empty() { new } else { old };
        // Other keywords beside the group are part of each variant, and `nullable` with them.
        if with_group.has_only_alternatives() && with_group.null() == Null::Allowed {
            self.null(old, new, location);
        }
    }

    fn group_keyword(&mut self, old: &AlternativeGroup<'a>, new: &AlternativeGroup<'a>, location: &Location) {
        let rule = match (old.keyword, new.keyword) {
            ("oneOf", "anyOf") => &ONE_OF_TO_ANY_OF,
            ("anyOf", "oneOf") => &ANY_OF_TO_ONE_OF,
            _ => return,
        };
        let message = format!("`{}` changed to `{}`", old.keyword, new.keyword);
        self.report(rule, location, &new.node, message);
    }

    /// Compares the variants of two groups, and returns the old and new names of matching variants.
    fn variants(
        &mut self,
        old: &[Schema<'a>],
        new: &[Schema<'a>],
        group: &Node<'a>,
        discriminators: Option<&Discriminators<'a>>,
        location: &Location,
    ) -> Vec<(String, String)> {
        let mut removed: Vec<&Schema<'a>> = old.iter().collect();
        let mut added: Vec<&Schema<'a>> = new.iter().collect();
        let mut pairs = Vec::new();
        let has_same_name =
            |old: &Schema<'a>, new: &Schema<'a>| name(old).is_some() && name(old) == name(new);
        let is_equivalent = |old: &Schema<'a>, new: &Schema<'a>| self.is_equivalent(old, new);
        // Match variants by discriminator value, then by equivalence, then by name, then the last remaining pair. Two
        // schemas can have changed their names.
        if let Some(discriminators) = discriminators {
            let has_same_value = |old: &Schema<'a>, new: &Schema<'a>| match (name(old), name(new)) {
                (Some(old), Some(new)) => discriminators.has_same_value(&old, &new),
                _ => false,
            };
            take_pairs(&mut removed, &mut added, &mut pairs, has_same_value);
        }
        take_pairs(&mut removed, &mut added, &mut pairs, |old, new| {
            has_same_name(old, new) && is_equivalent(old, new)
        });
        take_pairs(&mut removed, &mut added, &mut pairs, is_equivalent);
        take_pairs(&mut removed, &mut added, &mut pairs, has_same_name);
        // In an equivalence check, the last remaining pair is already known to differ.
        if !self.is_equivalence_check && removed.len() == 1 && added.len() == 1 {
            take_pairs(&mut removed, &mut added, &mut pairs, |_, _| true);
        }
        let names = pairs.iter().filter_map(|(old, new)| Some((name(old)?, name(new)?))).collect();
        for (old, new) in pairs {
            let suffix = name(new).map_or_else(|| "<>".to_owned(), |name| format!("<{name}>"));
            self.schema(old, new, &location.inside(&suffix));
        }
        for old in removed {
            let node = own_nodes(old).next().unwrap_or(group);
            self.report(&VARIANT_REMOVED, location, node, format!("removed variant {}", title(old)));
        }
        for new in added {
            let node = own_nodes(new).next().unwrap_or(group);
            self.report(&VARIANT_ADDED, location, node, format!("added variant {}", title(new)));
        }
        names
    }
}

/// Moves each matching pair from the two lists to `pairs`.
fn take_pairs<'l, 'a>(
    removed: &mut Vec<&'l Schema<'a>>,
    added: &mut Vec<&'l Schema<'a>>,
    pairs: &mut Vec<(&'l Schema<'a>, &'l Schema<'a>)>,
    is_match: impl Fn(&Schema<'a>, &Schema<'a>) -> bool,
) {
    removed.retain(|old| match added.iter().position(|new| is_match(old, new)) {
        Some(index) => {
            pairs.push((old, added.remove(index)));
            false
        }
        None => true,
    });
}

/// Returns the groups that correspond to each other: those with the same keyword, in order. Returns `None` if one has
/// no counterpart; the only group can change its keyword.
fn group_pairs<'l, 'a>(
    old: &'l [AlternativeGroup<'a>],
    new: &'l [AlternativeGroup<'a>],
) -> Option<Vec<(&'l AlternativeGroup<'a>, &'l AlternativeGroup<'a>)>> {
    if let ([old], [new]) = (old, new) {
        return Some(vec![(old, new)]);
    }
    let mut pairs = Vec::new();
    for keyword in ["oneOf", "anyOf"] {
        let groups = |list: &'l [AlternativeGroup<'a>]| list.iter().filter(move |it| it.keyword == keyword);
        if groups(old).count() != groups(new).count() {
            return None;
        }
        pairs.extend(groups(old).zip(groups(new)));
    }
    Some(pairs)
}

/// Returns the keywords of groups, for people.
fn list(groups: &[AlternativeGroup<'_>]) -> String {
    match groups {
        [] => "a schema without alternatives".to_owned(),
        groups => groups.iter().map(|it| format!("`{}`", it.keyword)).collect::<Vec<_>>().join(" and "),
    }
}

/// Returns the nodes of a variant without those that it shares with all other variants.
fn own_nodes<'l, 'a>(schema: &'l Schema<'a>) -> impl Iterator<Item = &'l Node<'a>> {
    schema.iter().filter(|node| !node.is_base)
}

/// Returns the name of a variant that is a reference.
fn name(schema: &Schema<'_>) -> Option<String> {
    let mut nodes = own_nodes(schema);
    match (nodes.next(), nodes.next()) {
        (Some(node), None) => node.target().map(last),
        _ => None,
    }
}

fn title(schema: &Schema<'_>) -> String {
    let typ = || own_nodes(schema).chain(schema).find_map(|node| node.text("type"));
    name(schema).map_or_else(
        || typ().map_or("without a name".to_owned(), |typ| format!("of type `{typ}`")),
        |name| format!("`{name}`"),
    )
}
