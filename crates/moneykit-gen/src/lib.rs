//! The client that is generated from MoneyKit's OpenAPI contract, and the seam through which it is steered.
//!
//! Applications use the crate `moneykit`, which wraps this one: it knows how to get an access token, how long
//! to keep it, and which failures to try again. Its `Client::raw` gives the generated [`Client`] with all of
//! that in place. What stands here by hand is only what generated code needs to exist:
//!
//! - [`Secret`], the type of every field that the contract marks `format: password`;
//! - [`Hooks`] and [`RequestHooks`], which see each request before it leaves and carry it out.
//!
//! # Features
//!
//! - `codegen` (default): the client is generated in each build. Without it, the reviewed copy is compiled: the
//!   same text, without the time that the generator takes.
//! - `schemars`: every type of the contract describes itself as JSON schema.
//! - `httpmock`: the module `mock` has typed helpers for mock servers.

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
    reason = "generated: its docs come from the contract and its style from the generator"
)]
mod generated {
    #[cfg(feature = "codegen")]
    include!(concat!(env!("OUT_DIR"), "/client.rs"));
    // From the manifest's folder, not from this file's: whoever compiles these sources over another contract has no
    // copy there, and must not get ours.
    #[cfg(not(feature = "codegen"))]
    include!(concat!(env!("CARGO_MANIFEST_DIR"), "/generated/client.rs"));
}

pub use generated::*;
pub use hooks::{BoxFuture, Hooks, Operation, RequestHooks};
pub use secret::Secret;
