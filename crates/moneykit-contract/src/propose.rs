//! Proposes an update of a contract from a vendor's document.
//!
//! The proposal is built from the vendor's document, and takes names, texts and order from the contract. It runs twice:
//! the first run finds out which schemas correspond to each other, by where they are used, and the second one writes.

mod names;
mod operations;
mod parameters;
mod schemas;
mod security;

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use crate::compare::SchemaEquivalence;
use crate::document::{Document, DocumentError};
use crate::grammar::{Kind, Shape};
use crate::media_type::MediaType;
use crate::pointer::{child, last};
use crate::references::{subtypes, target_of, targets, used};
use names::Names;

/// Returns a contract that is updated to match a vendor's document.
///
/// `vendor` must be [extracted](crate::extract()) and [downgraded](crate::downgrade()) first.
///
/// The proposal keeps the order of the contract, and its descriptions, examples, operation ids, tags,
/// component names and `format: password`. A schema that accepts the same values keeps its text. Where the vendor has
/// two schemas for one of the contract, the second one is added. A part that the vendor's document does not have is
/// removed, except for operations: whether to remove those is left to the reader of the proposal.
///
/// # Errors
///
/// Returns an error if the operating system cannot start the thread that compares the schemas.
pub fn propose(contract: &Document, vendor: &Document) -> Result<Document, DocumentError> {
    let (ours, theirs) = (contract.root(), vendor.root());
    let root = SchemaEquivalence::run(ours, theirs, |equivalence| {
        let mut discovery = Proposal::new(ours, theirs, equivalence, Names::default());
        discovery.document();
        let names = Names::new(ours, theirs, &discovery.met);
        let mut proposal = Proposal::new(ours, theirs, equivalence, names);
        proposal.is_discovery = false;
        proposal.document()
    });
    let root = root.map_err(|error| {
        let message = format!("can't be compared: starting a thread failed: {error}");
        DocumentError::new(vendor.name(), message, "free some memory, and run it again")
    })?;
    Ok(contract.with_root(root))
}

struct Proposal<'a, 'e> {
    ours: &'a Value,
    theirs: &'a Value,
    equivalence: &'e SchemaEquivalence<'a>,
    names: Names,
    /// True in the first run, in which nothing keeps its text, so that every pair is met.
    is_discovery: bool,
    /// The component schemas of ours and of theirs that are used in the same place, in order.
    met: Vec<(String, String)>,
    /// The component schemas of theirs to write, each with its counterpart of ours.
    queue: Vec<(Option<String>, String)>,
    queued: HashSet<(Option<String>, String)>,
    /// Components of ours other than schemas that are written, by their JSON pointers.
    components: HashMap<String, Value>,
    /// The JSON pointers of the references of theirs that are being followed.
    open: Vec<String>,
}

/// A value in either document, and its JSON pointer.
#[derive(Clone)]
struct At<'a> {
    value: &'a Value,
    pointer: String,
}

impl<'a> At<'a> {
    fn get(&self, name: &str) -> Option<Self> {
        Some(At { value: self.value.as_object()?.get(name)?, pointer: child(&self.pointer, name) })
    }

    fn items(&self) -> Vec<Self> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(|(i, value)| At { value, pointer: format!("{}/{i}", self.pointer) }).collect()
    }

    /// Follows references to a value that is none.
    fn resolved(&self, root: &'a Value) -> Self {
        let target = targets(root, self.value).last().filter(|(_, value)| target_of(value).is_none());
        target.map_or_else(|| self.clone(), |(pointer, value)| At { value, pointer })
    }
}

impl<'a, 'e> Proposal<'a, 'e> {
    fn new(ours: &'a Value, theirs: &'a Value, equivalence: &'e SchemaEquivalence<'a>, names: Names) -> Self {
        Self {
            ours,
            theirs,
            equivalence,
            names,
            is_discovery: true,
            met: Vec::new(),
            queue: Vec::new(),
            queued: HashSet::new(),
            components: HashMap::new(),
            open: Vec::new(),
        }
    }

    fn document(&mut self) -> Value {
        let mut root = self.ours.clone();
        if let (Some(info), Some(version)) =
            (root.get_mut("info").and_then(Value::as_object_mut), self.theirs.pointer("/info/version"))
        {
            info.insert("version".to_owned(), version.clone());
        }
        if let Some(servers) = self.theirs.get("servers").filter(|servers| is_absolute(servers)) {
            root["servers"] = merged_servers(&self.ours["servers"], servers);
        }
        self.paths(&mut root);
        // Writing a component can add further ones.
        let mut next = 0;
        while let Some((ours, theirs)) = self.queue.get(next).cloned() {
            next += 1;
            let Some(value) = self.theirs.pointer(&theirs) else { continue };
            let base = ours.and_then(|pointer| Some(At { value: self.ours.pointer(&pointer)?, pointer }));
            let schema = self.schema(base, &At { value, pointer: theirs.clone() });
            if !self.is_discovery {
                insert(&mut root, &self.names.of(&theirs), schema);
            }
        }
        for (pointer, component) in std::mem::take(&mut self.components) {
            insert(&mut root, &pointer, component);
        }
        if !self.is_discovery {
            self.security_schemes(&mut root);
            self.remove_unused(&mut root);
        }
        root
    }

    /// Merges two objects of a kind other than schemas, either of which can be a reference.
    fn object(&mut self, kind: Kind, ours: Option<At<'a>>, theirs: &At<'a>) -> Value {
        if kind == Kind::Schema {
            return self.schema(ours, theirs);
        }
        let their_object = theirs.resolved(self.theirs);
        if target_of(theirs.value).is_some() && self.open.contains(&their_object.pointer) {
            // Callbacks can contain themselves.
            return json!({});
        }
        self.open.push(their_object.pointer.clone());
        let our_object = ours.as_ref().map(|ours| ours.resolved(self.ours));
        let merged = self.fields(kind, our_object.as_ref(), &their_object);
        self.open.pop();
        match (ours, our_object) {
            (Some(ours), Some(component)) if target_of(ours.value).is_some() => {
                self.shared(ours.value, &component.pointer, merged)
            }
            _ => merged,
        }
    }

    /// Returns our reference to a component, if all its uses have the same content, or else the content itself.
    fn shared(&mut self, reference: &Value, pointer: &str, content: Value) -> Value {
        let known = self.components.entry(pointer.to_owned()).or_insert_with(|| content.clone());
        if *known == content { reference.clone() } else { content }
    }

    fn fields(&mut self, kind: Kind, ours: Option<&At<'a>>, theirs: &At<'a>) -> Value {
        let Some(their_fields) = theirs.value.as_object() else { return theirs.value.clone() };
        let our_fields = ours.and_then(|ours| ours.value.as_object());
        let mut merged = Map::new();
        for (name, value) in our_fields.into_iter().flatten() {
            let is_ours = is_annotation(name)
                || (kind == Kind::Operation
                    && ["operationId", "parameters", "security"].contains(&name.as_str()))
                || (kind == Kind::Parameter && name == "name");
            if is_ours {
                merged.insert(name.clone(), value.clone());
            } else if their_fields.contains_key(name) {
                let ours = ours.and_then(|ours| ours.get(name));
                merged.extend(
                    theirs.get(name).map(|theirs| (name.clone(), self.field(kind, name, ours, &theirs))),
                );
            }
        }
        for name in their_fields.keys().filter(|name| our_fields.is_none_or(|it| !it.contains_key(*name))) {
            let is_ours = (ours.is_some() && is_annotation(name))
                || (kind == Kind::Operation && ["operationId", "parameters", "security"].contains(&name.as_str()))
                // They refer to components that are not copied.
                || ["examples", "links"].contains(&name.as_str());
            if !is_ours {
                merged.extend(
                    theirs.get(name).map(|theirs| (name.clone(), self.field(kind, name, None, &theirs))),
                );
            }
        }
        Value::Object(merged)
    }

    fn field(&mut self, kind: Kind, name: &str, ours: Option<At<'a>>, theirs: &At<'a>) -> Value {
        match (kind.field(name), theirs.value) {
            (Some(Shape::One(kind)), Value::Object(_)) => self.object(kind, ours, theirs),
            (Some(Shape::Map(kind)), Value::Object(_)) => self.map(kind, ours.as_ref(), theirs),
            (Some(Shape::One(kind) | Shape::List(kind)), Value::Array(_)) => {
                theirs.items().iter().map(|item| self.object(kind, None, item)).collect()
            }
            _ => theirs.value.clone(),
        }
    }

    /// Merges two maps of objects, in our order.
    fn map(&mut self, kind: Kind, ours: Option<&At<'a>>, theirs: &At<'a>) -> Value {
        let mut their_names: Vec<&str> =
            theirs.value.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let mut merged = Map::new();
        let our_names = ours.and_then(|ours| ours.value.as_object()).into_iter().flatten();
        for (name, _) in our_names {
            if let Some(at) = their_names.iter().position(|other| is_same_key(kind, name, other)) {
                let their_name = their_names.remove(at);
                let ours = ours.and_then(|ours| ours.get(name));
                merged.extend(theirs.get(their_name).map(|it| (name.clone(), self.object(kind, ours, &it))));
            }
        }
        for name in their_names {
            merged.extend(theirs.get(name).map(|theirs| (name.to_owned(), self.object(kind, None, &theirs))));
        }
        Value::Object(merged)
    }

    /// Removes the components of ours that were in use, and no longer are.
    fn remove_unused(&self, root: &mut Value) {
        let (mut used_before, used_after) = (used(self.ours, &[]), used(root, &[]));
        // Subtypes are used with the schema that they extend, unless its discriminator chooses among other schemas.
        let subtypes = subtypes(self.ours);
        let has_discriminator = |pointer: &&String| {
            let has = |schema: &Value, keyword| schema.get(keyword).is_some();
            self.ours
                .pointer(pointer)
                .is_some_and(|it| has(it, "discriminator") && !has(it, "oneOf") && !has(it, "anyOf"))
        };
        let mut open: Vec<String> = used_before.iter().filter(has_discriminator).cloned().collect();
        while let Some(base) = open.pop() {
            let added = subtypes.get(&base).into_iter().flatten();
            open.extend(added.filter(|pointer| used_before.insert((*pointer).clone())).cloned());
        }
        let written: HashSet<String> = self.queue.iter().map(|(_, theirs)| self.names.of(theirs)).collect();
        let is_unused = |pointer: &String| {
            used_before.contains(pointer) && !used_after.contains(pointer) && !written.contains(pointer)
        };
        let sections = root.get_mut("components").and_then(Value::as_object_mut).into_iter().flatten();
        for (section, components) in sections.filter(|(section, _)| *section != "securitySchemes") {
            let pointer = child("/components", section);
            if let Some(components) = components.as_object_mut() {
                components.retain(|name, _| !is_unused(&child(&pointer, name)));
            }
        }
    }
}

/// Returns true if two keys of a map of objects mean the same.
fn is_same_key(kind: Kind, ours: &str, theirs: &str) -> bool {
    match kind {
        Kind::MediaType => MediaType::new(ours) == MediaType::new(theirs),
        Kind::Header => ours.eq_ignore_ascii_case(theirs),
        _ => ours == theirs,
    }
}

/// Writes a component.
fn insert(root: &mut Value, pointer: &str, component: Value) {
    let Some(section) = pointer.rsplit('/').nth(1) else { return };
    root["components"][section][last(pointer)] = component;
}

/// Returns true if a field is an annotation: ours stays, and theirs is not copied beside it.
fn is_annotation(name: &str) -> bool {
    name.starts_with("x-")
        || ["summary", "description", "title", "example", "examples", "externalDocs", "tags", "links"]
            .contains(&name)
}

/// Returns true if a list of servers has an absolute URL. A relative URL depends on where the document came
/// from.
pub(crate) fn is_absolute(servers: &Value) -> bool {
    let mut urls = servers.as_array().into_iter().flatten().filter_map(|server| server["url"].as_str());
    urls.any(|url| url.contains("://"))
}

/// Returns their servers, with our description of each server that we have as well.
fn merged_servers(ours: &Value, theirs: &Value) -> Value {
    let merged = |server: &Value| {
        let known = ours.as_array().into_iter().flatten().find(|our| our["url"] == server["url"]);
        match known {
            Some(known) if known.get("variables") == server.get("variables") => known.clone(),
            _ => server.clone(),
        }
    };
    theirs.as_array().into_iter().flatten().map(merged).collect()
}
