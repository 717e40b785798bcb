//! The runtime of clients that `moneykit-codegen` generates in other crates. It is not meant to be called by hand.

use std::any::Any;
use std::fmt;

use reqwest::Request;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::client::Client;
use crate::error::{Error, Kind, RequestError, with_sources};
use crate::request::{RequestBuilder, Response, decode_body, invalid_request, path_segment};
pub use crate::transport::raw::{ByteStream, ResponseValue, Secret, progenitor_client};
pub use {reqwest, serde, serde_json};

/// Includes the client that `moneykit_codegen::compile` generated in the build script, into the module around it.
///
/// Without an argument, the contract is `openapi.yaml`. The argument is the name of another contract without its
/// extension, so that several contracts can have a module each.
///
/// ```text
/// mod api {
///     moneykit::include_client!();
/// }
/// mod payments {
///     moneykit::include_client!("payments");
/// }
///
/// let api = api::Client::from(&client);
/// let account = api.get_account().account_id("acc_1").send().await?;
/// ```
///
/// The requests of such a client are those of the [`Client`](crate::Client) that it was made from: they have its token,
/// its retries, bounds and spans, a 401 is handled as for any request, and they fail with [`Error`](crate::Error).
/// [`Error::body`](crate::Error::body) returns the body of an error response in the type of the contract.
#[macro_export]
macro_rules! include_client {
    () => {
        $crate::include_client!("openapi");
    };
    ($contract:literal) => {
        ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/moneykit/", $contract, ".rs"));
    };
}

/// Includes the typed helpers for tests with `httpmock` that `moneykit_codegen::Config::httpmock` generated, into the
/// module around it.
///
/// The first argument is the path of the module with the client, and the second the name of the contract, as for
/// [`include_client!`](crate::include_client).
///
/// ```text
/// #[cfg(test)]
/// mod mocks {
///     moneykit::include_mocks!(crate::api);
/// }
///
/// use mocks::MockServerExt as _;
///
/// let server = httpmock::MockServer::start();
/// server.get_account(|when, then| drop((when.account_id("acc_1"), then.ok(&account))));
/// ```
#[macro_export]
macro_rules! include_mocks {
    ($($client:ident)::+) => {
        $crate::include_mocks!($($client)::+, "openapi");
    };
    ($($client:ident)::+, $contract:literal) => {
        use $($client)::+::types;
        ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/moneykit/", $contract, ".mocks.rs"));
    };
}

/// An operation of a contract.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// The `operationId`.
    pub id: &'static str,
    /// The path with its parameters in braces.
    pub path: &'static str,
    /// Whether the contract requires the bearer token.
    pub takes_bearer: bool,
}

/// One call of an operation.
pub struct Call {
    client: Client,
    operation: Operation,
    /// The error of a response that is not a success.
    failure: Option<Error>,
}

/// The error of a call within generated code. [`Call::finish`] turns it into an [`Error`].
pub enum CallError<E> {
    /// The request could not be built.
    InvalidRequest(String),
    /// An error response that the contract documents.
    ErrorResponse(ResponseValue<E>),
    /// A response with a status that the contract does not document.
    UnexpectedResponse(Response),
    /// Any other failure.
    Other(Error),
}

impl Call {
    /// Begins a call by a client.
    #[must_use]
    pub fn new(client: &Client, operation: Operation) -> Self {
        Self { client: client.clone(), operation, failure: None }
    }

    /// Returns the HTTP client that builds the request.
    #[must_use]
    pub fn http(&self) -> reqwest::Client {
        self.client.server().http()
    }

    /// Returns the base URL of the client.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.client.base_url()
    }

    /// Sends the request. The body of a response that is not a success is read up to the bound of error responses.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no response.
    pub async fn send(&mut self, request: Request) -> Result<Response, Error> {
        let Operation { path, takes_bearer, .. } = self.operation;
        let request = RequestBuilder::from_parts(self.client.clone(), request).path_template(path);
        let request = if takes_bearer { request } else { request.without_token() };
        let response = request.send().await?;
        if response.status().is_success() {
            return Ok(response);
        }
        let (error, response) = response.into_error().await?;
        self.failure = Some(error);
        Ok(response)
    }

    /// Returns the outcome with the error of this crate. `part` returns the body of one status from that of an operation
    /// whose error responses have several types.
    ///
    /// # Errors
    ///
    /// Returns the error of the outcome.
    pub fn finish<T, E: Any + Send + Sync>(
        self,
        outcome: Result<T, CallError<E>>,
        part: fn(&E) -> &dyn Any,
    ) -> Result<T, Error> {
        let error = match outcome {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let undocumented = |status| {
            let base_url = self.client.base_url().to_owned();
            Kind::Request(RequestError::Undocumented { base_url, status }).into()
        };
        Err(match (self.failure, error) {
            (Some(failure), CallError::ErrorResponse(response)) => {
                failure.with_body(response.into_inner(), part)
            }
            (Some(failure), _) => failure,
            (None, CallError::Other(error)) => error,
            (None, CallError::InvalidRequest(what)) => invalid_request(what),
            (None, CallError::ErrorResponse(response)) => undocumented(response.status()),
            (None, CallError::UnexpectedResponse(response)) => undocumented(response.status()),
        })
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("operation", &self.operation).finish_non_exhaustive()
    }
}

impl<E> fmt::Debug for CallError<E> {
    // The parts may quote a request or a response.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallError")
    }
}

impl<E> From<Error> for CallError<E> {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// For a request that cannot be built.
impl<E> From<reqwest::Error> for CallError<E> {
    fn from(error: reqwest::Error) -> Self {
        Self::InvalidRequest(with_sources(&error.without_url()))
    }
}

impl<E> From<http::header::InvalidHeaderValue> for CallError<E> {
    fn from(_: http::header::InvalidHeaderValue) -> Self {
        Self::InvalidRequest(
            "a parameter is not a valid header value; pass visible ASCII characters and spaces".to_owned(),
        )
    }
}

/// Decodes a body, within the client's bound.
///
/// # Errors
///
/// Returns an error that quotes no value of the body.
pub async fn json<T: DeserializeOwned>(response: Response) -> Result<ResponseValue<T>, Error> {
    let (status, headers) = (response.status(), response.headers().clone());
    let value = decode_body(response).await?;
    Ok(ResponseValue::new(value, status, headers))
}

/// Returns a response without its body.
#[must_use]
pub fn empty(response: &Response) -> ResponseValue<()> {
    ResponseValue::new((), response.status(), response.headers().clone())
}

/// Returns the body as a stream.
#[must_use]
pub fn stream(response: Response) -> ResponseValue<ByteStream> {
    ResponseValue::stream(response.into_reqwest())
}

/// Encodes a parameter of a path as one segment.
///
/// # Errors
///
/// Returns an error for a value that no encoding makes safe, such as `..`.
pub fn encode_path(value: &str) -> Result<String, Error> {
    path_segment(value).map_err(|problem| invalid_request(format!("a path parameter {problem}")))
}

/// Sets the body of a request to a form.
pub trait RequestBuilderExt: Sized {
    /// # Errors
    ///
    /// Returns an error if the body has no form.
    fn form_urlencoded<T: Serialize + ?Sized>(self, body: &T) -> Result<Self, Error>;
}

impl RequestBuilderExt for reqwest::RequestBuilder {
    fn form_urlencoded<T: Serialize + ?Sized>(self, body: &T) -> Result<Self, Error> {
        // An error is that of `build`.
        Ok(self.form(body))
    }
}
