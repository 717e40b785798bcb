//! An OpenAPI document as JSON, and references within it.

use serde_json::Value;

use crate::config_error::ConfigError;
use crate::session::stubs::percent_decode_path;

/// The maximum size of a document. A larger one is a mistake rather than a contract.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// The maximum nesting, on which recursive functions over documents rely.
const MAX_DEPTH: usize = 100;

/// The number of references that are followed from one to the next.
const MAX_HOPS: usize = 32;

/// The OpenAPI version, which decides how schemas are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V3_0,
    V3_1,
}

/// A value of a document, and the JSON pointer to it.
#[derive(Clone)]
pub(super) struct Node<'d> {
    document: &'d Value,
    pub(super) value: &'d Value,
    pub(super) pointer: String,
}

/// Reads a document in YAML or JSON.
pub(super) fn read(text: &str) -> Result<(Value, Version), ConfigError> {
    if text.len() > MAX_BYTES {
        return Err(ConfigError::new("the contract is larger than 32 MiB; pass a smaller one"));
    }
    let document = if text.trim_start().starts_with('{') {
        // Its maximum nesting is 128.
        serde_json::from_str::<Value>(text).map_err(|error| error.to_string())
    } else {
        let options = serde_saphyr::options! {
            with_snippet: false,
            strict_booleans: true,
            budget: serde_saphyr::budget! { max_depth: MAX_DEPTH, max_events: 10_000_000, max_nodes: 10_000_000 },
        };
        serde_saphyr::from_str_with_options::<Value>(text, options).map_err(|error| error.to_string())
    };
    let document = document
        .map_err(|error| ConfigError::new(format!("the contract is neither YAML nor JSON: {error}")))?;
    let version = match document["openapi"].as_str() {
        Some(version) if version.starts_with("3.0.") => Version::V3_0,
        Some(version) if version.starts_with("3.1.") => Version::V3_1,
        _ => {
            return Err(ConfigError::new(
                "the contract has no supported version in `openapi`; pass an OpenAPI 3.0 or 3.1 document",
            ));
        }
    };
    Ok((document, version))
}

impl<'d> Node<'d> {
    pub(super) fn root(document: &'d Value) -> Self {
        Self { document, value: document, pointer: String::new() }
    }

    /// Returns a member of the object, after following its references.
    pub(super) fn get(&self, name: &str) -> Result<Option<Self>, ConfigError> {
        let Some(value) = self.value.get(name) else { return Ok(None) };
        self.child(name, value).resolved().map(Some)
    }

    /// Returns the members of the object, or the elements of the array, after following their references.
    pub(super) fn children(&self) -> Result<Vec<(String, Self)>, ConfigError> {
        let named: Vec<(String, &Value)> = match self.value {
            Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
            Value::Array(items) => {
                items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
            }
            _ => Vec::new(),
        };
        let resolve = |(name, value): (String, &'d Value)| {
            let child = self.child(&name, value).resolved()?;
            Ok((name, child))
        };
        named.into_iter().map(resolve).collect()
    }

    pub(super) fn text(&self, name: &str) -> Option<&'d str> {
        self.value.get(name)?.as_str()
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        self.value.get(name) == Some(&Value::Bool(true))
    }

    fn child(&self, name: &str, value: &'d Value) -> Self {
        let escaped = name.replace('~', "~0").replace('/', "~1");
        Self { document: self.document, value, pointer: format!("{}/{escaped}", self.pointer) }
    }

    fn resolved(mut self) -> Result<Self, ConfigError> {
        for _ in 0..MAX_HOPS {
            let Some(reference) = self.value.get("$ref").and_then(Value::as_str) else { return Ok(self) };
            let (pointer, value) = target(self.document, reference)?;
            pointer.clone_into(&mut self.pointer);
            self.value = value;
        }
        Err(ConfigError::new(format!("the contract has a circle of references at {}", self.pointer)))
    }
}

/// Returns the pointer and the value that a reference within the document is for.
pub(super) fn target<'d, 'r>(
    document: &'d Value,
    reference: &'r str,
) -> Result<(&'r str, &'d Value), ConfigError> {
    let pointer = reference.strip_prefix('#').ok_or_else(|| {
        ConfigError::new(format!(
            "the contract refers to another document, {reference:?}; bundle them into one"
        ))
    })?;
    let value = document.pointer(pointer);
    // The pointer in a reference is a URI fragment.
    let value = value.or_else(|| document.pointer(&percent_decode_path(pointer)));
    let value = value
        .ok_or_else(|| ConfigError::new(format!("the contract has a dangling reference, {reference:?}")))?;
    Ok((pointer, value))
}
