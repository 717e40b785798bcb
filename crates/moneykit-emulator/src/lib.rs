//! MoneyKit's token endpoint on a loopback port: for the tests and examples of any client, in any language.
//!
//! The emulator answers as `spec/openapi.yaml` says. It shares no code with the clients of this workspace: it reads
//! the same contract, so that a misreading on one side meets a second reading on the other.
//!
//! ```
//! use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};
//! use std::time::Duration;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let emulator = Emulator::builder().start()?;
//! let http = reqwest::blocking::Client::builder().no_proxy().build()?;
//!
//! let answer = http
//!     .post(format!("{}/auth/token", emulator.url()))
//!     .basic_auth(DEFAULT_CLIENT_ID, Some(DEFAULT_CLIENT_SECRET))
//!     .send()?;
//! assert_eq!(answer.status(), 201);
//! let body: serde_json::Value = answer.json()?;
//! let token = body["access_token"].as_str().ok_or("no token")?;
//!
//! let links = || http.get(format!("{}/links", emulator.url())).bearer_auth(token).send();
//! assert_eq!(links()?.status(), 200);
//! emulator.advance(Duration::from_secs(3600));
//! assert_eq!(links()?.status(), 401);
//! assert_eq!(emulator.request_counts().tokens_issued, 1);
//! # Ok(())
//! # }
//! ```
//!
//! # The token endpoint
//!
//! `POST /auth/token` checks a request in this order; the first check to fail decides the answer. Every error has
//! the documented body (`error_code`, `error_message`, `documentation_url`), every answer forbids caching.
//!
//! | the request | answer |
//! |---|---|
//! | has another method | 405 |
//! | has a body of more than 64 KiB | 413 |
//! | has a content type other than `application/x-www-form-urlencoded`, or a body without any | 400 |
//! | has a body that is not UTF-8, is badly percent-encoded, or repeats a field (RFC 6749 §3.2) | 400 |
//! | has a `grant_type` other than `client_credentials`, an empty one included | 400 |
//! | has no credentials, wrong ones, two that contradict each other, or an `Authorization` that is not Basic | 401 |
//! | asks for a scope that is malformed (RFC 6749 §3.3) or that the client is not allowed | 401 |
//! | is none of the above | 201, with a new token |
//!
//! Credentials come in the form (`client_id` and `client_secret`), in a Basic header (RFC 7617), or in both when
//! they agree; `client_id` alone may accompany a Basic header. With a Basic header, no body is needed. An absent
//! `grant_type` means `client_credentials`. Fields with an empty value count as omitted (RFC 6749 §3.2), save for
//! `grant_type`. Without `scope`, the token allows all that the client is allowed. Unknown fields are ignored.
//!
//! # Everything else
//!
//! Every other path stands for the rest of the API and wants `Authorization: Bearer {access_token}` (RFC 6750 §2.1).
//! A token that is missing, malformed, unknown or revoked is answered 401 with `api_error.auth.unauthorized`; an
//! expired one 401 with `api_error.auth.expired_access_token`. With a good token, every path and method answers 200
//! and says what arrived:
//!
//! ```json
//! {
//!   "method": "GET",
//!   "path": "/links",
//!   "query": "page=2",
//!   "client_id": "live_5c739a369515e10fc9e0",
//!   "scope": ["accounts", "transactions"],
//!   "moneykit_version": "2023-02-18",
//!   "body_bytes": 0
//! }
//! ```
//!
//! `query` and `moneykit_version` (the `MoneyKit-Version` header) are null when the request has none; `scope` is
//! null when the token allows everything. The token itself is never sent back.
//!
//! [`EmulatorBuilder::answer`] prepares other answers, for clients that expect more of the API than an echo.
//!
//! # Faults
//!
//! A client is only as good as it is on a bad day, so the token endpoint fails on demand: the next requests
//! by [`Emulator::fail_next`], or some by chance, by [`EmulatorBuilder::faults`].
//!
//! ```
//! use std::time::Duration;
//!
//! use moneykit_emulator::{Emulator, Fault, StatusCode};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let emulator = Emulator::builder().start()?;
//! emulator.fail_next(1, Fault::RetryAfter(StatusCode::TOO_MANY_REQUESTS, Duration::from_secs(2)));
//!
//! let http = reqwest::blocking::Client::builder().no_proxy().build()?;
//! let answer = http.post(format!("{}/auth/token", emulator.url())).send()?;
//! assert_eq!(answer.status(), 429);
//! assert_eq!(answer.headers()["retry-after"], "2");
//! # Ok(())
//! # }
//! ```

pub use builder::DEFAULT_CLIENT_ID;
pub use builder::DEFAULT_CLIENT_SECRET;
pub use builder::DEFAULT_TOKEN_LIFETIME;
pub use builder::EmulatorBuilder;
pub use emulator::Emulator;
pub use fault::{Fault, Faults};
pub use requests::RequestCounts;

/// What [`Fault`]s speak.
pub use axum::http::StatusCode;

mod answers;
mod api;
mod authorization;
mod body;
mod builder;
mod clients;
mod clock;
mod connection;
mod emulator;
mod fault;
mod form;
mod refusal;
mod requests;
mod scope;
mod secret;
mod server;
mod shared;
mod token_endpoint;
mod token_store;

/// What must hold for every input: for property tests, and for fuzz targets, to which `cfg(fuzzing)` shows
/// it.
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod properties;
