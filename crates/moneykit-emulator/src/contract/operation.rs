//! The operations of an OpenAPI document.

use std::sync::OnceLock;

use bytes::Bytes;
use http::header::{
    CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, Method, StatusCode};
use serde_json::Value;

use super::document::Node;
use super::path_template::PathTemplate;
use super::schema::Schema;
use crate::config_error::ConfigError;

pub(super) struct Operation {
    /// The `operationId`, or the method and the path.
    pub(super) name: String,
    pub(super) method: Method,
    pub(super) path: PathTemplate,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<RequestBody>,
    pub(super) responses: Vec<DocumentedResponse>,
}

pub(super) struct Parameter {
    pub(super) location: Location,
    pub(super) name: String,
    pub(super) is_required: bool,
    /// The separator of lists, or `None` if the parameter is repeated.
    pub(super) separator: Option<char>,
    /// `None` if its value is not checked.
    pub(super) schema: Option<Schema>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Location {
    Path,
    Query,
    Header,
}

pub(super) struct RequestBody {
    pub(super) is_required: bool,
    pub(super) content: Vec<MediaType>,
}

pub(super) struct DocumentedResponse {
    pub(super) status: StatusPattern,
    pub(super) headers: Vec<DocumentedHeader>,
    pub(super) content: Vec<MediaType>,
    /// The headers that are sent, once they were needed.
    pub(super) sample: OnceLock<HeaderMap>,
}

pub(super) struct DocumentedHeader {
    pub(super) name: HeaderName,
    pub(super) schema: Option<Schema>,
    pub(super) examples: Vec<Value>,
}

/// The statuses that a documented response is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StatusPattern {
    Exact(StatusCode),
    /// The first digit, as in `4XX`.
    Class(u16),
    Default,
}

pub(super) struct MediaType {
    /// Such as `application/json`, in lower case and without parameters. It may be a range, such as `*/*`.
    pub(super) name: String,
    pub(super) schema: Option<Schema>,
    pub(super) examples: Vec<Value>,
    /// The body that is sent, once it was needed, or the reason why there is none.
    pub(super) sample: OnceLock<Result<Bytes, String>>,
}

/// Returns the operations in the order in which they are matched.
pub(super) fn all(root: &Node<'_>) -> Result<Vec<Operation>, ConfigError> {
    let mut operations = Vec::new();
    let Some(paths) = root.get("paths")? else { return Ok(operations) };
    for (template, item) in paths.children()? {
        if template.starts_with("x-") {
            continue;
        }
        let path = PathTemplate::parse(&template).ok_or_else(|| {
            ConfigError::new(format!(
                "the contract has an invalid path, {template:?}; parameters are {{name}}"
            ))
        })?;
        for method in METHODS {
            let Some(node) = item.get(&method.as_str().to_ascii_lowercase())? else { continue };
            let default_name = || format!("{method} {template}");
            operations.push(Operation {
                name: node.text("operationId").map_or_else(default_name, str::to_owned),
                method,
                path: path.clone(),
                parameters: parameters(&item, &node)?,
                body: node.get("requestBody")?.map(|body| request_body(&body)).transpose()?,
                responses: responses(&node)?,
            });
        }
    }
    operations.sort_by_key(|operation| operation.path.sort_key());
    Ok(operations)
}

const METHODS: [Method; 8] = [
    Method::GET,
    Method::PUT,
    Method::POST,
    Method::DELETE,
    Method::OPTIONS,
    Method::HEAD,
    Method::PATCH,
    Method::TRACE,
];

/// Headers that OpenAPI describes elsewhere than in parameters.
const OTHER_HEADERS: [&str; 3] = ["accept", "authorization", "content-type"];

/// Returns the parameters of an operation, which replace those of its path.
fn parameters(item: &Node<'_>, operation: &Node<'_>) -> Result<Vec<Parameter>, ConfigError> {
    let mut parameters: Vec<Parameter> = Vec::new();
    for node in [item, operation] {
        let Some(list) = node.get("parameters")? else { continue };
        for (_, node) in list.children()? {
            let Some(parameter) = parameter(&node)? else { continue };
            parameters.retain(|other| other.location != parameter.location || other.name != parameter.name);
            parameters.push(parameter);
        }
    }
    Ok(parameters)
}

/// Returns `None` for parameters that are not checked.
fn parameter(node: &Node<'_>) -> Result<Option<Parameter>, ConfigError> {
    let Some(name) = node.text("name") else {
        return Err(ConfigError::new(format!(
            "the contract has a parameter without a name at {}",
            node.pointer
        )));
    };
    let location = match node.text("in") {
        Some("path") => Location::Path,
        Some("query") => Location::Query,
        Some("header") if !OTHER_HEADERS.contains(&&*name.to_ascii_lowercase()) => Location::Header,
        _ => return Ok(None),
    };
    let is_form = location == Location::Query;
    let style = node.text("style").unwrap_or(if is_form { "form" } else { "simple" });
    let explodes = node.value.get("explode").and_then(Value::as_bool).unwrap_or(style == "form");
    let separator = match style {
        "form" if explodes => None,
        "spaceDelimited" => Some(' '),
        "pipeDelimited" => Some('|'),
        _ => Some(','),
    };
    // Matrix, label and deepObject have a syntax of their own.
    let is_checked = ["form", "simple", "spaceDelimited", "pipeDelimited"].contains(&style);
    let schema = node.get("schema")?.filter(|_| is_checked).map(|schema| Schema::new(&schema));
    let is_required = node.is_true("required");
    Ok(Some(Parameter { location, name: name.to_owned(), is_required, separator, schema }))
}

fn request_body(node: &Node<'_>) -> Result<RequestBody, ConfigError> {
    Ok(RequestBody { is_required: node.is_true("required"), content: content(node)? })
}

/// Returns the responses: the statuses in their order, then classes of them, then the default.
fn responses(operation: &Node<'_>) -> Result<Vec<DocumentedResponse>, ConfigError> {
    let Some(list) = operation.get("responses")? else { return Ok(Vec::new()) };
    let mut responses = Vec::new();
    for (status, node) in list.children()? {
        if status.starts_with("x-") {
            continue;
        }
        let status = StatusPattern::parse(&status).ok_or_else(|| {
            ConfigError::new(format!("the contract has an invalid status, {status:?}, at {}", list.pointer))
        })?;
        let (headers, content) = (headers(&node)?, content(&node)?);
        responses.push(DocumentedResponse { status, headers, content, sample: OnceLock::new() });
    }
    responses.sort_by_key(|response| match response.status {
        StatusPattern::Exact(status) => (0, status.as_u16()),
        StatusPattern::Class(class) => (1, class),
        StatusPattern::Default => (2, 0),
    });
    Ok(responses)
}

/// Headers that describe how a response is sent, which is up to the server, and the one that OpenAPI describes elsewhere.
const SERVER_HEADERS: [HeaderName; 8] =
    [CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE, TRAILER, TRANSFER_ENCODING, UPGRADE];

/// Returns the documented headers of a response, without those that are not for the API to set.
fn headers(response: &Node<'_>) -> Result<Vec<DocumentedHeader>, ConfigError> {
    let Some(list) = response.get("headers")? else { return Ok(Vec::new()) };
    let mut headers = Vec::new();
    for (name, node) in list.children()? {
        let name = HeaderName::from_bytes(name.as_bytes()).ok().filter(|name| !SERVER_HEADERS.contains(name));
        let Some(name) = name else { continue };
        let schema = node.get("schema")?.map(|schema| Schema::new(&schema));
        headers.push(DocumentedHeader { name, schema, examples: examples(&node)? });
    }
    Ok(headers)
}

fn examples(node: &Node<'_>) -> Result<Vec<Value>, ConfigError> {
    let mut examples: Vec<Value> = node.value.get("example").cloned().into_iter().collect();
    if let Some(named) = node.get("examples")? {
        for (_, example) in named.children()? {
            examples.extend(example.value.get("value").cloned());
        }
    }
    Ok(examples)
}

fn content(node: &Node<'_>) -> Result<Vec<MediaType>, ConfigError> {
    let Some(content) = node.get("content")? else { return Ok(Vec::new()) };
    let mut media_types = Vec::new();
    for (name, node) in content.children()? {
        let schema = node.get("schema")?.map(|schema| Schema::new(&schema));
        let (name, examples) = (essence(&name), examples(&node)?);
        media_types.push(MediaType { name, schema, examples, sample: OnceLock::new() });
    }
    // JSON comes first, so that it is what responses consist of. The order in the document is not known: maps of JSON may
    // be sorted.
    media_types.sort_by(|one, other| one.rank().cmp(&other.rank()));
    Ok(media_types)
}

impl StatusPattern {
    fn parse(text: &str) -> Option<Self> {
        match (text, text.as_bytes()) {
            ("default", _) => Some(Self::Default),
            (_, [class @ b'1'..=b'5', b'X' | b'x', b'X' | b'x']) => {
                Some(Self::Class(u16::from(class - b'0')))
            }
            _ => text.parse().ok().and_then(|status| StatusCode::from_u16(status).ok()).map(Self::Exact),
        }
    }

    pub(super) fn matches(self, status: StatusCode) -> bool {
        match self {
            Self::Exact(exact) => exact == status,
            Self::Class(class) => status.as_u16() / 100 == class,
            Self::Default => true,
        }
    }
}

impl MediaType {
    /// Returns the place among the media types of one body: JSON comes first.
    fn rank(&self) -> (bool, bool, &str) {
        (!self.is_json(), self.name != "application/json", &self.name)
    }

    pub(super) fn is_json(&self) -> bool {
        self.name.ends_with("/json") || self.name.ends_with("+json")
    }

    /// Returns true if it includes this media type, which has no parameters.
    pub(super) fn includes(&self, name: &str) -> bool {
        range_includes(&self.name, name)
    }
}

/// Returns true if a media type is another one, or a range such as `text/*` that includes it.
pub(super) fn range_includes(range: &str, name: &str) -> bool {
    let prefix = range.strip_suffix('*');
    range == name || range == "*/*" || prefix.is_some_and(|prefix| name.starts_with(prefix))
}

/// Returns a media type in lower case and without parameters.
pub(super) fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
