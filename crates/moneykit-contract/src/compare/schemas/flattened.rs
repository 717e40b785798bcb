//! Flattens a schema: resolves references and merges `allOf`.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::Schema;
use crate::compare::Node;
use crate::compare::annotations::ANNOTATIONS;
use crate::compare::side::Side;
use crate::decimal::{Decimal, is_same_value};

/// A schema with references resolved and `allOf` merged.
///
/// A schema that is split into an `allOf` is the same as one that is written in one piece, so splitting or
/// merging it is not a change.
pub(super) struct FlattenedSchema<'a> {
    /// The nodes that were merged, the schema itself first.
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) types: Option<Vec<&'a str>>,
    /// True if `nullable` allows null, as long as no type or enum of a part forbids it.
    nullable: bool,
    forbids_null: bool,
    pub(super) keywords: BTreeMap<&'a str, Node<'a>>,
    pub(super) enumeration: Option<Vec<&'a Value>>,
    pub(super) properties: Vec<(&'a str, Schema<'a>)>,
    pub(super) required: Vec<&'a str>,
    pub(super) additional_properties: AdditionalProperties<'a>,
    pub(super) items: Schema<'a>,
    /// The `oneOf` and `anyOf` keywords.
    pub(super) groups: Vec<AlternativeGroup<'a>>,
    /// The `not` schemas.
    pub(super) not: Vec<Node<'a>>,
    /// The keywords that no rule covers.
    pub(super) uncovered: BTreeMap<&'a str, Node<'a>>,
    /// A reference that does not resolve.
    pub(super) unresolved: Option<Node<'a>>,
    /// The values that cannot be merged, by keyword.
    pub(super) conflicts: BTreeMap<&'a str, Vec<&'a Value>>,
}

/// The properties that an object can have in addition to those in `properties`.
#[derive(Clone)]
pub(super) enum AdditionalProperties<'a> {
    Any,
    /// None; the node is the `additionalProperties` keyword.
    Forbidden(Node<'a>),
    Schema(Schema<'a>),
}

/// The nullability of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Null {
    Allowed,
    Forbidden,
    /// Not specified: a schema without a type accepts null as well.
    Unspecified,
}

/// A `oneOf` or an `anyOf`.
pub(super) struct AlternativeGroup<'a> {
    /// The name of the keyword.
    pub(super) keyword: &'static str,
    pub(super) node: Node<'a>,
    pub(super) variants: Vec<Schema<'a>>,
}

/// Keywords with a single value.
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
/// Keywords that the base of a variant does not have.
const OF_ALTERNATIVES: [&str; 3] = ["oneOf", "anyOf", "discriminator"];
/// Keywords that apply to the property that has the schema; the comparison of properties reads them.
const OF_PROPERTY: [&str; 3] = ["readOnly", "writeOnly", "deprecated"];

impl<'a> FlattenedSchema<'a> {
    pub(super) fn new(side: &Side<'a>, schema: &Schema<'a>) -> Self {
        let mut flattened = Self {
            nodes: Vec::new(),
            types: None,
            nullable: false,
            forbids_null: false,
            keywords: BTreeMap::new(),
            enumeration: None,
            properties: Vec::new(),
            required: Vec::new(),
            additional_properties: AdditionalProperties::Any,
            items: Vec::new(),
            groups: Vec::new(),
            not: Vec::new(),
            uncovered: BTreeMap::new(),
            unresolved: None,
            conflicts: BTreeMap::new(),
        };
        let mut seen = HashSet::new();
        // `nullable` beside an `allOf` overrides parts that forbid null.
        let mut open: Vec<(Node<'a>, bool)> = schema.iter().rev().map(|node| (node.clone(), false)).collect();
        while let Some((node, is_nullable)) = open.pop() {
            let Some(node) = side.resolve(&node) else {
                flattened.unresolved = Some(node);
                continue;
            };
            // Merging a schema with itself has no effect.
            if !seen.insert(node.pointer.clone()) {
                continue;
            }
            let is_nullable = is_nullable || node.flag("nullable");
            flattened.nullable |= is_nullable;
            flattened.forbids_null |= !is_nullable && forbids_null(&node);
            for (key, value) in node.entries() {
                if key == "allOf" {
                    let parts = value.items().into_iter().rev();
                    let parts = parts.map(|part| if node.is_base { part.base() } else { part });
                    open.extend(parts.map(|part| (part, is_nullable)));
                } else if !(node.is_base && OF_ALTERNATIVES.contains(&key)) {
                    flattened.add_keyword(key, value);
                }
            }
            flattened.nodes.push(node);
        }
        flattened
    }

    fn add_keyword(&mut self, key: &'a str, value: Node<'a>) {
        match key {
            "type" => self.add_type(&value),
            "nullable" => {}
            "enum" => {
                // `nullable` decides about null; documents list null in `enum` inconsistently.
                let values = value.value.as_array().into_iter().flatten().filter(|value| !value.is_null());
                let values: Vec<&'a Value> = values.collect();
                self.enumeration = Some(match self.enumeration.take() {
                    Some(known) => known.into_iter().filter(|value| contains(&values, value)).collect(),
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
            "additionalProperties" => self.add_additional_properties(value),
            "items" => self.items.push(value),
            "oneOf" => self.groups.push(AlternativeGroup::new("oneOf", value)),
            "anyOf" => self.groups.push(AlternativeGroup::new("anyOf", value)),
            "not" => self.not.push(value),
            key if SINGLE.contains(&key) => self.merge_single(key, value),
            key if ANNOTATIONS.contains(&key) || OF_PROPERTY.contains(&key) || key.starts_with("x-") => {}
            key => {
                self.uncovered.entry(key).or_insert(value);
            }
        }
    }

    fn add_type(&mut self, value: &Node<'a>) {
        let Some(typ) = value.value.as_str() else {
            self.uncovered.entry("type").or_insert_with(|| value.clone());
            return;
        };
        self.types = Some(match self.types.take() {
            None => vec![typ],
            Some(known) if known.contains(&typ) => vec![typ],
            Some(known) if known == ["number"] && typ == "integer" => vec![typ],
            Some(known) if known == ["integer"] && typ == "number" => known,
            // No value is both a string and a number.
            Some(known) => {
                self.conflicts.entry("type").or_default().push(value.value);
                known
            }
        });
    }

    /// Merges a keyword with a single value. The stricter of two bounds applies.
    fn merge_single(&mut self, key: &'a str, value: Node<'a>) {
        let Some(known) = self.keywords.get(key) else {
            self.keywords.insert(key, value);
            return;
        };
        if is_same_value(known.value, value.value) {
            return;
        }
        let numbers = Decimal::of(known.value).zip(Decimal::of(value.value));
        match (key, numbers) {
            ("minLength" | "minItems" | "minProperties", Some((known, new))) if new > known => {
                self.keywords.insert(key, value);
            }
            ("maxLength" | "maxItems" | "maxProperties", Some((known, new))) if new < known => {
                self.keywords.insert(key, value);
            }
            // The outer schema is merged first, and its `default` takes precedence.
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

    fn add_additional_properties(&mut self, value: Node<'a>) {
        self.additional_properties = match (&self.additional_properties, value.value) {
            (AdditionalProperties::Forbidden(node), _) => AdditionalProperties::Forbidden(node.clone()),
            (_, Value::Bool(false)) => AdditionalProperties::Forbidden(value),
            (known, Value::Bool(true)) => known.clone(),
            (known, Value::Object(empty)) if empty.is_empty() => known.clone(),
            (AdditionalProperties::Any, _) => AdditionalProperties::Schema(vec![value]),
            (AdditionalProperties::Schema(parts), _) => {
                AdditionalProperties::Schema(parts.iter().cloned().chain([value]).collect())
            }
        };
    }

    /// Returns the reason why the parts cannot be merged.
    pub(super) fn conflict(&self) -> Option<String> {
        if self.conflicts.contains_key("type") {
            return Some(
                "the schema changed, and is not classified because the parts of its `allOf` have different \
                 types, which no value has at once: correct the parts"
                    .to_owned(),
            );
        }
        let (key, _) = self.conflicts.first_key_value()?;
        Some(format!(
            "the schema changed, and is not classified because the parts of its `allOf` have different values \
             for `{key}`, which the rules do not merge: compare the parts by hand"
        ))
    }

    /// Returns the node at which to report a change: the first node of this schema, or else of `other`.
    pub(super) fn anchor<'v>(&'v self, other: &'v Self) -> Option<&'v Node<'a>> {
        self.nodes.first().or(other.nodes.first())
    }

    /// Returns the node of a keyword in this schema, or else in `other`.
    pub(super) fn keyword<'v>(&'v self, other: &'v Self, key: &str) -> Option<&'v Node<'a>> {
        self.keywords.get(key).or_else(|| other.keywords.get(key))
    }

    /// Returns the nullability, without regard to `oneOf` and `anyOf`.
    pub(super) fn null(&self) -> Null {
        if self.forbids_null {
            Null::Forbidden
        } else if self.nullable || self.types.is_some() || self.keywords.contains_key("enum") {
            Null::Allowed
        } else if self.groups.is_empty() {
            Null::Unspecified
        } else {
            Null::Forbidden
        }
    }

    /// Returns true if the schema accepts any value.
    pub(super) fn accepts_anything(&self) -> bool {
        self.has_only_alternatives() && self.keywords.is_empty() && self.groups.is_empty()
    }

    /// Returns true if this schema has alternatives and a type, which all alternatives of another schema have.
    pub(super) fn is_type_implied_in(&self, other: &Self, side: &Side<'a>) -> bool {
        let variants = other.groups.iter().flat_map(|group| &group.variants);
        let has_same_type = |variant: &Schema<'a>| {
            let variant = Self::new(side, variant);
            let is_null_kept = variant.null() != Null::Allowed || self.null() == Null::Allowed;
            variant.type_name() == self.type_name() && is_null_kept
        };
        self.types.is_some()
            && [self, other].iter().all(|schema| !schema.groups.is_empty())
            && variants.clone().count() > 0
            && variants.clone().all(has_same_type)
    }

    /// Takes the types of another schema over, which all alternatives of this one have.
    pub(super) fn set_types(&mut self, other: &Self) {
        self.types.clone_from(&other.types);
        self.forbids_null |= !self.nullable;
    }

    /// Returns the variants of the only `oneOf` or `anyOf`, each with all keywords beside it. Variants of a schema
    /// without other keywords are returned as they are.
    pub(super) fn variants(&self, schema: &Schema<'a>, group: &AlternativeGroup<'a>) -> Vec<Schema<'a>> {
        if self.has_only_alternatives() {
            return group.variants.clone();
        }
        let base = schema.iter().map(Node::base);
        group.variants.iter().map(|variant| base.clone().chain(variant.iter().cloned()).collect()).collect()
    }

    /// Returns the type, or `None` if any type is allowed.
    pub(super) fn type_name(&self) -> Option<&'a str> {
        self.types.as_ref().and_then(|types| types.first()).copied()
    }

    /// Returns true if the schema has no keywords other than `oneOf`, `anyOf` and `discriminator`.
    pub(super) fn has_only_alternatives(&self) -> bool {
        self.types.is_none()
            && self.keywords.keys().all(|key| *key == "discriminator")
            && self.enumeration.is_none()
            && self.properties.is_empty()
            && self.required.is_empty()
            && matches!(self.additional_properties, AdditionalProperties::Any)
            && self.items.is_empty()
            && self.not.is_empty()
    }
}

/// Returns true if a list has a value, where 1 and 1.0 are the same number.
pub(super) fn contains(values: &[&Value], value: &Value) -> bool {
    values.iter().any(|known| is_same_value(known, value))
}

/// Returns true if a schema excludes null through its `type`, or through an `enum` without null.
fn forbids_null(node: &Node<'_>) -> bool {
    let values = node.get("enum").and_then(|values| values.value.as_array());
    node.text("type").is_some() || values.is_some_and(|values| !values.contains(&Value::Null))
}

impl<'a> AlternativeGroup<'a> {
    fn new(keyword: &'static str, node: Node<'a>) -> Self {
        Self { keyword, variants: node.items().into_iter().map(|item| vec![item]).collect(), node }
    }
}
