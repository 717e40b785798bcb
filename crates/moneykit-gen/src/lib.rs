//! The HTTP client that is generated from MoneyKit's OpenAPI document. This crate is an implementation detail of the
//! crate `moneykit`.
//!
//! Applications use `moneykit`, which obtains and caches access tokens, authenticates requests and retries failures.
//! Its `Client::raw` returns the generated [`Client`] with all of that in place.
//!
//! # Generated code
//!
//! The [progenitor] generator writes these items from `openapi.yaml`, the contract:
//!
//! - [`Client`], with one method per operation, named after its `operationId`;
//! - [`types`], with one type per schema, and [`builder`], with one request builder per operation;
//! - [`contract`], with the document's metadata, such as its version and which operations require a token.
//!
//! A reviewed copy of the generated code is in `generated/client.rs`, so that changes to it are part of code review.
//!
//! # Hooks
//!
//! Generated code sends requests but does not authenticate them. It calls [`RequestHooks`] at two points:
//!
//! 1. [`prepare`](RequestHooks::prepare) receives each request before it is sent and can modify it, for example to set
//!    the `Authorization` header.
//! 2. [`execute`](RequestHooks::execute) sends the request and returns the response.
//!
//! The constructor of [`Client`] takes [`Hooks`], a handle to an implementation of that trait. `moneykit` implements it;
//! see [`Hooks`] for the reason why the handle exists.
//!
//! # Features
//!
//! - `codegen` (default) generates the client in each build. Without it, the reviewed copy is compiled, which contains
//!   the same code and builds faster.
//! - `schemars` implements `JsonSchema` for every type.
//! - `httpmock` adds the module `mock`, with typed helpers for mock servers.
//!
//! [progenitor]: https://docs.rs/progenitor

mod hooks;
mod secret;

#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::restriction,
    rustdoc::all,
    reason = "generated code takes its docs from the contract and its style from the generator"
)]
mod generated {
    #[cfg(feature = "codegen")]
    include!(concat!(env!("OUT_DIR"), "/client.rs"));
    // Relative to the manifest, not to this file: a package that compiles these sources for another contract must not
    // include the reviewed copy of this one.
    #[cfg(not(feature = "codegen"))]
    include!(concat!(env!("CARGO_MANIFEST_DIR"), "/generated/client.rs"));
}

pub use generated::*;
pub use hooks::{BoxFuture, Hooks, Operation, RequestHooks};
#[doc(hidden)]
pub use progenitor_client;
pub use secret::Secret;
