//! Extracts the part of a vendor's document that a contract covers.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

use serde_json::{Map, Value, json};

use crate::Document;
use crate::escape::Escaped;
use crate::grammar::{Kind, METHODS};
use crate::node::NodeRef;
use crate::paths::{self, Endpoint};
use crate::pointer::{child, last, names};
use crate::references::{Hoist, is_bare, references_of, subtypes, targets};

/// The part of a vendor's document that a contract covers.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Subset {
    /// The vendor's description of the contract's operations, with all components that they refer to.
    pub document: Document,
    /// The operations of the contract that the vendor's document does not have.
    pub missing: Vec<MissingOperation>,
    /// The paths with different names for path parameters; the subset has the vendor's names.
    pub renamed: Vec<RenamedPath>,
    /// The references that do not resolve within the subset.
    pub dangling: Vec<DanglingRef>,
}

/// An operation of the contract that the vendor's document does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingOperation {
    /// The path in the contract.
    pub path: String,
    /// The method, in lower case.
    pub method: String,
}

/// A path for which the contract and the vendor have different names of path parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RenamedPath {
    /// The path in the contract.
    pub contract: String,
    /// The path in the vendor's document.
    pub vendor: String,
}

/// A reference that does not resolve within the subset.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DanglingRef {
    /// The JSON pointer (RFC 6901) to the reference, in the subset.
    pub pointer: String,
    /// The text of the reference.
    pub reference: String,
    /// The reason why it does not resolve.
    pub reason: DanglingReason,
}

/// The reason why a reference does not resolve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DanglingReason {
    /// The target does not exist in the document.
    Unresolved,
    /// The target is in another document, or is an anchor.
    External,
    /// The target exists in the document, but the contract does not cover it.
    OutsideSubset,
}

/// Extracts the operations of a contract from a vendor's document, with everything that they refer to.
///
/// Paths match regardless of the names of path parameters. Fields of the document as a whole are kept:
/// `info`, `servers`, `security`, extensions, and the tags in use. Schemas that extend one with a discriminator are kept
/// with it. A path item that is a reference is replaced by its target. A referenced object in a removed part of the document becomes a component with an
/// unused name.
pub fn extract(vendor: &Document, contract: &Document) -> Subset {
    let selection = Selection::new(vendor.root(), contract.root());
    let mut reachable = Reachable::new(vendor, &selection.operations);
    reachable.follow(&selection.items);
    let dangling = [&selection.dangling[..], &reachable.dangling].concat();
    let document = vendor.with_root(subset(vendor.root(), &selection, &reachable));
    Subset { document, missing: selection.missing, renamed: selection.renamed, dangling }
}

/// The vendor's operations that belong to the subset.
struct Selection {
    /// The selected methods, by the vendor's path.
    operations: BTreeMap<String, BTreeSet<&'static str>>,
    /// The path items with the selected methods only, in the order of the vendor's document.
    items: Vec<(String, Value)>,
    missing: Vec<MissingOperation>,
    renamed: Vec<RenamedPath>,
    /// The path items whose reference does not resolve, so that they may lack operations of the contract.
    dangling: Vec<DanglingRef>,
}

impl Selection {
    fn new(vendor: &Value, contract: &Value) -> Self {
        let (vendor_items, contract_items) = (path_items(vendor), path_items(contract));
        let (ours, theirs) = (endpoints(&contract_items), endpoints(&vendor_items));
        let mut operations: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
        let (mut missing, mut renamed, mut dangling) = (Vec::new(), Vec::new(), Vec::new());
        for ((endpoint, method), found) in ours.iter().zip(paths::matches(&just(&ours), &just(&theirs))) {
            let path = endpoint.path;
            let Some(vendor) = found.map(|index| theirs[index].0.path) else {
                missing.push(MissingOperation { path: path.to_owned(), method: (*method).to_owned() });
                let has_same_pattern = |other: &str| paths::pattern(other) == paths::pattern(path);
                let items = vendor_items.iter().filter(|(other, _)| has_same_pattern(other));
                dangling.extend(items.filter_map(|(other, item)| dangling_path_item(other, item)));
                continue;
            };
            let rename = RenamedPath { contract: path.to_owned(), vendor: vendor.to_owned() };
            if vendor != path && !renamed.contains(&rename) {
                renamed.push(rename);
            }
            operations.entry(vendor.to_owned()).or_default().insert(method);
        }
        let select = |(path, item): (&str, Cow<'_, Map<String, Value>>)| {
            let methods = operations.get(path)?;
            let mut item = item.into_owned();
            item.retain(|name, _| methods.contains(name.as_str()) || !METHODS.contains(&name.as_str()));
            Some((path.to_owned(), Value::Object(item)))
        };
        let items = vendor_items.into_iter().filter_map(select).collect();
        dangling.dedup();
        Self { operations, items, missing, renamed, dangling }
    }
}

/// The objects that the selected operations refer to, directly or indirectly.
struct Reachable<'a> {
    vendor: &'a Document,
    operations: &'a BTreeMap<String, BTreeSet<&'static str>>,
    /// The components to keep, by section and name.
    components: HashSet<(String, String)>,
    tags: HashSet<String>,
    hoist: Hoist,
    dangling: Vec<DanglingRef>,
    /// The component schemas that extend another one by their `allOf`, by the JSON pointer to the other one.
    subtypes: HashMap<String, Vec<String>>,
}

impl<'a> Reachable<'a> {
    fn new(vendor: &'a Document, operations: &'a BTreeMap<String, BTreeSet<&'static str>>) -> Self {
        Self {
            vendor,
            operations,
            components: HashSet::new(),
            tags: HashSet::new(),
            hoist: Hoist::default(),
            dangling: Vec::new(),
            subtypes: subtypes(vendor.root()),
        }
    }

    fn follow(&mut self, items: &'a [(String, Value)]) {
        self.require(self.vendor.root().get("security"), "");
        let mut seen = HashSet::new();
        let entries =
            items.iter().map(|(path, node)| NodeRef::new(child("/paths", path), Kind::PathItem, node));
        let mut open: Vec<NodeRef<'a>> = entries.collect();
        // The stack is last in, first out: reversed lists keep the findings in the order of the document.
        open.reverse();
        while let Some(NodeRef { pointer: at, value: node, kind, .. }) = open.pop() {
            if kind == Kind::Operation {
                self.require(node.get("security"), &at);
                let tags = node.get("tags").and_then(Value::as_array).into_iter().flatten();
                self.tags.extend(tags.filter_map(Value::as_str).map(str::to_owned));
            }
            let mut found = Vec::new();
            for reference in references_of(node, kind, &at, self.vendor.root()) {
                match self.target(reference.target, reference.kind) {
                    Err(reason) => self.dangling.push(DanglingRef {
                        pointer: reference.at,
                        reference: reference.text.to_owned(),
                        reason,
                    }),
                    Ok(targets) => {
                        found
                            .extend(targets.into_iter().filter(|target| seen.insert(target.pointer.clone())));
                    }
                }
            }
            if !is_bare(node, kind, self.vendor.is_3_1()) {
                found.extend(kind.children(node, &at));
            }
            // A value of a schema with a discriminator can be of any of its subtypes.
            if kind == Kind::Schema && node.get("discriminator").is_some() {
                found.extend(
                    self.subtypes_of(&at).into_iter().filter(|node| seen.insert(node.pointer.clone())),
                );
            }
            open.extend(found.into_iter().rev());
        }
    }

    /// Keeps the target of a reference, and returns the objects whose own references must be followed.
    fn target(&mut self, at: Option<String>, kind: Kind) -> Result<Vec<NodeRef<'a>>, DanglingReason> {
        let root = self.vendor.root();
        let at = at.ok_or(DanglingReason::External)?;
        let node = root.pointer(&at).ok_or(DanglingReason::Unresolved)?;
        let names = names(&at);
        let mut targets = Vec::new();
        match names.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["components", section, name, ..] => {
                self.components.insert((section.to_owned(), name.to_owned()));
                if let (Some(kind), true) = (Kind::of_section(section), names.len() > 3) {
                    let whole = &root["components"][section][name];
                    let pointer = child(&format!("/components/{section}"), name);
                    targets.push(NodeRef::new(pointer, kind, whole));
                }
            }
            ["paths", path, field, ..] if self.keeps(path, field) => {}
            _ if kind == Kind::PathItem && !self.vendor.is_3_1() => {
                return Err(DanglingReason::OutsideSubset);
            }
            _ => self.hoist.add(root, &at, kind).ok_or(DanglingReason::OutsideSubset)?,
        }
        if kind != Kind::Operation {
            targets.push(NodeRef::new(at, kind, node));
        }
        Ok(targets)
    }

    /// Keeps the schemas that extend a schema, directly or indirectly, and returns them.
    fn subtypes_of(&mut self, base: &str) -> Vec<NodeRef<'a>> {
        let (mut open, mut found) = (vec![base.to_owned()], Vec::<NodeRef<'a>>::new());
        while let Some(base) = open.pop() {
            for pointer in self.subtypes.get(&base).into_iter().flatten() {
                if found.iter().any(|known| known.pointer == *pointer) {
                    continue;
                }
                if let Some(schema) = self.vendor.root().pointer(pointer) {
                    self.components.insert(("schemas".to_owned(), last(pointer)));
                    found.push(NodeRef::new(pointer.clone(), Kind::Schema, schema));
                    open.push(pointer.clone());
                }
            }
        }
        found
    }

    /// Returns true if the subset has a field of a path item at the same pointer.
    fn keeps(&self, path: &str, field: &str) -> bool {
        let is_inline = self.vendor.root()["paths"][path].get("$ref").is_none();
        let methods = self.operations.get(path);
        is_inline && methods.is_some_and(|kept| kept.contains(field) || !METHODS.contains(&field))
    }

    /// Keeps the security schemes that a list of security requirements refers to.
    fn require(&mut self, requirements: Option<&Value>, at: &str) {
        let schemes = &self.vendor.root()["components"]["securitySchemes"];
        let lists = requirements.and_then(Value::as_array).into_iter().flatten();
        for (i, requirement) in lists.enumerate() {
            for name in requirement.as_object().into_iter().flat_map(Map::keys) {
                if let Some(scheme) = schemes.get(name) {
                    self.components.insert(("securitySchemes".to_owned(), name.clone()));
                    self.follow_scheme(scheme);
                } else {
                    self.dangling.push(DanglingRef {
                        pointer: child(&format!("{at}/security/{i}"), name),
                        reference: name.clone(),
                        reason: DanglingReason::Unresolved,
                    });
                }
            }
        }
    }

    /// Keeps the components that a security scheme refers to.
    fn follow_scheme(&mut self, scheme: &'a Value) {
        for (pointer, _) in targets(self.vendor.root(), scheme) {
            let [_, section, name] = &names(&pointer)[..] else { return };
            self.components.insert((section.clone(), name.clone()));
        }
    }
}

/// The fields that apply to the document as a whole.
const GLOBAL_FIELDS: [&str; 6] =
    ["openapi", "info", "jsonSchemaDialect", "servers", "security", "externalDocs"];

fn subset(vendor: &Value, selection: &Selection, reachable: &Reachable<'_>) -> Value {
    let mut root = Map::new();
    for (name, value) in vendor.as_object().into_iter().flatten() {
        let kept = match (name.as_str(), value) {
            ("paths", Value::Object(paths)) => {
                let extensions = paths.iter().filter(|(name, _)| name.starts_with("x-"));
                let extensions = extensions.map(|(name, value)| (name.clone(), value.clone()));
                let items: Map<String, Value> = selection.items.iter().cloned().chain(extensions).collect();
                Some(Value::Object(items))
            }
            ("components", Value::Object(components)) => kept_components(components, reachable),
            ("tags", Value::Array(tags)) => {
                let is_used =
                    |tag: &&Value| tag["name"].as_str().is_some_and(|name| reachable.tags.contains(name));
                let tags: Vec<Value> = tags.iter().filter(is_used).cloned().collect();
                (!tags.is_empty()).then_some(Value::Array(tags))
            }
            (name, value) => (GLOBAL_FIELDS.contains(&name) || name.starts_with("x-")).then(|| value.clone()),
        };
        root.extend(kept.map(|value| (name.clone(), value)));
    }
    let mut root = Value::Object(root);
    reachable.hoist.apply(vendor, &mut root);
    root
}

fn kept_components(components: &Map<String, Value>, reachable: &Reachable<'_>) -> Option<Value> {
    let mut kept = Map::new();
    for (section, entries) in components {
        if section.starts_with("x-") {
            kept.insert(section.clone(), entries.clone());
            continue;
        }
        let entries = entries.as_object().into_iter().flatten();
        let is_kept = |(name, _): &(&String, &Value)| {
            reachable.components.contains(&(section.clone(), (*name).clone()))
        };
        let entries: Map<String, Value> =
            entries.filter(is_kept).map(|(name, value)| (name.clone(), value.clone())).collect();
        if !entries.is_empty() {
            kept.insert(section.clone(), Value::Object(entries));
        }
    }
    (!kept.is_empty()).then(|| json!(kept))
}

/// Returns the paths of a document with their path items, resolved.
pub(crate) fn path_items(root: &Value) -> Vec<(&str, Cow<'_, Map<String, Value>>)> {
    let paths = root.get("paths").and_then(Value::as_object).into_iter().flatten();
    let paths = paths.filter(|(path, _)| !path.starts_with("x-"));
    paths.filter_map(|(path, item)| Some((path.as_str(), resolved_path_item(item, root)?))).collect()
}

/// Merges a path item with those that it refers to. Fields beside a reference take precedence over its
/// target. Returns `None` if the path item is not an object.
fn resolved_path_item<'a>(item: &'a Value, root: &'a Value) -> Option<Cow<'a, Map<String, Value>>> {
    let mut fields = Cow::Borrowed(item.as_object()?);
    for target in targets(root, item).map_while(|(_, target)| target.as_object()) {
        let fields = fields.to_mut();
        fields.shift_remove("$ref");
        for (name, value) in target {
            fields.entry(name).or_insert_with(|| value.clone());
        }
    }
    Some(fields)
}

/// Returns the reference that remains in a resolved path item.
fn dangling_path_item(path: &str, item: &Map<String, Value>) -> Option<DanglingRef> {
    let reference = item.get("$ref")?.as_str()?.to_owned();
    let reason =
        if reference.starts_with('#') { DanglingReason::Unresolved } else { DanglingReason::External };
    Some(DanglingRef { pointer: format!("{}/$ref", child("/paths", path)), reference, reason })
}

/// Returns the operations of path items, each with its method.
fn endpoints<'a>(items: &'a [(&'a str, Cow<'a, Map<String, Value>>)]) -> Vec<(Endpoint<'a>, &'static str)> {
    let mut endpoints = Vec::new();
    for (path, item) in items {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                let id = operation.get("operationId").and_then(Value::as_str);
                endpoints.push((Endpoint { path, method, id }, method));
            }
        }
    }
    endpoints
}

fn just<'a>(endpoints: &[(Endpoint<'a>, &'static str)]) -> Vec<Endpoint<'a>> {
    endpoints.iter().map(|(endpoint, _)| *endpoint).collect()
}

impl fmt::Display for MissingOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (method, path) = (self.method.to_uppercase(), Escaped(&self.path));
        write!(f, "{method} {path}: the vendor's document does not have this operation")
    }
}

impl fmt::Display for RenamedPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: the vendor's document has {}", Escaped(&self.contract), Escaped(&self.vendor))
    }
}

impl fmt::Display for DanglingRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self.reason {
            DanglingReason::Unresolved => "does not exist in the document",
            DanglingReason::External => "is not in this document",
            DanglingReason::OutsideSubset => "is not covered by the contract",
        };
        write!(f, "{}: the target of `{}` {reason}", Escaped(&self.pointer), Escaped(&self.reference))
    }
}
