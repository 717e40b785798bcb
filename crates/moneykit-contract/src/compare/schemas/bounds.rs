//! Compares validation keywords: lengths, counts, numeric limits and patterns.

use std::cmp::Ordering;

use serde_json::Value;

use super::FlattenedSchema;
use crate::change::Location;
use crate::compare::{Comparison, Node};
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
            self.bound(old, new, location, key, |old, new| minimum(old).cmp(&minimum(new)));
        }
        for key in ["maxLength", "maxItems", "maxProperties"] {
            self.bound(old, new, location, key, |old, new| maximum(new).cmp(&maximum(old)));
        }
        self.numeric_limit(old, new, location, ["minimum", "exclusiveMinimum"], f64::NEG_INFINITY, 1.0);
        self.numeric_limit(old, new, location, ["maximum", "exclusiveMaximum"], f64::INFINITY, -1.0);
        self.constraint(old, new, location, "multipleOf", |old, new| {
            let is_multiple = |a: &Value, b: &Value| match (a.as_f64(), b.as_f64()) {
                (Some(a), Some(b)) => (a % b).abs() < f64::EPSILON,
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
            // 1 and 1.0 are the same number.
            (Some(old), Some(new)) if old.value.is_number() && old.value.as_f64() == new.value.as_f64() => {
                return;
            }
            (Some(old), Some(new)) if old.value != new.value => classify(old.value, new.value),
            _ => return,
        };
        self.report_constraint(rule, location, key, old, new);
    }

    /// Compares a numeric limit, which can be inclusive or exclusive. `unlimited` is the limit that a missing
    /// keyword implies; `sign` is 1 for a minimum, and -1 for a maximum.
    fn numeric_limit(
        &mut self,
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        location: &Location,
        [key, exclusive]: [&str; 2],
        unlimited: f64,
        sign: f64,
    ) {
        // A stricter limit is greater: first by its number, then an exclusive one over an inclusive one.
        let limit = |schema: &FlattenedSchema<'a>| {
            let number = schema.keywords.get(key).and_then(|node| node.value.as_f64());
            let is_exclusive =
                schema.keywords.get(exclusive).is_some_and(|node| node.value == &Value::Bool(true));
            (number.unwrap_or(unlimited) * sign, number.is_some() && is_exclusive)
        };
        let (old_limit, new_limit) = (limit(old), limit(new));
        let rule = match new_limit.partial_cmp(&old_limit) {
            Some(Ordering::Greater) => &CONSTRAINT_TIGHTENED,
            Some(Ordering::Less) => &CONSTRAINT_LOOSENED,
            _ => return,
        };
        let key = if old_limit.0.total_cmp(&new_limit.0).is_eq() { exclusive } else { key };
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
                let numbers = old.value.as_f64().zip(new.value.as_f64());
                let verb = match numbers.and_then(|(old, new)| new.partial_cmp(&old)) {
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

/// Returns a lower bound. Without the keyword, the bound is 0.
fn minimum(node: Option<&Node<'_>>) -> u64 {
    node.and_then(|node| node.value.as_u64()).unwrap_or(0)
}

/// Returns an upper bound. Without the keyword, the bound is the widest one.
fn maximum(node: Option<&Node<'_>>) -> u64 {
    node.and_then(|node| node.value.as_u64()).unwrap_or(u64::MAX)
}
