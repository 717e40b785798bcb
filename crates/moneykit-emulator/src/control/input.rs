//! The input of an operation: path parameter, query and JSON body.

use serde::de::DeserializeOwned;

use super::invalid_request;
use crate::endpoint::error_response::ErrorResponse;
use crate::object::Object;
use crate::session::stubs::percent_decode;

pub(super) struct Input<'r> {
    /// The value of the parameter in the path, or empty.
    pub(super) parameter: String,
    pub(super) query: Option<&'r str>,
    pub(super) body: &'r [u8],
}

impl Input<'_> {
    /// Reads the JSON body.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, ErrorResponse> {
        if self.body.is_empty() {
            return Err(invalid_request("The operation needs a JSON body"));
        }
        // The message names an unknown field, and quotes a value of a wrong type; the type of secrets prevents that.
        serde_json::from_slice(self.body)
            .map(|Object(value)| value)
            .map_err(|error| invalid_request(format!("The JSON body is invalid: {error}")))
    }

    /// Reads the JSON body if there is one.
    pub(super) fn optional_json<T: DeserializeOwned>(&self) -> Result<Option<T>, ErrorResponse> {
        if self.body.is_empty() { Ok(None) } else { self.json().map(Some) }
    }

    /// Returns the decoded pairs of the query.
    pub(super) fn query_pairs(&self) -> impl Iterator<Item = (String, String)> {
        let pairs = self.query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent_decode(name), percent_decode(value))
        })
    }
}
