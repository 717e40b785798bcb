//! The names that the vendor's schemas get in a proposal.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::pointer::child;

/// The JSON pointers of component schemas: theirs to those in the proposal.
#[derive(Default)]
pub(super) struct Names {
    ours: HashMap<String, String>,
    theirs: HashMap<String, String>,
    /// Our schema that is used where theirs is, for a schema of theirs without its name.
    bases: HashMap<String, String>,
}

impl Names {
    /// Names all schemas of theirs. `met` has the schemas that are used in the same place.
    ///
    /// A schema has the name of ours that is used in its place: one of the same name, if there is one, and the first one
    /// otherwise. Where the vendor has several schemas for one of ours, the others keep their own names.
    pub(super) fn new(ours: &Value, theirs: &Value, met: &[(String, String)]) -> Self {
        let mut names = Self::default();
        let (same, other): (Vec<_>, Vec<_>) = met.iter().partition(|(ours, theirs)| ours == theirs);
        for (our_pointer, their_pointer) in same.into_iter().chain(other) {
            if !names.ours.contains_key(their_pointer) && !names.theirs.contains_key(our_pointer) {
                names.assign(their_pointer, our_pointer.clone());
            }
            names.bases.entry(their_pointer.clone()).or_insert_with(|| our_pointer.clone());
        }
        let schemas = theirs.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten();
        let all: Vec<String> = schemas.map(|(name, _)| child("/components/schemas", name)).collect();
        let reserved: HashSet<&String> = all.iter().collect();
        for pointer in
            all.iter().filter(|pointer| !names.ours.contains_key(*pointer)).cloned().collect::<Vec<_>>()
        {
            let mut name = pointer.clone();
            while names.theirs.contains_key(&name)
                || (name != pointer && (reserved.contains(&name) || ours.pointer(&name).is_some()))
            {
                name.push_str("OfVendor");
            }
            names.assign(&pointer, name);
        }
        names
    }

    fn assign(&mut self, theirs: &str, ours: String) {
        self.theirs.insert(ours.clone(), theirs.to_owned());
        self.ours.insert(theirs.to_owned(), ours);
    }

    /// Returns the pointer in the proposal.
    pub(super) fn of(&self, theirs: &str) -> String {
        self.ours.get(theirs).cloned().unwrap_or_else(|| theirs.to_owned())
    }

    /// Returns the schema of theirs that a pointer in the proposal is for.
    pub(super) fn owner(&self, ours: &str) -> Option<&str> {
        self.theirs.get(ours).map(String::as_str)
    }

    /// Returns the schema of ours that a schema of theirs takes its texts from.
    pub(super) fn base(&self, theirs: &str) -> Option<&String> {
        self.bases.get(theirs).or_else(|| self.ours.get(theirs))
    }
}
