//! Tests of comparing, extracting, downgrading and proposing documents, by cases and for generated documents.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod cases;
mod classification;
mod dialects;
mod downgrade;
mod extract;
mod invariants;
mod propose;
mod strategies;
