use serde_json::Value;

use super::FlattenedSchema;
use super::flattened::Null;
use crate::change::Place;
use crate::compare::Comparison;
use crate::compare::side::shown;
use crate::rules::{
    DEFAULT_ADDED, DEFAULT_CHANGED, DEFAULT_REMOVED, ENUM_NARROWED, ENUM_WIDENED, EXCLUSION_CHANGED,
    FORMAT_CHANGED, FORMAT_NARROWED, FORMAT_WIDENED, NULL_ALLOWED, NULL_FORBIDDEN, SECRET_MARKED,
    SECRET_UNMARKED, TYPE_CHANGED, TYPE_NARROWED, TYPE_WIDENED,
};

/// The format that marks a secret.
const SECRET: &str = "password";
/// Formats of which each value of the first is one of the second.
const WIDER: [(&str, &str); 2] = [("int32", "int64"), ("float", "double")];

impl<'a> Comparison<'a> {
    pub(super) fn null(&mut self, old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>, place: &Place) {
        let at = new.anchor(old);
        match (old.null(), new.null()) {
            (Null::Forbidden, Null::Allowed) => {
                self.report(&NULL_ALLOWED, place, at, "it may be null now");
            }
            (Null::Allowed, Null::Forbidden) => {
                self.report(&NULL_FORBIDDEN, place, at, "it may not be null any more");
            }
            _ => {}
        }
    }

    /// Compares types; false when there is nothing left to compare.
    pub(super) fn types(
        &mut self,
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        place: &Place,
    ) -> bool {
        let (was, is) = (old.type_name(), new.type_name());
        if was == is {
            return true;
        }
        let rule = match (was, is) {
            ("integer", "number") | (_, "anything") => &TYPE_WIDENED,
            ("number", "integer") | ("anything", _) => &TYPE_NARROWED,
            _ => &TYPE_CHANGED,
        };
        let at = new.anchor(old);
        let typ = at.and_then(|at| at.get("type"));
        self.report(
            rule,
            place,
            typ.as_ref().or(at),
            format!("it is {} now, where it was {}", article(is), article(was)),
        );
        // What is said beside the wider type holds for the narrower one as well.
        *rule != TYPE_CHANGED && !old.is_anything() && !new.is_anything()
    }

    pub(super) fn formats(&mut self, old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>, place: &Place) {
        let format =
            |view: &FlattenedSchema<'a>| view.keywords.get("format").and_then(|node| node.value.as_str());
        let (was, is) = (format(old), format(new));
        // A format of integers is none of numbers.
        let differs = |a: &FlattenedSchema<'a>, b: &FlattenedSchema<'a>| {
            a.type_name() != b.type_name() && !b.is_untyped()
        };
        if was == is || (!old.is_untyped() && differs(old, new)) {
            return;
        }
        let at = new.at("format", old);
        if was == Some(SECRET) {
            self.report(&SECRET_UNMARKED, place, at, "it is not marked as a secret any more");
        }
        if is == Some(SECRET) {
            self.report(&SECRET_MARKED, place, at, "it is marked as a secret now");
        }
        // A mark says nothing about what is on the wire.
        let (was, is) = (was.filter(|name| *name != SECRET), is.filter(|name| *name != SECRET));
        match (was, is) {
            (None, Some(is)) => {
                self.report(&FORMAT_NARROWED, place, at, format!("it is held to the format `{is}` now"));
            }
            (Some(was), None) => {
                let words = format!("it is not held to the format `{was}` any more");
                self.report(&FORMAT_WIDENED, place, at, words);
            }
            (Some(was), Some(is)) if was != is => {
                let rule = if WIDER.contains(&(was, is)) {
                    &FORMAT_WIDENED
                } else if WIDER.contains(&(is, was)) {
                    &FORMAT_NARROWED
                } else {
                    &FORMAT_CHANGED
                };
                self.report(rule, place, at, format!("its format is `{is}` now, where it was `{was}`"));
            }
            _ => {}
        }
    }

    pub(super) fn enums(&mut self, old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>, place: &Place) {
        match (&old.enumeration, &new.enumeration) {
            (None, None) => {}
            (None, Some(is)) => {
                let words = format!("it must be one of {} now", list(is));
                self.report(&ENUM_NARROWED, place, new.at("enum", old), words);
            }
            (Some(was), None) => {
                let words = format!("it may be anything, where it was one of {}", list(was));
                self.report(&ENUM_WIDENED, place, new.at("enum", old), words);
            }
            (Some(was), Some(is)) => {
                let missing = |from: &[&'a Value], of: &[&'a Value]| -> Vec<&'a Value> {
                    of.iter().filter(|value| !from.contains(value)).copied().collect()
                };
                let (gone, added) = (missing(is, was), missing(was, is));
                let at = new.at("enum", old);
                if !gone.is_empty() {
                    self.report(&ENUM_NARROWED, place, at, format!("it may not be {} any more", list(&gone)));
                }
                if !added.is_empty() {
                    self.report(&ENUM_WIDENED, place, at, format!("it may be {} as well", list(&added)));
                }
            }
        }
    }

    pub(super) fn defaults(&mut self, old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>, place: &Place) {
        match (old.keywords.get("default"), new.keywords.get("default")) {
            (Some(was), Some(is)) if was.value != is.value => {
                let words = format!("its absence means {} now, where it meant {}", is.shown(), was.shown());
                self.report(&DEFAULT_CHANGED, place, is, words);
            }
            (None, Some(is)) => {
                self.report(&DEFAULT_ADDED, place, is, format!("its absence means {}", is.shown()));
            }
            (Some(was), None) => {
                let words = format!("its absence meant {}, and is not spoken of now", was.shown());
                self.report(&DEFAULT_REMOVED, place, was, words);
            }
            _ => {}
        }
    }

    pub(super) fn exclusions(&mut self, old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>, place: &Place) {
        let alike = old.exclusions.len() == new.exclusions.len()
            && old
                .exclusions
                .iter()
                .zip(&new.exclusions)
                .all(|(was, is)| self.is_same(&vec![was.clone()], &vec![is.clone()]));
        if !alike && let Some(at) = new.exclusions.first().or(old.exclusions.first()) {
            let at = at.clone();
            self.report(&EXCLUSION_CHANGED, place, &at, "what it must not be is another");
        }
    }
}

fn article(typ: &str) -> String {
    match typ {
        "anything" => typ.to_owned(),
        "integer" | "array" | "object" => format!("an {typ}"),
        _ => format!("a {typ}"),
    }
}

fn list(values: &[&Value]) -> String {
    values.iter().map(|value| shown(value)).collect::<Vec<_>>().join(", ")
}
