use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use http::header::AUTHORIZATION;
use moneykit_gen::{BoxFuture, Operation, RequestHooks, contract};
use reqwest::{Request, Response};

use super::CommonHeaders;
use super::answer::Answer;
use crate::error::{Error, Kind};

/// What the requests of the raw client go through: each gets the common headers, and the bearer token where
/// the contract asks for it.
pub(super) struct RawHooks {
    headers: CommonHeaders,
    bearer: Arc<dyn BearerSource>,
    timeout: Duration,
}

impl RawHooks {
    pub(super) fn new(headers: CommonHeaders, bearer: Arc<dyn BearerSource>, timeout: Duration) -> Self {
        Self { headers, bearer, timeout }
    }
}

impl RequestHooks for RawHooks {
    fn prepare<'a>(
        &'a self,
        request: &'a mut Request,
        operation: Operation,
    ) -> BoxFuture<'a, Result<(), String>> {
        self.headers.put_on(request);
        *request.timeout_mut() = Some(self.timeout);
        Box::pin(async move {
            // Without one, tokio panics.
            if tokio::runtime::Handle::try_current().is_err() {
                return Err(Error::from(Kind::NoRuntime).to_string());
            }
            if operation.takes_bearer {
                let header = self.bearer.authorization().await.map_err(|error| with_sources(&error))?;
                request.headers_mut().insert(AUTHORIZATION, header);
            }
            Ok(())
        })
    }

    fn execute<'a>(
        &'a self,
        client: &'a reqwest::Client,
        request: Request,
        operation: Operation,
    ) -> BoxFuture<'a, reqwest::Result<Response>> {
        Box::pin(async move {
            let response = client.execute(request).await?;
            if !contract::is_token_operation(operation.id) {
                return Ok(response);
            }
            // Where an answer with a token is malformed, the generated code's error would quote it, token and
            // all; so it gets no more than it can decode.
            let answer = Answer::read(response).await?;
            Ok(if answer.is_decodable() { answer.into_response() } else { answer.without_body() })
        })
    }
}

/// Gives the `Authorization` header of an authenticated request.
pub(crate) trait BearerSource: Send + Sync {
    fn authorization(&self) -> BoxFuture<'_, Result<HeaderValue, Error>>;
}

/// Writes an error on one line with what caused it, since the generated client's errors carry text alone.
fn with_sources(error: &Error) -> String {
    let mut text = format!("no access token: {error}");
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
