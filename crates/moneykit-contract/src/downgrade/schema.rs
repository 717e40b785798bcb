//! Converts schemas.

use serde_json::{Map, Value, json};

use super::Downgrader;
use super::keywords::{constrains_null, drop_effect, is_annotation, is_schema_keyword};
use super::types::{and_enum, and_part};
use crate::grammar::Kind;
use crate::pointer::child;

impl Downgrader<'_> {
    /// Returns a converted copy of a schema.
    pub(super) fn schema(&mut self, original: &Value, at: &str) -> Value {
        let original = match original {
            Value::Bool(true) => return json!({}),
            Value::Bool(false) => return json!({ "not": {} }),
            Value::Object(original) => original,
            other => return other.clone(),
        };
        let mut schema = self.fields(original, Kind::Schema, at);
        // OpenAPI 3.0 accepts a boolean here as well.
        if let Some(Value::Bool(open)) = original.get("additionalProperties") {
            schema.insert("additionalProperties".to_owned(), Value::Bool(*open));
        }
        if schema.get("nullable").is_some_and(|nullable| nullable == true) {
            self.report_unsupported(
                at,
                "nullable",
                "OpenAPI 3.1 ignores this keyword; it is kept, and now allows null",
            );
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
        let is_free = !schema.keys().any(|keyword| constrains_null(keyword) && keyword != "enum");
        let values = schema.get("enum").and_then(Value::as_array);
        if is_free && values.is_some_and(|values| values.contains(&Value::Null)) {
            schema.insert("nullable".to_owned(), Value::Bool(true));
        }
        self.siblings(&mut schema);
        Value::Object(schema)
    }

    /// Replaces a null alternative with `nullable: true`.
    fn alternatives(
        &mut self,
        schema: &mut Map<String, Value>,
        original: &Map<String, Value>,
        keyword: &str,
        at: &str,
    ) {
        let (Some(Value::Array(parts)), Some(Value::Array(downgraded))) =
            (original.get(keyword), schema.get(keyword))
        else {
            return;
        };
        // Beside a keyword that could reject null, `nullable` would accept more than the null alternative
        // does.
        let others = original.keys().filter(|other| constrains_null(other) && *other != keyword);
        if others.count() > 0 || !parts.iter().any(is_null) {
            return;
        }
        let is_once = parts.iter().filter(|part| is_null(part)).count() == 1;
        let mut rest = parts.iter().filter(|part| !is_null(part));
        // In a `oneOf`, null must not match a second alternative.
        if keyword == "oneOf" && !(is_once && rest.all(|part| self.accepts_null(part) == Some(false))) {
            return;
        }
        for (i, part) in parts.iter().enumerate().filter(|(_, part)| is_null(part)) {
            for annotation in
                part.as_object().into_iter().flat_map(Map::keys).filter(|keyword| is_annotation(keyword))
            {
                self.report_unsupported(
                    &format!("{}/{i}", child(at, keyword)),
                    annotation,
                    "the null alternative is dropped, and this annotation with it",
                );
            }
        }
        let pairs = parts.iter().zip(downgraded).filter(|(part, _)| !is_null(part));
        let mut rest: Vec<Value> = pairs.map(|(_, downgraded)| downgraded.clone()).collect();
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

    /// Moves a `$ref` with siblings into an `allOf`, because OpenAPI 3.0 ignores the siblings.
    fn siblings(&self, schema: &mut Map<String, Value>) {
        let Some(Value::String(text)) = schema.get("$ref") else { return };
        let text = text.clone();
        if let Some(target) = self.resolve(&text) {
            for annotation in ["title", "description"] {
                if schema.contains_key(annotation) && schema.get(annotation) == target.get(annotation) {
                    schema.shift_remove(annotation);
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
                    self.report_unsupported(&at, name, "no reference points to this schema; it is dropped");
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
            self.report_unsupported(
                at,
                "contentEncoding",
                format!("OpenAPI 3.0 cannot express the encoding {encoding}; it is dropped"),
            );
        }
        if let Some(media) = media.filter(|_| !is_opaque || format.is_none()) {
            self.report_unsupported(
                at,
                "contentMediaType",
                format!("OpenAPI 3.0 cannot express the media type {media}; it is dropped"),
            );
        }
    }

    fn examples(&mut self, schema: &mut Map<String, Value>, at: &str) {
        let Some(examples) = schema.shift_remove("examples") else { return };
        let is_free = !schema.contains_key("example");
        let mut rest = match examples {
            Value::Array(examples) => examples.into_iter(),
            _ => return self.report_unsupported(at, "examples", "the value is not a list; it is dropped"),
        };
        if is_free && let Some(first) = rest.next() {
            schema.insert("example".to_owned(), first);
        }
        let known = schema.get("example");
        if rest.any(|other| Some(&other) != known) {
            self.report_unsupported(
                at,
                "examples",
                "OpenAPI 3.0 supports a single example; the others are dropped",
            );
        }
    }

    /// Removes restrictions that applied to the remaining items or properties only. Once `prefixItems` or
    /// `patternProperties` is dropped, they would apply to all of them.
    fn items(&mut self, schema: &mut Map<String, Value>, at: &str) {
        if schema.get("items").is_some_and(Value::is_array) {
            schema.insert("items".to_owned(), json!({}));
            self.report_unsupported(at, "items", drop_effect("prefixItems"));
        } else if schema.contains_key("prefixItems") && schema.contains_key("items") {
            schema.insert("items".to_owned(), json!({}));
            self.report_unsupported(
                at,
                "items",
                "it applied only to items after `prefixItems`; a schema that accepts any value replaces it",
            );
        }
        let has_rest = schema.get("additionalProperties").is_some_and(|rest| *rest != true);
        if schema.contains_key("patternProperties") && has_rest {
            schema.shift_remove("additionalProperties");
            self.report_unsupported(
                at,
                "additionalProperties",
                "it applied only to properties that `patternProperties` does not match; it is dropped",
            );
        }
    }

    fn unknown(&mut self, schema: &mut Map<String, Value>, at: &str) {
        let keywords: Vec<String> =
            schema.keys().filter(|keyword| !is_schema_keyword(keyword)).cloned().collect();
        for keyword in keywords.iter().filter(|keyword| *keyword != "const") {
            schema.shift_remove(keyword);
            self.report_unsupported(at, keyword, drop_effect(keyword));
        }
    }
}

/// Merges the only alternative other than null into the schema around it.
fn merge(schema: &mut Map<String, Value>, part: Value) {
    let Value::Object(fields) = part else { return and_part(schema, part) };
    // `nullable` affects `type` only, so other keywords of the alternative would still reject null.
    let rejects_null =
        |keyword: &String| constrains_null(keyword) && !["type", "enum"].contains(&keyword.as_str());
    let must_stay_separate =
        fields.contains_key("$ref") || (fields.contains_key("type") && fields.keys().any(rejects_null));
    let has_only_annotations = schema.keys().all(|keyword| is_annotation(keyword));
    if must_stay_separate
        || !has_only_annotations
        || fields.keys().any(|keyword| schema.contains_key(keyword))
    {
        return and_part(schema, Value::Object(fields));
    }
    schema.extend(fields);
    if let Some(Value::Array(values)) = schema.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
}

/// Returns true if a schema accepts null only, through a single `type`, `const` or `enum` keyword.
fn is_null(schema: &Value) -> bool {
    let Some(schema) = schema.as_object() else { return false };
    let is_null_keyword = |(keyword, value): (&String, &Value)| match keyword.as_str() {
        "type" => *value == "null" || *value == json!(["null"]),
        "const" => value.is_null(),
        "enum" => *value == json!([null]),
        _ => false,
    };
    schema.iter().any(is_null_keyword)
        && schema.iter().all(|(keyword, value)| is_null_keyword((keyword, value)) || is_annotation(keyword))
}
