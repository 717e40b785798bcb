//! Integrations: a blocking client, a middleware for reqwest-middleware, and a layer for tower.

#[cfg(feature = "blocking")]
pub mod blocking;
#[cfg(feature = "reqwest-middleware")]
mod middleware;
#[cfg(feature = "tower")]
pub mod tower;

#[cfg(feature = "reqwest-middleware")]
pub use middleware::BearerMiddleware;
