//! What the measuring programs in `src/bin` share. Also compiles and runs the README's Rust examples as doc tests.

mod http_server;
mod pause;

pub use http_server::{Handler, HttpServer, Request, Response, bearer_token};
pub use pause::pause;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../crates/moneykit/README.md")]
struct CrateReadme;
