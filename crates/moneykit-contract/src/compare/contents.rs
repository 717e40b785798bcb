use serde_json::Value;

use super::{Comparison, Node, Pair};
use crate::change::{Direction, Place};
use crate::compare::annotations::TEXTS;
use crate::rules::{
    BODY_ADDED, BODY_OPTIONAL, BODY_REMOVED, BODY_REQUIRED, MEDIA_TYPE_ADDED, MEDIA_TYPE_REMOVED,
    PART_WRITTEN_OTHERWISE, REQUIRED_BODY_ADDED,
};

impl<'a> Comparison<'a> {
    /// Compares the body that an operation takes.
    pub(super) fn request_body(&mut self, pair: &Pair<'a>, place: &Place) {
        let place = place.part("request body", Direction::Sent);
        let pair = self.resolved(pair);
        match (&pair.old, &pair.new) {
            (None, None) => return,
            (Some(old), None) => return self.report(&BODY_REMOVED, &place, old, "it takes no body any more"),
            (None, Some(new)) if new.flag("required") => {
                return self.report(&REQUIRED_BODY_ADDED, &place, new, "it takes a body now, and needs it");
            }
            (None, Some(new)) => return self.report(&BODY_ADDED, &place, new, "it takes a body now"),
            (Some(old), Some(new)) => match (old.flag("required"), new.flag("required")) {
                (false, true) => self.report(&BODY_REQUIRED, &place, new, "the body is required now"),
                (true, false) => self.report(&BODY_OPTIONAL, &place, new, "the body is optional now"),
                _ => {}
            },
        }
        self.contents(&pair.get("content"), &place);
        self.texts(&pair, &TEXTS);
        self.extensions(&pair);
    }

    /// Compares what a body may come as.
    pub(super) fn contents(&mut self, pair: &Pair<'a>, place: &Place) {
        let types = |node: &Option<Node<'a>>| node.as_ref().map(Node::entries).unwrap_or_default();
        let (old, new) = (types(&pair.old), types(&pair.new));
        let find = |list: &[(&'a str, Node<'a>)], name: &str| {
            list.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, node)| node.clone())
        };
        for (name, was) in &old {
            let place = Place { part: format!("{}, {name}", place.part), ..place.clone() };
            match find(&new, name) {
                None => {
                    self.report(&MEDIA_TYPE_REMOVED, &place, was, format!("`{name}` is gone"));
                }
                Some(is) => {
                    let pair = Pair { old: Some(was.clone()), new: Some(is) };
                    self.fresh_schema(&pair.get("schema"), &place);
                    self.encodings(&pair, &place);
                    self.texts(&pair, &TEXTS);
                    self.extensions(&pair);
                }
            }
        }
        for (name, is) in new.iter().filter(|(name, _)| find(&old, name).is_none()) {
            let place = Place { part: format!("{}, {name}", place.part), ..place.clone() };
            self.report(&MEDIA_TYPE_ADDED, &place, is, format!("`{name}` is new"));
        }
    }

    /// Compares how the fields of a form, or the parts of a body, are written.
    fn encodings(&mut self, pair: &Pair<'a>, place: &Place) {
        for (name, pair) in pair.get("encoding").fields() {
            if writing(pair.old.as_ref()) != writing(pair.new.as_ref())
                && let Some(at) = pair.new.as_ref().or(pair.old.as_ref())
            {
                let words = format!("`{name}` is written in another way");
                self.report(&PART_WRITTEN_OTHERWISE, &place.property(name), at, words);
            }
            self.same(&pair, &["headers"]);
            self.extensions(&pair);
        }
    }

    /// Follows references on both sides.
    pub(super) fn resolved(&self, pair: &Pair<'a>) -> Pair<'a> {
        Pair {
            old: pair.old.as_ref().and_then(|node| self.old.resolve(node)),
            new: pair.new.as_ref().and_then(|node| self.new.resolve(node)),
        }
    }
}

/// Says how a part is written, with what holds when nothing is said.
fn writing<'a>(node: Option<&Node<'a>>) -> (Option<&'a str>, &'a str, bool, bool) {
    let style = node.and_then(|node| node.text("style")).unwrap_or("form");
    let explode = node
        .and_then(|node| node.get("explode"))
        .map_or(style == "form", |explode| explode.value == &Value::Bool(true));
    let reserved = node.is_some_and(|node| node.flag("allowReserved"));
    (node.and_then(|node| node.text("contentType")), style, explode, reserved)
}
