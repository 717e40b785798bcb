//! Compiles and runs the README's Rust examples as doc tests.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../crates/moneykit/README.md")]
struct CrateReadme;
