//! The subjects of changes, by which reports group them.

use crate::change::{Change, Direction};
use crate::pointer::names;

/// What a change belongs to in a report. Subjects are in the order of the report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// The document as a whole.
    Document,
    /// The only operation that the change affects.
    Operation(String),
    /// A part that several operations share.
    Shared {
        /// Such as ``Schema `Account` ``.
        title: String,
        direction: Option<Direction>,
        /// Changes in one component can affect different operations.
        uses: usize,
    },
}

impl Subject {
    pub(crate) fn of(change: &Change) -> Self {
        let Some(first) = change.uses.first() else { return Self::Document };
        if change.uses.iter().all(|used| used.operation == first.operation) {
            return Self::Operation(first.operation.to_string());
        }
        let title = match &names(&change.pointer)[..] {
            [components, section, name, ..] if components == "components" => {
                format!("{} `{name}`", kind_of(section))
            }
            _ => "Several operations".to_owned(),
        };
        Self::Shared { title, direction: change.location.direction, uses: change.uses.len() }
    }
}

fn kind_of(section: &str) -> &str {
    match section {
        "schemas" => "Schema",
        "responses" => "Response",
        "parameters" => "Parameter",
        "requestBodies" => "Request body",
        "headers" => "Header",
        "securitySchemes" => "Security scheme",
        _ => "Component",
    }
}
