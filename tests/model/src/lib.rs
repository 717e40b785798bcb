//! The token cache under a model checker: see `Cargo.toml`.

#![allow(dead_code, reason = "the model uses a part of what the facade's sources offer")]
#![allow(
    unreachable_pub,
    unused_imports,
    missing_docs,
    clippy::unused_self,
    reason = "the sources are those of another crate"
)]

mod clock;
mod error;
mod jitter;
mod meter;
mod retry;
mod sync;
mod token;
mod token_cache;

pub mod world;
