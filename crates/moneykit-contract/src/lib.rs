//! Compares OpenAPI contracts.
//!
//! Documents are read as they are, not through a model: a model drops what it does not know, and what was
//! dropped on both sides can't differ.

mod document;

pub use document::{Document, Unreadable};
