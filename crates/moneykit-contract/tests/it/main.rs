//! What judging, slicing and bridging promise, by tables of documents and for documents of all kinds.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod bridge;
mod cases;
mod dialects;
mod documents;
mod judged_pairs;
mod properties;
mod propose;
mod slice;
