//! Token requests: sent by the generated client, with the response set aside for the facade to read.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::HeaderValue;
use http::header::AUTHORIZATION;
use moneykit_gen::{BoxFuture, Hooks, Operation, RequestHooks};
use reqwest::{Client, Request, Response};

use super::buffered_response::BufferedResponse;
use super::connection_pool::ConnectionPool;
use super::{CommonHeaders, Server, StaleConnectionHint, raw, stale_connections};
use crate::auth::{ClientAuthentication, Scopes};
use crate::error::{Error, Kind, TransportError};
use crate::time::Clock;

/// The parameters of a token request (RFC 6749 §4.4.2).
pub(crate) struct TokenRequest<'a> {
    pub(crate) authentication: ClientAuthentication<'a>,
    pub(crate) scopes: Option<&'a Scopes>,
    /// The bound of one attempt, from connecting to the last byte.
    pub(crate) timeout: Duration,
}

impl Server {
    /// Sends a token request and returns the response, whatever its status. Makes one attempt.
    pub(crate) async fn request_token(
        &self,
        request: TokenRequest<'_>,
        clock: &Arc<dyn Clock>,
    ) -> Result<BufferedResponse, Error> {
        // tokio's timers and reqwest panic outside of a runtime.
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(Kind::NoRuntime.into());
        }
        let TokenRequest { authentication, scopes, timeout } = request;
        let response = ResponseSlot::default();
        let hooks = TokenHooks {
            base_url: self.base_url.as_str().to_owned(),
            headers: self.headers.clone(),
            authorization: authentication.authorization,
            timeout,
            clock: Arc::clone(clock),
            stale_connection: self.stale_connection.clone(),
            pool: Arc::clone(&self.transport.pool),
            response: response.clone(),
        };
        let outcome = self
            .generated_client(Hooks::new(hooks))
            .generate_access_token()
            .body_map(|form| {
                form.grant_type(raw::types::AccessTokenRequestGrantType::ClientCredentials)
                    // Absent if no scopes are set: "if omitted, all actions allowed" (the contract).
                    .scope(scopes.map(|scopes| scopes.as_str().to_owned()))
                    .client_id(authentication.client_id.map(str::to_owned))
                    .client_secret(
                        authentication.client_secret.map(|secret| raw::Secret::from(secret.expose_secret())),
                    )
            })
            .send()
            .await;
        // The generated code decodes only documented responses, and its errors quote bodies. So its outcome counts
        // only if no response arrived.
        match (response.take(), outcome) {
            (Some(response), _) => Ok(response),
            (None, Err(raw::Error::CommunicationError(error) | raw::Error::ResponseBodyError(error))) => {
                Err(self.token_transport_error(error))
            }
            (None, _) => Err(Kind::NotSent.into()),
        }
    }

    fn token_transport_error(&self, error: reqwest::Error) -> Error {
        let is_not_http = stale_connections::is_not_http(&error);
        Kind::Http(TransportError::new(error, self.base_url.as_str(), is_not_http)).into()
    }
}

/// The request hooks of a token request.
struct TokenHooks {
    base_url: String,
    headers: CommonHeaders,
    authorization: Option<HeaderValue>,
    timeout: Duration,
    clock: Arc<dyn Clock>,
    stale_connection: StaleConnectionHint,
    pool: Arc<ConnectionPool>,
    response: ResponseSlot,
}

impl TokenHooks {
    /// Sends the request; sends it once more if an idle connection had closed before it was used.
    ///
    /// A server may close an idle connection at any time, also just as a request goes out on it. Requesting a
    /// token twice does no harm.
    async fn send(&self, client: &Client, request: Request) -> reqwest::Result<Response> {
        let sent = self.clock.now().monotonic();
        let retry = request.try_clone();
        let mut used_idle_connection = false;
        let outcome = match (client.execute(request).await, retry) {
            (Err(error), Some(mut retry))
                if stale_connections::is_closed(&error) && self.stale_connection.take() =>
            {
                used_idle_connection = true;
                let elapsed = self.clock.now().monotonic().saturating_sub(sent);
                *retry.timeout_mut() = Some(self.timeout.saturating_sub(elapsed));
                client.execute(retry).await
            }
            (outcome, _) => outcome,
        };
        // The connection may have died while it was idle, and so may others in the pool.
        if let Err(error) = &outcome
            && error.is_timeout()
            && !error.is_connect()
            && (used_idle_connection || self.stale_connection.take())
        {
            self.pool.replace();
        }
        if outcome.is_ok() {
            self.stale_connection.record_response();
        }
        outcome
    }
}

impl RequestHooks for TokenHooks {
    fn prepare<'a>(&'a self, request: &'a mut Request, _: Operation) -> BoxFuture<'a, Result<(), String>> {
        self.headers.insert(request);
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
            let response = BufferedResponse::read(self.send(client, request).await?, &self.base_url).await?;
            let without_body = response.without_body();
            self.response.put(response);
            Ok(without_body)
        })
    }
}

/// Holds the response of a token request until the request's caller takes it.
#[derive(Clone, Default)]
struct ResponseSlot(Arc<Mutex<Option<BufferedResponse>>>);

impl ResponseSlot {
    fn take(&self) -> Option<BufferedResponse> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, response: BufferedResponse) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(response);
    }
}
