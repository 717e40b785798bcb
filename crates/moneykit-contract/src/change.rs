use std::fmt;

use crate::rules::Rule;

/// One difference between two contracts, and what it means to whoever calls the API.
#[derive(Debug, Clone)]
pub struct Change {
    /// The rule by which it was judged.
    pub rule: &'static Rule,
    /// How it was judged.
    pub verdict: Compatibility,
    /// Where in the API it matters.
    pub place: Place,
    /// Which document [`pointer`](Self::pointer) is in: the old one for what is gone.
    pub side: Which,
    /// Where in the document it is (RFC 6901).
    pub pointer: String,
    /// What changed, in words.
    pub words: String,
}

impl Change {
    /// Returns what a caller must do about it.
    pub fn remedy(&self) -> &'static str {
        self.rule.classification(self.place.direction).remedy
    }
}

/// What a change does to clients that were built from the old contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compatibility {
    /// Nothing goes over the wire that did not before: words, names, examples.
    Editorial,
    /// They work as before.
    Compatible,
    /// Some of them stop working.
    Breaking,
}

impl Compatibility {
    /// Returns the name of the verdict in reports.
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

/// Which way something goes, seen from the client: what it sends and what it receives break in opposite ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the client to the server.
    Sent,
    /// From the server to the client.
    Received,
}

impl Direction {
    /// Returns the name of the direction in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Received => "received",
        }
    }
}

/// Which of the two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Which {
    /// The one that clients were built from.
    Old,
    /// The one that is judged.
    New,
}

impl Which {
    /// Returns the name of the document in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
        }
    }
}

/// Where in the API a change matters. A schema that is shared matters in many places.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The operation, as in `POST /auth/token`; nothing for what concerns the document as a whole.
    pub operation: Option<String>,
    /// The part of the operation, as in `response 201`; empty for the operation itself.
    pub part: String,
    /// The way to it inside a body or a parameter, as in `accounts[].balance`; empty for all of it.
    pub trail: String,
    /// Which way it goes, where that matters.
    pub direction: Option<Direction>,
}

impl Place {
    pub(crate) fn operation(name: &str) -> Self {
        Self { operation: Some(name.to_owned()), ..Self::default() }
    }

    pub(crate) fn part(&self, part: impl Into<String>, direction: Direction) -> Self {
        Self { part: part.into(), direction: Some(direction), trail: String::new(), ..self.clone() }
    }

    /// Goes one step further in, to a property.
    pub(crate) fn property(&self, name: &str) -> Self {
        let dot = if self.trail.is_empty() { "" } else { "." };
        Self { trail: format!("{}{dot}{name}", self.trail), ..self.clone() }
    }

    /// Goes one step further in, to the items of an array, or to whatever the mark stands for.
    pub(crate) fn inside(&self, mark: &str) -> Self {
        Self { trail: format!("{}{mark}", self.trail), ..self.clone() }
    }
}

/// Something that no rule covers, so that nobody knows what it does to callers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unclassified {
    /// Which document it is in.
    pub side: Which,
    /// Where in the document it is (RFC 6901).
    pub pointer: String,
    /// What it is, and why there is no verdict.
    pub words: String,
}
