//! Integrations: a blocking client, generated clients of other contracts, a middleware for reqwest-middleware, a layer for tower, and the search for this
//! crate's error behind those of other libraries.

#[cfg(feature = "blocking")]
pub mod blocking;
pub mod codegen;
mod find_error;
#[cfg(feature = "reqwest-middleware")]
mod findable;
#[cfg(feature = "reqwest-middleware")]
mod middleware;
#[cfg(feature = "tower")]
pub mod tower;

#[cfg(feature = "reqwest-middleware")]
pub use middleware::BearerMiddleware;
