//! Media types, by what the generated client can make of them.

use serde_json::Value;

/// What the generated client sends and receives for a media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Media {
    /// A value as JSON.
    Json,
    /// A value as a form.
    Form,
    /// A value as the parts of a multipart body.
    Multipart,
    /// Bytes as they are.
    Bytes,
    /// Text as it is.
    Text,
}

impl Media {
    /// Returns what the client makes of a media type. A range stands for JSON, unless its schema is that of bytes.
    pub(crate) fn of(media_type: &str, schema: &Value) -> Self {
        let essence = essence(media_type).to_ascii_lowercase();
        let is_bytes = schema.get("format").is_some_and(|format| format == "binary");
        match essence.as_str() {
            "*/*" | "application/*" if is_bytes || schema.is_null() => Self::Bytes,
            "*/*" | "application/*" | "application/json" | "text/json" => Self::Json,
            other if other.starts_with("application/") && other.ends_with("+json") => Self::Json,
            "application/x-www-form-urlencoded" => Self::Form,
            "multipart/form-data" => Self::Multipart,
            other if other.starts_with("text/") && !is_bytes => Self::Text,
            _ => Self::Bytes,
        }
    }
}

/// Returns a media type without its parameters.
pub(crate) fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// Orders the media types of a request: the client sends the first.
pub(crate) fn rank(media_type: &str, schema: &Value) -> (bool, Media, bool) {
    let media = Media::of(media_type, schema);
    (media_type != "application/json", media, media_type.contains('*'))
}
