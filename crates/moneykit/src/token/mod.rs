//! Access tokens: what they are, how they are fetched, and how they are cached.

mod access_token;
mod cache;
mod fetch;
mod rejections;
#[cfg(test)]
mod simulated_time;
#[cfg(feature = "token-store")]
pub(crate) mod store;

pub use access_token::AccessToken;
pub use cache::TokenStatus;
#[cfg(any(test, fuzzing))]
pub(crate) use cache::cached_for;
pub(crate) use cache::{CachePolicy, TokenCache};
#[cfg(any(test, fuzzing))]
pub(crate) use fetch::decode;
pub(crate) use fetch::{Memory, TokenFetcher};
