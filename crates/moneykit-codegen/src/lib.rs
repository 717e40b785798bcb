//! Generates the Rust source of a client from an OpenAPI 3.0 contract.
//!
//! [`compile`] generates the client of a contract in the build script of a crate that depends on `moneykit`. The macro
//! `moneykit::include_client!` includes it, and its operations are sent by a `moneykit::Client`:
//!
//! ```no_run
//! fn main() -> Result<(), moneykit_codegen::Error> {
//!     moneykit_codegen::compile("openapi.yaml")
//! }
//! ```
//!
//! [`extract_contract`] cuts such a contract out of a vendor's document.
//!
//! # The steps
//!
//! There are two steps: [`Contract::parse`] parses the text and rejects everything that the generator would get
//! wrong, and [`generate`] returns the source. Only [`Contract::read`] touches the file system, and nothing is printed.
//! The underlying generator, progenitor, panics on some contracts. Such a panic becomes an [`Error`].
//!
//! What progenitor does not know is described to it in another way before, without a change on the wire.
//! [`Contract::rewritten`] is the contract that it gets, and [`Contract::unenforced`] lists what the types do not check.
//!
//! ```
//! use moneykit_codegen::{Contract, generate};
//!
//! # fn main() -> Result<(), moneykit_codegen::Error> {
//! let contract = Contract::parse(
//!     "ping.yaml",
//!     r"
//! openapi: 3.0.3
//! info: { title: Ping, version: '1' }
//! paths:
//!   /ping:
//!     get:
//!       operationId: ping
//!       responses:
//!         '204': { description: Pong }
//! ",
//! )?;
//! let source = generate(&contract)?;
//! assert!(source.contains("pub fn ping(&self)"));
//! # Ok(())
//! # }
//! ```
//!
//! A contract that the generator would misread is rejected. Each diagnostic has a position and a fix:
//!
//! ```
//! use moneykit_codegen::Contract;
//!
//! let error = Contract::parse("ping.yaml", "openapi: 3.1.0\n").unwrap_err();
//! assert_eq!(error.diagnostics()[0].position().unwrap().line(), 1);
//! assert!(error.to_string().starts_with("ping.yaml:1:10: OpenAPI 3.1.0 is not supported"));
//! ```
//!
//! A crate that includes the source of [`generate`] itself must define two items: `crate::Secret`, the type of every
//! `format: password`, and `crate::Hooks`, which authenticates requests and limits their duration.

mod adapt;
mod auth;
mod check;
mod compile;
mod contract;
mod coverage;
mod dependencies;
mod embed;
mod error;
mod extract_contract;
mod generate;
mod index;
mod media_type;
mod postprocess;
mod quiet;
mod rewrite;
mod secret_names;
mod stand_ins;
#[cfg(test)]
mod support;
mod wire;

pub use adapt::adapt;
pub use check::folded;
pub use compile::{Config, compile, generate_client};
pub use contract::Contract;
pub use coverage::{
    Coverage, CoverageFailure, FailureGroup, GeneratedClient, VendorOperation, group_failures,
};
pub use dependencies::{DEPENDENCIES, Dependency, dependencies};
pub use error::{Diagnostic, Error};
pub use extract_contract::{ExtractedContract, extract_contract};
pub use generate::{generate, try_generate};
pub use moneykit_contract::Position;
/// The crate of the typed model that [`Contract::model`] returns.
pub use openapiv3;
pub use secret_names::{UnmarkedSecret, unmarked_secrets};

/// Invariants that hold for every input, for property tests and, under `cfg(fuzzing)`, for fuzz targets.
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod invariants;
