use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::HeaderValue;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, USER_AGENT};
use moneykit_gen::{BoxFuture, Operation, RequestHooks};
use reqwest::{Request, Response};

use super::CommonHeaders;
use super::answer::Answer;
use crate::error::Error;

/// What a token request goes through: its answer is taken aside, whole and bounded, before generated code
/// sees it.
pub(super) struct TokenHooks {
    headers: CommonHeaders,
    authorization: Option<HeaderValue>,
    timeout: Duration,
    answer: AnswerSlot,
}

impl TokenHooks {
    pub(super) fn new(
        headers: CommonHeaders,
        authorization: Option<HeaderValue>,
        timeout: Duration,
    ) -> (Self, AnswerSlot) {
        let answer = AnswerSlot::default();
        (Self { headers, authorization, timeout, answer: answer.clone() }, answer)
    }
}

impl RequestHooks for TokenHooks {
    fn prepare<'a>(&'a self, request: &'a mut Request, _: Operation) -> BoxFuture<'a, Result<(), String>> {
        self.headers.put_on(request);
        if let Some(authorization) = &self.authorization {
            request.headers_mut().insert(AUTHORIZATION, authorization.clone());
        }
        *request.timeout_mut() = Some(self.timeout);
        Box::pin(std::future::ready(Ok(())))
    }

    fn execute<'a>(
        &'a self,
        client: &'a reqwest::Client,
        request: Request,
        _: Operation,
    ) -> BoxFuture<'a, reqwest::Result<Response>> {
        Box::pin(async move {
            let answer = Answer::read(client.execute(request).await?).await?;
            let rest = answer.without_body();
            self.answer.put(answer);
            Ok(rest)
        })
    }
}

/// Where an answer waits for whoever made the request.
#[derive(Clone, Default)]
pub(super) struct AnswerSlot(Arc<Mutex<Option<Answer>>>);

impl AnswerSlot {
    pub(super) fn take(&self) -> Option<Answer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, answer: Answer) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
    }
}

/// Gives the `Authorization` header of an authenticated request.
pub(crate) trait BearerSource: Send + Sync {
    fn authorization(&self) -> BoxFuture<'_, Result<HeaderValue, Error>>;
}

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
            if operation.takes_bearer {
                return Ok(response);
            }
            // The answer to a token request. Where it is malformed, the generated code's error would quote it,
            // token and all; so it gets no more than it can decode.
            let answer = Answer::read(response).await?;
            Ok(if answer.is_decodable() { answer.into_response() } else { answer.without_body() })
        })
    }
}

impl CommonHeaders {
    fn put_on(&self, request: &mut Request) {
        let headers: &mut HeaderMap = request.headers_mut();
        // The generator adds a header of its own that this API does not know.
        headers.remove("api-version");
        headers.insert(HeaderName::from_static("moneykit-version"), self.api_version.clone());
        headers.insert(USER_AGENT, self.user_agent.clone());
    }
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
