use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::HeaderValue;
use http::header::AUTHORIZATION;
use moneykit_gen::{BoxFuture, Operation, RequestHooks};
use reqwest::{Client, Request, Response};

use super::answer::Answer;
use super::connections::{self, Kept};
use super::{CommonHeaders, Endpoint};
use crate::clock::Clock;
use crate::credentials::Credentials;

/// What a token request goes through: its answer is taken aside, whole and bounded, before generated code
/// sees it.
pub(super) struct TokenHooks {
    headers: CommonHeaders,
    authorization: Option<HeaderValue>,
    timeout: Duration,
    clock: Arc<dyn Clock>,
    kept: Kept,
    answer: AnswerSlot,
}

impl TokenHooks {
    pub(super) fn new(endpoint: &Endpoint, credentials: &Credentials) -> (Self, AnswerSlot) {
        let answer = AnswerSlot::default();
        let hooks = Self {
            headers: endpoint.headers.clone(),
            authorization: endpoint.basic_header(credentials),
            timeout: endpoint.token_attempt_timeout,
            clock: Arc::clone(&endpoint.clock),
            kept: endpoint.kept.clone(),
            answer: answer.clone(),
        };
        (hooks, answer)
    }

    /// Sends the request; once more if the kept connection that it went out on closed before it answered.
    ///
    /// A server may close a kept connection at any time, and so just when a request comes. That is no failure
    /// of this request, and asking for a token twice does no harm.
    async fn send(&self, client: &Client, request: Request) -> reqwest::Result<Response> {
        let sent = self.clock.now().monotonic();
        let again = request.try_clone();
        let outcome = match (client.execute(request).await, again) {
            (Err(error), Some(mut again))
                if connections::is_closed(&error) && self.kept.may_have_closed() =>
            {
                let elapsed = self.clock.now().monotonic().saturating_sub(sent);
                *again.timeout_mut() = Some(self.timeout.saturating_sub(elapsed));
                client.execute(again).await
            }
            (outcome, _) => outcome,
        };
        if outcome.is_ok() {
            self.kept.note_answer();
        }
        outcome
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
        client: &'a Client,
        request: Request,
        _: Operation,
    ) -> BoxFuture<'a, reqwest::Result<Response>> {
        Box::pin(async move {
            let answer = Answer::read(self.send(client, request).await?).await?;
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
