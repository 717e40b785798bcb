//! Compares validation keywords: lengths, counts, numeric limits and patterns.

use std::cmp::Ordering;

use serde_json::Value;

use super::FlattenedSchema;
use crate::change::Location;
use crate::compare::{Comparison, Node};
use crate::decimal::{Decimal, is_same_value};
use crate::rules::{CONSTRAINT_CHANGED, CONSTRAINT_LOOSENED, CONSTRAINT_TIGHTENED, Rule};

impl<'a> Comparison<'a> {
    /// Compares all validation keywords.
    pub(super) fn bounds(
        &mut self,
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        location: &Location,
    ) {
        for key in ["minLength", "minItems", "minProperties"] {
            // Without the keyword, the bound is 0.
            let bound = |node: Option<&Node<'a>>| decimal(node).filter(|bound| *bound > Decimal::ZERO);
            self.bound(old, new, location, key, |old, new| bound(old).cmp(&bound(new)));
        }
        for key in ["maxLength", "maxItems", "maxProperties"] {
            self.bound(old, new, location, key, |old, new| Limit(decimal(new)).cmp(&Limit(decimal(old))));
        }
        self.numeric_limit(old, new, location, ["minimum", "exclusiveMinimum"]);
        self.numeric_limit(old, new, location, ["maximum", "exclusiveMaximum"]);
        self.constraint(old, new, location, "multipleOf", |old, new| {
            let is_multiple = |one: &Value, other: &Value| match (Decimal::of(one), Decimal::of(other)) {
                (Some(one), Some(other)) => one.is_multiple_of(other),
                _ => false,
            };
            if is_multiple(new, old) {
                &CONSTRAINT_TIGHTENED
            } else if is_multiple(old, new) {
                &CONSTRAINT_LOOSENED
            } else {
                &CONSTRAINT_CHANGED
            }
        });
        // No rule determines whether one regular expression matches more than another.
        self.constraint(old, new, location, "pattern", |_, _| &CONSTRAINT_CHANGED);
        let is_unique = |schema: &FlattenedSchema<'a>| {
            schema.keywords.get("uniqueItems").is_some_and(|it| it.value == &Value::Bool(true))
        };
        let node = new.keyword(old, "uniqueItems");
        match (is_unique(old), is_unique(new)) {
            (false, true) => {
                self.report(&CONSTRAINT_TIGHTENED, location, node, "added `uniqueItems`");
            }
            (true, false) => {
                self.report(&CONSTRAINT_LOOSENED, location, node, "removed `uniqueItems`");
            }
            _ => {}
        }
    }

    /// Compares a bound. `strictness` returns `Less` if the old bound is less strict than the new one.
    fn bound(
        &mut self,
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        location: &Location,
        key: &str,
        strictness: impl Fn(Option<&Node<'a>>, Option<&Node<'a>>) -> Ordering,
    ) {
        let (old, new) = (old.keywords.get(key), new.keywords.get(key));
        let rule = match strictness(old, new) {
            Ordering::Less => &CONSTRAINT_TIGHTENED,
            Ordering::Greater => &CONSTRAINT_LOOSENED,
            Ordering::Equal => return,
        };
        self.report_constraint(rule, location, key, old, new);
    }

    /// Compares an optional constraint. `classify` decides about two different values.
    fn constraint(
        &mut self,
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        location: &Location,
        key: &str,
        classify: impl Fn(&Value, &Value) -> &'static Rule,
    ) {
        let (old, new) = (old.keywords.get(key), new.keywords.get(key));
        let rule = match (old, new) {
            (None, Some(_)) => &CONSTRAINT_TIGHTENED,
            (Some(_), None) => &CONSTRAINT_LOOSENED,
            (Some(old), Some(new)) if !is_same_value(old.value, new.value) => classify(old.value, new.value),
            _ => return,
        };
        self.report_constraint(rule, location, key, old, new);
    }

    /// Compares a numeric limit, which can be inclusive or exclusive.
    fn numeric_limit(
        &mut self,
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        location: &Location,
        [key, exclusive]: [&str; 2],
    ) {
        let limit = |schema: &FlattenedSchema<'a>| {
            let number = decimal(schema.keywords.get(key));
            let is_exclusive =
                schema.keywords.get(exclusive).is_some_and(|node| node.value == &Value::Bool(true));
            (number, number.is_some() && is_exclusive)
        };
        let ((old_number, old_exclusive), (new_number, new_exclusive)) = (limit(old), limit(new));
        // A stricter limit is greater: first by its number, then an exclusive one over an inclusive one.
        let by_number = if key == "minimum" {
            new_number.cmp(&old_number)
        } else {
            Limit(old_number).cmp(&Limit(new_number))
        };
        let rule = match by_number.then(new_exclusive.cmp(&old_exclusive)) {
            Ordering::Greater => &CONSTRAINT_TIGHTENED,
            Ordering::Less => &CONSTRAINT_LOOSENED,
            Ordering::Equal => return,
        };
        let key = if by_number.is_eq() { exclusive } else { key };
        self.report_constraint(rule, location, key, old.keywords.get(key), new.keywords.get(key));
    }

    fn report_constraint(
        &mut self,
        rule: &'static Rule,
        location: &Location,
        key: &str,
        old: Option<&Node<'a>>,
        new: Option<&Node<'a>>,
    ) {
        let Some(node) = new.or(old).cloned() else { return };
        let message = match (old, new) {
            (Some(old), Some(new)) => {
                let numbers = Decimal::of(old.value).zip(Decimal::of(new.value));
                let verb = match numbers.map(|(old, new)| new.cmp(&old)) {
                    Some(Ordering::Greater) => "increased",
                    Some(Ordering::Less) => "decreased",
                    _ => "changed",
                };
                format!("`{key}` {verb} from {} to {}", old.display(), new.display())
            }
            (None, Some(new)) => format!("added `{key}`: {}", new.display()),
            _ => format!("removed `{key}`: {}", node.display()),
        };
        self.report(rule, location, &node, message);
    }
}

/// An upper limit. A missing one is the greatest.
#[derive(PartialEq, Eq)]
struct Limit(Option<Decimal>);

impl Ord for Limit {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.0, other.0) {
            (Some(one), Some(other)) => one.cmp(&other),
            (one, other) => other.is_some().cmp(&one.is_some()),
        }
    }
}

impl PartialOrd for Limit {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn decimal(node: Option<&Node<'_>>) -> Option<Decimal> {
    node.and_then(|node| Decimal::of(node.value))
}
