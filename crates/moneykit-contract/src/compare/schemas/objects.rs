//! Compares the properties of objects.

use super::flattened::AdditionalProperties;
use super::{FlattenedSchema, Schema};
use crate::change::{Direction, Location};
use crate::compare::side::Side;
use crate::compare::{Comparison, Pair};
use crate::rules::{
    OBJECT_CLOSED, OBJECT_OPENED, PROPERTY_ADDED, PROPERTY_ADDED_TO_CLOSED, PROPERTY_DEPRECATED,
    PROPERTY_OPTIONAL, PROPERTY_REMOVED, PROPERTY_REQUIRED, PROPERTY_UNDEPRECATED, REQUIRED_PROPERTY_ADDED,
};

impl<'a> Comparison<'a> {
    /// Compares the properties that occur in the direction of `location`.
    pub(super) fn object(
        &mut self,
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        location: &Location,
    ) {
        let is_sent = location.direction != Some(Direction::Received);
        let (old_side, new_side) = (self.old.clone(), self.new.clone());
        let find = |schema: &FlattenedSchema<'a>, name: &str| {
            schema.properties.iter().find(|(known, _)| *known == name).map(|(_, schema)| schema.clone())
        };
        for (name, old_property) in &old.properties {
            if !occurs(&old_side, old_property, is_sent) {
                continue;
            }
            let inside = location.property(name);
            match find(new, name) {
                None => {
                    let message = format!("removed property `{name}`");
                    self.report(&PROPERTY_REMOVED, &inside, &old_property[0], message);
                }
                Some(new_property) if !occurs(&new_side, &new_property, is_sent) => {
                    let message = format!("property `{name}` became `{}`", excluding_keyword(is_sent));
                    self.report(&PROPERTY_REMOVED, &inside, &new_property[0], message);
                }
                Some(new_property) => {
                    self.requirement(old, new, name, &new_property, &inside);
                    let subject = format!("property `{name}`");
                    let pair = Pair {
                        old: self.old.resolve(&old_property[0]),
                        new: self.new.resolve(&new_property[0]),
                    };
                    let rules = [&PROPERTY_DEPRECATED, &PROPERTY_UNDEPRECATED];
                    self.deprecation(&pair, &inside, &subject, rules);
                    self.schema(old_property, &new_property, &inside);
                }
            }
        }
        for (name, new_property) in &new.properties {
            let occurred = find(old, name).is_some_and(|property| occurs(&old_side, &property, is_sent));
            if occurred || !occurs(&new_side, new_property, is_sent) {
                continue;
            }
            let is_required = new.required.contains(name);
            let rule = match &old.additional_properties {
                AdditionalProperties::Forbidden(_) if !(is_sent && is_required) => &PROPERTY_ADDED_TO_CLOSED,
                _ if is_required => &REQUIRED_PROPERTY_ADDED,
                _ => &PROPERTY_ADDED,
            };
            let requirement = if is_required { "required" } else { "optional" };
            let message = format!("added {requirement} property `{name}`");
            let inside = location.property(name);
            self.report(rule, &inside, &new_property[0], message);
            // The old schema describes a property with this name in `additionalProperties`.
            if let AdditionalProperties::Schema(additional) = &old.additional_properties
                && find(old, name).is_none()
            {
                self.schema(additional, new_property, &inside);
            }
        }
        self.undescribed_requirements(old, new, location);
        self.additional_properties(old, new, location);
    }

    fn requirement(
        &mut self,
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        name: &str,
        property: &Schema<'a>,
        location: &Location,
    ) {
        match (old.required.contains(&name), new.required.contains(&name)) {
            (false, true) => {
                let message = format!("property `{name}` became required");
                self.report(&PROPERTY_REQUIRED, location, &property[0], message);
            }
            (true, false) => {
                let message = format!("property `{name}` became optional");
                self.report(&PROPERTY_OPTIONAL, location, &property[0], message);
            }
            _ => {}
        }
    }

    /// Compares names in `required` that neither schema has in `properties`.
    fn undescribed_requirements(
        &mut self,
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        location: &Location,
    ) {
        let is_described = |name: &str| {
            [old, new].iter().any(|schema| schema.properties.iter().any(|(known, _)| *known == name))
        };
        for name in new.required.iter().filter(|name| !is_described(name)) {
            if !old.required.contains(name) {
                let message = format!("property `{name}` became required, without a schema of its own");
                self.report(&PROPERTY_REQUIRED, &location.property(name), new.anchor(old), message);
            }
        }
        for name in old.required.iter().filter(|name| !is_described(name)) {
            if !new.required.contains(name) {
                let message = format!("property `{name}` became optional");
                self.report(&PROPERTY_OPTIONAL, &location.property(name), new.anchor(old), message);
            }
        }
    }

    fn additional_properties(
        &mut self,
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        location: &Location,
    ) {
        use AdditionalProperties::{Any, Forbidden, Schema as Typed};
        let location = &location.inside("{}");
        let any: Schema<'a> = Vec::new();
        match (&old.additional_properties, &new.additional_properties) {
            (Any, Any) | (Forbidden(_), Forbidden(_)) => {}
            (Any | Typed(_), Forbidden(node)) => {
                self.report(&OBJECT_CLOSED, location, node, "additional properties became forbidden");
            }
            (Forbidden(node), Any) => {
                self.report(&OBJECT_OPENED, location, node, "additional properties became allowed");
            }
            (Forbidden(_), Typed(schema)) => {
                self.report(&OBJECT_OPENED, location, &schema[0], "additional properties became allowed");
            }
            (Typed(old), Typed(new)) => self.schema(old, new, location),
            (Typed(old), Any) => self.schema(old, &any, location),
            (Any, Typed(new)) => self.schema(&any, new, location),
        }
    }
}

/// Returns true if a property occurs in the given direction: requests exclude `readOnly` properties, and
/// responses exclude `writeOnly` ones.
fn occurs<'a>(side: &Side<'a>, schema: &Schema<'a>, is_sent: bool) -> bool {
    let keyword = excluding_keyword(is_sent);
    !FlattenedSchema::new(side, schema).nodes.iter().any(|node| node.flag(keyword))
}

/// Returns the keyword that excludes a property from requests or from responses.
fn excluding_keyword(is_sent: bool) -> &'static str {
    if is_sent { "readOnly" } else { "writeOnly" }
}
