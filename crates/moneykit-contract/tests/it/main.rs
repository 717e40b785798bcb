//! What judging, slicing and bridging promise, by tables of documents and for documents of all kinds.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod cases;
mod dialects;
mod documents;
mod downgrade;
mod extract;
mod judged_pairs;
mod properties;
mod propose;
