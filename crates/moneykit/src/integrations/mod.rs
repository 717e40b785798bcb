//! Integrations: the same client for code without `async`, for reqwest-middleware, and for tower.

#[cfg(feature = "blocking")]
pub mod blocking;
#[cfg(feature = "reqwest-middleware")]
mod middleware;
#[cfg(feature = "tower")]
pub mod tower;

#[cfg(feature = "reqwest-middleware")]
pub use middleware::BearerMiddleware;
