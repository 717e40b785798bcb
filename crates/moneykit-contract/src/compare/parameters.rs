//! Compares the parameters of operations.

use serde_json::Value;

use super::operations::Operation;
use super::{Comparison, Node, Pair};
use crate::change::{Direction, Location};
use crate::compare::annotations::ANNOTATIONS;
use crate::rules::{
    PARAMETER_ADDED, PARAMETER_DEPRECATED, PARAMETER_OPTIONAL, PARAMETER_REMOVED, PARAMETER_REQUIRED,
    PARAMETER_SERIALIZATION_CHANGED, PARAMETER_UNDEPRECATED, REQUIRED_PARAMETER_ADDED,
};

/// A parameter, identified by `in` and by its name on the wire.
struct Parameter<'a> {
    /// The value of `in`: `path`, `query`, `header` or `cookie`.
    kind: &'a str,
    /// The name as the server sees it: lower case for a header, the position for a path parameter.
    key: String,
    name: &'a str,
    node: Node<'a>,
}

impl<'a> Comparison<'a> {
    /// Compares the parameters of an operation.
    pub(super) fn parameters(&mut self, old: &Operation<'a>, new: &Operation<'a>, location: &Location) {
        let (old_parameters, old_stray) = parameters(old, |node| self.old.resolve(node));
        let (new_parameters, new_stray) = parameters(new, |node| self.new.resolve(node));
        self.stray_parameters(old_stray, new_stray, new);
        for old in &old_parameters {
            let location = location.part(old.title(), Direction::Sent);
            match new_parameters.iter().find(|new| new.is_same_parameter(old)) {
                None => {
                    let message = format!("removed {}", old.title());
                    self.report(&PARAMETER_REMOVED, &location, &old.node, message);
                }
                Some(new) => self.parameter(old, new, &location),
            }
        }
        let is_added = |new: &&Parameter<'a>| !old_parameters.iter().any(|old| old.is_same_parameter(new));
        for new in new_parameters.iter().filter(is_added) {
            let location = location.part(new.title(), Direction::Sent);
            let (rule, requirement) = if new.is_required() {
                (&REQUIRED_PARAMETER_ADDED, "required")
            } else {
                (&PARAMETER_ADDED, "optional")
            };
            self.report(rule, &location, &new.node, format!("added {requirement} {}", new.title()));
        }
    }

    /// Compares path parameters that the path has no place for, so that no request has them.
    fn stray_parameters(&mut self, old: Vec<Node<'a>>, new: Vec<Node<'a>>, operation: &Operation<'a>) {
        let name = |node: &Node<'a>| node.text("name").unwrap_or_default();
        let mut pairs: Vec<Pair<'a>> = Vec::new();
        for old in old {
            let new = new.iter().find(|new| name(new) == name(&old)).cloned();
            pairs.push(Pair { old: Some(old), new });
        }
        for new in new {
            let is_known =
                |pair: &Pair<'a>| pair.new.as_ref().is_some_and(|known| known.pointer == new.pointer);
            if !pairs.iter().any(is_known) {
                pairs.push(Pair { old: None, new: Some(new) });
            }
        }
        for pair in pairs {
            if let Some(node) = pair.differing().or_else(|| self.reference_to_change(&pair)) {
                let verb = if pair.old.is_none() {
                    "was added"
                } else if pair.new.is_none() {
                    "was removed"
                } else {
                    "changed"
                };
                let (name, path) = (name(&node), operation.path);
                let message = format!(
                    "path parameter `{name}` {verb}, and is not classified because the path `{path}` has no place for \
                     it: correct the path, or remove the parameter"
                );
                self.report_unclassified(&node, message);
            }
        }
    }

    fn parameter(&mut self, old: &Parameter<'a>, new: &Parameter<'a>, location: &Location) {
        let pair = Pair { old: Some(old.node.clone()), new: Some(new.node.clone()) };
        match (old.is_required(), new.is_required()) {
            (false, true) => {
                let message = format!("{} became required", new.title());
                self.report(&PARAMETER_REQUIRED, location, &new.node, message);
            }
            (true, false) => {
                let message = format!("{} became optional", new.title());
                self.report(&PARAMETER_OPTIONAL, location, &new.node, message);
            }
            _ => {}
        }
        let (old_serialization, new_serialization) = (old.serialization(), new.serialization());
        if old_serialization != new_serialization {
            let message = format!("serialization changed from {old_serialization} to {new_serialization}");
            self.report(&PARAMETER_SERIALIZATION_CHANGED, location, &new.node, message);
        }
        self.deprecation(&pair, location, &new.title(), [&PARAMETER_DEPRECATED, &PARAMETER_UNDEPRECATED]);
        self.schema_or_content(&pair, location);
        self.uncovered_fields(&pair, &["allowEmptyValue"]);
        self.annotations(&pair, &ANNOTATIONS);
        self.extensions(&pair);
    }

    /// Compares the value of a parameter or a header, which has either a `schema` or a `content`.
    pub(super) fn schema_or_content(&mut self, pair: &Pair<'a>, location: &Location) {
        let contents = pair.get("content");
        if contents.old.is_some() || contents.new.is_some() {
            let schemas = pair.get("schema");
            if let Some(node) = schemas.old.or(schemas.new) {
                let message = "changes here are not classified, because one document uses `schema` and the \
                    other uses `content`";
                self.report_unclassified(&node, message);
                return;
            }
            self.contents(&contents, location);
            return;
        }
        self.root_schema(&pair.get("schema"), location);
    }
}

impl<'a> Parameter<'a> {
    fn new(node: Node<'a>, operation: &Operation<'a>) -> Option<Self> {
        let (kind, name) = (node.text("in")?, node.text("name")?);
        let key = match kind {
            "header" => name.to_lowercase(),
            "path" => operation.path_parameters().position(|parameter| parameter == name)?.to_string(),
            _ => name.to_owned(),
        };
        // OpenAPI 3.0.3, "Parameter Object": header parameters with these names are ignored.
        let is_ignored = ["accept", "content-type", "authorization"].contains(&key.as_str());
        (kind != "header" || !is_ignored).then_some(Self { kind, key, name, node })
    }

    fn is_same_parameter(&self, other: &Self) -> bool {
        self.kind == other.kind && self.key == other.key
    }

    fn is_required(&self) -> bool {
        self.kind == "path" || self.node.flag("required")
    }

    fn title(&self) -> String {
        match self.kind {
            "header" => format!("header `{}`", self.name),
            kind => format!("{kind} parameter `{}`", self.name),
        }
    }

    /// Returns a description of the serialization, with the defaults of OpenAPI for missing fields.
    fn serialization(&self) -> String {
        let default_style = if ["query", "cookie"].contains(&self.kind) { "form" } else { "simple" };
        let style = self.node.text("style").unwrap_or(default_style);
        let explode = self.node.get("explode").map_or(style == "form", |it| it.value == &Value::Bool(true));
        let reserved = if self.node.flag("allowReserved") { " with `allowReserved`" } else { "" };
        format!("`{style}`{}{reserved}", if explode { " exploded" } else { "" })
    }
}

/// Returns the parameters of an operation, and those of its path item that it does not override; and the path parameters
/// that have no place in the path.
fn parameters<'a>(
    operation: &Operation<'a>,
    resolve: impl Fn(&Node<'a>) -> Option<Node<'a>>,
) -> (Vec<Parameter<'a>>, Vec<Node<'a>>) {
    let (mut found, mut stray): (Vec<Parameter<'a>>, Vec<Node<'a>>) = (Vec::new(), Vec::new());
    for owner in [&operation.node, &operation.item] {
        for node in owner.get("parameters").map(|list| list.items()).unwrap_or_default() {
            let Some(node) = resolve(&node) else { continue };
            let Some(parameter) = Parameter::new(node.clone(), operation) else {
                let is_stray = node.text("in") == Some("path") && node.text("name").is_some();
                stray.extend(is_stray.then_some(node));
                continue;
            };
            if !found.iter().any(|known| known.is_same_parameter(&parameter)) {
                found.push(parameter);
            }
        }
    }
    (found, stray)
}
