//! Turns an OpenAPI contract into the Rust source of a client for it.
//!
//! The way is short and has two steps: [`Contract::parse`] reads the text and refuses what could not be
//! carried over faithfully, and [`generate`] writes the source. Nothing here touches the file system, save
//! [`Contract::read`]. Nothing here prints; but the generator inside asserts where it could refuse, and then the
//! program's panic hook has its say before the assertion becomes an [`Error`]. The causes that are known are
//! refused before it gets there.
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
//! A contract that the generator would misread is refused, with every problem's place and remedy:
//!
//! ```
//! use moneykit_codegen::Contract;
//!
//! let error = Contract::parse("ping.yaml", "openapi: 3.1.0\n").unwrap_err();
//! assert_eq!(error.problems()[0].position().unwrap().line(), 1);
//! assert!(error.to_string().starts_with("ping.yaml:1:10: OpenAPI 3.1.0 is not supported"));
//! ```
//!
//! The generated source expects two items of the crate that includes it: `crate::Secret`, the type of every
//! `format: password`, and `crate::Hooks`, through which requests are authenticated and bounded.

mod access;
mod check;
mod contract;
mod error;
mod generate;
mod polish;
mod tree;
mod walk;

pub use contract::Contract;
pub use error::{Error, Position, Problem};
pub use generate::generate;
/// The document model that [`Contract::document`] speaks.
pub use openapiv3;

/// What must hold for every input: for property tests, and for fuzz targets, to which `cfg(fuzzing)` shows
/// it.
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod properties;
