//! Compares OpenAPI contracts, and judges each change by what it does to clients.
//!
//! Whether a change breaks anybody depends on which way a thing goes. A property that becomes optional breaks
//! those who receive it and nobody who sends it; a value that is no longer allowed breaks those who send it and
//! nobody who receives it. So every schema is judged in each place where an operation uses it, for the way it
//! goes there. [`RULES`] is the table by which that is done.
//!
//! Documents are read as they are, not through a model: a model drops what it does not know, and what was
//! dropped on both sides can't differ. What no rule knows is named as [unclassified](Diff::unclassified) when it changed.
//!
//! A vendor's document is compared after [`extract()`] has cut it down to what a contract covers, and [`downgrade()`]
//! has brought it to OpenAPI 3.0.

mod change;
mod compare;
mod diff;
mod document;
mod downgrade;
mod extract;
mod grammar;
mod json_schema;
mod places;
mod pointer;
mod propose;
mod references;
mod render;
mod rules;
mod stack;

pub use change::{Change, Compatibility, Direction, Place, Unclassified, Which};
pub use diff::Diff;
pub use document::{Document, DocumentError};
pub use downgrade::{Downgraded, Unsupported, downgrade};
pub use extract::{DanglingReason, DanglingRef, MissingOperation, Renamed, Subset, extract};
pub use grammar::Kind;
pub use places::{NodeRef, Way};
pub use pointer::child;
pub use propose::propose;
pub use render::{Json, Markdown, Text};
pub use rules::{Classification, RULES, Rule};

/// What must hold for every input: for property tests, and for fuzz targets, to which `cfg(fuzzing)` shows
/// it.
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod properties;
