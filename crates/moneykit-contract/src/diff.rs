//! The result of comparing two contracts.

use crate::change::{Change, Compatibility, Unclassified};
use crate::compare::Comparison;
use crate::document::{Document, DocumentError};

/// The changes between two contracts.
///
/// ```
/// use moneykit_contract::{Diff, Document, Compatibility};
///
/// let contract = |path: &str| {
///     Document::parse("api.yaml", &format!(
///         "{{ openapi: 3.0.3, info: {{ title: A, version: '1' }}, \
///          paths: {{ {path}: {{ get: {{ operationId: ping, responses: {{ '204': {{ description: Done }} }} }} }} }} }}"
///     ))
/// };
/// let diff = Diff::between(&contract("/old")?, &contract("/new")?)?;
///
/// assert_eq!(diff.compatibility(), Some(Compatibility::Breaking));
/// assert_eq!(diff.changes()[0].rule.id, "operation-moved");
/// # Ok::<(), moneykit_contract::DocumentError>(())
/// ```
#[derive(Debug)]
pub struct Diff {
    changes: Vec<Change>,
    unclassified: Vec<Unclassified>,
}

impl Diff {
    /// Compares a new contract with the old one that clients were built from.
    ///
    /// # Errors
    ///
    /// Returns an error if one of the documents is OpenAPI 3.1 ([downgrade](crate::downgrade()) it to 3.0
    /// first), or if the operating system cannot start the thread that compares them.
    pub fn between(old: &Document, new: &Document) -> Result<Self, DocumentError> {
        for document in [old, new] {
            if document.is_3_1() {
                return Err(DocumentError::new(
                    document.name(),
                    "is OpenAPI 3.1, and only OpenAPI 3.0 documents can be compared",
                    "downgrade it to OpenAPI 3.0 first",
                ));
            }
        }
        let (mut changes, mut unclassified) = Comparison::run(old.root(), new.root()).map_err(|error| {
            DocumentError::new(
                new.name(),
                format!("can't be compared: starting a thread failed: {error}"),
                "free some memory, and run it again",
            )
        })?;
        changes.sort_by(|a, b| {
            (&a.location.operation, b.compatibility).cmp(&(&b.location.operation, a.compatibility))
        });
        unclassified.sort();
        unclassified.dedup();
        Ok(Self { changes, unclassified })
    }

    /// Returns the changes: first those of the document as a whole, then those of each operation. Within a
    /// group, breaking changes come first.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Returns the changes that no rule covers. If there are any, [`compatibility`](Self::compatibility) does
    /// not cover the whole difference.
    pub fn unclassified(&self) -> &[Unclassified] {
        &self.unclassified
    }

    /// Returns the most severe compatibility of all changes, or `None` if there are no changes.
    pub fn compatibility(&self) -> Option<Compatibility> {
        self.changes.iter().map(|change| change.compatibility).max()
    }

    /// Returns the number of changes with a compatibility.
    pub fn count(&self, compatibility: Compatibility) -> usize {
        self.changes.iter().filter(|change| change.compatibility == compatibility).count()
    }
}
