//! Compares request bodies, and the media types of any body.

use serde_json::Value;

use super::{Comparison, Node, Pair};
use crate::change::{Direction, Location};
use crate::compare::annotations::ANNOTATIONS;
use crate::media_type::MediaType;
use crate::rules::{
    BODY_ADDED, BODY_OPTIONAL, BODY_REMOVED, BODY_REQUIRED, MEDIA_TYPE_ADDED, MEDIA_TYPE_PARAMETER_ADDED,
    MEDIA_TYPE_PARAMETER_CHANGED, MEDIA_TYPE_PARAMETER_REMOVED, MEDIA_TYPE_REMOVED,
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

    /// Compares the media types of a body. A range such as `text/*` describes the types that it covers, unless one is
    /// described itself.
    pub(super) fn contents(&mut self, pair: &Pair<'a>, location: &Location) {
        let types = |node: &Option<Node<'a>>| -> Vec<Content<'a>> {
            node.as_ref().map(Node::entries).unwrap_or_default().into_iter().map(Content::new).collect()
        };
        let (old_types, new_types) = (types(&pair.old), types(&pair.new));
        let at = |name: &str| Location { part: format!("{}, {name}", location.part), ..location.clone() };
        let mut matched: Vec<&str> = Vec::new();
        for old in &old_types {
            let location = at(old.name);
            let same = new_types.iter().find(|new| new.media_type == old.media_type).or_else(|| {
                let is_rest = |list: &[Content<'a>], content: &Content<'a>| {
                    !list.iter().any(|other| other.media_type == content.media_type)
                };
                let has_same_essence = |new: &&Content<'a>| new.media_type.has_same_essence(&old.media_type);
                new_types.iter().filter(has_same_essence).find(|new| is_rest(&old_types, new))
            });
            if let Some(new) = same.filter(|new| !matched.contains(&new.name)) {
                matched.push(new.name);
                self.media_type_parameters(old, new, &location);
                self.content(old, new, &location);
            } else if let Some(range) = closest_range(&new_types, old) {
                self.content(old, range, &location);
            } else {
                let message = format!("removed media type `{}`", old.name);
                self.report(&MEDIA_TYPE_REMOVED, &location, &old.node, message);
            }
        }
        for new in new_types.iter().filter(|new| !matched.contains(&new.name)) {
            let location = at(new.name);
            if let Some(range) = closest_range(&old_types, new) {
                self.content(range, new, &location);
            } else {
                let message = format!("added media type `{}`", new.name);
                self.report(&MEDIA_TYPE_ADDED, &location, &new.node, message);
            }
        }
    }

    fn content(&mut self, old: &Content<'a>, new: &Content<'a>, location: &Location) {
        let pair = Pair { old: Some(old.node.clone()), new: Some(new.node.clone()) };
        self.root_schema(&pair.get("schema"), location);
        self.encodings(&pair, location);
        self.annotations(&pair, &ANNOTATIONS);
        self.extensions(&pair);
    }

    /// Compares the parameters of a media type.
    fn media_type_parameters(&mut self, old: &Content<'a>, new: &Content<'a>, location: &Location) {
        let (old_parameters, new_parameters) = (old.media_type.parameters(), new.media_type.parameters());
        for (name, old_value) in old_parameters {
            match new_parameters.get(name) {
                None => {
                    let message = format!("removed media type parameter `{name}`: `{old_value}`");
                    self.report(&MEDIA_TYPE_PARAMETER_REMOVED, location, &new.node, message);
                }
                Some(new_value) if new_value != old_value => {
                    let message =
                        format!("media type parameter `{name}` changed from `{old_value}` to `{new_value}`");
                    self.report(&MEDIA_TYPE_PARAMETER_CHANGED, location, &new.node, message);
                }
                Some(_) => {}
            }
        }
        for (name, value) in new_parameters.iter().filter(|(name, _)| !old_parameters.contains_key(*name)) {
            let message = format!("added media type parameter `{name}`: `{value}`");
            self.report(&MEDIA_TYPE_PARAMETER_ADDED, location, &new.node, message);
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

/// An entry of a `content`.
struct Content<'a> {
    name: &'a str,
    media_type: MediaType,
    node: Node<'a>,
}

impl<'a> Content<'a> {
    fn new((name, node): (&'a str, Node<'a>)) -> Self {
        Self { name, media_type: MediaType::new(name), node }
    }
}

/// Returns the most specific range that covers a media type.
fn closest_range<'l, 'a>(list: &'l [Content<'a>], content: &Content<'a>) -> Option<&'l Content<'a>> {
    let ranges = list.iter().filter(|range| range.media_type.covers(&content.media_type));
    ranges.max_by_key(|range| range.media_type.specificity())
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
