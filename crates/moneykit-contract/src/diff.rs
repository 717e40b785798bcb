//! The result of comparing two contracts.

use std::cmp::Reverse;

use crate::change::{Change, Compatibility, Unclassified};
use crate::compare::Comparison;
use crate::document::{Document, DocumentError};
use crate::downgrade::{Downgraded, Unsupported, downgrade};
use crate::losses::Losses;
use crate::subject::Subject;

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
    unsupported: Vec<Unsupported>,
}

impl Diff {
    /// Compares a new contract with the old one that clients were built from.
    ///
    /// OpenAPI 3.1 documents are [downgraded](crate::downgrade()) to 3.0 first. What OpenAPI 3.0 cannot express is not
    /// compared: it is [listed](Self::unsupported) if it is the same in both documents, and
    /// [unclassified](Self::unclassified) if it changed. The JSON pointers of all other changes are those of the
    /// downgraded document.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system cannot start the thread that compares the documents.
    pub fn between(old: &Document, new: &Document) -> Result<Self, DocumentError> {
        let downgraded = |document: &Document| document.is_3_1().then(|| downgrade(document.clone()));
        let (old_downgraded, new_downgraded) = (downgraded(old), downgraded(new));
        let (mut changes, mut unclassified) = Comparison::run(
            old_downgraded.as_ref().map_or(old, |it| &it.document).root(),
            new_downgraded.as_ref().map_or(new, |it| &it.document).root(),
        )
        .map_err(|error| {
            DocumentError::new(
                new.name(),
                format!("can't be compared: starting a thread failed: {error}"),
                "free some memory, and run it again",
            )
        })?;
        let losses = |downgraded: Option<Downgraded>| downgraded.map(|it| it.unsupported).unwrap_or_default();
        let losses = Losses::between((old, losses(old_downgraded)), (new, losses(new_downgraded)));
        changes.extend(losses.editorial);
        unclassified.extend(losses.unclassified);
        changes.sort_by_cached_key(|change| (Subject::of(change), Reverse(change.compatibility)));
        unclassified.sort();
        unclassified.dedup();
        Ok(Self { changes, unclassified, unsupported: losses.same })
    }

    /// Returns the changes: first those of the document as a whole, then those of each operation, then those that several
    /// operations share, by component. Within a group, breaking changes come first.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Returns the changes that no rule covers. If there are any, [`compatibility`](Self::compatibility) does
    /// not cover the whole difference.
    pub fn unclassified(&self) -> &[Unclassified] {
        &self.unclassified
    }

    /// Returns the parts of OpenAPI 3.1 documents that were not compared, because OpenAPI 3.0 cannot express them. They
    /// are the same in both documents.
    pub fn unsupported(&self) -> &[Unsupported] {
        &self.unsupported
    }

    /// Removes the changes for which a function returns true, and returns them.
    pub(crate) fn split_off(&mut self, is_removed: impl Fn(&Change) -> bool) -> Vec<Change> {
        let (removed, kept) = std::mem::take(&mut self.changes).into_iter().partition(is_removed);
        self.changes = kept;
        removed
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
