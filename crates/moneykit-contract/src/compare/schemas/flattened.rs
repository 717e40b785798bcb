use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::Schema;
use crate::compare::Node;
use crate::compare::annotations::TEXTS;
use crate::compare::side::Side;

/// What a schema says in all, with references followed and `allOf` joined.
///
/// A schema that is joined from two says the same as one that was written in one piece, so taking it apart or
/// putting it together is no change.
pub(super) struct FlattenedSchema<'a> {
    /// Everything that was joined, the schema itself first.
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) types: Option<Vec<&'a str>>,
    /// Whether `nullable` allows null, where the types and lists of values in its parts do not forbid it.
    nullable: bool,
    forbids_null: bool,
    pub(super) keywords: BTreeMap<&'a str, Node<'a>>,
    pub(super) enumeration: Option<Vec<&'a Value>>,
    pub(super) properties: Vec<(&'a str, Schema<'a>)>,
    pub(super) required: Vec<&'a str>,
    pub(super) others_allowed: Others<'a>,
    pub(super) items: Schema<'a>,
    pub(super) groups: Vec<Group<'a>>,
    pub(super) exclusions: Vec<Node<'a>>,
    /// Keywords that no rule knows.
    pub(super) others: BTreeMap<&'a str, Node<'a>>,
    /// A reference in it that leads nowhere.
    pub(super) broken: Option<Node<'a>>,
    /// What the parts say so that it can't be joined, by keyword.
    pub(super) conflicts: BTreeMap<&'a str, Vec<&'a Value>>,
}

/// What an object may have beside its properties.
#[derive(Clone)]
pub(super) enum Others<'a> {
    Any,
    None(Node<'a>),
    Some(Schema<'a>),
}

/// Whether a value may be null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Null {
    Allowed,
    Forbidden,
    /// What may be anything may be null.
    Unsaid,
}

/// A choice between schemas.
pub(super) struct Group<'a> {
    pub(super) kind: &'static str,
    pub(super) node: Node<'a>,
    pub(super) alternatives: Vec<Schema<'a>>,
}

/// Keywords with one value, which are compared by a rule each.
const SINGLE: [&str; 16] = [
    "format",
    "default",
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "discriminator",
];
/// Keywords that say something of the property that a schema is for; read where the property is.
const OF_PROPERTY: [&str; 3] = ["readOnly", "writeOnly", "deprecated"];

impl<'a> FlattenedSchema<'a> {
    pub(super) fn of(side: &Side<'a>, schema: &Schema<'a>) -> Self {
        let mut view = Self {
            nodes: Vec::new(),
            types: None,
            nullable: false,
            forbids_null: false,
            keywords: BTreeMap::new(),
            enumeration: None,
            properties: Vec::new(),
            required: Vec::new(),
            others_allowed: Others::Any,
            items: Vec::new(),
            groups: Vec::new(),
            exclusions: Vec::new(),
            others: BTreeMap::new(),
            broken: None,
            conflicts: BTreeMap::new(),
        };
        let mut seen = HashSet::new();
        // `nullable` beside an `allOf` is there for what the parts forbid.
        let mut open: Vec<(Node<'a>, bool)> = schema.iter().rev().map(|node| (node.clone(), false)).collect();
        while let Some((node, is_excused)) = open.pop() {
            let Some(node) = side.resolve(&node) else {
                view.broken = Some(node);
                continue;
            };
            // A schema that is joined with itself says nothing new.
            if !seen.insert(node.pointer.clone()) {
                continue;
            }
            let is_excused = is_excused || node.flag("nullable");
            view.nullable |= is_excused;
            view.forbids_null |= !is_excused && forbids_null(&node);
            for (key, value) in node.entries() {
                if key == "allOf" {
                    open.extend(value.items().into_iter().rev().map(|part| (part, is_excused)));
                } else {
                    view.take(key, value);
                }
            }
            view.nodes.push(node);
        }
        view
    }

    fn take(&mut self, key: &'a str, value: Node<'a>) {
        match key {
            "type" => self.take_type(&value),
            "nullable" => {}
            "enum" => {
                // Whether null is allowed is told by `nullable`, which lists of values follow or forget.
                let values = value.value.as_array().into_iter().flatten().filter(|value| !value.is_null());
                let values: Vec<&'a Value> = values.collect();
                self.enumeration = Some(match self.enumeration.take() {
                    Some(known) => known.into_iter().filter(|value| values.contains(value)).collect(),
                    None => values,
                });
                self.keywords.entry(key).or_insert(value);
            }
            "properties" => {
                for (name, schema) in value.entries() {
                    match self.properties.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, parts)) => parts.push(schema),
                        None => self.properties.push((name, vec![schema])),
                    }
                }
            }
            "required" => {
                let names = value.value.as_array().into_iter().flatten().filter_map(Value::as_str);
                for name in names {
                    if !self.required.contains(&name) {
                        self.required.push(name);
                    }
                }
            }
            "additionalProperties" => self.take_others(value),
            "items" => self.items.push(value),
            "oneOf" => self.groups.push(Group::new("oneOf", value)),
            "anyOf" => self.groups.push(Group::new("anyOf", value)),
            "not" => self.exclusions.push(value),
            key if SINGLE.contains(&key) => self.take_single(key, value),
            key if TEXTS.contains(&key) || OF_PROPERTY.contains(&key) || key.starts_with("x-") => {}
            key => {
                self.others.entry(key).or_insert(value);
            }
        }
    }

    fn take_type(&mut self, value: &Node<'a>) {
        let Some(typ) = value.value.as_str() else {
            self.others.entry("type").or_insert_with(|| value.clone());
            return;
        };
        self.types = Some(match self.types.take() {
            None => vec![typ],
            Some(known) if known.contains(&typ) => vec![typ],
            Some(known) if known == ["number"] && typ == "integer" => vec![typ],
            Some(known) if known == ["integer"] && typ == "number" => known,
            // An integer and a number is an integer; a string and a number is nothing.
            Some(known) => {
                self.conflicts.entry("type").or_default().push(value.value);
                known
            }
        });
    }

    /// Takes a keyword that has one value: of two bounds the closer holds.
    fn take_single(&mut self, key: &'a str, value: Node<'a>) {
        let Some(known) = self.keywords.get(key) else {
            self.keywords.insert(key, value);
            return;
        };
        if known.value == value.value {
            return;
        }
        let numbers = known.value.as_f64().zip(value.value.as_f64());
        match (key, numbers) {
            ("minLength" | "minItems" | "minProperties", Some((known, new))) if new > known => {
                self.keywords.insert(key, value);
            }
            ("maxLength" | "maxItems" | "maxProperties", Some((known, new))) if new < known => {
                self.keywords.insert(key, value);
            }
            // The outer schema is read first, and has the last word on what a missing value means.
            (
                "minLength" | "minItems" | "minProperties" | "maxLength" | "maxItems" | "maxProperties"
                | "default",
                _,
            ) => {}
            ("uniqueItems", _) => {
                if value.value == &Value::Bool(true) {
                    self.keywords.insert(key, value);
                }
            }
            _ => self.conflicts.entry(key).or_default().push(value.value),
        }
    }

    fn take_others(&mut self, value: Node<'a>) {
        self.others_allowed = match (&self.others_allowed, value.value) {
            (Others::None(node), _) => Others::None(node.clone()),
            (_, Value::Bool(false)) => Others::None(value),
            (known, Value::Bool(true)) => known.clone(),
            (known, Value::Object(empty)) if empty.is_empty() => known.clone(),
            (Others::Any, _) => Others::Some(vec![value]),
            (Others::Some(parts), _) => Others::Some(parts.iter().cloned().chain([value]).collect()),
        };
    }

    /// Says why the parts can't be joined.
    pub(super) fn conflict(&self) -> Option<String> {
        if self.conflicts.contains_key("type") {
            return Some("its parts are of different types, so no value fits".to_owned());
        }
        let (key, _) = self.conflicts.first_key_value()?;
        Some(format!("its parts have different values for `{key}`"))
    }

    /// Names the schema by what it was joined from.
    pub(super) fn identity(&self) -> String {
        self.nodes.iter().map(|node| &*node.pointer).collect::<Vec<_>>().join(" ")
    }

    /// Returns where the schema is described; where it is not, what became of `other` is told there.
    pub(super) fn anchor<'v>(&'v self, other: &'v Self) -> Option<&'v Node<'a>> {
        self.nodes.first().or(other.nodes.first())
    }

    /// Returns the place of a keyword, here or in `other`.
    pub(super) fn at<'v>(&'v self, key: &str, other: &'v Self) -> Option<&'v Node<'a>> {
        self.keywords.get(key).or_else(|| other.keywords.get(key))
    }

    /// Says whether null is allowed, as far as is said here: alternatives speak for themselves.
    pub(super) fn null(&self) -> Null {
        if self.forbids_null {
            Null::Forbidden
        } else if self.nullable || self.types.is_some() || self.keywords.contains_key("enum") {
            Null::Allowed
        } else if self.groups.is_empty() {
            Null::Unsaid
        } else {
            Null::Forbidden
        }
    }

    pub(super) fn is_untyped(&self) -> bool {
        self.types.is_none()
    }

    /// Says whether nothing is said that restricts a value.
    pub(super) fn is_anything(&self) -> bool {
        self.is_choice_alone() && self.keywords.is_empty() && self.groups.is_empty()
    }

    /// Names the type for people.
    pub(super) fn type_name(&self) -> &'a str {
        self.types.as_ref().and_then(|types| types.first()).copied().unwrap_or("anything")
    }

    /// Says whether nothing but a choice is said.
    pub(super) fn is_choice_alone(&self) -> bool {
        self.types.is_none()
            && self.keywords.keys().all(|key| *key == "discriminator")
            && self.enumeration.is_none()
            && self.properties.is_empty()
            && self.required.is_empty()
            && matches!(self.others_allowed, Others::Any)
            && self.items.is_empty()
            && self.exclusions.is_empty()
    }
}

/// Says whether a schema has a type or a list of values that leaves null out. Lists of values follow
/// `nullable` or forget to, so beside a type they do not count.
fn forbids_null(node: &Node<'_>) -> bool {
    let values = node.get("enum").and_then(|values| values.value.as_array());
    node.text("type").is_some() || values.is_some_and(|values| !values.contains(&Value::Null))
}

impl<'a> Group<'a> {
    fn new(kind: &'static str, node: Node<'a>) -> Self {
        Self { kind, alternatives: node.items().into_iter().map(|item| vec![item]).collect(), node }
    }
}
