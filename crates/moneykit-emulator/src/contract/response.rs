//! The responses that an operation documents: those that are sent without a stub, and checks of those of stubs.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;

use super::Inner;
use super::conversion::Direction;
use super::operation::{
    DocumentedHeader, DocumentedResponse, MediaType, Operation, StatusPattern, essence, range_includes,
};
use super::request::names;
use super::sample::{self, Examples};
use crate::session::stubs::Reply;

impl Inner {
    /// Returns the response of an operation: the first success that it documents, or else its default response. Its media
    /// type is the first of the request's `Accept` that it has, or else JSON.
    pub(super) fn sample_reply(&self, operation: &Operation, request: &HeaderMap) -> Result<Reply, String> {
        let is_success = |response: &&DocumentedResponse| match response.status {
            StatusPattern::Exact(status) => status.is_success(),
            StatusPattern::Class(class) => class == 2,
            StatusPattern::Default => true,
        };
        let response = operation.responses.iter().find(is_success).or(operation.responses.first());
        let response = response.ok_or("it documents no response")?;
        let status = match response.status {
            StatusPattern::Exact(status) => status,
            StatusPattern::Class(class) => StatusCode::from_u16(class * 100).unwrap_or_default(),
            StatusPattern::Default => StatusCode::OK,
        };
        let sample_headers = || {
            let headers = response.headers.iter();
            headers.filter_map(|header| Some((header.name.clone(), self.sample_header(header)?))).collect()
        };
        let mut headers: HeaderMap = response.sample.get_or_init(sample_headers).clone();
        let mut body = Bytes::new();
        if let Some(media_type) = accepted(&response.content, request) {
            body = media_type.sample.get_or_init(|| self.sample_body(media_type)).clone()?;
            if !media_type.name.contains('*')
                && let Ok(value) = HeaderValue::from_str(&media_type.name)
            {
                headers.insert(CONTENT_TYPE, value);
            }
        }
        Ok(Reply { stub_id: String::new(), status, headers, body, delay: Duration::ZERO })
    }

    /// Returns the first value of a header that fits its schema, as [`sample_body`](Self::sample_body) does, or `None` if
    /// there is none that a header can contain. Such a header is not sent.
    fn sample_header(&self, header: &DocumentedHeader) -> Option<HeaderValue> {
        let schema = header.schema.as_ref();
        let samples = [Examples::Use, Examples::Ignore].into_iter();
        let samples =
            samples.filter_map(|examples| sample::value(&self.document, &schema?.pointer, examples));
        let fits = |value: &Value| {
            schema.is_none_or(|schema| self.schemas.violations(schema, Direction::Response, value).is_empty())
        };
        let mut values = header.examples.iter().cloned().chain(samples).filter(fits);
        values.find_map(|value| {
            // The type accepts other bytes than ASCII as well.
            let text = header_text(&value).filter(|text| text.is_ascii())?;
            HeaderValue::from_str(&text).ok()
        })
    }

    /// Returns the first of these that fits the schema: the examples of the media type, a value with the examples of the
    /// schema, and a value without them.
    fn sample_body(&self, media_type: &MediaType) -> Result<Bytes, String> {
        let Some(schema) = &media_type.schema else {
            return Ok(media_type
                .examples
                .first()
                .map(|example| encoded(media_type, example))
                .unwrap_or_default());
        };
        let mut reasons = Vec::new();
        let samples = [Examples::Use, Examples::Ignore];
        let samples = samples
            .into_iter()
            .filter_map(|examples| sample::value(&self.document, &schema.pointer, examples));
        for value in media_type.examples.iter().cloned().chain(samples) {
            reasons = self.schemas.violations(schema, Direction::Response, &value);
            if reasons.is_empty() {
                return Ok(encoded(media_type, &value));
            }
        }
        let reason = reasons.into_iter().next().unwrap_or_else(|| "it has no finite value".to_owned());
        Err(format!("no value was found for its schema at {}: {reason}", schema.pointer))
    }

    /// Checks a response of a stub.
    ///
    /// Errors that are not documented are allowed, as are those without a body: they also come from proxies.
    pub(super) fn check_reply(&self, operation: &Operation, reply: &Reply) -> Result<(), String> {
        let name = &operation.name;
        let status = reply.status.as_u16();
        let is_error = reply.status.is_client_error() || reply.status.is_server_error();
        let documented = operation.responses.iter().find(|response| response.status.matches(reply.status));
        let Some(documented) = documented else {
            let message = format!("the contract has no response {status} of {name}; use a documented status");
            return if is_error { Ok(()) } else { Err(message) };
        };
        if documented.content.is_empty() || (reply.body.is_empty() && is_error) {
            return Ok(());
        }
        if reply.body.is_empty() {
            return Err(format!("the contract requires a body of the response {status} of {name}; add one"));
        }
        let content_type = reply.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = essence(content_type.unwrap_or_default());
        let media_type = documented.content.iter().find(|media_type| media_type.includes(&content_type));
        let Some(media_type) = media_type else {
            let expected = names(&documented.content);
            return Err(format!(
                "the response {status} of {name} has the content type {content_type:?}; the contract requires {expected}"
            ));
        };
        let Some(schema) = media_type.schema.as_ref().filter(|_| media_type.is_json()) else { return Ok(()) };
        let value: Value = serde_json::from_slice(&reply.body)
            .map_err(|_| format!("the body of the response {status} is not valid JSON"))?;
        let violations = self.schemas.violations(schema, Direction::Response, &value);
        match violations.first() {
            None => Ok(()),
            Some(_) => Err(format!(
                "the body of the response {status} does not fit {name} of the contract: {}",
                violations.join("; ")
            )),
        }
    }
}

/// Returns the media type to respond with.
fn accepted<'c>(content: &'c [MediaType], request: &HeaderMap) -> Option<&'c MediaType> {
    let accept = request.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut ranges = accept.flat_map(|value| value.split(',')).map(essence);
    let accepted = ranges.find_map(|range| content.iter().find(|of| range_includes(&range, &of.name)));
    accepted.or(content.first())
}

/// Returns a value in the style `simple`, or `None` for one that has no text.
fn header_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Array(items) => Some(items.iter().map(header_text).collect::<Option<Vec<_>>>()?.join(",")),
        Value::Null | Value::Object(_) => None,
    }
}

fn encoded(media_type: &MediaType, value: &Value) -> Bytes {
    match value {
        Value::String(text) if !media_type.is_json() => Bytes::from(text.clone()),
        value => Bytes::from(value.to_string()),
    }
}
