//! A value that fits a schema: always the same one, so that tests can rely on it.

use serde_json::{Map, Number, Value, json};

use super::{document, pattern};

/// The maximum nesting of a value, beyond which optional parts are omitted.
const MAX_DEPTH: usize = 16;

/// The maximum number of schemas that are visited.
const MAX_VISITS: usize = 20_000;

/// The maximum number of elements of a list, and the maximum length of a text.
const MAX_LENGTH: u64 = 4096;

/// Whether the examples and defaults of schemas are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Examples {
    Use,
    Ignore,
}

/// Returns a value for the schema at a pointer, or `None` if none was found.
///
/// In this order it is the schema's example, its default, the first of its enumerated values, or a value of its type.
/// Objects have all properties, except for those that would repeat an object within itself. The value may not fit keywords
/// that are not considered here, such as `not`, so the caller validates it.
pub(super) fn value(document: &Value, pointer: &str, examples: Examples) -> Option<Value> {
    let schema = document.pointer(pointer)?;
    Sampler { document, examples, visits: 0, references: vec![format!("#{pointer}")] }.value(schema, 0)
}

type Keywords = Map<String, Value>;

struct Sampler<'d> {
    document: &'d Value,
    examples: Examples,
    visits: usize,
    /// The references that led to the current schema.
    references: Vec<String>,
}

impl Sampler<'_> {
    fn value(&mut self, schema: &Value, depth: usize) -> Option<Value> {
        let followed = self.references.len();
        let value = self.value_within(schema, depth);
        self.references.truncate(followed);
        value
    }

    fn value_within(&mut self, schema: &Value, depth: usize) -> Option<Value> {
        self.visits += 1;
        if depth > MAX_DEPTH || self.visits > MAX_VISITS {
            return None;
        }
        let mut keywords = match schema {
            Value::Bool(true) => return Some(json!({})),
            schema => self.flattened(schema, depth)?,
        };
        if let Some(constant) = keywords.get("const") {
            return Some(constant.clone());
        }
        if self.examples == Examples::Use {
            let listed = keywords.get("examples").and_then(Value::as_array).and_then(|list| list.first());
            if let Some(example) = keywords.get("example").or(listed).or(keywords.get("default")) {
                return Some(example.clone());
            }
        }
        if let Some(Value::Array(values)) = keywords.get("enum") {
            return values.iter().find(|value| !value.is_null()).or(values.first()).cloned();
        }
        let discriminator = keywords.remove("discriminator");
        for list in ["oneOf", "anyOf"] {
            let Some(Value::Array(branches)) = keywords.remove(list) else { continue };
            return branches.iter().find_map(|branch| {
                let mut chosen = keywords.clone();
                let followed = self.references.len();
                let merged = self.flattened(branch, depth).map(|branch| merge(&mut chosen, branch));
                if let Some(name) =
                    discriminator.as_ref().and_then(|discriminator| discriminator["propertyName"].as_str())
                {
                    discriminate(&mut chosen, name, discriminator.as_ref(), branch);
                }
                let value = merged.and_then(|()| self.value_within(&Value::Object(chosen), depth + 1));
                self.references.truncate(followed);
                value
            });
        }
        self.typed(&keywords, depth)
    }

    /// Returns the keywords of a schema, together with those that it refers to and those of `allOf`.
    fn flattened(&mut self, schema: &Value, depth: usize) -> Option<Keywords> {
        self.visits += 1;
        if depth > MAX_DEPTH || self.visits > MAX_VISITS {
            return None;
        }
        let mut own = schema.as_object()?.clone();
        let mut keywords = Keywords::new();
        if let Some(Value::String(reference)) = own.remove("$ref") {
            if self.references.contains(&reference) {
                return None;
            }
            let (_, target) = document::target(self.document, &reference).ok()?;
            self.references.push(reference);
            keywords = self.flattened(target, depth + 1)?;
        }
        if let Some(Value::Array(parts)) = own.remove("allOf") {
            let is_whole = parts.len() == 1 && !own.contains_key("properties");
            // Several parts may have the same base, so that is no circle, but a property with that base is one.
            let (followed, mut by_parts) = (self.references.len(), Vec::new());
            for part in &parts {
                let mut part = self.flattened(part, depth + 1)?;
                by_parts.extend(self.references.drain(followed..));
                if !is_whole {
                    // The example of a part is not one of the whole.
                    for keyword in ["example", "examples", "default"] {
                        part.remove(keyword);
                    }
                }
                merge(&mut keywords, part);
            }
            self.references.append(&mut by_parts);
        }
        merge(&mut keywords, own);
        Some(keywords)
    }

    fn typed(&mut self, keywords: &Keywords, depth: usize) -> Option<Value> {
        match type_of(keywords) {
            "null" => Some(Value::Null),
            "boolean" => Some(Value::Bool(true)),
            "integer" => number(keywords, true),
            "number" => number(keywords, false),
            "string" => string(keywords),
            "array" => self.array(keywords, depth),
            _ => self.object(keywords, depth),
        }
    }

    fn array(&mut self, keywords: &Keywords, depth: usize) -> Option<Value> {
        let min = keywords.get("minItems").and_then(Value::as_u64).unwrap_or(0);
        let max = keywords.get("maxItems").and_then(Value::as_u64).unwrap_or(u64::MAX);
        let mut items = Vec::new();
        if let Some(Value::Array(prefix)) = keywords.get("prefixItems") {
            for schema in prefix {
                items.push(self.value(schema, depth + 1)?);
            }
        }
        let count = min.max(u64::from(items.is_empty())).min(max).min(MAX_LENGTH);
        let any = json!({});
        let schema = keywords.get("items").unwrap_or(&any);
        while (items.len() as u64) < count {
            match self.value(schema, depth + 1) {
                Some(item) => items.push(item),
                None if items.len() as u64 >= min => break,
                None => return None,
            }
        }
        Some(Value::Array(items))
    }

    fn object(&mut self, keywords: &Keywords, depth: usize) -> Option<Value> {
        let required: Vec<&str> = keywords
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let mut object = Map::new();
        if let Some(Value::Object(properties)) = keywords.get("properties") {
            for (name, schema) in properties {
                if schema.get("writeOnly") == Some(&Value::Bool(true)) {
                    continue;
                }
                match self.value(schema, depth + 1) {
                    Some(value) => {
                        object.insert(name.clone(), value);
                    }
                    None if required.contains(&&**name) => return None,
                    None => {}
                }
            }
        }
        let other = keywords.get("additionalProperties").filter(|schema| schema.is_object());
        let any = json!({"type": "string"});
        for name in required {
            if !object.contains_key(name) {
                let value = self.value(other.unwrap_or(&any), depth + 1)?;
                object.insert(name.to_owned(), value);
            }
        }
        let min = keywords.get("minProperties").and_then(Value::as_u64).unwrap_or(0).min(MAX_LENGTH);
        for number in 1..=min {
            if (object.len() as u64) < min {
                let value = self.value(other.unwrap_or(&any), depth + 1)?;
                object.entry(format!("key_{number}")).or_insert(value);
            }
        }
        Some(Value::Object(object))
    }
}

/// Sets the property by which the branches of a schema are told apart.
fn discriminate(chosen: &mut Keywords, property: &str, discriminator: Option<&Value>, branch: &Value) {
    let Some(reference) = branch.get("$ref").and_then(Value::as_str) else { return };
    let mapping = discriminator.and_then(|discriminator| discriminator.get("mapping")?.as_object());
    let mapped = mapping.into_iter().flatten().find(|(_, target)| target.as_str() == Some(reference));
    let name = mapped.map(|(name, _)| name.as_str()).or_else(|| reference.rsplit('/').next());
    if let Some(Value::Object(properties)) = chosen.get_mut("properties") {
        properties.insert(property.to_owned(), json!({"const": name}));
    }
}

/// Adds keywords to others, so that a value for the result fits both as far as possible.
fn merge(keywords: &mut Keywords, other: Keywords) {
    for (keyword, value) in other {
        match (&*keyword, keywords.get_mut(&keyword), value) {
            ("properties", Some(Value::Object(properties)), Value::Object(more)) => {
                for (name, schema) in more {
                    let schema = match properties.remove(&name) {
                        Some(first) if first != schema => json!({"allOf": [first, schema]}),
                        _ => schema,
                    };
                    properties.insert(name, schema);
                }
            }
            ("required", Some(Value::Array(names)), Value::Array(more)) => names.extend(more),
            ("minimum" | "minLength" | "minItems", Some(limit), value) => {
                if value.as_f64() > limit.as_f64() {
                    *limit = value;
                }
            }
            ("maximum" | "maxLength" | "maxItems", Some(limit), value) => {
                if value.as_f64() < limit.as_f64() {
                    *limit = value;
                }
            }
            (_, _, value) => {
                keywords.insert(keyword, value);
            }
        }
    }
}

/// Returns the first type that is not null, or the one that the keywords are about.
fn type_of(keywords: &Keywords) -> &str {
    match keywords.get("type") {
        Some(Value::String(name)) => name,
        Some(Value::Array(names)) => {
            let mut names = names.iter().filter_map(Value::as_str);
            names.clone().find(|name| *name != "null").or(names.next()).unwrap_or("null")
        }
        _ if keywords.contains_key("items") || keywords.contains_key("prefixItems") => "array",
        _ if ["pattern", "minLength", "format"].iter().any(|keyword| keywords.contains_key(*keyword)) => {
            "string"
        }
        _ if ["minimum", "maximum", "multipleOf"].iter().any(|keyword| keywords.contains_key(*keyword)) => {
            "number"
        }
        _ => "object",
    }
}

/// Returns 1, or the number within the limits that is closest to it.
fn number(keywords: &Keywords, is_integer: bool) -> Option<Value> {
    let limit = |name| keywords.get(name).and_then(Value::as_f64);
    let step = limit("multipleOf").filter(|step| *step > 0.0).unwrap_or(1.0);
    let above = |limit: f64, excluded: bool| {
        let multiple = (limit / step).ceil() * step;
        if excluded && multiple <= limit { multiple + step } else { multiple }
    };
    let low = limit("minimum").map(|limit| above(limit, false));
    let low =
        low.into_iter().chain(limit("exclusiveMinimum").map(|limit| above(limit, true))).reduce(f64::max);
    let high = limit("maximum").map(|limit| -above(-limit, false));
    let high =
        high.into_iter().chain(limit("exclusiveMaximum").map(|limit| -above(-limit, true))).reduce(f64::min);
    let value = low.map_or(step, |low| low.max(step));
    let value = high.map_or(value, |high| value.min(high));
    if is_integer {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the cast saturates, and the caller validates the value"
        )]
        return Some(Value::from(value as i64));
    }
    // Whole numbers may leave no value between the limits.
    let value = match (
        limit("minimum").or(limit("exclusiveMinimum")),
        limit("maximum").or(limit("exclusiveMaximum")),
    ) {
        (Some(low), Some(high)) if value < low || value > high => f64::midpoint(low, high),
        _ => value,
    };
    Number::from_f64(value).map(Value::Number)
}

fn string(keywords: &Keywords) -> Option<Value> {
    let length = |name: &str| keywords.get(name).and_then(Value::as_u64);
    let min = usize::try_from(length("minLength").unwrap_or(0).min(MAX_LENGTH)).ok()?;
    let max = usize::try_from(length("maxLength").unwrap_or(MAX_LENGTH).min(MAX_LENGTH)).ok()?;
    if let Some(pattern) = keywords.get("pattern").and_then(Value::as_str) {
        return pattern::text(pattern, min, max).map(Value::String);
    }
    let text = match keywords.get("format").and_then(Value::as_str).unwrap_or_default() {
        "date-time" => "2024-01-01T00:00:00Z",
        "date" => "2024-01-01",
        "time" => "00:00:00Z",
        "duration" => "PT1H",
        "uuid" => "00000000-0000-4000-8000-000000000001",
        "email" | "idn-email" => "user@example.com",
        "uri" | "url" | "iri" => "https://example.com/",
        "uri-reference" | "iri-reference" | "json-pointer" => "/example",
        "hostname" | "idn-hostname" => "example.com",
        "ipv4" => "192.0.2.1",
        "ipv6" => "2001:db8::1",
        "regex" => ".*",
        "byte" => "dGV4dA==",
        _ => "text",
    };
    let text: String = text.chars().chain(std::iter::repeat_n('x', min.saturating_sub(text.len()))).collect();
    Some(Value::String(text.chars().take(max).collect()))
}

#[cfg(test)]
mod tests;
