use super::flattened::{Group, Null};
use super::{FlattenedSchema, Schema};
use crate::change::Place;
use crate::compare::{Comparison, Node};
use crate::pointer::last;
use crate::rules::{ALTERNATIVE_ADDED, ALTERNATIVE_REMOVED, CHOICE_LOOSENED, CHOICE_TIGHTENED};

impl<'a> Comparison<'a> {
    /// Compares schemas of which one at least leaves a choice. One that leaves none has itself as its only
    /// alternative.
    pub(super) fn choices(&mut self, old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>, place: &Place) {
        match (&old.groups[..], &new.groups[..]) {
            ([was], [is]) => {
                self.plain(old, new, place);
                self.kinds(was, is, place);
                let shapes = self.alternatives(&was.alternatives, &is.alternatives, &is.node, place);
                self.discriminators(old, new, &shapes, place);
            }
            ([was], []) if old.is_choice_alone() => {
                self.described(old, new);
                self.null_beside_choice(old, new, place);
                self.alternatives(
                    &was.alternatives,
                    std::slice::from_ref(&new.nodes),
                    new.anchor(old).unwrap_or(&was.node),
                    place,
                );
            }
            ([], [is]) if new.is_choice_alone() => {
                self.described(old, new);
                self.null_beside_choice(old, new, place);
                self.alternatives(std::slice::from_ref(&old.nodes), &is.alternatives, &is.node, place);
            }
            (was, is) => {
                let alike = was.len() == is.len()
                    && was.iter().zip(is).all(|(was, is)| {
                        was.kind == is.kind
                            && was.alternatives.len() == is.alternatives.len()
                            && was.alternatives.iter().zip(&is.alternatives).all(|(a, b)| self.is_same(a, b))
                    });
                if alike {
                    self.plain(old, new, place);
                } else if let Some(at) = is.first().or(was.first()) {
                    let at = at.node.clone();
                    self.leave(&at, "several choices at once changed, and no rule can tell how");
                }
            }
        }
    }

    /// Compares what is said of null beside the only choice; what is said in it is told of its alternatives.
    fn null_beside_choice(&mut self, old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>, place: &Place) {
        let choice = if old.groups.is_empty() { new } else { old };
        if choice.null() == Null::Allowed {
            self.null(old, new, place);
        }
    }

    fn kinds(&mut self, old: &Group<'a>, new: &Group<'a>, place: &Place) {
        let rule = match (old.kind, new.kind) {
            ("oneOf", "anyOf") => &CHOICE_LOOSENED,
            ("anyOf", "oneOf") => &CHOICE_TIGHTENED,
            _ => return,
        };
        let words = format!("it is `{}` of its shapes now, where it was `{}`", new.kind, old.kind);
        self.report(rule, place, &new.node, words);
    }

    /// Compares the shapes of a choice, and returns the names of those that belong together.
    fn alternatives(
        &mut self,
        old: &[Schema<'a>],
        new: &[Schema<'a>],
        choice: &Node<'a>,
        place: &Place,
    ) -> Vec<(String, String)> {
        let mut gone: Vec<&Schema<'a>> = old.iter().collect();
        let mut added: Vec<&Schema<'a>> = new.iter().collect();
        let mut pairs = Vec::new();
        // First those of one name, then those that allow the same, then the last two that remain.
        let by_name = |was: &Schema<'a>, is: &Schema<'a>| name(was).is_some() && name(was) == name(is);
        take_pairs(&mut gone, &mut added, &mut pairs, by_name);
        let same = |was: &Schema<'a>, is: &Schema<'a>| self.is_same(was, is);
        take_pairs(&mut gone, &mut added, &mut pairs, same);
        // A trial knows by now that those two are not the same.
        if !self.is_trial && gone.len() == 1 && added.len() == 1 {
            take_pairs(&mut gone, &mut added, &mut pairs, |_, _| true);
        }
        let names = pairs.iter().filter_map(|(was, is)| Some((name(was)?, name(is)?))).collect();
        for (was, is) in pairs {
            let mark = name(is).map_or_else(|| "<>".to_owned(), |name| format!("<{name}>"));
            self.schema(was, is, &place.inside(&mark));
        }
        for was in gone {
            let at = was.first().unwrap_or(choice);
            let words = format!("{} is not one of its shapes any more", title(was));
            self.report(&ALTERNATIVE_REMOVED, place, at, words);
        }
        for is in added {
            let at = is.first().unwrap_or(choice);
            self.report(&ALTERNATIVE_ADDED, place, at, format!("{} is one of its shapes now", title(is)));
        }
        names
    }
}

/// Moves those that belong together from both lists into one of pairs.
fn take_pairs<'l, 'a>(
    gone: &mut Vec<&'l Schema<'a>>,
    added: &mut Vec<&'l Schema<'a>>,
    pairs: &mut Vec<(&'l Schema<'a>, &'l Schema<'a>)>,
    belong: impl Fn(&Schema<'a>, &Schema<'a>) -> bool,
) {
    gone.retain(|was| match added.iter().position(|is| belong(was, is)) {
        Some(index) => {
            pairs.push((was, added.remove(index)));
            false
        }
        None => true,
    });
}

/// Returns the name of a shape that has one.
fn name(schema: &Schema<'_>) -> Option<String> {
    match &schema[..] {
        [node] => node.target().map(last),
        _ => None,
    }
}

fn title(schema: &Schema<'_>) -> String {
    let typ = || schema.iter().find_map(|node| node.text("type"));
    name(schema).map_or_else(
        || typ().map_or("a shape without a name".to_owned(), |typ| format!("the type `{typ}`")),
        |name| format!("`{name}`"),
    )
}
