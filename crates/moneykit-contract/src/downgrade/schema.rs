use serde_json::{Map, Value, json};

use super::Bridge;
use super::keywords::{is_about_null, is_known, is_note, loss};
use super::types::{and_enum, and_part};
use crate::grammar::Kind;
use crate::pointer::child;

impl Bridge<'_> {
    /// Returns the bridged copy of a schema.
    pub(super) fn schema(&mut self, original: &Value, at: &str) -> Value {
        let original = match original {
            Value::Bool(true) => return json!({}),
            Value::Bool(false) => return json!({ "not": {} }),
            Value::Object(original) => original,
            other => return other.clone(),
        };
        let mut schema = self.fields(original, Kind::Schema, at);
        // A boolean is what OpenAPI 3.0 takes here as well.
        if let Some(Value::Bool(open)) = original.get("additionalProperties") {
            schema.insert("additionalProperties".to_owned(), Value::Bool(*open));
        }
        if schema.get("nullable").is_some_and(|nullable| nullable == true) {
            self.leave(at, "nullable", "it has no meaning in OpenAPI 3.1; it is kept, and allows null now");
        }
        self.definitions(&mut schema, at);
        self.content(&mut schema, at);
        self.examples(&mut schema, at);
        self.items(&mut schema, at);
        self.unknown(&mut schema, at);
        self.bounds(&mut schema, at);
        if let Some(value) = schema.shift_remove("const") {
            and_enum(&mut schema, &[value]);
        }
        for keyword in ["anyOf", "oneOf"] {
            self.alternatives(&mut schema, original, keyword, at);
        }
        self.types(&mut schema, at);
        let is_free = !schema.keys().any(|keyword| is_about_null(keyword) && keyword != "enum");
        let values = schema.get("enum").and_then(Value::as_array);
        if is_free && values.is_some_and(|values| values.contains(&Value::Null)) {
            schema.insert("nullable".to_owned(), Value::Bool(true));
        }
        self.siblings(&mut schema);
        Value::Object(schema)
    }

    /// Takes null out of alternatives, and says instead that the schema is nullable.
    fn alternatives(
        &mut self,
        schema: &mut Map<String, Value>,
        original: &Map<String, Value>,
        keyword: &str,
        at: &str,
    ) {
        let (Some(Value::Array(parts)), Some(Value::Array(bridged))) =
            (original.get(keyword), schema.get(keyword))
        else {
            return;
        };
        // Beside what could forbid null, `nullable` would say more than the alternative did: it stays one.
        let others = original.keys().filter(|other| is_about_null(other) && *other != keyword);
        if others.count() > 0 || !parts.iter().any(is_null) {
            return;
        }
        let is_once = parts.iter().filter(|part| is_null(part)).count() == 1;
        let mut rest = parts.iter().filter(|part| !is_null(part));
        // Of alternatives that exclude each other, null must match no second one.
        if keyword == "oneOf" && !(is_once && rest.all(|part| self.allows_null(part) == Some(false))) {
            return;
        }
        for (i, part) in parts.iter().enumerate().filter(|(_, part)| is_null(part)) {
            for note in part.as_object().into_iter().flat_map(Map::keys).filter(|keyword| is_note(keyword)) {
                self.leave(&format!("{}/{i}", child(at, keyword)), note, "what it says about null is gone");
            }
        }
        let pairs = parts.iter().zip(bridged).filter(|(part, _)| !is_null(part));
        let mut rest: Vec<Value> = pairs.map(|(_, bridged)| bridged.clone()).collect();
        match rest.len() {
            0 => {
                schema.shift_remove(keyword);
                schema.insert("enum".to_owned(), json!([null]));
            }
            1 if !schema.contains_key("discriminator") => {
                schema.shift_remove(keyword);
                merge(schema, rest.remove(0));
            }
            _ => {
                schema.insert(keyword.to_owned(), Value::Array(rest));
            }
        }
        schema.insert("nullable".to_owned(), Value::Bool(true));
    }

    /// Puts a `$ref` that has siblings into a list, as OpenAPI 3.0 reads none of them.
    fn siblings(&self, schema: &mut Map<String, Value>) {
        let Some(Value::String(text)) = schema.get("$ref") else { return };
        let text = text.clone();
        if let Some(target) = self.resolve(&text) {
            for note in ["title", "description"] {
                if schema.contains_key(note) && schema.get(note) == target.get(note) {
                    schema.shift_remove(note);
                }
            }
        }
        if schema.len() > 1 {
            schema.shift_remove("$ref");
            let mut parts = vec![json!({ "$ref": text })];
            if let Some(Value::Array(others)) = schema.shift_remove("allOf") {
                parts.extend(others);
            }
            schema.shift_insert(0, "allOf".to_owned(), Value::Array(parts));
        }
    }

    fn definitions(&mut self, schema: &mut Map<String, Value>, at: &str) {
        for keyword in ["$defs", "definitions"] {
            let Some(definitions) = schema.shift_remove(keyword) else { continue };
            let at = child(at, keyword);
            for name in definitions.as_object().into_iter().flat_map(Map::keys) {
                if !self.hoist.contains(&child(&at, name)) {
                    self.leave(&at, name, "nothing refers to this schema by its place, and it is gone");
                }
            }
        }
    }

    fn content(&mut self, schema: &mut Map<String, Value>, at: &str) {
        let encoding = schema.shift_remove("contentEncoding");
        let media = schema.shift_remove("contentMediaType");
        let is_opaque = media.as_ref().is_some_and(|media| media == "application/octet-stream");
        let format = match &encoding {
            None if is_opaque => Some("binary"),
            Some(encoding) if encoding == "base64" => Some("byte"),
            _ => None,
        };
        let is_free =
            schema.get("format").is_none_or(|known| Some(known) == format.map(Value::from).as_ref());
        let format = format.filter(|_| is_free);
        if let Some(format) = format {
            schema.insert("format".to_owned(), Value::String(format.to_owned()));
        }
        if let Some(encoding) = encoding.filter(|_| format.is_none()) {
            self.leave(
                at,
                "contentEncoding",
                format!("the text is no longer said to be encoded as {encoding}"),
            );
        }
        if let Some(media) = media.filter(|_| !is_opaque || format.is_none()) {
            self.leave(at, "contentMediaType", format!("the content is no longer said to be {media}"));
        }
    }

    fn examples(&mut self, schema: &mut Map<String, Value>, at: &str) {
        let Some(examples) = schema.shift_remove("examples") else { return };
        let is_free = !schema.contains_key("example");
        let mut rest = match examples {
            Value::Array(examples) => examples.into_iter(),
            _ => return self.leave(at, "examples", "they are no list"),
        };
        if is_free && let Some(first) = rest.next() {
            schema.insert("example".to_owned(), first);
        }
        let known = schema.get("example");
        if rest.any(|other| Some(&other) != known) {
            self.leave(at, "examples", "OpenAPI 3.0 takes one example; the others are gone");
        }
    }

    /// Widens what applied to the rest alone, and would apply to everything now.
    fn items(&mut self, schema: &mut Map<String, Value>, at: &str) {
        if schema.get("items").is_some_and(Value::is_array) {
            schema.insert("items".to_owned(), json!({}));
            self.leave(at, "items", loss("prefixItems"));
        } else if schema.contains_key("prefixItems") && schema.contains_key("items") {
            schema.insert("items".to_owned(), json!({}));
            self.leave(
                at,
                "items",
                "it is about the items that have no position; it no longer restricts them",
            );
        }
        let has_rest = schema.get("additionalProperties").is_some_and(|rest| *rest != true);
        if schema.contains_key("patternProperties") && has_rest {
            schema.shift_remove("additionalProperties");
            self.leave(
                at,
                "additionalProperties",
                "it is about the fields that no pattern names; it no longer restricts them",
            );
        }
    }

    fn unknown(&mut self, schema: &mut Map<String, Value>, at: &str) {
        let keywords: Vec<String> = schema.keys().filter(|keyword| !is_known(keyword)).cloned().collect();
        for keyword in keywords.iter().filter(|keyword| *keyword != "const") {
            schema.shift_remove(keyword);
            self.leave(at, keyword, loss(keyword));
        }
    }
}

/// Adds the only alternative that is left besides null to what stands around it.
fn merge(schema: &mut Map<String, Value>, part: Value) {
    let Value::Object(fields) = part else { return and_part(schema, part) };
    // Beside a type `nullable` is about the type alone, and the others would go on to forbid null.
    let forbids = |keyword: &String| is_about_null(keyword) && !["type", "enum"].contains(&keyword.as_str());
    let is_tied = fields.contains_key("$ref") || (fields.contains_key("type") && fields.keys().any(forbids));
    let is_plain = schema.keys().all(|keyword| is_note(keyword));
    if is_tied || !is_plain || fields.keys().any(|keyword| schema.contains_key(keyword)) {
        return and_part(schema, Value::Object(fields));
    }
    schema.extend(fields);
    if let Some(Value::Array(values)) = schema.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
}

/// Says whether a schema of OpenAPI 3.1 allows null, and nothing else, in so many words.
fn is_null(schema: &Value) -> bool {
    let Some(schema) = schema.as_object() else { return false };
    let says = |(keyword, value): (&String, &Value)| match keyword.as_str() {
        "type" => *value == "null" || *value == json!(["null"]),
        "const" => value.is_null(),
        "enum" => *value == json!([null]),
        _ => false,
    };
    schema.iter().any(says)
        && schema.iter().all(|(keyword, value)| says((keyword, value)) || is_note(keyword))
}
