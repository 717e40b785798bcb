//! Converts the document object, path items and references.

use serde_json::{Map, Value, json};

use super::Downgrader;
use crate::grammar::Kind;
use crate::pointer::names;
use crate::references::pointer;

/// The maximum nesting depth of inlined path items.
const MAX_DEPTH: usize = 8;
/// The maximum number of inlined path items. Each one can double the number on the next level.
const MAX_PATH_ITEMS: usize = 10_000;

impl Downgrader<'_> {
    pub(super) fn document(&mut self, root: &mut Map<String, Value>) {
        root.insert("openapi".to_owned(), json!("3.0.3"));
        if root.shift_remove("webhooks").is_some() {
            self.report_unsupported(
                "",
                "webhooks",
                "OpenAPI 3.0 does not support webhooks; they are dropped",
            );
        }
        if root.shift_remove("jsonSchemaDialect").is_some() {
            self.report_unsupported(
                "",
                "jsonSchemaDialect",
                "OpenAPI 3.0 has a single schema dialect; the field is dropped",
            );
        }
        root.entry("paths").or_insert_with(|| json!({}));
        let Some(Value::Object(info)) = root.get_mut("info") else { return };
        if info.shift_remove("summary").is_some() {
            self.report_unsupported(
                "/info",
                "summary",
                "OpenAPI 3.0 does not support `summary` here; it is dropped",
            );
        }
        let Some(Value::Object(license)) = info.get_mut("license") else { return };
        if let Some(identifier) = license.shift_remove("identifier") {
            let is_simple = |id: &&str| id.chars().all(|c| c.is_ascii_alphanumeric() || ".-+".contains(c));
            match identifier.as_str().filter(is_simple) {
                Some(id) if !license.contains_key("url") => {
                    license.insert("url".to_owned(), json!(format!("https://spdx.org/licenses/{id}.html")));
                }
                _ => self.report_unsupported(
                    "/info/license",
                    "identifier",
                    "OpenAPI 3.0 identifies a license by `url`; the identifier is dropped",
                ),
            }
        }
    }

    /// Removes `pathItems`, which OpenAPI 3.0 does not have. Path items are inlined where they are used.
    pub(super) fn components(&mut self, components: &mut Map<String, Value>) {
        let Some(items) = components.shift_remove("pathItems") else { return };
        let used: Vec<String> = self.used_path_items();
        for name in items.as_object().into_iter().flat_map(Map::keys) {
            if !used.contains(name) {
                self.report_unsupported(
                    "/components/pathItems",
                    name,
                    "no path refers to this path item; it is dropped",
                );
            }
        }
    }

    /// Returns a path item with its reference inlined.
    pub(super) fn path_item(&mut self, fields: &Map<String, Value>, at: &str) -> Value {
        let text = fields.get("$ref").and_then(Value::as_str).unwrap_or_default().to_owned();
        let target_pointer = pointer(&text);
        let is_component = |pointer: &String| pointer.starts_with("/components/pathItems/");
        let mut own = self.fields(fields, Kind::PathItem, at);
        let Some(target_pointer) = target_pointer.filter(is_component) else { return Value::Object(own) };
        let root = self.root;
        let Some(target) = root.pointer(&target_pointer) else { return Value::Object(own) };
        own.shift_remove("$ref");
        if self.open_path_items.contains(&target_pointer) {
            self.report_unsupported(
                at,
                "$ref",
                "the reference is part of a cycle of path items; it is dropped",
            );
            return Value::Object(own);
        }
        if self.open_path_items.len() >= MAX_DEPTH || self.path_item_count >= MAX_PATH_ITEMS {
            self.report_unsupported(at, "$ref", "too many nested path items; this reference is dropped");
            return Value::Object(own);
        }
        self.path_item_count += 1;
        self.open_path_items.push(target_pointer.clone());
        let target = self.node(target, Kind::PathItem, &target_pointer);
        self.open_path_items.pop();
        for (name, value) in target.as_object().into_iter().flatten() {
            own.entry(name).or_insert_with(|| value.clone());
        }
        Value::Object(own)
    }

    /// Returns a reference to an object other than a schema. OpenAPI 3.1 allows `summary` and `description`
    /// beside `$ref`, which override those of the target; OpenAPI 3.0 does not.
    pub(super) fn reference(&mut self, fields: &Map<String, Value>, at: &str) -> Value {
        let text = fields.get("$ref").and_then(Value::as_str).unwrap_or_default();
        let target = self.resolve(text).cloned().unwrap_or_default();
        let mut fields = fields.clone();
        for annotation in ["summary", "description"] {
            if fields.get(annotation).is_some_and(|own| target.get(annotation) != Some(own)) {
                self.report_unsupported(
                    at,
                    annotation,
                    "OpenAPI 3.0 does not allow it beside `$ref`; it is dropped",
                );
            }
            fields.shift_remove(annotation);
        }
        Value::Object(fields)
    }

    fn used_path_items(&self) -> Vec<String> {
        let mut used = Vec::new();
        let mut open = vec![(self.root, Kind::Document)];
        while let Some((node, kind)) = open.pop() {
            if kind == Kind::PathItem
                && let Some(text) = node.get("$ref").and_then(Value::as_str)
                && let Some(target) = pointer(text)
            {
                used.extend(names(&target).pop());
            }
            open.extend(kind.children(node, "").into_iter().map(|child| (child.value, child.kind)));
        }
        used
    }
}
