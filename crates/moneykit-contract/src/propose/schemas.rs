//! Proposes schemas.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::{At, Proposal, is_annotation};
use crate::decimal::is_same_value;
use crate::grammar::{Kind, Shape};
use crate::node::NodeRef;
use crate::pointer::{child, last, names};
use crate::references::{follow, references_of, resolve, subtypes, target_of};

impl<'a> Proposal<'a, '_> {
    /// Merges two schemas, either of which can be a reference.
    pub(super) fn schema(&mut self, ours: Option<At<'a>>, theirs: &At<'a>) -> Value {
        if let Some(ours) = &ours
            && !self.is_discovery
            && self.equivalence.is_same(&ours.pointer, &theirs.pointer)
            && let Some(references) = self.references_if_kept(ours)
        {
            for theirs in references {
                self.enqueue(self.names.base(&theirs).cloned(), &theirs);
            }
            return ours.value.clone();
        }
        if let Some(reference) = target_of(theirs.value) {
            return self.reference(ours.as_ref(), reference);
        }
        let ours = ours.map(|ours| ours.resolved(self.ours));
        let Some(their_fields) = theirs.value.as_object() else { return theirs.value.clone() };
        let our_fields = ours.as_ref().and_then(|ours| ours.value.as_object());
        let mut merged = Map::new();
        for (name, value) in our_fields.into_iter().flatten() {
            // A reference in ours that does not resolve is not a keyword.
            if name == "$ref" {
                continue;
            }
            if is_annotation(name) || is_secret(name, value, their_fields, self.theirs) {
                merged.insert(name.clone(), value.clone());
            } else if let Some(their_value) = theirs.get(name) {
                let ours = ours.as_ref().and_then(|ours| ours.get(name));
                merged.insert(name.clone(), self.keyword(name, ours, &their_value, theirs));
            }
        }
        for name in their_fields.keys() {
            let is_ours = ours.is_some() && is_annotation(name);
            if !is_ours
                && !merged.contains_key(name)
                && let Some(value) = theirs.get(name)
            {
                merged.insert(name.clone(), self.keyword(name, None, &value, theirs));
            }
        }
        Value::Object(merged)
    }

    fn keyword(&mut self, name: &str, ours: Option<At<'a>>, theirs: &At<'a>, schema: &At<'a>) -> Value {
        match (Kind::Schema.field(name), theirs.value) {
            (Some(Shape::One(_)), Value::Object(_)) => self.schema(ours, theirs),
            (Some(Shape::Map(kind)), Value::Object(_)) => self.map(kind, ours.as_ref(), theirs),
            (Some(Shape::One(_) | Shape::List(_)), Value::Array(_)) => {
                let our_items = ours.as_ref().map(At::items).unwrap_or_default();
                let items = theirs.items();
                let counterparts: Vec<_> =
                    items.iter().enumerate().map(|(i, item)| self.counterpart(item, i, &our_items)).collect();
                // The name of an alternative can be the value of the discriminator, so another name is not kept, even if
                // the schemas accept the same values.
                let has_discriminator = schema.get("discriminator").is_some();
                let merged = items.iter().zip(counterparts).map(|(item, ours)| match target_of(item.value) {
                    Some(reference) if has_discriminator => self.reference(ours.as_ref(), reference),
                    _ => self.schema(ours, item),
                });
                merged.collect()
            }
            _ if name == "discriminator" => self.discriminator(theirs.value, schema),
            _ => match ours {
                Some(ours) if is_same_value(ours.value, theirs.value) => ours.value.clone(),
                Some(ours) if ["required", "enum"].contains(&name) => in_our_order(ours.value, theirs.value),
                _ => theirs.value.clone(),
            },
        }
    }

    /// Returns the item of ours that corresponds to one of theirs: the same schema by name, or else the one in its place.
    fn counterpart(&self, theirs: &At<'a>, index: usize, ours: &[At<'a>]) -> Option<At<'a>> {
        let target = |root: &'a Value, at: &At<'a>| {
            target_of(at.value).and_then(|reference| follow(root, reference)).map(|(pointer, _)| pointer)
        };
        let Some(their_target) = target(self.theirs, theirs) else {
            return ours.get(index).filter(|ours| target_of(ours.value).is_none()).cloned();
        };
        let name = if self.is_discovery { their_target } else { self.names.of(&their_target) };
        let has_name = |ours: &&At<'a>| target(self.ours, ours).as_ref() == Some(&name);
        ours.iter().find(has_name).or_else(|| ours.get(index)).cloned()
    }

    /// Returns our reference to a schema of theirs.
    fn reference(&mut self, ours: Option<&At<'a>>, reference: &str) -> Value {
        let Some((pointer, _)) = follow(self.theirs, reference) else { return json!({ "$ref": reference }) };
        let Some(component) = component_of(&pointer) else { return json!({ "$ref": reference }) };
        let our_target = ours
            .and_then(|ours| follow(self.ours, target_of(ours.value)?))
            .map(|(pointer, _)| pointer)
            .filter(|pointer| component == *pointer || component_of(pointer).as_ref() == Some(pointer));
        if self.is_discovery {
            self.met.extend(our_target.clone().map(|ours| (ours, component.clone())));
            self.enqueue(our_target, &component);
        } else {
            self.enqueue(self.names.base(&component).cloned(), &component);
        }
        let inner = &pointer[component.len()..];
        json!({ "$ref": format!("#{}{inner}", self.names.of(&component)) })
    }

    fn enqueue(&mut self, ours: Option<String>, theirs: &str) {
        let pair = (ours, theirs.to_owned());
        if self.queued.insert(pair.clone()) {
            self.queue.push(pair);
        }
    }

    /// Returns their discriminator for our names: where the name of a schema is its value, and is another one in the
    /// proposal, the value is mapped.
    fn discriminator(&mut self, theirs: &Value, schema: &At<'a>) -> Value {
        let mut discriminator = theirs.clone();
        let mut mapped: HashSet<String> = HashSet::new();
        if let Some(mapping) = discriminator.get_mut("mapping").and_then(Value::as_object_mut) {
            for target in mapping.values_mut() {
                let Some(text) = target.as_str() else { continue };
                let named = child("#/components/schemas", text);
                let reference = if text.starts_with('#') { text.to_owned() } else { named };
                let Some((pointer, _)) = follow(self.theirs, &reference) else { continue };
                self.reference(None, &reference);
                *target = format!("#{}", self.names.of(&pointer)).into();
                mapped.insert(pointer);
            }
        }
        let variants = ["oneOf", "anyOf"].into_iter().filter_map(|keyword| schema.get(keyword));
        let references: Vec<String> = variants
            .flat_map(|list| list.items())
            .filter_map(|it| target_of(it.value).map(str::to_owned))
            .collect();
        let mut implied: Vec<String> = references
            .iter()
            .filter_map(|reference| follow(self.theirs, reference))
            .map(|(pointer, _)| pointer)
            .collect();
        if references.is_empty() {
            let all = subtypes(self.theirs);
            implied = vec![schema.pointer.clone()];
            let mut next = 0;
            while let Some(base) = implied.get(next).cloned() {
                next += 1;
                let others = all.get(&base).into_iter().flatten();
                let others: Vec<_> = others.filter(|pointer| !implied.contains(pointer)).cloned().collect();
                implied.extend(others);
            }
            implied.remove(0);
        }
        for pointer in implied {
            // A subtype is reached by nothing else.
            self.reference(None, &format!("#{pointer}"));
            let name = self.names.of(&pointer);
            if !mapped.contains(&pointer) && last(&name) != last(&pointer) && discriminator.is_object() {
                discriminator["mapping"][last(&pointer)] = format!("#{name}").into();
            }
        }
        discriminator
    }

    /// Returns the schemas of theirs that a schema of ours refers to by their names in the proposal. Returns `None` if one
    /// of the names is for another schema, so that ours can't keep its text.
    fn references_if_kept(&self, ours: &At<'a>) -> Option<Vec<String>> {
        let (mut open, mut seen, mut found) = (vec![ours.clone()], HashSet::new(), Vec::new());
        while let Some(At { value, pointer }) = open.pop() {
            let mut nodes = vec![NodeRef::new(pointer, Kind::Schema, value)];
            while let Some(node) = nodes.pop() {
                for reference in references_of(node.value, Kind::Schema, &node.pointer, self.ours) {
                    let component = reference.target.as_deref().and_then(component_of)?;
                    if !seen.insert(component.clone()) {
                        continue;
                    }
                    match self.names.owner(&component) {
                        Some(theirs) if self.equivalence.is_same(&component, theirs) => {
                            found.push(theirs.to_owned());
                        }
                        Some(_) => return None,
                        None => open.push(At { value: self.ours.pointer(&component)?, pointer: component }),
                    }
                }
                nodes.extend(Kind::Schema.children(node.value, &node.pointer));
            }
        }
        Some(found)
    }
}

/// Returns true if a keyword of ours marks a secret that theirs does not mark, and that theirs can have.
fn is_secret(name: &str, value: &Value, theirs: &Map<String, Value>, root: &Value) -> bool {
    // A part with another format would contradict the mark.
    let mut parts = theirs.get("allOf").and_then(Value::as_array).into_iter().flatten();
    let has_other_format =
        parts.any(|part| resolve(root, part).is_some_and(|part| part.get("format").is_some()));
    let is_text = theirs.get("type").is_none_or(|name| name == "string");
    name == "format" && value == "password" && is_text && !has_other_format
}

/// Returns the pointer to the component schema that a pointer leads to or into.
fn component_of(pointer: &str) -> Option<String> {
    match &names(pointer)[..] {
        [components, section, name, ..] if components == "components" && section == "schemas" => {
            Some(child("/components/schemas", name))
        }
        _ => None,
    }
}

/// Returns their list, with the values that we have as well first, in our order.
fn in_our_order(ours: &Value, theirs: &Value) -> Value {
    let (Some(ours), Some(their_values)) = (ours.as_array(), theirs.as_array()) else {
        return theirs.clone();
    };
    let contains = |list: &[Value], value: &Value| list.iter().any(|other| is_same_value(other, value));
    let common = ours.iter().filter(|value| contains(their_values, value));
    common.chain(their_values.iter().filter(|value| !contains(ours, value))).cloned().collect()
}
