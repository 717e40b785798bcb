use serde_json::Value;

use super::operations::Operation;
use super::{Comparison, Node, Pair};
use crate::change::{Direction, Place};
use crate::compare::annotations::TEXTS;
use crate::rules::{
    PARAMETER_ADDED, PARAMETER_DEPRECATED, PARAMETER_OPTIONAL, PARAMETER_REMOVED, PARAMETER_REQUIRED,
    PARAMETER_UNDEPRECATED, PARAMETER_WRITTEN_OTHERWISE, REQUIRED_PARAMETER_ADDED,
};

/// A parameter, known by where it stands and what it is called there.
struct Parameter<'a> {
    location: &'a str,
    /// The name as the server sees it: headers are not told apart by case, blanks in a path by their place alone.
    key: String,
    name: &'a str,
    node: Node<'a>,
}

impl<'a> Comparison<'a> {
    /// Compares what an operation takes, in its path, query, headers and cookies.
    pub(super) fn parameters(&mut self, old: &Operation<'a>, new: &Operation<'a>, place: &Place) {
        let old = parameters(old, |node| self.old.resolve(node));
        let new = parameters(new, |node| self.new.resolve(node));
        for was in &old {
            let place = place.part(was.title(), Direction::Sent);
            match new.iter().find(|is| is.is(was)) {
                None => {
                    let words = format!("the {} is gone", was.title());
                    self.report(&PARAMETER_REMOVED, &place, &was.node, words);
                }
                Some(is) => self.parameter(was, is, &place),
            }
        }
        for is in new.iter().filter(|is| !old.iter().any(|was| was.is(is))) {
            let place = place.part(is.title(), Direction::Sent);
            let (rule, what) = if is.is_required() {
                (&REQUIRED_PARAMETER_ADDED, "required")
            } else {
                (&PARAMETER_ADDED, "optional")
            };
            self.report(rule, &place, &is.node, format!("the {} is new, and {what}", is.title()));
        }
    }

    fn parameter(&mut self, old: &Parameter<'a>, new: &Parameter<'a>, place: &Place) {
        let pair = Pair { old: Some(old.node.clone()), new: Some(new.node.clone()) };
        match (old.is_required(), new.is_required()) {
            (false, true) => {
                let words = format!("the {} is required now", new.title());
                self.report(&PARAMETER_REQUIRED, place, &new.node, words);
            }
            (true, false) => {
                let words = format!("the {} is optional now", new.title());
                self.report(&PARAMETER_OPTIONAL, place, &new.node, words);
            }
            _ => {}
        }
        let (was, is) = (old.writing(), new.writing());
        if was != is {
            let words = format!("it is written as {is} now, where it was {was}");
            self.report(&PARAMETER_WRITTEN_OTHERWISE, place, &new.node, words);
        }
        let what = format!("the {}", new.title());
        self.deprecation(&pair, place, &what, [&PARAMETER_DEPRECATED, &PARAMETER_UNDEPRECATED]);
        self.value_of(&pair, place);
        self.same(&pair, &["allowEmptyValue"]);
        self.texts(&pair, &TEXTS);
        self.extensions(&pair);
    }

    /// Compares the value of a parameter or a header: a schema, or a body in small.
    pub(super) fn value_of(&mut self, pair: &Pair<'a>, place: &Place) {
        let contents = pair.get("content");
        if contents.old.is_some() || contents.new.is_some() {
            let schemas = pair.get("schema");
            if let Some(at) = schemas.old.or(schemas.new) {
                self.leave(&at, "one side has a `schema` here and the other a `content`");
                return;
            }
            self.contents(&contents, place);
            return;
        }
        self.fresh_schema(&pair.get("schema"), place);
    }
}

impl<'a> Parameter<'a> {
    fn new(node: Node<'a>, operation: &Operation<'a>) -> Option<Self> {
        let (location, name) = (node.text("in")?, node.text("name")?);
        let key = match location {
            "header" => name.to_lowercase(),
            "path" => operation.blanks().position(|blank| blank == name)?.to_string(),
            _ => name.to_owned(),
        };
        // OpenAPI 3.0.3 has these described elsewhere, and parameters of that name ignored.
        let is_ignored = ["accept", "content-type", "authorization"].contains(&key.as_str());
        (location != "header" || !is_ignored).then_some(Self { location, key, name, node })
    }

    fn is(&self, other: &Self) -> bool {
        self.location == other.location && self.key == other.key
    }

    fn is_required(&self) -> bool {
        self.location == "path" || self.node.flag("required")
    }

    fn title(&self) -> String {
        match self.location {
            "header" => format!("header `{}`", self.name),
            location => format!("{location} parameter `{}`", self.name),
        }
    }

    /// Says how the parameter is written into the request, with what holds when nothing is said.
    fn writing(&self) -> String {
        let usual = if ["query", "cookie"].contains(&self.location) { "form" } else { "simple" };
        let style = self.node.text("style").unwrap_or(usual);
        let explode = self.node.get("explode").map_or(style == "form", |it| it.value == &Value::Bool(true));
        let reserved = if self.node.flag("allowReserved") { ", reserved characters as they are" } else { "" };
        format!("`{style}`{}{reserved}", if explode { ", exploded" } else { "" })
    }
}

/// Lists what an operation takes: its own parameters, and those of its path that it does not replace.
fn parameters<'a>(
    operation: &Operation<'a>,
    resolve: impl Fn(&Node<'a>) -> Option<Node<'a>>,
) -> Vec<Parameter<'a>> {
    let mut found: Vec<Parameter<'a>> = Vec::new();
    for owner in [&operation.node, &operation.item] {
        for node in owner.get("parameters").map(|list| list.items()).unwrap_or_default() {
            let parameter = resolve(&node).and_then(|node| Parameter::new(node, operation));
            found.extend(parameter.filter(|parameter| !found.iter().any(|known| known.is(parameter))));
        }
    }
    found
}
