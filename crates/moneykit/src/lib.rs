//! A client for the [MoneyKit](https://moneykit.com) API: OAuth 2.0 client credentials, a token cache, and
//! authenticated requests.
//!
//! MoneyKit issues short-lived access tokens in exchange for a client ID and a client secret (the client credentials
//! grant, RFC 6749 §4.4), and every API request carries one as `Authorization: Bearer …`. A [`Client`] requests
//! tokens, caches them, refreshes them before they expire, and adds them to your requests.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = moneykit_emulator::Emulator::builder()
//! #     .client("live_1", "your-client-secret")
//! #     .stub("GET", "/links/lnk_1", 200, r#"{"link_id": "lnk_1", "state": "connected"}"#)
//! #     .start()?;
//! # let url = emulator.url();
//! use moneykit::Client;
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! struct Link {
//!     link_id: String,
//!     state: String,
//! }
//!
//! let client = Client::builder()
//!     .credentials("live_1", "your-client-secret")
//!     .base_url(url) // omit to use https://api.moneykit.com
//!     .build()?;
//!
//! let link: Link = client.get("/links/{link_id}").path("link_id", "lnk_1").recv_json().await?;
//! println!("{} is {}", link.link_id, link.state);
//! # assert_eq!(link.state, "connected");
//! # Ok(())
//! # }
//! ```
//!
//! The first request obtains a token. Later requests use the cached token until it is due for a refresh, which happens
//! in the background.
//!
//! # Creating a client
//!
//! [`Client::from_env`] reads `MONEYKIT_CLIENT_ID`, `MONEYKIT_CLIENT_SECRET` or `MONEYKIT_CLIENT_SECRET_FILE`, and, if
//! it is set, `MONEYKIT_URL`. [`Client::from_config`] takes a section of the application's own settings file.
//! [`Client::builder`] takes credentials and settings in code; it reads the environment only if
//! [`read_env`](ClientBuilder::read_env) is called. All of them report every invalid setting at once, each with its
//! remedy.
//!
//! ```
//! use moneykit::{Client, ClientAuthMethod};
//!
//! let error = Client::builder()
//!     .credentials("live:1", "")
//!     .auth_method(ClientAuthMethod::ClientSecretBasic)
//!     .base_url("api.moneykit.com")
//!     .build()
//!     .unwrap_err();
//!
//! assert!(error.is_configuration());
//! assert!(error.to_string().contains("client_secret is empty"));
//! assert!(error.to_string().contains("base_url is not a URL"));
//! ```
//!
//! Create one client for each set of credentials and clone it: clones share their token. Clients with different
//! credentials can share a [`Transport`], and with it a connection pool. Credentials that rotate while the client runs
//! come from a [`CredentialsProvider`], such as [`FileCredentials`].
//!
//! # Requests
//!
//! [`Client::get`], [`Client::post`] and their siblings return a [`RequestBuilder`], which adds the access token and
//! the common headers, and sends a request once more if a 401 suggests that its token is dead.
//!
//! - [`RequestBuilder::path`] sets a parameter of the path, percent-encoded, so that an ID cannot lead to another path.
//! - [`RequestBuilder::recv_json`] sends the request, checks the status and decodes the body.
//!   [`RequestBuilder::send`] returns a [`Response`], which reads bodies and error responses.
//! - [`RetryPolicy`] retries idempotent requests after transient failures, if it is set.
//! - [`paginate`] turns a function that fetches one page into a stream of pages or items.
//! - [`Client::execute`] sends requests of reqwest's, from another crate or generator.
//!
//! For requests of other HTTP libraries, [`Client::authorize`] adds the headers to an [`http::Request`], and
//! [`Client::authorization_header`] returns the `Authorization` header alone:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
//! # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
//! use moneykit::reqwest;
//!
//! // A redirect could carry the token to another host.
//! let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
//! let response = http
//!     .get(format!("{}/links", client.base_url()))
//!     .header("authorization", client.authorization_header().await?)
//!     .header("moneykit-version", client.api_version())
//!     .send()
//!     .await?;
//! assert_eq!(response.status(), 200);
//! # Ok(())
//! # }
//! ```
//!
//! If the API responds to such a request with 401, pass its token to [`Client::invalidate`]; the next
//! [`access_token`](Client::access_token) returns a new one. The features `reqwest-middleware` and `tower` provide a
//! middleware and a layer that authenticate every request and handle a 401.
//!
//! # 401 responses
//!
//! A 401 says that one request with one token was refused. It does not say that the token is dead: an endpoint may
//! require another scope, or a replica may not know a new token yet. So the client treats a 401 as evidence:
//!
//! - Callers that met no 401 keep getting the current token.
//! - If a request that was sent later succeeded with the same token, the 401 is returned. So is the 401 of a target
//!   (method and path) that refused a fresh token as well in the last minute.
//! - A new token without any success gives way to its predecessor while that is valid. Without a predecessor, the
//!   request is sent again with the same token after 100 to 300 ms.
//! - Otherwise the token is suspect: one refresh is shared by all requests that met a 401, and each of them is sent once
//!   more, unless its body is a stream. Such refreshes start at least 1 second apart, and up to 60 seconds apart while
//!   new tokens meet the 401 too; meanwhile 401s are returned.
//! - `api_error.auth.expired_access_token` in the body is definite: the token is replaced.
//!
//! # Sharing a token
//!
//! A service on many machines, or a function that starts anew for each event, can share one token instead of requesting
//! one in each process. With the feature `token-store`, `ClientBuilder::token_store` sets a store that the processes have
//! in common; the crate `moneykit-redis` has one for Redis. One process requests the token for all, and the others wait
//! for it:
//!
//! - A cached token is returned without asking the store. The store is asked where a token would be requested: for the
//!   first token, for a refresh, and after a 401 that makes the token suspect.
//! - Early refreshes, and the replacement of a revoked token, cost one request for all processes together.
//! - The store need not be reliable. If it fails or is slow, each process requests a token of its own, at most 250 ms
//!   later than without a store, and does not ask the store for a while. One warning is logged for each such period.
//!   [`TokenStatus`] has the state of the store.
//! - Processes share a token if they have the same credentials, base URL, scopes and API version. Nothing else has to be
//!   configured: names and keys derive from the client secret.
//!
//! # Errors
//!
//! Every failure is an [`Error`]. Its predicates classify it: [`is_unauthorized`](Error::is_unauthorized) for
//! rejected credentials or tokens, [`is_transient`](Error::is_transient) for failures that may not recur on a later
//! attempt. Its accessors return the parts of an error response: [`status`](Error::status),
//! [`error_code`](Error::error_code), [`message`](Error::message), [`documentation_url`](Error::documentation_url)
//! and [`retry_after`](Error::retry_after). [`Error::find_in`] finds one behind the errors of other libraries.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = moneykit_emulator::Emulator::builder().client("live_1", "your-client-secret").start()?;
//! # let url = emulator.url();
//! use moneykit::{Client, ErrorCode};
//!
//! let client = Client::builder().credentials("live_1", "a wrong secret").base_url(url).build()?;
//! let error = client.access_token().await.unwrap_err();
//!
//! assert!(error.is_unauthorized() && !error.is_transient());
//! assert_eq!(error.error_code(), Some(&ErrorCode::UNAUTHORIZED));
//! # Ok(())
//! # }
//! ```
//!
//! # Secrets
//!
//! The `Debug` output of [`ClientSecret`] and [`AccessToken`] is redacted, and headers that contain them are marked
//! sensitive. No error contains a secret, a token or a response body, so errors can be logged. The credentials are sent
//! to the token endpoint below the base URL only: the base URL must be `https`, or `http` for `localhost` or a literal
//! loopback address, and redirects are not followed.
//!
//! # The raw client
//!
//! [`Client::raw`] returns the client that is generated from the OpenAPI contract: one method per operation, with the
//! access token added to each operation that requires it.
//!
//! # Operations of other contracts
//!
//! With `moneykit-codegen` as a build dependency, [`include_client!`] includes a client that is generated from any OpenAPI
//! contract. Its operations are typed, and sent by a [`Client`]: with its token, retries, bounds, spans and errors.
//!
//! # Observability
//!
//! Each API request and each token refresh has a `tracing` span. The feature `metrics` adds these metrics of the
//! `metrics` facade:
//!
//! | metric | type | labels | description |
//! |---|---|---|---|
//! | `moneykit_token_cache_hits_total` | counter | | calls that returned the cached token without waiting |
//! | `moneykit_token_refreshes_total` | counter | `reason`: `initial`, `early`, `expired`, `invalidated`, `min_validity` | token refreshes that were started |
//! | `moneykit_token_refresh_failures_total` | counter | `reason`: `rejected`, `rate_limited`, `timeout`, `connect`, `connection`, `server_error`, `error_response`, `invalid_response`, `credentials_provider`, `other` | token refreshes that failed after their last attempt |
//! | `moneykit_token_retries_total` | counter | | attempts of a refresh after its first |
//! | `moneykit_rejections_total` | counter | `kind`: `credentials`, `access_token` | rejections by the token endpoint, and access tokens that the API rejected |
//! | `moneykit_token_refresh_duration_seconds` | histogram | `outcome`: `token`, `error` | duration of a refresh in seconds, including its retries |
//! | `moneykit_token_store_adoptions_total` | counter | | tokens that came from the token store, so that no request was sent (feature `token-store`) |
//! | `moneykit_token_store_failures_total` | counter | `reason`: `error`, `timeout`, `panic` | failures of the token store (feature `token-store`) |
//! | `moneykit_token_expires_in_seconds` | gauge | `client_id` | time until the current token expires, as of the last refresh or [`Client::token_status`] |
//!
//! [`Client::token_status`] returns a snapshot for health checks.
//!
//! # Testing
//!
//! The crate `moneykit-emulator` serves the token endpoint, and stubs of other endpoints, on a loopback port. Tests
//! make real HTTP requests and need no account. With a [`ManualClock`], a test advances the time instead of waiting for
//! tokens to expire. [`Client::with_static_token`] needs no token endpoint.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use moneykit::Client;
//! use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};
//!
//! let emulator = Emulator::builder().stub("GET", "/links/lnk_1", 404, "{}").start()?;
//! let client = Client::builder()
//!     .credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
//!     .base_url(emulator.url())
//!     .build()?;
//!
//! let response = client.get("/links/{link_id}").path("link_id", "lnk_1").send().await?;
//! assert_eq!(response.status(), 404);
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! | feature | description |
//! |---|---|
//! | `rustls` (default) | TLS by rustls, with the root certificates of the operating system |
//! | `native-tls` | TLS by the library of the operating system |
//! | `rustls-no-provider` | TLS by rustls, with the cryptography that the application installs for its process (`CryptoProvider::install_default`) before it builds a client; without one, reqwest panics |
//! | `multipart` | multipart forms as request bodies |
//! | `blocking` | the module `blocking`: a client for code without `async` |
//! | `reqwest-middleware` | `BearerMiddleware` for reqwest-middleware |
//! | `tower` | the module `tower`: a layer for services of HTTP requests |
//! | `token-store` | the module `token_store`: a token that several processes share |
//! | `metrics` | counters and a histogram for the `metrics` facade |
//! | `codegen` | generates the raw client in each build; without it, a reviewed copy of the same code is compiled |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod auth;
mod client;
mod defaults;
mod error;
mod evidence;
mod integrations;
mod metrics;
mod request;
mod retry;
mod sync;
mod time;
mod token;
mod transport;

pub use client::Client;
pub use client::ClientBuilder;
pub use client::ClientConfig;
pub use transport::Transport;

pub use request::RequestBuilder;
pub use request::Response;
pub use request::{Page, PageItems, Pages, paginate};
pub use retry::RetryPolicy;

pub use auth::ClientAuthMethod;
pub use auth::Scopes;
pub use auth::{ClientId, ClientSecret, Credentials, InvalidCredential};
pub use auth::{CredentialsFuture, CredentialsProvider, FileCredentials};

pub use token::AccessToken;
pub use token::TokenStatus;

pub use error::Error;
pub use error::ErrorCode;

pub use time::{Clock, ManualClock, Moment, SystemClock};

#[cfg(feature = "reqwest-middleware")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest-middleware")))]
pub use integrations::BearerMiddleware;
#[cfg(feature = "blocking")]
#[cfg_attr(docsrs, doc(cfg(feature = "blocking")))]
pub use integrations::blocking;
#[cfg(feature = "tower")]
#[cfg_attr(docsrs, doc(cfg(feature = "tower")))]
pub use integrations::tower;

/// A store for an access token that several processes share.
#[cfg(feature = "token-store")]
#[cfg_attr(docsrs, doc(cfg(feature = "token-store")))]
pub mod token_store {
    pub use crate::token::store::{
        InMemoryTokenStore, Lease, StoreError, StoreFuture, StoreKey, StoreStatus, StoredToken, TokenDigest,
        TokenStore, conformance,
    };
}

#[doc(inline)]
pub use transport::raw;

#[doc(hidden)]
pub use integrations::codegen;

/// The `http` crate, whose types are part of this API.
pub use http;
/// The `reqwest` crate, whose types are part of this API.
pub use reqwest;

/// Invariants that hold for every input, shared by the property tests and the fuzz targets.
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod invariants;
