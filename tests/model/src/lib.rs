//! The token cache of `moneykit`, compiled over synchronization primitives that a model checker schedules.
//!
//! The sources are those of the facade: [`facade`] reads them where they are, so there is no copy that could go
//! stale. They depend only on the modules in this file: `crate::…` paths inside them resolve to the `use` below, and
//! `crate::sync` to this package's [`sync`], whose primitives the checker controls.

#![allow(dead_code, reason = "the model uses a part of the facade's sources")]
#![allow(
    unreachable_pub,
    unused_imports,
    missing_docs,
    clippy::unused_self,
    reason = "the sources belong to another crate"
)]

/// The facade's modules that the token cache consists of and depends on, read from the facade's source folder.
///
/// This is the only path to those sources. It is on an inline module, so that the modules inside it, and the
/// submodules that they declare, are found in the same folders as in the facade: an attribute on a module
/// in a separate file would move its submodules. A module in a subfolder is declared inside an inline module
/// with that folder's name.
#[path = "../../../crates/moneykit/src"]
mod facade {
    pub(crate) mod auth;
    pub(crate) mod defaults;
    pub(crate) mod error;
    pub(crate) mod evidence;
    pub(crate) mod metrics;
    pub(crate) mod time;

    // Without `fetch.rs`, which needs the transport.
    pub(crate) mod token {
        mod access_token;
        pub(crate) mod cache;
        #[cfg(test)]
        mod simulated_time;
        pub(crate) mod store;

        pub(crate) use access_token::AccessToken;
    }
}

pub mod fleet;
pub mod harness;
mod sync;

// The modules that `crate::…` paths inside the sources name.
use facade::{auth, defaults, error, evidence, metrics, time, token};
