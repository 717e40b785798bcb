//! Checks of requests against the operation that they match.

use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::conversion::Direction;
use super::operation::{Location, MediaType, Operation, Parameter, essence};
use super::schema::Schema;
use super::{Inner, document};
use crate::session::stubs::{MatchInput, decode_query};

impl Inner {
    /// Returns what of the request does not fit.
    pub(super) fn check_request(
        &self,
        operation: &Operation,
        path_parameters: &[(&str, String)],
        input: &MatchInput<'_>,
    ) -> Vec<String> {
        let mut violations = Vec::new();
        for parameter in &operation.parameters {
            let values: Vec<&str> = match parameter.location {
                Location::Path => {
                    values_of(path_parameters.iter().map(|(name, value)| (*name, &**value)), parameter)
                }
                Location::Query => {
                    values_of(input.query.iter().map(|(name, value)| (&**name, &**value)), parameter)
                }
                Location::Header => {
                    let values = input.head.headers.get_all(&parameter.name).iter();
                    values.filter_map(|value| value.to_str().ok()).collect()
                }
            };
            self.check_parameter(parameter, &values, &mut violations);
        }
        self.check_body(operation, input, &mut violations);
        violations
    }

    fn check_parameter(&self, parameter: &Parameter, values: &[&str], violations: &mut Vec<String>) {
        let place = match parameter.location {
            Location::Path => "path parameter",
            Location::Query => "query parameter",
            Location::Header => "header",
        };
        let place = format!("{place} `{}`", parameter.name);
        let Some(first) = values.first() else {
            if parameter.is_required {
                violations.push(format!("{place}: it is required"));
            }
            return;
        };
        let Some(schema) = &parameter.schema else { return };
        // A text may stand for a number as well as for itself; it fits if one of its readings does.
        let elements: Vec<&str> = match parameter.separator {
            None => values.to_vec(),
            Some(separator) => first.split(separator).collect(),
        };
        let readings = [
            scalar(first),
            Value::from(*first),
            elements.iter().map(|element| scalar(element)).collect(),
            Value::from(elements),
        ];
        let typed = match self.types(schema) {
            types if types.iter().any(|name| name == "array") => 2,
            // The syntax of objects depends on the style.
            types if types.iter().any(|name| name == "object") => return,
            types if types.iter().any(|name| name == "string") => 1,
            _ => 0,
        };
        let check = |reading| self.schemas.violations(schema, Direction::Request, reading);
        if !readings.iter().any(|reading| check(reading).is_empty()) {
            violations.extend(check(&readings[typed]).into_iter().map(|reason| format!("{place}: {reason}")));
        }
    }

    fn check_body(&self, operation: &Operation, input: &MatchInput<'_>, violations: &mut Vec<String>) {
        let Some(body) = &operation.body else { return };
        // A body that is too large to keep is not checked.
        let Some(bytes) = input.text else { return };
        if bytes.is_empty() {
            if body.is_required {
                violations.push("body: it is required".to_owned());
            }
            return;
        }
        let content_type = input.head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = essence(content_type.unwrap_or_default());
        let Some(media_type) = body.content.iter().find(|media_type| media_type.includes(&content_type))
        else {
            if !body.content.is_empty() {
                let names = names(&body.content);
                violations.push(format!("header `content-type`: it must be {names}"));
            }
            return;
        };
        let Some(schema) = &media_type.schema else { return };
        let value = if media_type.is_json() {
            let Some(value) = &input.json else {
                violations.push("body: it is not valid JSON".to_owned());
                return;
            };
            value.clone()
        } else if content_type == "application/x-www-form-urlencoded" {
            self.form_value(schema, bytes)
        } else {
            return;
        };
        let reasons = self.schemas.violations(schema, Direction::Request, &value);
        violations.extend(reasons.into_iter().map(|reason| {
            // A reason that begins with a pointer continues the place.
            let separator = if reason.starts_with('/') { " " } else { ": " };
            format!("body{separator}{reason}")
        }));
    }

    /// Returns the fields of a form as an object. The schema decides whether a field is a number or a list.
    fn form_value(&self, schema: &Schema, form: &[u8]) -> Value {
        let mut object = Map::new();
        for (name, value) in decode_query(&String::from_utf8_lossy(form)) {
            let pointer =
                format!("{}/properties/{}", schema.pointer, name.replace('~', "~0").replace('/', "~1"));
            let types = self.types_at(&pointer);
            let is = |expected: &str| types.iter().any(|name| name == expected);
            let value = if types.is_empty() || is("string") { Value::from(value) } else { scalar(&value) };
            if is("array") {
                let list = object.entry(name).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(list) = list {
                    list.push(value);
                }
            } else {
                object.insert(name, value);
            }
        }
        Value::Object(object)
    }

    fn types(&self, schema: &Schema) -> Vec<String> {
        self.types_at(&schema.pointer)
    }

    /// Returns the types that a schema names, or none if it does not.
    fn types_at(&self, pointer: &str) -> Vec<String> {
        let mut schema = self.document.pointer(pointer).unwrap_or(&Value::Null);
        for _ in 0..8 {
            let Some(reference) = schema.get("$ref").and_then(Value::as_str) else { break };
            schema = document::target(&self.document, reference).map_or(&Value::Null, |(_, value)| value);
        }
        match schema.get("type") {
            Some(Value::String(name)) => vec![name.clone()],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }
}

fn values_of<'v>(pairs: impl Iterator<Item = (&'v str, &'v str)>, parameter: &Parameter) -> Vec<&'v str> {
    pairs.filter(|(name, _)| *name == parameter.name).map(|(_, value)| value).collect()
}

/// Returns the number, boolean or null that a text stands for, or the text.
fn scalar(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(value @ (Value::Number(_) | Value::Bool(_) | Value::Null)) => value,
        _ => Value::from(text),
    }
}

/// Returns the names of media types for a message.
pub(super) fn names(content: &[MediaType]) -> String {
    let names: Vec<_> = content.iter().map(|media_type| &*media_type.name).collect();
    names.join(" or ")
}
