use serde_json::{Map, Value, json};

use super::Bridge;
use crate::grammar::Kind;
use crate::pointer::names;
use crate::references::pointer;

/// How many path items may be written out within each other, and in all: written out, each may double the
/// next.
const DEEPEST: usize = 8;
const MOST: usize = 10_000;

impl Bridge<'_> {
    pub(super) fn document(&mut self, root: &mut Map<String, Value>) {
        root.insert("openapi".to_owned(), json!("3.0.3"));
        if root.shift_remove("webhooks").is_some() {
            self.leave("", "webhooks", "OpenAPI 3.0 describes no requests that the API makes on its own");
        }
        if root.shift_remove("jsonSchemaDialect").is_some() {
            self.leave("", "jsonSchemaDialect", "schemas are of the one dialect that OpenAPI 3.0 has");
        }
        root.entry("paths").or_insert_with(|| json!({}));
        let Some(Value::Object(info)) = root.get_mut("info") else { return };
        if info.shift_remove("summary").is_some() {
            self.leave("/info", "summary", "OpenAPI 3.0 has no summary of the API");
        }
        let Some(Value::Object(license)) = info.get_mut("license") else { return };
        if let Some(identifier) = license.shift_remove("identifier") {
            let is_simple = |id: &&str| id.chars().all(|c| c.is_ascii_alphanumeric() || ".-+".contains(c));
            match identifier.as_str().filter(is_simple) {
                Some(id) if !license.contains_key("url") => {
                    license.insert("url".to_owned(), json!(format!("https://spdx.org/licenses/{id}.html")));
                }
                _ => self.leave("/info/license", "identifier", "OpenAPI 3.0 names a licence by its address"),
            }
        }
    }

    /// Path items stand where they are used, as OpenAPI 3.0 has no components of that kind.
    pub(super) fn components(&mut self, components: &mut Map<String, Value>) {
        let Some(items) = components.shift_remove("pathItems") else { return };
        let used: Vec<String> = self.used_path_items();
        for name in items.as_object().into_iter().flat_map(Map::keys) {
            if !used.contains(name) {
                self.leave("/components/pathItems", name, "no path refers to it, and it is gone");
            }
        }
    }

    /// Returns a path item, with what it refers to written out.
    pub(super) fn path_item(&mut self, fields: &Map<String, Value>, at: &str) -> Value {
        let text = fields.get("$ref").and_then(Value::as_str).unwrap_or_default().to_owned();
        let place = pointer(&text);
        let is_component = |place: &String| place.starts_with("/components/pathItems/");
        let mut own = self.fields(fields, Kind::PathItem, at);
        let Some(place) = place.filter(is_component) else { return Value::Object(own) };
        let root = self.root;
        let Some(target) = root.pointer(&place) else { return Value::Object(own) };
        own.shift_remove("$ref");
        if self.open_items.contains(&place) {
            self.leave(at, "$ref", "it leads back to a path that it is part of");
            return Value::Object(own);
        }
        if self.open_items.len() >= DEEPEST || self.items >= MOST {
            self.leave(at, "$ref", "too many paths are made of other ones; this one is gone");
            return Value::Object(own);
        }
        self.items += 1;
        self.open_items.push(place.clone());
        let target = self.node(target, Kind::PathItem, &place);
        self.open_items.pop();
        for (name, value) in target.as_object().into_iter().flatten() {
            own.entry(name).or_insert_with(|| value.clone());
        }
        Value::Object(own)
    }

    /// Returns a reference to something that is no schema. OpenAPI 3.1 lets it speak for its target.
    pub(super) fn reference(&mut self, fields: &Map<String, Value>, at: &str) -> Value {
        let text = fields.get("$ref").and_then(Value::as_str).unwrap_or_default();
        let target = self.resolve(text).cloned().unwrap_or_default();
        let mut fields = fields.clone();
        for note in ["summary", "description"] {
            if fields.get(note).is_some_and(|own| target.get(note) != Some(own)) {
                self.leave(at, note, "OpenAPI 3.0 takes it from what is referred to alone");
            }
            fields.shift_remove(note);
        }
        Value::Object(fields)
    }

    fn used_path_items(&self) -> Vec<String> {
        let mut used = Vec::new();
        let mut open = vec![(self.root, Kind::Document)];
        while let Some((node, kind)) = open.pop() {
            if kind == Kind::PathItem
                && let Some(text) = node.get("$ref").and_then(Value::as_str)
                && let Some(place) = pointer(text)
            {
                used.extend(names(&place).pop());
            }
            open.extend(kind.children(node, "").into_iter().map(|child| (child.node, child.kind)));
        }
        used
    }
}
