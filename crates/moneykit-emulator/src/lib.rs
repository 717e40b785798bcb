//! An emulator of the MoneyKit API on a loopback port, for testing OAuth 2.0 clients written in any language.
//!
//! The emulator implements MoneyKit's token endpoint (the OAuth 2.0 client credentials grant) as `spec/openapi.yaml`
//! specifies it, and checks the access tokens of requests to the rest of the API. It shares no code with the clients in
//! this workspace, so a misreading of the specification in a client is not repeated here and shows up in tests.
//!
//! Rust tests use it as a library:
//!
//! ```
//! use std::time::Duration;
//!
//! use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let emulator = Emulator::builder().start()?;
//! let http = reqwest::blocking::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
//!
//! let response = http
//!     .post(format!("{}/auth/token", emulator.url()))
//!     .basic_auth(DEFAULT_CLIENT_ID, Some(DEFAULT_CLIENT_SECRET))
//!     .send()?;
//! assert_eq!(response.status(), 201);
//! let body: serde_json::Value = response.json()?;
//! let token = body["access_token"].as_str().ok_or("no token")?;
//!
//! let get_links = || http.get(format!("{}/links", emulator.url())).bearer_auth(token).send();
//! assert_eq!(get_links()?.status(), 200);
//!
//! // Tokens live for an hour. The emulator's clock can be advanced, so no test needs to sleep.
//! emulator.advance(Duration::from_secs(3600));
//! assert_eq!(get_links()?.status(), 401);
//! assert_eq!(emulator.request_counts().tokens_issued, 1);
//! # Ok(())
//! # }
//! ```
//!
//! Tests in other languages run it as a process and control it over HTTP:
//!
//! ```text
//! cargo run -p moneykit-emulator --features process -- --port 8080 --client my-id:my-secret
//! ```
//!
//! | To | use | over HTTP, below `/__emulator` |
//! |---|---|---|
//! | respond to requests | [`Stub`], [`Session::add_stub`] | `/stubs` |
//! | make requests fail | [`Fault`], [`Session::fail_next`], [`Faults`] | `/faults` |
//! | limit the rate of requests | [`RateLimits`] | `/rate-limits` |
//! | see and wait for requests | [`Session::requests`], [`Session::wait_for_requests`] | `/requests`, `/counts` |
//! | move or freeze the time | [`Session::advance`], [`Session::freeze_clock`] | `/clock` |
//! | register clients, issue and revoke tokens | [`Session::add_client`], [`Session::issue_token`] | `/clients`, `/tokens` |
//! | keep parallel tests apart | [`Emulator::create_session`] | `/sessions` |
//!
//! # Page
//!
//! With the control API ([`EmulatorBuilder::control_api`]; the program always has it), `{url}/__emulator/` is a page for
//! people: requests as they arrive, clients, tokens without their values, stubs, faults, sessions and the clock. Browsers
//! that open the base URL are redirected to it. `GET /` belongs to the emulated API if it has `Authorization`, or if its
//! `Accept` does not name `text/html`. If the emulator has a control key, the page asks for it.
//!
//! # Token endpoint
//!
//! `POST /auth/token` issues access tokens. The emulator checks each request in the order of this table, and the first
//! match determines the response.
//!
//! | Request | Response | `error_code` |
//! |---|---|---|
//! | Exceeds the [`RateLimits`] | 429, with `Retry-After` | `api_error.rate_limit_exceeded` |
//! | Has an incomplete body or invalid framing | 400 | `api_error.bad_request` |
//! | Uses a method other than POST | 405, with `Allow: POST` | `api_error.method_not_allowed` |
//! | Has a body larger than 64 KiB | 413 | `api_error.auth.unauthorized` |
//! | Has a content type other than `application/x-www-form-urlencoded`, or a body but no content type | 400 | `api_error.auth.unauthorized` |
//! | Has a body that is not UTF-8, has invalid percent-encoding, or repeats a field (RFC 6749 §3.2) | 400 | `api_error.auth.unauthorized` |
//! | Has a `grant_type` other than `client_credentials`, including an empty one | 400 | `api_error.auth.unauthorized` |
//! | Has missing, wrong or contradictory credentials, or an `Authorization` header that is repeated or not Basic | 401, with a Basic challenge | `api_error.auth.unauthorized` |
//! | Requests a scope that is malformed (RFC 6749 §3.3) or not allowed for the client | 401, with a Basic challenge | `api_error.auth.unauthorized` |
//! | Any other | 201, with a new access token | |
//!
//! Error responses have the documented JSON body with `error_code`, `error_message` and `documentation_url`. All
//! responses forbid caching.
//!
//! Details of a valid request:
//!
//! | Request | Meaning |
//! |---|---|
//! | `client_id` and `client_secret` in the form | The `client_secret_post` authentication method |
//! | `Authorization: Basic …` (RFC 7617) | The `client_secret_basic` authentication method; needs no body |
//! | Both of them, or Basic with `client_id` only | Accepted if the values are equal |
//! | Basic with an empty user and password (`Og==`) | The header is omitted |
//! | Basic with an encoded user and password (RFC 6749 §2.3.1) | Accepted, as is Basic that is not encoded |
//! | No `grant_type` | `client_credentials` |
//! | No `scope` | All scopes that the client is allowed |
//! | A field with an empty value | The field is omitted (RFC 6749 §3.2), except for `grant_type` |
//! | An unknown field | Ignored |
//!
//! # Rest of the API
//!
//! Every other path represents the rest of the API and requires `Authorization: Bearer {access_token}`
//! (RFC 6750 §2.1).
//!
//! | Request | Response | `error_code` |
//! |---|---|---|
//! | Exceeds the [`RateLimits`] | 429, with `Retry-After` | `api_error.rate_limit_exceeded` |
//! | Has an incomplete body or invalid framing | 400 | `api_error.bad_request` |
//! | Has no token, and is a POST to the path of the token endpoint under a wrong prefix, such as `/v2/auth/token` | 404, with the right path | `api_error.not_found` |
//! | Has no token, or a malformed, unknown or revoked one | 401, with a Bearer challenge | `api_error.auth.unauthorized` |
//! | Has an expired token | 401, with a Bearer challenge | `api_error.auth.expired_access_token` |
//! | Has a valid token and matches a [`Stub`] | The newest one that matches | |
//! | Has a valid token, and the session has [`Unmatched::Fail`] | 404, with the nearest stub and why it does not match | `emulator_error.no_stub` |
//! | Has a valid token; any method and path | 200, with an echo of the request | |
//!
//! The API forgets all but the 10,000 newest expired tokens, which then are unknown.
//!
//! The echo describes the request that the emulator received:
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
//! `query` and `moneykit_version` (the `MoneyKit-Version` header) are null if the request has none. `scope` is null if
//! the token grants every scope. The echo never contains the access token.
//!
//! # Contract
//!
//! With the feature `contract`, the emulator follows an OpenAPI 3.0 or 3.1 document: `EmulatorBuilder::contract`, or
//! `--contract FILE` of the program. The token endpoint stays as described above. Every other request that has a valid
//! token and matches an operation of the document is handled in this order:
//!
//! | Request | Response | `error_code` |
//! |---|---|---|
//! | Has a parameter or a body that does not fit | 400, with the place and the reason | `api_error.request_invalid` |
//! | Matches a stub | The stub | |
//! | Any other | The first success that the operation documents | |
//! | Any other, if no value fits the response's schema | 501 | `emulator_error.no_sample` |
//!
//! The body is the first of these that fits the schema: an example of the response, or a value that is derived from the
//! schema, which is always the same: its example, its default, its first enumerated value, or a value of its type. Headers
//! of the response get their values in the same way, except for those that the server sets and those without a value that
//! fits. If the response has several media types, the first that `Accept` names is sent, or else JSON.
//!
//! - Stubs are checked when they are added: one whose response does not fit is an error that names the stub. Errors that
//!   the document does not contain are allowed, as are errors without a body.
//! - Requests to other paths get the response for unmatched requests.
//! - A parameter that the document does not have is ignored, as are cookies, parameters with the styles `matrix`, `label` and
//!   `deepObject`, and bodies that are neither JSON nor a form, or are larger than 1 MiB.
//! - [`JournalEntry`] contains the operation, and what of the request does not fit.
//!
#![cfg_attr(feature = "contract", doc = "```")]
#![cfg_attr(not(feature = "contract"), doc = "```text")]
//! use moneykit_emulator::{Contract, Emulator};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let contract = Contract::parse(
//!     r#"
//!     openapi: 3.0.3
//!     info: { title: Links, version: '1' }
//!     paths:
//!       /links/{link_id}:
//!         get:
//!           parameters: [{ name: link_id, in: path, required: true, schema: { type: string, pattern: '^lnk_' } }]
//!           responses:
//!             '200':
//!               description: A link
//!               content: { application/json: { schema: { properties: { state: { type: string, enum: [open] } } } } }
//!     "#,
//! )?;
//! let emulator = Emulator::builder().client("id", "secret").contract(contract).start()?;
//! let token = emulator.issue_token("id", None)?;
//! let http = reqwest::blocking::Client::builder().no_proxy().build()?;
//! let get = |path: &str| http.get(format!("{}{path}", emulator.url())).bearer_auth(&token).send();
//! assert_eq!(get("/links/lnk_1")?.text()?, r#"{"state":"open"}"#);
//! assert_eq!(get("/links/other")?.status(), 400);
//! # Ok(())
//! # }
//! ```
//!
//! # Faults
//!
//! To test how a client handles errors, inject faults: into the next token requests with [`Session::fail_next`], into the
//! next requests to the API or to some of its paths with [`Session::fail_next_for`], or at random with
//! [`EmulatorBuilder::faults`].
//!
//! | Fault | Response |
//! |---|---|
//! | [`Fault::Status`] | An error with the given status |
//! | [`Fault::RetryAfter`] | An error with the given status and a `Retry-After` header |
//! | [`Fault::Delay`] | The usual one, after a delay |
//! | [`Fault::CloseAfter`] | The usual one, cut off after the given number of bytes |
//! | [`Fault::ResetAfter`] | The same, with a TCP reset |
//! | [`Fault::TruncateBody`] | The usual one, with a body that ends before its announced length |
//! | [`Fault::SlowBody`] | The usual one, in pieces |
//! | [`Fault::Garbage`] | A success with the given body, such as the page of a captive portal |
//! | [`Fault::ContentType`] | The usual one, with the given content type |
//! | [`Fault::Lifetime`] | The usual one, with a token of the given lifetime |
//! | [`Fault::ActivationDelay`] | The usual one, with a token that the API does not know at first |
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
//! let http = reqwest::blocking::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
//! let response = http.post(format!("{}/auth/token", emulator.url())).send()?;
//! assert_eq!(response.status(), 429);
//! assert_eq!(response.headers()["retry-after"], "2");
//! # Ok(())
//! # }
//! ```
//!
//! # The journal
//!
//! Each session records the requests that it received, without client secrets and access tokens: tokens have numbers
//! instead. Counts and entries are there before the client receives the response. The oldest entries are dropped when
//! [`JournalLimits`] are exceeded, and their number is known.
//!
//! # The control API
//!
//! With [`EmulatorBuilder::control_api`], the paths below `/__emulator/` do over HTTP what this library does.
//! [`CONTROL_API_DOCUMENT`] describes them; the emulator serves it as `/__emulator/openapi.yaml`. Named sessions have the
//! same operations below `/s/{name}/__emulator/`. Paths that begin with `/s/` are reserved for sessions.
//!
//! Web pages cannot use it: a request is refused if its `Origin` is another site, or if its `Host` is not a loopback
//! name. An emulator that other machines can reach requires [`EmulatorBuilder::control_key`].
//!
//! # Features
//!
//! | Feature | Adds |
//! |---|---|
//! | `http2` | HTTP/2, negotiated by TLS or with prior knowledge |
//! | `tls` | `EmulatorBuilder::tls`: HTTPS, with a certificate authority that is created at each start |
//! | `process` | The program `moneykit-emulator`, and the module `process` for other programs; includes the others |

pub use builder::EmulatorBuilder;
pub use config_error::ConfigError;
#[cfg(feature = "contract")]
pub use contract::Contract;
pub use control::CONTROL_API_DOCUMENT;
pub use emulator::Emulator;
pub use session::Session;
pub use session::clients::RegisteredClient;
pub use session::clock::ClockStatus;
pub use session::config::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, DEFAULT_TOKEN_LIFETIME};
pub use session::config::{SessionConfig, Unmatched};
pub use session::faults::{Fault, FaultTarget, Faults};
pub use session::journal::{JournalEntry, JournalLimits, JournalPage, RequestFilter};
pub use session::rate_limit::{RateLimit, RateLimits};
pub use session::request_counts::RequestCounts;
pub use session::stubs::{BodyMatcher, Stub, StubResponse, StubStatus};

/// The types of `http` 1 that [`Fault`], [`RequestFilter`] and [`JournalEntry`] use.
pub use http::{HeaderMap, HeaderValue, StatusCode};

mod builder;
mod config_error;
#[cfg(feature = "contract")]
mod contract;
#[cfg(not(feature = "contract"))]
#[path = "no_contract.rs"]
mod contract;
mod control;
mod emulator;
mod endpoint;
mod milliseconds;
mod object;
mod path_pattern;
#[cfg(feature = "process")]
pub mod process;
mod secret;
mod server;
mod session;

/// Invariants for the property tests, and for the fuzz targets, which compile this crate with `cfg(fuzzing)`.
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod invariants;

/// The examples in `README.md`, compiled and run as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
