//! Multipart bodies (RFC 7578): files, and the body that is built from them.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// A file in a multipart body.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct File {
    name: Option<String>,
    content_type: Option<String>,
    content: Vec<u8>,
}

impl File {
    /// Creates a file from its content.
    pub fn new(content: impl Into<Vec<u8>>) -> Self {
        Self { name: None, content_type: None, content: content.into() }
    }

    /// Sets the name of the file, which is `file` by default.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the media type of the file, which is `application/octet-stream` by default.
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }
}

impl From<Vec<u8>> for File {
    fn from(content: Vec<u8>) -> Self {
        Self::new(content)
    }
}

impl From<&[u8]> for File {
    fn from(content: &[u8]) -> Self {
        Self::new(content)
    }
}

impl fmt::Debug for File {
    // Omits the content, which may be a document of a customer.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File").field("bytes", &self.content.len()).finish_non_exhaustive()
    }
}

// A file is a part of a multipart body, and no JSON. These are here because every generated type has them.
impl Serialize for File {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.content)
    }
}

impl<'de> serde::Deserialize<'de> for File {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<u8>::deserialize(deserializer).map(Self::new)
    }
}

/// A value that becomes one or more parts.
pub trait Part {
    /// Adds the parts. `content_type` is the media type that the contract declares for them.
    fn add_to(&self, body: &mut Body, name: &str, content_type: Option<&str>) -> Result<(), String>;
}

impl Part for File {
    fn add_to(&self, body: &mut Body, name: &str, content_type: Option<&str>) -> Result<(), String> {
        let content_type =
            self.content_type.as_deref().or(content_type).unwrap_or("application/octet-stream");
        let file_name = self.name.as_deref().unwrap_or("file");
        body.add(name, Some(file_name), Some(content_type), &self.content)
    }
}

impl Part for Option<File> {
    fn add_to(&self, body: &mut Body, name: &str, content_type: Option<&str>) -> Result<(), String> {
        self.iter().try_for_each(|file| file.add_to(body, name, content_type))
    }
}

impl Part for Vec<File> {
    fn add_to(&self, body: &mut Body, name: &str, content_type: Option<&str>) -> Result<(), String> {
        self.iter().try_for_each(|file| file.add_to(body, name, content_type))
    }
}

impl Part for Option<Vec<File>> {
    fn add_to(&self, body: &mut Body, name: &str, content_type: Option<&str>) -> Result<(), String> {
        self.iter().flatten().try_for_each(|file| file.add_to(body, name, content_type))
    }
}

/// The parts of a body.
#[derive(Default)]
pub struct Body {
    parts: Vec<(String, Vec<u8>)>,
}

impl Body {
    /// Adds a value that is no file: text for a single value, a part for each item of an array, and JSON for an object.
    pub fn value(
        &mut self,
        name: &str,
        value: &impl Serialize,
        content_type: Option<&str>,
    ) -> Result<(), String> {
        let value =
            serde_json::to_value(value).map_err(|_| format!("the field `{name}` can't be serialized"))?;
        self.json(name, &value, content_type)
    }

    fn json(&mut self, name: &str, value: &Value, content_type: Option<&str>) -> Result<(), String> {
        match value {
            Value::Null => Ok(()),
            Value::Array(items) if content_type.is_none() => {
                items.iter().try_for_each(|item| self.json(name, item, None))
            }
            Value::String(text) => self.add(name, None, content_type, text.as_bytes()),
            Value::Object(_) | Value::Array(_) => {
                let content_type = content_type.unwrap_or("application/json");
                self.add(name, None, Some(content_type), value.to_string().as_bytes())
            }
            single => self.add(name, None, content_type, single.to_string().as_bytes()),
        }
    }

    fn add(
        &mut self,
        name: &str,
        file_name: Option<&str>,
        content_type: Option<&str>,
        content: &[u8],
    ) -> Result<(), String> {
        let mut head = format!("Content-Disposition: form-data; name=\"{}\"", escaped(name));
        if let Some(file_name) = file_name {
            head = format!("{head}; filename=\"{}\"", escaped(file_name));
        }
        head.push_str("\r\n");
        if let Some(content_type) = content_type {
            if content_type.contains(['\r', '\n']) {
                return Err(format!("the content type of the field `{name}` has a line break"));
            }
            head = format!("{head}Content-Type: {content_type}\r\n");
        }
        self.parts.push((head, content.to_vec()));
        Ok(())
    }

    /// Returns the value of the header `Content-Type` and the body, with a boundary that no part contains.
    pub fn finish(self, media_type: &str) -> (String, Vec<u8>) {
        let is_in = |boundary: &str| {
            let boundary = boundary.as_bytes();
            self.parts.iter().any(|(_, content)| content.windows(boundary.len()).any(|part| part == boundary))
        };
        let mut count = 0_u64;
        let mut boundary = "part-boundary-0".to_owned();
        while is_in(&boundary) {
            count += 1;
            boundary = format!("part-boundary-{count}");
        }
        let mut body = Vec::new();
        for (head, content) in &self.parts {
            body.extend_from_slice(format!("--{boundary}\r\n{head}\r\n").as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        (format!("{media_type}; boundary={boundary}"), body)
    }
}

/// Escapes a name as browsers do (WHATWG HTML, "Multipart form data").
fn escaped(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}
