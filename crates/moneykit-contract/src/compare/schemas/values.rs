//! Compares types, nullability, formats, enums, defaults and `not`.

use serde_json::Value;

use super::FlattenedSchema;
use super::flattened::{Null, contains};
use crate::change::Location;
use crate::compare::Comparison;
use crate::compare::side::display;
use crate::decimal::is_same_value;
use crate::rules::{
    DEFAULT_ADDED, DEFAULT_CHANGED, DEFAULT_REMOVED, ENUM_NARROWED, ENUM_WIDENED, FORMAT_CHANGED,
    FORMAT_NARROWED, FORMAT_WIDENED, NOT_CHANGED, NULL_ALLOWED, NULL_FORBIDDEN, SECRET_MARKED,
    SECRET_UNMARKED, TYPE_CHANGED, TYPE_NARROWED, TYPE_WIDENED,
};

/// The format that marks a secret.
const SECRET: &str = "password";
/// Pairs of formats. Each value of the first format is a value of the second one.
const WIDER: [(&str, &str); 2] = [("int32", "int64"), ("float", "double")];

impl<'a> Comparison<'a> {
    pub(super) fn null(&mut self, old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>, location: &Location) {
        let node = new.anchor(old);
        match (old.null(), new.null()) {
            (Null::Forbidden, Null::Allowed) => {
                self.report(&NULL_ALLOWED, location, node, "value became nullable");
            }
            (Null::Allowed, Null::Forbidden) => {
                self.report(&NULL_FORBIDDEN, location, node, "value is no longer nullable");
            }
            _ => {}
        }
    }

    /// Compares types. Returns false if the remaining keywords are not comparable.
    pub(super) fn types(
        &mut self,
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        location: &Location,
    ) -> bool {
        let (old_type, new_type) = (old.type_name(), new.type_name());
        if old_type == new_type {
            return true;
        }
        let rule = match (old_type, new_type) {
            (Some("integer"), Some("number")) | (_, None) => &TYPE_WIDENED,
            (Some("number"), Some("integer")) | (None, _) => &TYPE_NARROWED,
            _ => &TYPE_CHANGED,
        };
        let message = match (old_type, new_type) {
            (Some(old_type), Some(new_type)) => format!("type changed from `{old_type}` to `{new_type}`"),
            (Some(old_type), None) => format!("removed type `{old_type}`, so any type is allowed"),
            (None, new_type) => format!("added type `{}`", new_type.unwrap_or_default()),
        };
        let node = new.anchor(old);
        let type_node = node.and_then(|node| node.get("type"));
        self.report(rule, location, type_node.as_ref().or(node), message);
        // Keywords beside the wider type apply to the narrower one as well.
        *rule != TYPE_CHANGED && !old.accepts_anything() && !new.accepts_anything()
    }

    pub(super) fn formats(
        &mut self,
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        location: &Location,
    ) {
        let format =
            |schema: &FlattenedSchema<'a>| schema.keywords.get("format").and_then(|node| node.value.as_str());
        let (old_format, new_format) = (format(old), format(new));
        // A format of one type does not apply to another type, such as `int32` to numbers.
        let is_other_type =
            old.type_name().is_some() && new.type_name().is_some() && old.type_name() != new.type_name();
        if old_format == new_format || is_other_type {
            return;
        }
        let node = new.keyword(old, "format");
        if old_format == Some(SECRET) {
            let message = "value is no longer marked as a secret (`format: password`)";
            self.report(&SECRET_UNMARKED, location, node, message);
        }
        if new_format == Some(SECRET) {
            self.report(&SECRET_MARKED, location, node, "value is marked as a secret (`format: password`)");
        }
        // `password` does not restrict the value on the wire.
        let without_secret = |format: Option<&'a str>| format.filter(|name| *name != SECRET);
        match (without_secret(old_format), without_secret(new_format)) {
            (None, Some(new_format)) => {
                self.report(&FORMAT_NARROWED, location, node, format!("added format `{new_format}`"));
            }
            (Some(old_format), None) => {
                self.report(&FORMAT_WIDENED, location, node, format!("removed format `{old_format}`"));
            }
            (Some(old_format), Some(new_format)) if old_format != new_format => {
                let rule = if WIDER.contains(&(old_format, new_format)) {
                    &FORMAT_WIDENED
                } else if WIDER.contains(&(new_format, old_format)) {
                    &FORMAT_NARROWED
                } else {
                    &FORMAT_CHANGED
                };
                let message = format!("format changed from `{old_format}` to `{new_format}`");
                self.report(rule, location, node, message);
            }
            _ => {}
        }
    }

    pub(super) fn enums(
        &mut self,
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        location: &Location,
    ) {
        let node = new.keyword(old, "enum");
        match (&old.enumeration, &new.enumeration) {
            (None, None) => {}
            (None, Some(values)) => {
                self.report(&ENUM_NARROWED, location, node, format!("added enum: {}", list(values)));
            }
            (Some(values), None) => {
                self.report(&ENUM_WIDENED, location, node, format!("removed enum: {}", list(values)));
            }
            (Some(old_values), Some(new_values)) => {
                let missing = |from: &[&'a Value], of: &[&'a Value]| -> Vec<&'a Value> {
                    of.iter().filter(|value| !contains(from, value)).copied().collect()
                };
                let (removed, added) = (missing(new_values, old_values), missing(old_values, new_values));
                if !removed.is_empty() {
                    let message = format!("removed enum {}", values(&removed));
                    self.report(&ENUM_NARROWED, location, node, message);
                }
                if !added.is_empty() {
                    self.report(&ENUM_WIDENED, location, node, format!("added enum {}", values(&added)));
                }
            }
        }
    }

    pub(super) fn defaults(
        &mut self,
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        location: &Location,
    ) {
        match (old.keywords.get("default"), new.keywords.get("default")) {
            (Some(old), Some(new)) if !is_same_value(old.value, new.value) => {
                let message = format!("default changed from {} to {}", old.display(), new.display());
                self.report(&DEFAULT_CHANGED, location, new, message);
            }
            (None, Some(new)) => {
                self.report(&DEFAULT_ADDED, location, new, format!("added default {}", new.display()));
            }
            (Some(old), None) => {
                self.report(&DEFAULT_REMOVED, location, old, format!("removed default {}", old.display()));
            }
            _ => {}
        }
    }

    pub(super) fn not(&mut self, old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>, location: &Location) {
        let is_same = old.not.len() == new.not.len()
            && old
                .not
                .iter()
                .zip(&new.not)
                .all(|(old, new)| self.is_equivalent(&vec![old.clone()], &vec![new.clone()]));
        if !is_same && let Some(node) = new.not.first().or(old.not.first()) {
            let node = node.clone();
            self.report(&NOT_CHANGED, location, &node, "the `not` schema changed");
        }
    }
}

fn values(values: &[&Value]) -> String {
    let noun = if values.len() == 1 { "value" } else { "values" };
    format!("{noun} {}", list(values))
}

fn list(values: &[&Value]) -> String {
    values.iter().map(|value| display(value)).collect::<Vec<_>>().join(", ")
}
