use std::sync::Arc;
use std::time::Duration;

use http::header::AUTHORIZATION;
use moneykit_gen::{BoxFuture, Operation, RequestHooks, contract};
use reqwest::{Request, Response};

use super::answer::Answer;
use super::connections::Kept;
use super::courier::{BearerSource, Courier};
use super::{CommonHeaders, trace};
use crate::error::{Error, Kind, with_sources};

/// What the requests of the raw client go through: each gets the common headers, and the bearer token where
/// the contract asks for it.
pub(super) struct RawHooks {
    headers: CommonHeaders,
    bearer: Arc<dyn BearerSource>,
    timeout: Duration,
    kept: Kept,
}

impl RawHooks {
    pub(super) fn new(
        headers: CommonHeaders,
        bearer: Arc<dyn BearerSource>,
        timeout: Duration,
        kept: Kept,
    ) -> Self {
        Self { headers, bearer, timeout, kept }
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
                let header = self
                    .bearer
                    .authorization()
                    .await
                    .map_err(|error| format!("no access token: {}", with_sources(&error)))?;
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
            let response = self.response(client, request, operation).await?;
            self.kept.note_answer();
            if contract::is_token_operation(operation.id) {
                // Where an answer with a token is malformed, the generated code's error would quote it, token and
                // all; so it gets no more than it can decode.
                let answer = Answer::read(response).await?;
                return Ok(if answer.is_decodable() {
                    answer.into_response()
                } else {
                    answer.without_body()
                });
            }
            if response.status().is_success() {
                return Ok(response);
            }
            // Generated code reads errors to their end, however long they are.
            Ok(Answer::read(response).await?.into_response())
        })
    }
}

impl RawHooks {
    async fn response(
        &self,
        client: &reqwest::Client,
        mut request: Request,
        operation: Operation,
    ) -> reqwest::Result<Response> {
        let authorization = request.headers_mut().remove(AUTHORIZATION);
        match authorization.filter(|_| operation.takes_bearer) {
            Some(authorization) => {
                let courier = Courier { http: client, headers: &self.headers, bearer: &*self.bearer };
                // Where there is no fresh token, generated code gets the 401: it has no room for our error.
                Ok(courier.deliver(request, authorization, None).await?.response)
            }
            None => trace::send(client, request, None, 0).await,
        }
    }
}
