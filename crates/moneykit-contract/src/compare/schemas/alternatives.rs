//! Compares `oneOf` and `anyOf`.

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
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        location: &Location,
    ) {
        match (&old.groups[..], &new.groups[..]) {
            ([old_group], [new_group]) => {
                self.keywords(old, new, location);
                self.group_keyword(old_group, new_group, location);
                let names =
                    self.variants(&old_group.variants, &new_group.variants, &new_group.node, location);
                self.discriminators(old, new, &names, location);
            }
            ([group], []) if old.has_only_alternatives() => {
                self.schema_annotations(old, new);
                self.null_beside_group(old, new, location);
                self.variants(
                    &group.variants,
                    std::slice::from_ref(&new.nodes),
                    new.anchor(old).unwrap_or(&group.node),
                    location,
                );
            }
            ([], [group]) if new.has_only_alternatives() => {
                self.schema_annotations(old, new);
                self.null_beside_group(old, new, location);
                self.variants(std::slice::from_ref(&old.nodes), &group.variants, &group.node, location);
            }
            (old_groups, new_groups) => {
                let is_same = old_groups.len() == new_groups.len()
                    && old_groups.iter().zip(new_groups).all(|(old, new)| {
                        old.keyword == new.keyword
                            && old.variants.len() == new.variants.len()
                            && old.variants.iter().zip(&new.variants).all(|(a, b)| self.is_equivalent(a, b))
                    });
                if is_same {
                    self.keywords(old, new, location);
                } else if let Some(group) = new_groups.first().or(old_groups.first()) {
                    let node = group.node.clone();
                    let message = "`oneOf` or `anyOf` changed, and is not classified because the schema \
                        combines it with other alternatives or keywords";
                    self.report_unclassified(&node, message);
                }
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
        if with_group.null() == Null::Allowed {
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
        location: &Location,
    ) -> Vec<(String, String)> {
        let mut removed: Vec<&Schema<'a>> = old.iter().collect();
        let mut added: Vec<&Schema<'a>> = new.iter().collect();
        let mut pairs = Vec::new();
        // Match variants by name, then by equivalence, then the last remaining pair.
        let has_same_name =
            |old: &Schema<'a>, new: &Schema<'a>| name(old).is_some() && name(old) == name(new);
        take_pairs(&mut removed, &mut added, &mut pairs, has_same_name);
        let is_equivalent = |old: &Schema<'a>, new: &Schema<'a>| self.is_equivalent(old, new);
        take_pairs(&mut removed, &mut added, &mut pairs, is_equivalent);
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
            let node = old.first().unwrap_or(group);
            self.report(&VARIANT_REMOVED, location, node, format!("removed variant {}", title(old)));
        }
        for new in added {
            let node = new.first().unwrap_or(group);
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

/// Returns the name of a variant that is a reference.
fn name(schema: &Schema<'_>) -> Option<String> {
    match &schema[..] {
        [node] => node.target().map(last),
        _ => None,
    }
}

fn title(schema: &Schema<'_>) -> String {
    let typ = || schema.iter().find_map(|node| node.text("type"));
    name(schema).map_or_else(
        || typ().map_or("without a name".to_owned(), |typ| format!("of type `{typ}`")),
        |name| format!("`{name}`"),
    )
}
