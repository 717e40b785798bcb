//! Compares request bodies, and the media types of any body.

use serde_json::Value;

use super::{Comparison, Node, Pair};
use crate::change::{Direction, Location};
use crate::compare::annotations::ANNOTATIONS;
use crate::rules::{
    BODY_ADDED, BODY_OPTIONAL, BODY_REMOVED, BODY_REQUIRED, MEDIA_TYPE_ADDED, MEDIA_TYPE_REMOVED,
    PART_SERIALIZATION_CHANGED, REQUIRED_BODY_ADDED,
};

impl<'a> Comparison<'a> {
    /// Compares the request body of an operation.
    pub(super) fn request_body(&mut self, pair: &Pair<'a>, location: &Location) {
        let location = location.part("request body", Direction::Sent);
        let pair = self.resolved(pair);
        match (&pair.old, &pair.new) {
            (None, None) => return,
            (Some(old), None) => return self.report(&BODY_REMOVED, &location, old, "removed request body"),
            (None, Some(new)) if new.flag("required") => {
                return self.report(&REQUIRED_BODY_ADDED, &location, new, "added required request body");
            }
            (None, Some(new)) => {
                return self.report(&BODY_ADDED, &location, new, "added optional request body");
            }
            (Some(old), Some(new)) => match (old.flag("required"), new.flag("required")) {
                (false, true) => self.report(&BODY_REQUIRED, &location, new, "request body became required"),
                (true, false) => self.report(&BODY_OPTIONAL, &location, new, "request body became optional"),
                _ => {}
            },
        }
        self.contents(&pair.get("content"), &location);
        self.annotations(&pair, &ANNOTATIONS);
        self.extensions(&pair);
    }

    /// Compares the media types of a body.
    pub(super) fn contents(&mut self, pair: &Pair<'a>, location: &Location) {
        let types = |node: &Option<Node<'a>>| node.as_ref().map(Node::entries).unwrap_or_default();
        let (old_types, new_types) = (types(&pair.old), types(&pair.new));
        let find = |list: &[(&'a str, Node<'a>)], name: &str| {
            list.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, node)| node.clone())
        };
        for (name, old) in &old_types {
            let location = Location { part: format!("{}, {name}", location.part), ..location.clone() };
            match find(&new_types, name) {
                None => {
                    self.report(&MEDIA_TYPE_REMOVED, &location, old, format!("removed media type `{name}`"));
                }
                Some(new) => {
                    let pair = Pair { old: Some(old.clone()), new: Some(new) };
                    self.root_schema(&pair.get("schema"), &location);
                    self.encodings(&pair, &location);
                    self.annotations(&pair, &ANNOTATIONS);
                    self.extensions(&pair);
                }
            }
        }
        for (name, new) in new_types.iter().filter(|(name, _)| find(&old_types, name).is_none()) {
            let location = Location { part: format!("{}, {name}", location.part), ..location.clone() };
            self.report(&MEDIA_TYPE_ADDED, &location, new, format!("added media type `{name}`"));
        }
    }

    /// Compares the serialization of form fields and of multipart parts.
    fn encodings(&mut self, pair: &Pair<'a>, location: &Location) {
        for (name, pair) in pair.get("encoding").fields() {
            if serialization(pair.old.as_ref()) != serialization(pair.new.as_ref())
                && let Some(node) = pair.new.as_ref().or(pair.old.as_ref())
            {
                let message = format!("serialization of `{name}` changed");
                self.report(&PART_SERIALIZATION_CHANGED, &location.property(name), node, message);
            }
            self.uncovered_fields(&pair, &["headers"]);
            self.extensions(&pair);
        }
    }

    /// Resolves the references of both nodes.
    pub(super) fn resolved(&self, pair: &Pair<'a>) -> Pair<'a> {
        Pair {
            old: pair.old.as_ref().and_then(|node| self.old.resolve(node)),
            new: pair.new.as_ref().and_then(|node| self.new.resolve(node)),
        }
    }
}

/// Returns the content type, `style`, `explode` and `allowReserved` of an encoding, with the defaults of
/// OpenAPI for missing fields.
fn serialization<'a>(node: Option<&Node<'a>>) -> (Option<&'a str>, &'a str, bool, bool) {
    let style = node.and_then(|node| node.text("style")).unwrap_or("form");
    let explode = node
        .and_then(|node| node.get("explode"))
        .map_or(style == "form", |explode| explode.value == &Value::Bool(true));
    let reserved = node.is_some_and(|node| node.flag("allowReserved"));
    (node.and_then(|node| node.text("contentType")), style, explode, reserved)
}
