//! Request hooks of the raw client: common headers, the access token, and bounds.

use std::sync::Arc;

use http::header::AUTHORIZATION;
use moneykit_gen::{BoxFuture, Operation, RequestHooks, contract};
use reqwest::{Request, Response};

use super::authenticated_sender::{AuthenticatedSender, BearerSource, RequestContext};
use super::buffered_response::BufferedResponse;
use super::{Server, is_idempotent, trace};
use crate::error::{Error, Kind, with_sources};

/// Adds the common headers to every request of the raw client, and the access token if the contract requires it.
pub(super) struct RawHooks {
    server: Arc<Server>,
    bearer: Arc<dyn BearerSource>,
}

impl RawHooks {
    pub(super) fn new(server: Arc<Server>, bearer: Arc<dyn BearerSource>) -> Self {
        Self { server, bearer }
    }
}

impl RequestHooks for RawHooks {
    fn prepare<'a>(
        &'a self,
        request: &'a mut Request,
        operation: Operation,
    ) -> BoxFuture<'a, Result<(), String>> {
        self.server.headers.insert(request);
        *request.timeout_mut() = Some(self.server.request_timeout);
        Box::pin(async move {
            // tokio's timers and reqwest panic outside of a runtime.
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
        _: &'a reqwest::Client,
        request: Request,
        operation: Operation,
    ) -> BoxFuture<'a, reqwest::Result<Response>> {
        Box::pin(async move {
            // Not the generated client's own one, which may have been replaced.
            let http = self.server.http();
            let response = self.response(&http, request, operation).await?;
            self.server.stale_connection.record_response();
            if contract::is_token_operation(operation.id) {
                // The generated code quotes a malformed body in its error, token and all. So it gets no body that
                // it can't decode.
                let response = BufferedResponse::read(response, self.server.base_url.as_str()).await?;
                return Ok(if response.is_decodable() {
                    response.into_response()
                } else {
                    response.without_body()
                });
            }
            if response.status().is_success() {
                return Ok(response);
            }
            // The generated code reads error bodies without a bound.
            Ok(BufferedResponse::read(response, self.server.base_url.as_str()).await?.into_response())
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
                let sender = AuthenticatedSender {
                    http: client,
                    headers: &self.server.headers,
                    bearer: &*self.bearer,
                    stale_connection: &self.server.stale_connection,
                };
                // Without a new token the generated code gets the 401: its error type has no room for ours.
                let is_idempotent = is_idempotent(&request);
                let context = RequestContext { path_template: None, is_idempotent, resend_count: 0 };
                Ok(sender.send(request, authorization, context).await?.response)
            }
            None => trace::send(client, request, None, 0).await,
        }
    }
}
