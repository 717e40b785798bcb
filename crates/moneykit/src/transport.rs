//! The way to the server. No other file names the generated client.

mod answer;
mod connections;
mod courier;
mod raw_hooks;
mod token_hooks;
mod trace;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{HeaderName, USER_AGENT};
use http::{HeaderMap, HeaderValue};
/// The generated client and its types, as [`Client::raw`](crate::Client::raw) hands them out.
///
/// They follow the contract, not this crate's promise of stability: an operation or a field that the contract
/// gains appears here. Their errors are progenitor's, and show more of an answer than [`crate::Error`] does.
pub use moneykit_gen as raw;
use moneykit_gen::Hooks;
use reqwest::redirect::Policy;
use reqwest::{Request, Response};

use crate::base_url::BaseUrl;
use crate::clock::Clock;
use crate::credentials::{ClientAuthMethod, Credentials};
use crate::error::{Error, Kind, RequestFault};
use crate::scope::Scopes;
use crate::token::AccessToken;
use answer::{Answer, Secrets};
use connections::{Connections, Kept};
use courier::Courier;
pub(crate) use courier::{BearerSource, Delivery};
use raw_hooks::RawHooks;
use token_hooks::TokenHooks;

/// The contract's own base URL.
pub(crate) const DEFAULT_BASE_URL: &str = moneykit_gen::contract::SERVER;
/// The version of the API that the contract describes.
pub(crate) const DEFAULT_API_VERSION: &str = moneykit_gen::contract::VERSION;

const API_VERSION: HeaderName = HeaderName::from_static("moneykit-version");

/// A pool of connections, and the HTTP settings that they share. Many clients can use one; cloning is cheap.
///
/// ```
/// use moneykit::{Client, Transport, reqwest};
///
/// # fn main() -> Result<(), moneykit::Error> {
/// let transport = Transport::new(reqwest::Client::builder().pool_max_idle_per_host(4))?;
/// let one = Client::builder().credentials("id-1", "secret-1").transport(transport.clone()).build()?;
/// let two = Client::builder().credentials("id-2", "secret-2").transport(transport).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Transport {
    http: reqwest::Client,
    /// How long requests may take that set no time of their own, where that is known.
    timeout: Option<Duration>,
    connections: Connections,
}

impl Transport {
    /// Builds a transport from your own HTTP settings: root certificates, proxy, pool, timeouts.
    ///
    /// It takes the builder rather than a finished client since only so can redirects be kept off: a 307 or
    /// a 308 would send the client secret on to wherever the answer points.
    ///
    /// # Errors
    ///
    /// When reqwest can't build a client from the settings, for instance for a certificate that it can't
    /// read.
    pub fn new(http: reqwest::ClientBuilder) -> Result<Self, Error> {
        let http = http.redirect(Policy::none()).build();
        let http = http.map_err(|error| Kind::HttpSettings(error.without_url()))?;
        Ok(Self { http, timeout: None, connections: Connections::default() })
    }

    /// Returns what is known of the kept connections to where the API is.
    pub(crate) fn kept(&self, base_url: &BaseUrl) -> Kept {
        self.connections.to(base_url)
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Builds a transport whose requests may take so long, unless they set a time of their own.
    pub(crate) fn with_timeout(http: reqwest::ClientBuilder, timeout: Duration) -> Result<Self, Error> {
        Ok(Self { timeout: Some(timeout), ..Self::new(http.timeout(timeout))? })
    }
}

impl fmt::Debug for Transport {
    // Your own default headers may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}

/// Everything that a request to the API needs beside its access token.
pub(crate) struct Endpoint {
    pub(crate) transport: Transport,
    pub(crate) base_url: BaseUrl,
    pub(crate) headers: CommonHeaders,
    pub(crate) placement: ClientAuthMethod,
    pub(crate) scopes: Option<Scopes>,
    pub(crate) token_attempt_timeout: Duration,
    pub(crate) request_timeout: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) kept: Kept,
}

/// The headers that every request carries.
#[derive(Debug, Clone)]
pub(crate) struct CommonHeaders {
    pub(crate) api_version: HeaderValue,
    pub(crate) user_agent: HeaderValue,
}

impl CommonHeaders {
    fn put_on(&self, request: &mut Request) {
        let headers = request.headers_mut();
        // The generator adds a header of its own that this API does not know.
        headers.remove("api-version");
        headers.insert(API_VERSION, self.api_version.clone());
        headers.insert(USER_AGENT, self.user_agent.clone());
    }

    /// Puts those on that are not there yet.
    pub(crate) fn fill_in(&self, headers: &mut HeaderMap) {
        headers.entry(API_VERSION).or_insert_with(|| self.api_version.clone());
        headers.entry(USER_AGENT).or_insert_with(|| self.user_agent.clone());
    }
}

impl Endpoint {
    /// Asks the server for a new access token, once.
    pub(crate) async fn request_token(&self, credentials: &Credentials) -> Result<AccessToken, Error> {
        // Without one, tokio panics.
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(Kind::NoRuntime.into());
        }
        let (hooks, answer) = TokenHooks::new(self, credentials);
        let client = self.client(Hooks::new(hooks));
        let requested = self.clock.now();
        let outcome =
            client.generate_access_token().body_map(|form| self.fill(form, credentials)).send().await;
        // The generated code knows documented answers alone, and its errors quote bodies. So whenever an answer
        // came, it is read here; the generated outcome counts only where none came.
        match (answer.take(), outcome) {
            (Some(answer), _) => answer.into_token(requested, credentials, self.clock.now().wall()),
            (None, Err(raw::Error::CommunicationError(error) | raw::Error::ResponseBodyError(error))) => {
                let (error, base_url) = (error.without_url(), self.base_url.as_str().to_owned());
                let kind = if error.is_builder() {
                    // The caller's settings may refuse what this crate allows, such as http to a loopback host.
                    Kind::HttpSettings(error)
                } else if connections::is_garbage(&error) {
                    Kind::NotHttp { error, base_url }
                } else {
                    Kind::Http { error, base_url }
                };
                Err(kind.into())
            }
            (None, _) => Err(Kind::NotSent.into()),
        }
    }

    /// Sends a request to the API, authenticated by what `bearer` gives, and once more after a 401.
    pub(crate) async fn deliver(
        &self,
        bearer: &dyn BearerSource,
        mut request: Request,
        template: Option<&str>,
    ) -> Result<Delivery, Error> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(Kind::NoRuntime.into());
        }
        // A time of its own costs a request three allocations, so it has none where the transport's will do.
        if self.transport.timeout != Some(self.request_timeout) && request.timeout().is_none() {
            *request.timeout_mut() = Some(self.request_timeout);
        }
        let authorization = bearer.authorization().await?;
        let courier = Courier { http: &self.transport.http, headers: &self.headers, bearer };
        let delivery = courier.deliver(request, authorization, template).await;
        let mut delivery = delivery.map_err(|error| self.broken(error))?;
        self.kept.note_answer();
        match delivery.no_fresh_token.take() {
            Some(error) => Err(error),
            None => Ok(delivery),
        }
    }

    /// Makes an error of an answer that is not a success, for a request that carried `authorization`.
    /// The API may know the client secret too, though it was not in the request.
    pub(crate) async fn refusal(
        &self,
        response: Response,
        authorization: &HeaderValue,
        credentials: Option<&Credentials>,
    ) -> Error {
        let answer = match Answer::read(response).await {
            Ok(answer) => answer,
            Err(error) => return self.broken(error),
        };
        let header = authorization.to_str().unwrap_or_default();
        let token = header.strip_prefix("Bearer ").unwrap_or(header);
        let secrets = credentials.map(Secrets::of).unwrap_or_default().and(token);
        Kind::Request(RequestFault::Refused(answer.refusal(&secrets, self.clock.now().wall()))).into()
    }

    /// Makes an error of what broke a request, or the reading of its answer.
    pub(crate) fn broken(&self, error: reqwest::Error) -> Error {
        let base_url = self.base_url.as_str().to_owned();
        Kind::Request(RequestFault::Http { error: error.without_url(), base_url }).into()
    }

    /// Returns the generated client, authenticated by what `bearer` gives.
    pub(crate) fn raw(&self, bearer: Arc<dyn BearerSource>) -> raw::Client {
        self.client(Hooks::new(RawHooks::new(
            self.headers.clone(),
            bearer,
            self.request_timeout,
            self.kept.clone(),
        )))
    }

    fn client(&self, hooks: Hooks) -> raw::Client {
        raw::Client::new_with_client(self.base_url.as_str(), self.transport.http.clone(), hooks)
    }

    fn fill(
        &self,
        form: raw::types::builder::AccessTokenRequest,
        credentials: &Credentials,
    ) -> raw::types::builder::AccessTokenRequest {
        let form = form
            .grant_type(raw::types::AccessTokenRequestGrantType::ClientCredentials)
            // Absent where none are set: "if omitted, all actions allowed" (the contract).
            .scope(self.scopes.as_ref().map(|scopes| scopes.as_str().to_owned()));
        match self.placement {
            ClientAuthMethod::ClientSecretPost => form
                .client_id(credentials.client_id().as_str().to_owned())
                .client_secret(raw::Secret::from(credentials.client_secret().expose_secret())),
            ClientAuthMethod::ClientSecretBasic => form,
        }
    }

    /// Returns the `Authorization` header of a token request, where credentials travel there (RFC 7617 §2).
    fn basic_header(&self, credentials: &Credentials) -> Option<HeaderValue> {
        if self.placement != ClientAuthMethod::ClientSecretBasic {
            return None;
        }
        let (id, secret) = (credentials.client_id().as_str(), credentials.client_secret().expose_secret());
        let encoded = BASE64_STANDARD.encode(format!("{id}:{secret}"));
        let mut header = HeaderValue::try_from(format!("Basic {encoded}")).expect("Base64 is visible ASCII");
        header.set_sensitive(true);
        Some(header)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("base_url", &self.base_url)
            .field("placement", &self.placement)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// Makes a token of an answer, as if it had come from the server, or an error that says why there is none.
#[cfg(any(test, fuzzing))]
pub(crate) fn decode(
    (status, headers, body): (http::StatusCode, HeaderMap, &[u8]),
    requested: crate::clock::Moment,
    credentials: &Credentials,
) -> Result<AccessToken, Error> {
    let url = DEFAULT_BASE_URL.parse().expect("the contract's own URL");
    Answer::new(url, status, headers, body).into_token(requested, credentials, requested.wall())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base_url::Encryption;
    use crate::clock::SystemClock;

    fn endpoint(placement: ClientAuthMethod) -> Endpoint {
        let base_url = BaseUrl::parse("base_url", DEFAULT_BASE_URL, Encryption::Required).unwrap();
        let header = HeaderValue::from_static("x");
        Endpoint {
            transport: Transport::new(reqwest::Client::builder()).unwrap(),
            kept: Kept::default(),
            base_url,
            headers: CommonHeaders { api_version: header.clone(), user_agent: header },
            placement,
            scopes: None,
            token_attempt_timeout: Duration::from_secs(1),
            request_timeout: Duration::from_secs(1),
            clock: Arc::new(SystemClock),
        }
    }

    #[test]
    fn the_basic_header_is_sensitive_and_there_only_where_it_is_asked_for() {
        let credentials = Credentials::new("id", "pale-secret").unwrap();
        assert!(
            endpoint(ClientAuthMethod::ClientSecretBasic).basic_header(&credentials).unwrap().is_sensitive()
        );
        assert!(endpoint(ClientAuthMethod::ClientSecretPost).basic_header(&credentials).is_none());
    }
}
