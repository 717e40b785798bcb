use std::cmp::Ordering;

use serde_json::Value;

use super::FlattenedSchema;
use crate::change::Place;
use crate::compare::{Comparison, Node};
use crate::rules::{BOUND_CHANGED, BOUND_LOOSENED, BOUND_TIGHTENED, Rule};

impl<'a> Comparison<'a> {
    /// Compares what values are held to: lengths, counts, numbers, patterns.
    pub(super) fn bounds(&mut self, old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>, place: &Place) {
        for key in ["minLength", "minItems", "minProperties"] {
            self.bound(old, new, place, key, |was, is| limit(was).cmp(&limit(is)));
        }
        for key in ["maxLength", "maxItems", "maxProperties"] {
            // Without a bound there is none: that is the widest.
            let limit =
                |node: Option<&Node<'a>>| node.and_then(|node| node.value.as_u64()).unwrap_or(u64::MAX);
            self.bound(old, new, place, key, |was, is| limit(is).cmp(&limit(was)));
        }
        self.edge(old, new, place, ["minimum", "exclusiveMinimum"], f64::NEG_INFINITY, 1.0);
        self.edge(old, new, place, ["maximum", "exclusiveMaximum"], f64::INFINITY, -1.0);
        self.judge(old, new, place, "multipleOf", |was, is| {
            let is_multiple = |a: &Value, b: &Value| match (a.as_f64(), b.as_f64()) {
                (Some(a), Some(b)) => (a % b).abs() < f64::EPSILON,
                _ => false,
            };
            if is_multiple(is, was) {
                &BOUND_TIGHTENED
            } else if is_multiple(was, is) {
                &BOUND_LOOSENED
            } else {
                &BOUND_CHANGED
            }
        });
        // Which of two patterns matches more is more than a rule can tell.
        self.judge(old, new, place, "pattern", |_, _| &BOUND_CHANGED);
        let unique = |view: &FlattenedSchema<'a>| {
            view.keywords.get("uniqueItems").is_some_and(|it| it.value == &Value::Bool(true))
        };
        match (unique(old), unique(new)) {
            (false, true) => {
                let at = new.at("uniqueItems", old);
                self.report(&BOUND_TIGHTENED, place, at, "each item may be there once only now");
            }
            (true, false) => {
                let at = new.at("uniqueItems", old);
                self.report(&BOUND_LOOSENED, place, at, "an item may be there several times now");
            }
            _ => {}
        }
    }

    /// Compares a bound by how close it is.
    fn bound(
        &mut self,
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        place: &Place,
        key: &str,
        closer: impl Fn(Option<&Node<'a>>, Option<&Node<'a>>) -> Ordering,
    ) {
        let (was, is) = (old.keywords.get(key), new.keywords.get(key));
        let rule = match closer(was, is) {
            Ordering::Less => &BOUND_TIGHTENED,
            Ordering::Greater => &BOUND_LOOSENED,
            Ordering::Equal => return,
        };
        self.tell(rule, place, key, was, is);
    }

    /// Compares a bound that may be absent; two that are there are judged by `both`.
    fn judge(
        &mut self,
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        place: &Place,
        key: &str,
        both: impl Fn(&Value, &Value) -> &'static Rule,
    ) {
        let (was, is) = (old.keywords.get(key), new.keywords.get(key));
        let rule = match (was, is) {
            (None, Some(_)) => &BOUND_TIGHTENED,
            (Some(_), None) => &BOUND_LOOSENED,
            // A number is the same with and without a fraction of zero.
            (Some(was), Some(is)) if was.value.is_number() && was.value.as_f64() == is.value.as_f64() => {
                return;
            }
            (Some(was), Some(is)) if was.value != is.value => both(was.value, is.value),
            _ => return,
        };
        self.tell(rule, place, key, was, is);
    }

    /// Compares a smallest or largest number, which itself may be allowed or not.
    fn edge(
        &mut self,
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        place: &Place,
        [key, exclusive]: [&str; 2],
        none: f64,
        inward: f64,
    ) {
        // From outside inward: first by the number, then by whether the number itself is out.
        let edge = |view: &FlattenedSchema<'a>| {
            let number = view.keywords.get(key).and_then(|node| node.value.as_f64());
            let is_out = view.keywords.get(exclusive).is_some_and(|node| node.value == &Value::Bool(true));
            (number.unwrap_or(none) * inward, number.is_some() && is_out)
        };
        let (was, is) = (edge(old), edge(new));
        let rule = match is.partial_cmp(&was) {
            Some(Ordering::Greater) => &BOUND_TIGHTENED,
            Some(Ordering::Less) => &BOUND_LOOSENED,
            _ => return,
        };
        let key = if was.0.total_cmp(&is.0).is_eq() { exclusive } else { key };
        self.tell(rule, place, key, old.keywords.get(key), new.keywords.get(key));
    }

    fn tell(
        &mut self,
        rule: &'static Rule,
        place: &Place,
        key: &str,
        was: Option<&Node<'a>>,
        is: Option<&Node<'a>>,
    ) {
        let Some(at) = is.or(was).cloned() else { return };
        let shown = |node: Option<&Node<'a>>| node.map_or("none".to_owned(), Node::shown);
        self.report(rule, place, &at, format!("`{key}` is {} now, where it was {}", shown(is), shown(was)));
    }
}

fn limit(node: Option<&Node<'_>>) -> u64 {
    node.and_then(|node| node.value.as_u64()).unwrap_or(0)
}
