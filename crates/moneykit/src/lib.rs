//! MoneyKit's token endpoint done right: from client credentials to an authenticated request.
//!
//! Before any other call to MoneyKit, an application trades its client ID and client secret for an access token
//! (the client credentials grant, RFC 6749 §4.4). It lives for about an hour and goes with every later request as
//! `Authorization: Bearer …`. A [`Client`] gets such tokens and keeps each for as long as it is good.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = moneykit_emulator::Emulator::builder().client("live_1", "your-client-secret").start()?;
//! # let emulated = emulator.url();
//! use moneykit::{Client, reqwest};
//!
//! let client = Client::builder()
//!     .credentials("live_1", "your-client-secret")
//!     .base_url(emulated) // leave it out to use https://api.moneykit.com
//!     .build()?;
//!
//! // Gets a token first; later requests use the same one while it lives.
//! let answer = client.get("/institutions").query(&[("country", "US")]).send().await?;
//! assert_eq!(answer.status(), 200);
//!
//! // Or with whatever HTTP client you have: the headers for every request.
//! let http = reqwest::Client::new();
//! # let http = reqwest::Client::builder().no_proxy().build()?;
//! let answer = http
//!     .get(format!("{}/institutions", client.base_url()))
//!     .header("authorization", client.authorization_header().await?)
//!     .header("moneykit-version", client.api_version())
//!     .send()
//!     .await?;
//! assert_eq!(answer.status(), 200);
//! # Ok(())
//! # }
//! ```
//!
//! # Making a client
//!
//! [`Client::builder`] takes credentials and settings, and reports all that is wrong with them at once, each with
//! what to do about it. [`Client::from_env`] reads `MONEYKIT_CLIENT_ID`, `MONEYKIT_CLIENT_SECRET` and, where it is
//! set, `MONEYKIT_URL`; nothing else ever reads the environment.
//!
//! Make one client for each set of credentials and clone it wherever it is needed: clones share their token.
//! Clients with different credentials can share a [`Transport`], and with it a pool of connections.
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
//! # Requests
//!
//! [`Client::get`] and its sisters make authenticated requests as [`reqwest`] would: [`RequestBuilder`] says what
//! happens to those that meet a 401, and [`Response`] how answers and errors are read. [`Client::authorize`] puts the
//! headers on a request of another library; a layer does so for all requests of reqwest-middleware, or of tower, and
//! sees to their 401s (features `reqwest-middleware` and `tower`).
//!
//! # When something goes wrong
//!
//! Every failure is an [`Error`], which answers the questions that callers ask: are the credentials wrong
//! ([`is_unauthorized`](Error::is_unauthorized)), may it pass by itself ([`is_transient`](Error::is_transient)),
//! what did the server say ([`status`](Error::status), [`error_code`](Error::error_code),
//! [`message`](Error::message), [`documentation_url`](Error::documentation_url)).
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = moneykit_emulator::Emulator::builder().client("live_1", "your-client-secret").start()?;
//! # let emulated = emulator.url();
//! use moneykit::{Client, ErrorCode};
//!
//! let client = Client::builder().credentials("live_1", "a wrong secret").base_url(emulated).build()?;
//! let error = client.access_token().await.unwrap_err();
//!
//! assert!(error.is_unauthorized() && !error.is_transient());
//! assert_eq!(error.error_code(), Some(&ErrorCode::UNAUTHORIZED));
//! # Ok(())
//! # }
//! ```
//!
//! When the API answers a request of another library with a 401, its token is dead, whatever its age: tell the client
//! by [`Client::invalidate`], and the next [`access_token`](Client::access_token) brings a new one.
//!
//! # Secrets
//!
//! [`ClientSecret`] and [`AccessToken`] redact themselves where they are printed, and headers that hold them are
//! marked sensitive. No error holds either, nor the body of a response, so errors can be logged as they are. The
//! credentials go to the base URL and nowhere else: it is `https` (`http` for loopback hosts), and no redirect is
//! followed.
//!
//! # The rest of the API
//!
//! [`Client::raw`] is the client that is generated from MoneyKit's contract, with everything above in place: each
//! operation of the contract is a method there, and gets the access token by itself.
//!
//! # Being seen
//!
//! Each request and each endeavour to get a token has a `tracing` span. With the feature `metrics`, these are counted
//! for the facade of that name:
//!
//! | metric | kind | labels | of |
//! |---|---|---|---|
//! | `moneykit_token_cache_hits_total` | counter | | calls that got the kept token at once |
//! | `moneykit_token_refreshes_total` | counter | `cause`: `cold`, `window`, `expired`, `invalidated`, `wanted` | endeavours to get a new token |
//! | `moneykit_token_retries_total` | counter | | tries of a flight after its first |
//! | `moneykit_rejections_total` | counter | `what`: `credentials`, `access_token` | what a server would not have |
//! | `moneykit_token_refresh_duration_seconds` | histogram | `outcome`: `token`, `error` | seconds that a flight took, with all its tries |
//!
//! # In tests
//!
//! The crate `moneykit-emulator` serves the token endpoint on a loopback port, for tests that want real HTTP and no
//! account. [`ClientBuilder::clock`] lets them move time instead of waiting.
//!
//! # Features
//!
//! | feature | |
//! |---|---|
//! | `codegen` (default) | generates the raw client in each build; without it, its reviewed copy is compiled |
//! | `rustls` (default) | TLS by rustls, with the roots of the operating system |
//! | `native-tls` | TLS by the operating system's own library |
//! | `blocking` | the module `blocking`, for code without `async` |
//! | `metrics` | counts what the token does, for the `metrics` facade |
//! | `reqwest-middleware` | `BearerMiddleware`, for clients of reqwest-middleware |
//! | `tower` | the module `tower`, for services of HTTP requests |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod auth;
mod client;
mod defaults;
mod error;
mod integrations;
mod metrics;
mod request;
mod sync;
mod time;
mod token;
mod transport;

pub use client::Client;
pub use client::ClientBuilder;
pub use transport::Transport;

pub use request::RequestBuilder;
pub use request::Response;

pub use auth::ClientAuthMethod;
pub use auth::Scopes;
pub use auth::{ClientId, ClientSecret, Credentials, InvalidCredential};
pub use auth::{CredentialsFuture, CredentialsProvider};

pub use token::AccessToken;
pub use token::TokenStatus;

pub use error::Error;
pub use error::ErrorCode;

pub use time::{Clock, Moment, SystemClock};

#[cfg(feature = "reqwest-middleware")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest-middleware")))]
pub use integrations::BearerMiddleware;
#[cfg(feature = "blocking")]
#[cfg_attr(docsrs, doc(cfg(feature = "blocking")))]
pub use integrations::blocking;
#[cfg(feature = "tower")]
#[cfg_attr(docsrs, doc(cfg(feature = "tower")))]
pub use integrations::tower;

#[doc(inline)]
pub use transport::raw;

/// The crate whose statuses, methods and header values this one uses.
pub use http;
/// The crate whose HTTP client this one is built on.
pub use reqwest;

/// Invariants that hold for every input: for property tests, and for fuzz targets, which `cfg(fuzzing)` grants access.
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod invariants;
