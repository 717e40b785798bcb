//! Compares what OpenAPI 3.0 cannot express, and what a comparison therefore does not see.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::change::{Change, Compatibility, Location, Revision, Unclassified};
use crate::decimal::is_same_value;
use crate::document::Document;
use crate::downgrade::Unsupported;
use crate::rules::ANNOTATION_CHANGED;

/// The losses of downgrading two documents.
#[derive(Default)]
pub(crate) struct Losses {
    /// Those that are the same in both documents.
    pub(crate) same: Vec<Unsupported>,
    /// Those that changed, and are for people.
    pub(crate) editorial: Vec<Change>,
    /// Those that changed, and could affect the wire format.
    pub(crate) unclassified: Vec<Unclassified>,
}

impl Losses {
    pub(crate) fn between(
        (old, old_losses): (&Document, Vec<Unsupported>),
        (new, new_losses): (&Document, Vec<Unsupported>),
    ) -> Self {
        let mut losses = Self::default();
        let by_pointer: HashMap<&str, &Unsupported> =
            old_losses.iter().map(|loss| (loss.pointer.as_str(), loss)).collect();
        let is_same = |pointer: &str| is_same_part(old.root().pointer(pointer), new.root().pointer(pointer));
        for loss in &new_losses {
            match by_pointer.get(loss.pointer.as_str()) {
                Some(_) if is_same(&loss.pointer) => losses.same.push(loss.clone()),
                Some(_) => losses.report(loss, Revision::New, "changed"),
                None => losses.report(loss, Revision::New, "was added"),
            }
        }
        let is_known = |loss: &&Unsupported| new_losses.iter().any(|new| new.pointer == loss.pointer);
        for loss in old_losses.iter().filter(|loss| !is_known(loss)) {
            losses.report(loss, Revision::Old, "was removed");
        }
        losses
    }

    fn report(&mut self, loss: &Unsupported, document: Revision, verb: &str) {
        let (keyword, pointer) = (&loss.keyword, loss.pointer.clone());
        if loss.is_editorial() {
            self.editorial.push(Change {
                rule: &ANNOTATION_CHANGED,
                compatibility: Compatibility::Editorial,
                location: Location::default(),
                uses: Arc::default(),
                document,
                pointer,
                message: format!("`{keyword}` {verb}"),
            });
            return;
        }
        let message = format!(
            "`{keyword}` {verb}, and is not classified because documents are compared as OpenAPI 3.0 ({}): compare it by \
             hand",
            loss.reason
        );
        self.unclassified.push(Unclassified { document, pointer, message });
    }
}

fn is_same_part(old: Option<&Value>, new: Option<&Value>) -> bool {
    match (old, new) {
        (Some(old), Some(new)) => is_same_value(old, new),
        (old, new) => old.is_none() && new.is_none(),
    }
}
