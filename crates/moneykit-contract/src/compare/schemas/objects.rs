use super::flattened::Others;
use super::{FlattenedSchema, Schema};
use crate::change::{Direction, Place};
use crate::compare::side::Side;
use crate::compare::{Comparison, Pair};
use crate::rules::{
    OBJECT_CLOSED, OBJECT_OPENED, PROPERTY_ADDED, PROPERTY_ADDED_TO_CLOSED, PROPERTY_DEPRECATED,
    PROPERTY_OPTIONAL, PROPERTY_REMOVED, PROPERTY_REQUIRED, PROPERTY_UNDEPRECATED, REQUIRED_PROPERTY_ADDED,
};

impl<'a> Comparison<'a> {
    /// Compares what is in an object, as far as it goes the way that is looked at.
    pub(super) fn object(&mut self, old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>, place: &Place) {
        let sent = place.direction != Some(Direction::Received);
        let (before, after) = (self.old.clone(), self.new.clone());
        let find = |view: &FlattenedSchema<'a>, name: &str| {
            view.properties.iter().find(|(known, _)| *known == name).map(|(_, schema)| schema.clone())
        };
        for (name, was) in old.properties.iter().filter(|(_, schema)| goes(&before, schema, sent)) {
            let inside = place.property(name);
            match find(new, name) {
                None => {
                    let words = format!("the property `{name}` is gone");
                    self.report(&PROPERTY_REMOVED, &inside, &was[0], words);
                }
                Some(is) if !goes(&after, &is, sent) => {
                    let mark = if sent { "readOnly" } else { "writeOnly" };
                    let words = format!("the property `{name}` is marked `{mark}` now");
                    self.report(&PROPERTY_REMOVED, &inside, &is[0], words);
                }
                Some(is) => {
                    self.requirement(old, new, name, &is, &inside);
                    let what = format!("the property `{name}`");
                    let pair = Pair { old: self.old.resolve(&was[0]), new: self.new.resolve(&is[0]) };
                    let rules = [&PROPERTY_DEPRECATED, &PROPERTY_UNDEPRECATED];
                    self.deprecation(&pair, &inside, &what, rules);
                    self.schema(was, &is, &inside);
                }
            }
        }
        for (name, is) in new.properties.iter().filter(|(_, schema)| goes(&after, schema, sent)) {
            if find(old, name).is_none_or(|was| !goes(&before, &was, sent)) {
                let required = new.required.contains(name);
                let rule = match &old.others_allowed {
                    Others::None(_) if !(sent && required) => &PROPERTY_ADDED_TO_CLOSED,
                    _ if required => &REQUIRED_PROPERTY_ADDED,
                    _ => &PROPERTY_ADDED,
                };
                let kind = if required { "required" } else { "optional" };
                let words = format!("the property `{name}` is new, and {kind}");
                let inside = place.property(name);
                self.report(rule, &inside, &is[0], words);
                // Until now a property of that name was one of the others, and of their type.
                if let Others::Some(others) = &old.others_allowed
                    && find(old, name).is_none()
                {
                    self.schema(others, is, &inside);
                }
            }
        }
        self.loose_requirements(old, new, place);
        self.others(old, new, place);
    }

    fn requirement(
        &mut self,
        old: &FlattenedSchema<'a>,
        new: &FlattenedSchema<'a>,
        name: &str,
        at: &Schema<'a>,
        place: &Place,
    ) {
        match (old.required.contains(&name), new.required.contains(&name)) {
            (false, true) => {
                let words = format!("the property `{name}` is required now");
                self.report(&PROPERTY_REQUIRED, place, &at[0], words);
            }
            (true, false) => {
                let words = format!("the property `{name}` is optional now");
                self.report(&PROPERTY_OPTIONAL, place, &at[0], words);
            }
            _ => {}
        }
    }

    /// Compares what is required without being described.
    fn loose_requirements(&mut self, old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>, place: &Place) {
        let is_loose = |view: &FlattenedSchema<'a>, name: &str| {
            view.required.contains(&name) && !view.properties.iter().any(|(known, _)| *known == name)
        };
        let described = |name: &str| {
            [old, new].iter().any(|view| view.properties.iter().any(|(known, _)| *known == name))
        };
        for name in new.required.iter().filter(|name| is_loose(new, name) && !described(name)) {
            if !old.required.contains(name) {
                let words = format!("the property `{name}` is required now, and not described");
                self.report(&PROPERTY_REQUIRED, &place.property(name), new.anchor(old), words);
            }
        }
        for name in old.required.iter().filter(|name| is_loose(old, name) && !described(name)) {
            if !new.required.contains(name) {
                let words = format!("the property `{name}` is not required any more");
                self.report(&PROPERTY_OPTIONAL, &place.property(name), new.anchor(old), words);
            }
        }
    }

    /// Compares what an object may have beside its properties.
    fn others(&mut self, old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>, place: &Place) {
        let place = &place.inside("{}");
        let nothing: Schema<'a> = Vec::new();
        match (&old.others_allowed, &new.others_allowed) {
            (Others::Any, Others::Any) | (Others::None(_), Others::None(_)) => {}
            (Others::Any | Others::Some(_), Others::None(at)) => {
                self.report(&OBJECT_CLOSED, place, at, "it may have no other properties any more");
            }
            (Others::None(at), Others::Any) => {
                self.report(&OBJECT_OPENED, place, at, "it may have other properties now");
            }
            (Others::None(_), Others::Some(schema)) => {
                self.report(&OBJECT_OPENED, place, &schema[0], "it may have other properties now");
            }
            (Others::Some(was), Others::Some(is)) => self.schema(was, is, place),
            (Others::Some(was), Others::Any) => self.schema(was, &nothing, place),
            (Others::Any, Others::Some(is)) => self.schema(&nothing, is, place),
        }
    }
}

/// Says whether a property goes the way that is looked at: what is `readOnly` is never sent, what is
/// `writeOnly` never received.
fn goes<'a>(side: &Side<'a>, schema: &Schema<'a>, sent: bool) -> bool {
    let mark = if sent { "readOnly" } else { "writeOnly" };
    !FlattenedSchema::of(side, schema).nodes.iter().any(|node| node.flag(mark))
}
