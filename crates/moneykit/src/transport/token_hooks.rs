use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::HeaderValue;
use http::header::AUTHORIZATION;
use moneykit_gen::{BoxFuture, Operation, RequestHooks};
use reqwest::{Request, Response};

use super::CommonHeaders;
use super::answer::Answer;

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
