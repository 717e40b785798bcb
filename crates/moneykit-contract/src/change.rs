//! The changes that a comparison reports, and the terms that describe them.

use std::fmt;
use std::sync::Arc;

use crate::rules::Rule;

/// One difference between two contracts, and its effect on API clients.
#[derive(Debug, Clone)]
pub struct Change {
    /// The rule that classifies the change.
    pub rule: &'static Rule,
    /// The effect on clients that were built from the old contract.
    pub compatibility: Compatibility,
    /// The part of the API that the change affects: the nearest one, if it affects several.
    pub location: Location,
    /// All parts of operations that the change affects, in the order of the document. A change in a shared schema
    /// affects many; a change of the document as a whole has none. Changes with the same uses share the list.
    pub uses: Arc<[Use]>,
    /// The document that [`pointer`](Self::pointer) refers to: the old one for something that was removed.
    pub document: Revision,
    /// The JSON pointer (RFC 6901) to the changed value.
    pub pointer: String,
    /// A description of the change, for people.
    pub message: String,
}

impl Change {
    /// Returns the action that a client developer has to take.
    pub fn remedy(&self) -> &'static str {
        self.rule.classification(self.location.direction).remedy
    }
}

/// The effect of a change on clients that were built from the old contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compatibility {
    /// The wire format stays the same; only descriptions, names or examples changed.
    Editorial,
    /// All clients continue to work.
    Compatible,
    /// Some clients stop working.
    Breaking,
}

impl Compatibility {
    /// Returns the name that reports use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Editorial => "editorial",
            Self::Compatible => "compatible",
            Self::Breaking => "breaking",
        }
    }
}

impl fmt::Display for Compatibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The direction of a value, from the client's point of view.
///
/// The same change has opposite effects on a value that clients send and on one that they receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the client to the server.
    Sent,
    /// From the server to the client.
    Received,
}

impl Direction {
    /// Returns the name that reports use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Received => "received",
        }
    }
}

/// One of the two documents in a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Revision {
    /// The document that clients were built from.
    Old,
    /// The document to check against it.
    New,
}

impl Revision {
    /// Returns the name that reports use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
        }
    }
}

/// A part of an operation that a change affects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Use {
    /// The operation, such as `POST /auth/token`.
    pub operation: Arc<str>,
    /// The part of the operation, such as `response 201`; empty for the operation itself.
    pub part: Arc<str>,
}

/// The part of the API that a change affects.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The operation, such as `POST /auth/token`; `None` for the document as a whole.
    pub operation: Option<String>,
    /// The part of the operation, such as `response 201`; empty for the operation itself.
    pub part: String,
    /// The path inside a body or a parameter, such as `accounts[].balance`; empty for the whole value.
    pub path: String,
    /// The direction of the value; `None` where direction does not apply.
    pub direction: Option<Direction>,
}

impl Location {
    pub(crate) fn operation(name: &str) -> Self {
        Self { operation: Some(name.to_owned()), ..Self::default() }
    }

    pub(crate) fn part(&self, part: impl Into<String>, direction: Direction) -> Self {
        Self { part: part.into(), direction: Some(direction), path: String::new(), ..self.clone() }
    }

    /// Returns the location of a property inside this one.
    pub(crate) fn property(&self, name: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self { path: format!("{}{dot}{name}", self.path), ..self.clone() }
    }

    /// Returns a location inside this one whose path has `suffix` appended: `[]` for array items, `{}` for
    /// additional properties, `<Name>` for a variant.
    pub(crate) fn inside(&self, suffix: &str) -> Self {
        Self { path: format!("{}{suffix}", self.path), ..self.clone() }
    }
}

/// A change that no rule covers, so its effect on clients is unknown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unclassified {
    /// The document that [`pointer`](Self::pointer) refers to.
    pub document: Revision,
    /// The JSON pointer (RFC 6901) to the value.
    pub pointer: String,
    /// A description of the change and the reason why it is not classified.
    pub message: String,
}
