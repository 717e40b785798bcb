use crate::change::{Change, Compatibility, Unclassified};
use crate::compare::Comparison;
use crate::document::{Document, DocumentError};

/// What changed between two contracts.
///
/// ```
/// use moneykit_contract::{Diff, Document, Compatibility};
///
/// let contract = |path: &str| {
///     Document::parse("api.yaml", &format!(
///         "{{ openapi: 3.0.3, info: {{ title: A, version: '1' }}, paths: {{ {path}: {{ get: {{ operationId: ask, \
///          responses: {{ '204': {{ description: Done }} }} }} }} }} }}"
///     ))
/// };
/// let diff = Diff::between(&contract("/old")?, &contract("/new")?)?;
///
/// assert_eq!(diff.verdict(), Some(Compatibility::Breaking));
/// assert_eq!(diff.changes()[0].rule.id, "operation-moved");
/// # Ok::<(), moneykit_contract::DocumentError>(())
/// ```
#[derive(Debug)]
pub struct Diff {
    changes: Vec<Change>,
    unclassified: Vec<Unclassified>,
}

impl Diff {
    /// Compares the contract that clients were built from with another.
    ///
    /// # Errors
    ///
    /// When one of them is OpenAPI 3.1: bridge it to 3.0 first. When there is no memory to compare them.
    pub fn between(old: &Document, new: &Document) -> Result<Self, DocumentError> {
        for document in [old, new] {
            if document.is_3_1() {
                return Err(DocumentError::new(
                    document.name(),
                    "is OpenAPI 3.1, whose schemas are read differently",
                    "bridge it to OpenAPI 3.0 first",
                ));
            }
        }
        let (mut changes, mut unclassified) = Comparison::of(old.root(), new.root()).map_err(|error| {
            DocumentError::new(
                new.name(),
                format!("can't be compared: there is no thread for it: {error}"),
                "free some memory, and try again",
            )
        })?;
        changes.sort_by(|a, b| (&a.place.operation, b.verdict).cmp(&(&b.place.operation, a.verdict)));
        unclassified.sort();
        unclassified.dedup();
        Ok(Self { changes, unclassified })
    }

    /// Returns what changed: for each operation, what breaks first. What concerns the document as a whole comes
    /// before all operations.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Returns what no rule covers. If there is anything, the verdict on the rest is not the last word.
    pub fn unclassified(&self) -> &[Unclassified] {
        &self.unclassified
    }

    /// Returns the worst verdict on any change; nothing when nothing changed.
    pub fn verdict(&self) -> Option<Compatibility> {
        self.changes.iter().map(|change| change.verdict).max()
    }

    /// Counts the changes of a verdict.
    pub fn count(&self, verdict: Compatibility) -> usize {
        self.changes.iter().filter(|change| change.verdict == verdict).count()
    }
}
