use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

use serde_json::{Map, Value, json};

use crate::Document;
use crate::grammar::{Child, Kind, METHODS};
use crate::pointer::{child, names};
use crate::references::{Hoist, is_bare, made_by, pointer};

/// The part of a vendor's document that a contract covers.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Subset {
    /// The operations of the contract as the vendor describes them, and every component that they reach.
    pub document: Document,
    /// The operations of the contract that the vendor lacks.
    pub missing: Vec<MissingOperation>,
    /// The paths whose parameters are called otherwise by the vendor; the slice has the vendor's names.
    pub renamed: Vec<Renamed>,
    /// The references in the slice that lead nowhere within it.
    pub dangling: Vec<DanglingRef>,
}

/// An operation of the contract that the vendor lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingOperation {
    /// The path as the contract has it.
    pub path: String,
    /// The method, in lower case.
    pub method: String,
}

/// A path that the contract and the vendor write with other names for its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Renamed {
    /// The path as the contract has it.
    pub contract: String,
    /// The path as the vendor has it.
    pub vendor: String,
}

/// A reference that leads nowhere within the slice.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DanglingRef {
    /// Where the reference is written: a JSON pointer into the slice.
    pub pointer: String,
    /// What it says.
    pub reference: String,
    /// Why it leads nowhere.
    pub why: DanglingReason,
}

/// Why a reference leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DanglingReason {
    /// The document has nothing at that place.
    Unresolved,
    /// It points to another document, or to an anchor.
    External,
    /// It points to a part of the document that the contract does not cover.
    Outside,
}

/// Cuts a vendor's document down to the operations that a contract has, and to what those reach.
///
/// A path matches whatever its parameters are called. What the whole document is about stays: `info`,
/// `servers`, `security`, extensions, and the tags that are in use. A path that refers to another place is
/// written out. A part that operations refer to in a place that is cut away becomes a component of a name
/// that was free.
pub fn extract(vendor: &Document, contract: &Document) -> Subset {
    let chosen = Choice::new(vendor.root(), contract.root());
    let mut reach = Reach::new(vendor, &chosen.operations);
    reach.follow(&chosen.items);
    let dangling = [&chosen.dangling[..], &reach.dangling].concat();
    let document = vendor.with_root(cut(vendor.root(), &chosen, &reach));
    Subset { document, missing: chosen.missing, renamed: chosen.renamed, dangling }
}

/// Which of the vendor's operations belong to the slice.
struct Choice {
    /// The methods by the vendor's path.
    operations: BTreeMap<String, BTreeSet<&'static str>>,
    /// The path items, without their other methods, in the order of the vendor.
    items: Vec<(String, Value)>,
    missing: Vec<MissingOperation>,
    renamed: Vec<Renamed>,
    /// The paths that refer to nowhere, where operations of the contract may have been.
    dangling: Vec<DanglingRef>,
}

impl Choice {
    fn new(vendor: &Value, contract: &Value) -> Self {
        let offers = path_items(vendor);
        let mut by_template: HashMap<String, Vec<usize>> = HashMap::new();
        for (i, (path, _)) in offers.iter().enumerate() {
            by_template.entry(template(path)).or_default().push(i);
        }
        let mut operations: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
        let (mut missing, mut renamed, mut dangling) = (Vec::new(), Vec::new(), Vec::new());
        for (path, item) in path_items(contract) {
            let mut matches = by_template.get(&template(path)).cloned().unwrap_or_default();
            matches.sort_by_key(|i| offers[*i].0 != path);
            for method in METHODS.into_iter().filter(|method| item.contains_key(*method)) {
                let Some(i) = matches.iter().find(|i| offers[**i].1.contains_key(method)) else {
                    missing.push(MissingOperation { path: path.to_owned(), method: method.to_owned() });
                    dangling.extend(matches.iter().filter_map(|i| lost(offers[*i].0, &offers[*i].1)));
                    continue;
                };
                let vendor = offers[*i].0.to_owned();
                let other = Renamed { contract: path.to_owned(), vendor: vendor.clone() };
                if vendor != path && !renamed.contains(&other) {
                    renamed.push(other);
                }
                operations.entry(vendor).or_default().insert(method);
            }
        }
        let cut = |(path, item): (&str, Cow<'_, Map<String, Value>>)| {
            let methods = operations.get(path)?;
            let mut item = item.into_owned();
            item.retain(|name, _| methods.contains(name.as_str()) || !METHODS.contains(&name.as_str()));
            Some((path.to_owned(), Value::Object(item)))
        };
        let items = offers.into_iter().filter_map(cut).collect();
        dangling.dedup();
        Self { operations, items, missing, renamed, dangling }
    }
}

/// What the chosen operations reach.
struct Reach<'a> {
    vendor: &'a Document,
    operations: &'a BTreeMap<String, BTreeSet<&'static str>>,
    /// The components to keep: section and name.
    components: HashSet<(String, String)>,
    tags: HashSet<String>,
    hoist: Hoist,
    dangling: Vec<DanglingRef>,
}

impl<'a> Reach<'a> {
    fn new(vendor: &'a Document, operations: &'a BTreeMap<String, BTreeSet<&'static str>>) -> Self {
        Self {
            vendor,
            operations,
            components: HashSet::new(),
            tags: HashSet::new(),
            hoist: Hoist::default(),
            dangling: Vec::new(),
        }
    }

    fn follow(&mut self, items: &'a [(String, Value)]) {
        self.require(self.vendor.root().get("security"), "");
        let mut seen = HashSet::new();
        let entries =
            items.iter().map(|(path, node)| Child { at: child("/paths", path), node, kind: Kind::PathItem });
        let mut open: Vec<Child<'a>> = entries.collect();
        // What was found last is looked at first; so the lists are turned for findings in the order of the
        // text.
        open.reverse();
        while let Some(Child { at, node, kind }) = open.pop() {
            if kind == Kind::Operation {
                self.require(node.get("security"), &at);
                let tags = node.get("tags").and_then(Value::as_array).into_iter().flatten();
                self.tags.extend(tags.filter_map(Value::as_str).map(str::to_owned));
            }
            let mut found = Vec::new();
            for reference in made_by(node, kind, &at, self.vendor.root()) {
                match self.target(reference.target, reference.kind) {
                    Err(why) => self.dangling.push(DanglingRef {
                        pointer: reference.at,
                        reference: reference.text.to_owned(),
                        why,
                    }),
                    Ok(targets) => {
                        found.extend(targets.into_iter().filter(|target| seen.insert(target.at.clone())));
                    }
                }
            }
            if !is_bare(node, kind, self.vendor.is_3_1()) {
                found.extend(kind.children(node, &at));
            }
            open.extend(found.into_iter().rev());
        }
    }

    /// Keeps what a reference points to, and returns what is to be followed from there.
    fn target(&mut self, at: Option<String>, kind: Kind) -> Result<Vec<Child<'a>>, DanglingReason> {
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
                    targets.push(Child {
                        at: child(&format!("/components/{section}"), name),
                        node: whole,
                        kind,
                    });
                }
            }
            ["paths", path, field, ..] if self.keeps(path, field) => {}
            _ if kind == Kind::PathItem && !self.vendor.is_3_1() => return Err(DanglingReason::Outside),
            _ => self.hoist.add(root, &at, kind).ok_or(DanglingReason::Outside)?,
        }
        if kind != Kind::Operation {
            targets.push(Child { at, node, kind });
        }
        Ok(targets)
    }

    /// Says whether a field of a path is in the slice at the same place.
    fn keeps(&self, path: &str, field: &str) -> bool {
        let is_in_place = self.vendor.root()["paths"][path].get("$ref").is_none();
        let methods = self.operations.get(path);
        is_in_place && methods.is_some_and(|kept| kept.contains(field) || !METHODS.contains(&field))
    }

    /// Keeps the security schemes that requirements name.
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
                        why: DanglingReason::Unresolved,
                    });
                }
            }
        }
    }

    fn follow_scheme(&mut self, scheme: &Value) {
        let mut scheme = scheme;
        for _ in 0..HOPS {
            let Some(text) = scheme.get("$ref").and_then(Value::as_str) else { return };
            let Some(at) = pointer(text) else { return };
            let [_, section, name] = &names(&at)[..] else { return };
            self.components.insert((section.clone(), name.clone()));
            let Some(next) = self.vendor.root().pointer(&at) else { return };
            scheme = next;
        }
    }
}

/// How many references one after the other are followed; more are a circle.
const HOPS: usize = 100;

/// The fields of a document that are about the whole of it.
const ABOUT_ALL: [&str; 6] = ["openapi", "info", "jsonSchemaDialect", "servers", "security", "externalDocs"];

fn cut(vendor: &Value, chosen: &Choice, reach: &Reach<'_>) -> Value {
    let mut root = Map::new();
    for (name, value) in vendor.as_object().into_iter().flatten() {
        let kept = match (name.as_str(), value) {
            ("paths", Value::Object(paths)) => {
                let extensions = paths.iter().filter(|(name, _)| name.starts_with("x-"));
                let extensions = extensions.map(|(name, value)| (name.clone(), value.clone()));
                let items: Map<String, Value> = chosen.items.iter().cloned().chain(extensions).collect();
                Some(Value::Object(items))
            }
            ("components", Value::Object(components)) => kept_components(components, reach),
            ("tags", Value::Array(tags)) => {
                let is_used =
                    |tag: &&Value| tag["name"].as_str().is_some_and(|name| reach.tags.contains(name));
                let tags: Vec<Value> = tags.iter().filter(is_used).cloned().collect();
                (!tags.is_empty()).then_some(Value::Array(tags))
            }
            (name, value) => (ABOUT_ALL.contains(&name) || name.starts_with("x-")).then(|| value.clone()),
        };
        root.extend(kept.map(|value| (name.clone(), value)));
    }
    let mut root = Value::Object(root);
    reach.hoist.apply(vendor, &mut root);
    root
}

fn kept_components(components: &Map<String, Value>, reach: &Reach<'_>) -> Option<Value> {
    let mut kept = Map::new();
    for (section, entries) in components {
        if section.starts_with("x-") {
            kept.insert(section.clone(), entries.clone());
            continue;
        }
        let entries = entries.as_object().into_iter().flatten();
        let is_kept =
            |(name, _): &(&String, &Value)| reach.components.contains(&(section.clone(), (*name).clone()));
        let entries: Map<String, Value> =
            entries.filter(is_kept).map(|(name, value)| (name.clone(), value.clone())).collect();
        if !entries.is_empty() {
            kept.insert(section.clone(), Value::Object(entries));
        }
    }
    (!kept.is_empty()).then(|| json!(kept))
}

/// Lists the paths of a document with what stands there, written out.
fn path_items(root: &Value) -> Vec<(&str, Cow<'_, Map<String, Value>>)> {
    let paths = root.get("paths").and_then(Value::as_object).into_iter().flatten();
    let paths = paths.filter(|(path, _)| !path.starts_with("x-"));
    paths.filter_map(|(path, item)| Some((path.as_str(), written_out(item.as_object()?, root)))).collect()
}

/// Merges a path item with those that it refers to. Of fields that stand twice the nearest counts.
fn written_out<'a>(item: &'a Map<String, Value>, root: &Value) -> Cow<'a, Map<String, Value>> {
    let mut fields = Cow::Borrowed(item);
    for _ in 0..HOPS {
        let text = fields.get("$ref").and_then(Value::as_str);
        let target = text.and_then(|text| root.pointer(&pointer(text)?));
        let Some(target) = target.and_then(Value::as_object) else { break };
        let fields = fields.to_mut();
        fields.shift_remove("$ref");
        for (name, value) in target {
            fields.entry(name).or_insert_with(|| value.clone());
        }
    }
    fields
}

/// Says why a path item that was written out still is a reference.
fn lost(path: &str, item: &Map<String, Value>) -> Option<DanglingRef> {
    let reference = item.get("$ref")?.as_str()?.to_owned();
    let why = if reference.starts_with('#') { DanglingReason::Unresolved } else { DanglingReason::External };
    Some(DanglingRef { pointer: format!("{}/$ref", child("/paths", path)), reference, why })
}

/// Writes a path without the names of its parameters.
fn template(path: &str) -> String {
    let mut template = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((_, after)) = after.split_once('}') else { break };
        template.push_str(before);
        template.push_str("{}");
        rest = after;
    }
    template + rest
}

impl fmt::Display for MissingOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: the vendor's document has no such operation", self.method.to_uppercase(), self.path)
    }
}

impl fmt::Display for Renamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: the vendor writes {}", self.contract, self.vendor)
    }
}

impl fmt::Display for DanglingRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.why {
            DanglingReason::Unresolved => "there is nothing at that place",
            DanglingReason::External => "it points out of the document",
            DanglingReason::Outside => "the contract does not cover what it points to",
        };
        write!(f, "{}: `{}`: {why}", self.pointer, self.reference)
    }
}
