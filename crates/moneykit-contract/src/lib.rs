//! Compares OpenAPI contracts, and classifies each change by its effect on API clients.
//!
//! The effect of a change depends on the direction of the value. A property that becomes optional breaks
//! clients that receive it, but not clients that send it; an enum value that is removed breaks clients that
//! send it, but not clients that receive it. Each pair of schemas is therefore compared once for each direction in
//! which operations use it, and a change is reported once, with [all of its uses](Change::uses). [`RULES`] is the table
//! of all classifications.
//!
//! Documents are compared as JSON values. A typed model would drop unknown fields, and a change in a dropped
//! field would go unnoticed. A changed field that no rule covers is reported as
//! [unclassified](Diff::unclassified).
//!
//! To compare a vendor's document with a contract that covers a part of it, use [`Upstream`]: it cuts the document down
//! with [`extract()`] to the operations of the contract, converts it to OpenAPI 3.0 with [`downgrade()`], and can
//! [`propose()`] a contract that matches it.

mod change;
mod compare;
mod decimal;
mod diff;
mod document;
mod downgrade;
mod escape;
mod extract;
mod grammar;
mod json_schema;
mod losses;
mod media_type;
mod node;
mod paths;
mod pointer;
mod positions;
mod propose;
mod reading;
mod references;
mod render;
mod rules;
mod stack;
mod subject;
mod upstream;
#[cfg(feature = "to-yaml")]
mod yaml;

pub use change::{Change, Compatibility, Direction, Location, Revision, Unclassified, Use};
pub use diff::Diff;
pub use document::{Document, DocumentError};
pub use downgrade::{Downgraded, Unsupported, downgrade, is_schema_keyword};
pub use escape::{Escaped, EscapedLines, is_control};
pub use extract::{DanglingReason, DanglingRef, MissingOperation, RenamedPath, Subset, extract};
pub use grammar::{Kind, METHODS};
pub use node::NodeRef;
pub use pointer::child;
pub use positions::{Position, from_yaml};
pub use propose::propose;
pub use references::{follow, resolve};
pub use render::{Json, Markdown, Text};
pub use rules::{Classification, RULES, Rule};
pub use upstream::Upstream;

/// Invariants that hold for every input. Property tests check them, and so do fuzz targets, which see this
/// module through `cfg(fuzzing)`.
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod invariants;
