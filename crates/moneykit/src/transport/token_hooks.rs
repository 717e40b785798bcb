use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::HeaderValue;
use http::header::AUTHORIZATION;
use moneykit_gen::{BoxFuture, Operation, RequestHooks};
use reqwest::{Client, Request, Response};

use super::answer::Answer;
use super::connections::{self, Way};
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
    answer: AnswerSlot,
}

impl TokenHooks {
    pub(super) fn new(endpoint: &Endpoint, credentials: &Credentials) -> (Self, AnswerSlot) {
        let answer = AnswerSlot::default();
        let hooks = Self {
            headers: endpoint.headers.clone(),
            authorization: endpoint.basic_header(credentials),
            timeout: endpoint.token_timeout,
            clock: Arc::clone(&endpoint.clock),
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
        let (outcome, way) = connections::execute(client, request).await;
        match (outcome, again) {
            (Err(error), Some(mut again)) if way == Way::Kept && connections::is_closed(&error) => {
                let elapsed = self.clock.now().monotonic().saturating_sub(sent);
                *again.timeout_mut() = Some(self.timeout.saturating_sub(elapsed));
                client.execute(again).await
            }
            (outcome, _) => outcome,
        }
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
