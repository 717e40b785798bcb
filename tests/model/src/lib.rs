//! The token cache under a model checker: see `Cargo.toml`.

#![allow(dead_code, reason = "the model uses a part of what the facade's sources offer")]
#![allow(
    unreachable_pub,
    unused_imports,
    missing_docs,
    clippy::unused_self,
    reason = "the sources are those of another crate"
)]

#[path = "../../../crates/moneykit/src/defaults.rs"]
mod defaults;
#[path = "../../../crates/moneykit/src/error/mod.rs"]
mod error;
mod metrics;
mod sync;
#[path = "../../../crates/moneykit/src/time/mod.rs"]
mod time;
mod token;

pub mod world;
