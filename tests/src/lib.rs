//! What tests across the workspace share, and the README as code that compiles.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
