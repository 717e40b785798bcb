//! Proposes an update of a contract from a vendor's document.

use serde_json::{Map, Value};

use crate::compare::is_same_schema;
use crate::document::Document;
use crate::grammar::{Kind, METHODS, Shape};
use crate::pointer::{child, last};
use crate::references::{follow, target_of};

/// Returns a contract that is updated to match a vendor's document.
///
/// `vendor` must be [extracted](crate::extract()) and [downgraded](crate::downgrade()) first.
///
/// The proposal keeps the order of the contract, and its descriptions, examples, operation ids, tags,
/// component names and `format: password`. A schema that accepts the same values keeps its text. A part that
/// the vendor's document does not have is removed, except for operations and security requirements: whether to
/// remove those is left to the reader of the proposal.
pub fn propose(contract: &Document, vendor: &Document) -> Document {
    let mut proposal =
        Proposal { ours: contract.root(), theirs: vendor.root(), pairs: Vec::new(), added: Vec::new() };
    let root = proposal.document();
    contract.with_root(root)
}

struct Proposal<'a> {
    ours: &'a Value,
    theirs: &'a Value,
    /// The components that correspond to each other: the pointers of ours and of theirs.
    pairs: Vec<(String, String)>,
    /// The components of theirs to add: their pointers, and the pointers of the added components.
    added: Vec<(String, String)>,
}

/// A value in either document, and its JSON pointer.
#[derive(Clone, Copy)]
struct At<'v> {
    value: &'v Value,
    pointer: &'v str,
}

impl Proposal<'_> {
    fn document(&mut self) -> Value {
        let mut root = self.ours.clone();
        if let Some(version) = self.theirs.pointer("/info/version") {
            root["info"]["version"] = version.clone();
        }
        if let Some(servers) = self.theirs.get("servers").filter(|servers| is_absolute(servers)) {
            root["servers"] = merged_servers(&self.ours["servers"], servers);
        }
        let theirs = self.theirs.get("paths").and_then(Value::as_object);
        for (path, item) in self.ours["paths"].as_object().into_iter().flatten() {
            let matching = theirs.and_then(|paths| {
                paths.get_key_value(path).or_else(|| {
                    paths
                        .iter()
                        .find(|(other, _)| without_parameter_names(other) == without_parameter_names(path))
                })
            });
            if let Some((their_path, their_item)) = matching {
                let (ours, theirs) = (child("/paths", path), child("/paths", their_path));
                let (ours, theirs) =
                    (At { value: item, pointer: &ours }, At { value: their_item, pointer: &theirs });
                root["paths"][path] = self.object(Kind::PathItem, ours, theirs);
            }
        }
        // Merging a component can add further pairs.
        let mut done = 0;
        while let Some((ours, theirs)) = self.pairs.get(done).cloned() {
            done += 1;
            let (Some(our_value), Some(their_value)) =
                (self.ours.pointer(&ours), self.theirs.pointer(&theirs))
            else {
                continue;
            };
            let kind = kind_of(&ours);
            let merged = self.node(
                kind,
                At { value: our_value, pointer: &ours },
                At { value: their_value, pointer: &theirs },
            );
            if let Some(component) = root.pointer_mut(&ours) {
                *component = merged;
            }
        }
        let mut done = 0;
        while let Some((theirs, ours)) = self.added.get(done).cloned() {
            done += 1;
            if let Some(value) = self.theirs.pointer(&theirs) {
                let value = self.copy(kind_of(&ours), value);
                let section = ours.rsplit('/').nth(1).unwrap_or_default().to_owned();
                root["components"][section][last(&ours)] = value;
            }
        }
        root
    }

    /// Merges two objects of a kind, either of which can be a reference.
    fn node(&mut self, kind: Kind, ours: At<'_>, theirs: At<'_>) -> Value {
        match (target_of(ours.value), target_of(theirs.value)) {
            (Some(our_target), Some(their_target)) => {
                self.pair(our_target, their_target);
                return ours.value.clone();
            }
            _ if kind == Kind::Schema
                && is_same_schema((self.ours, ours.pointer), (self.theirs, theirs.pointer)) =>
            {
                return ours.value.clone();
            }
            (Some(_), None) | (None, Some(_)) if kind == Kind::Schema => {
                return self.copy(kind, theirs.value);
            }
            // A reference and an inline object are equivalent, so ours stays.
            (Some(our_target), None) => {
                if let Some((pointer, _)) = follow(self.ours, our_target) {
                    self.pairs.push((pointer, theirs.pointer.to_owned()));
                }
                return ours.value.clone();
            }
            (None, Some(their_target)) => {
                let Some((pointer, value)) = follow(self.theirs, their_target) else {
                    return ours.value.clone();
                };
                return self.object(kind, ours, At { value, pointer: &pointer });
            }
            (None, None) => {}
        }
        self.object(kind, ours, theirs)
    }

    fn object(&mut self, kind: Kind, ours: At<'_>, theirs: At<'_>) -> Value {
        let (Some(our_fields), Some(their_fields)) = (ours.value.as_object(), theirs.value.as_object())
        else {
            return theirs.value.clone();
        };
        let mut merged = Map::new();
        for (name, value) in our_fields {
            match their_fields.get(name) {
                _ if keeps_ours(kind, name, value) => {
                    merged.insert(name.clone(), value.clone());
                }
                Some(their_value) => {
                    let (our_pointer, their_pointer) =
                        (child(ours.pointer, name), child(theirs.pointer, name));
                    let (ours, theirs) = (
                        At { value, pointer: &our_pointer },
                        At { value: their_value, pointer: &their_pointer },
                    );
                    merged.insert(name.clone(), self.field(kind, name, ours, theirs));
                }
                // People decide about operations that the vendor's document does not have.
                None if kind == Kind::PathItem && METHODS.contains(&name.as_str()) => {
                    merged.insert(name.clone(), value.clone());
                }
                None => {}
            }
        }
        for (name, value) in their_fields.iter().filter(|(name, _)| !our_fields.contains_key(*name)) {
            if !(is_annotation(name) || name == "operationId" || name == "security") {
                let value = match kind.field(name) {
                    Some(shape) => self.copy_field(shape, value),
                    None => value.clone(),
                };
                merged.insert(name.clone(), value);
            }
        }
        Value::Object(merged)
    }

    fn field(&mut self, kind: Kind, name: &str, ours: At<'_>, theirs: At<'_>) -> Value {
        match kind.field(name) {
            Some(Shape::One(kind)) => self.node(kind, ours, theirs),
            Some(Shape::Map(kind)) => self.map(kind, ours, theirs),
            Some(Shape::List(Kind::Parameter)) => self.parameters(ours, theirs),
            Some(shape @ Shape::List(_)) => self.copy_field(shape, theirs.value),
            None if theirs.value.is_array() && ["required", "enum"].contains(&name) => {
                in_our_order(ours.value, theirs.value)
            }
            None => theirs.value.clone(),
        }
    }

    fn map(&mut self, kind: Kind, ours: At<'_>, theirs: At<'_>) -> Value {
        let empty = Map::new();
        let entries = |value: &Value| value.as_object().cloned().unwrap_or_default();
        let (our_entries, their_entries) = (entries(ours.value), entries(theirs.value));
        let mut merged = empty;
        for (name, value) in &our_entries {
            if let Some(their_value) = their_entries.get(name) {
                let (our_pointer, their_pointer) = (child(ours.pointer, name), child(theirs.pointer, name));
                let (ours, theirs) =
                    (At { value, pointer: &our_pointer }, At { value: their_value, pointer: &their_pointer });
                merged.insert(name.clone(), self.node(kind, ours, theirs));
            }
        }
        for (name, value) in their_entries.iter().filter(|(name, _)| !our_entries.contains_key(*name)) {
            merged.insert(name.clone(), self.copy(kind, value));
        }
        Value::Object(merged)
    }

    fn parameters(&mut self, ours: At<'_>, theirs: At<'_>) -> Value {
        let list = |at: At<'_>, root: &Value| -> Vec<(Value, String)> {
            let items = at.value.as_array().into_iter().flatten().enumerate();
            items
                .map(|(index, item)| {
                    let pointer = child(at.pointer, &index.to_string());
                    match target_of(item).and_then(|target| follow(root, target)) {
                        Some((pointer, value)) => (value.clone(), pointer),
                        None => (item.clone(), pointer),
                    }
                })
                .collect()
        };
        let (our_list, their_list) = (list(ours, self.ours), list(theirs, self.theirs));
        let key = |value: &Value| (value["in"].clone(), value["name"].clone());
        let mut merged = Vec::new();
        for (value, pointer) in &our_list {
            if let Some((their_value, their_pointer)) =
                their_list.iter().find(|(it, _)| key(it) == key(value))
            {
                let (ours, theirs) =
                    (At { value, pointer }, At { value: their_value, pointer: their_pointer });
                merged.push(self.object(Kind::Parameter, ours, theirs));
            }
        }
        for (value, _) in
            their_list.iter().filter(|(it, _)| !our_list.iter().any(|(our, _)| key(our) == key(it)))
        {
            merged.push(self.copy(Kind::Parameter, value));
        }
        Value::Array(merged)
    }

    /// Copies an object of theirs, with references changed to our component names.
    fn copy(&mut self, kind: Kind, theirs: &Value) -> Value {
        if let Some(reference) = target_of(theirs)
            && let Some((pointer, _)) = follow(self.theirs, reference)
        {
            let paired = self.pairs.iter().find(|(_, their)| *their == pointer).map(|(our, _)| our.clone());
            let ours = paired.unwrap_or_else(|| self.add_component(pointer));
            return serde_json::json!({ "$ref": format!("#{ours}") });
        }
        let Some(fields) = theirs.as_object() else { return theirs.clone() };
        let copied = fields.iter().map(|(name, value)| {
            let value = match kind.field(name) {
                Some(shape) => self.copy_field(shape, value),
                None => value.clone(),
            };
            (name.clone(), value)
        });
        Value::Object(copied.collect())
    }

    fn copy_field(&mut self, shape: Shape, value: &Value) -> Value {
        match (shape, value) {
            (Shape::One(kind) | Shape::List(kind), Value::Array(items)) => {
                items.iter().map(|item| self.copy(kind, item)).collect()
            }
            (Shape::Map(kind), Value::Object(entries)) => {
                let entries = entries.iter().map(|(name, value)| (name.clone(), self.copy(kind, value)));
                Value::Object(entries.collect())
            }
            (Shape::One(kind), value) => self.copy(kind, value),
            _ => value.clone(),
        }
    }

    /// Adds a component of theirs under an unused name, and returns its pointer in the proposal.
    fn add_component(&mut self, theirs: String) -> String {
        if let Some((_, ours)) = self.added.iter().find(|(known, _)| *known == theirs) {
            return ours.clone();
        }
        let mut ours = theirs.clone();
        while self.ours.pointer(&ours).is_some() || self.added.iter().any(|(_, taken)| *taken == ours) {
            ours.push_str("OfVendor");
        }
        self.added.push((theirs, ours.clone()));
        ours
    }

    fn pair(&mut self, ours: &str, theirs: &str) {
        if let (Some((ours, _)), Some((theirs, _))) = (follow(self.ours, ours), follow(self.theirs, theirs))
            && !self.pairs.iter().any(|(known, _)| *known == ours)
        {
            self.pairs.push((ours, theirs));
        }
    }
}

/// Returns true if a field is an annotation: ours stays, and theirs is not copied.
fn is_annotation(name: &str) -> bool {
    name.starts_with("x-")
        || ["summary", "description", "title", "example", "examples", "externalDocs", "tags"].contains(&name)
}

/// Returns true if a field of ours stays regardless of theirs.
fn keeps_ours(kind: Kind, name: &str, value: &Value) -> bool {
    is_annotation(name)
        || (kind == Kind::Operation && ["operationId", "security"].contains(&name))
        || (kind == Kind::Schema && name == "format" && value == "password")
}

/// Returns the kind of a component.
fn kind_of(pointer: &str) -> Kind {
    let section = pointer.rsplit('/').nth(1).unwrap_or_default();
    Kind::of_section(section).unwrap_or(Kind::Schema)
}

/// Returns a path with the name of each path parameter removed: `/links/{}` for `/links/{id}`.
fn without_parameter_names(path: &str) -> String {
    let keep = |part: &str| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() };
    path.split('/').map(keep).collect::<Vec<_>>().join("/")
}

/// Returns true if a list of servers has an absolute URL. A relative URL depends on where the document came
/// from.
fn is_absolute(servers: &Value) -> bool {
    let mut urls = servers.as_array().into_iter().flatten().filter_map(|server| server["url"].as_str());
    urls.any(|url| url.contains("://"))
}

/// Returns their servers, with our description of each server that we have as well.
fn merged_servers(ours: &Value, theirs: &Value) -> Value {
    let known = |server: &Value| {
        ours.as_array().into_iter().flatten().find(|our| our["url"] == server["url"]).cloned()
    };
    theirs
        .as_array()
        .into_iter()
        .flatten()
        .map(|server| known(server).unwrap_or_else(|| server.clone()))
        .collect()
}

/// Returns their list, with the values that we have as well first, in our order.
fn in_our_order(ours: &Value, theirs: &Value) -> Value {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (ours, theirs) = (list(ours), list(theirs));
    let common = ours.iter().filter(|value| theirs.contains(value));
    common.chain(theirs.iter().filter(|value| !ours.contains(value))).cloned().collect()
}
