//! A cache of schema equivalence checks.

use std::collections::HashMap;

/// Two schemas: their JSON pointers in the old document and in the new one.
pub(super) type Key = (String, String);

/// The results of the equivalence checks so far.
///
/// A pair counts as equivalent while its check is running, so that a cycle of schemas ends where it began.
/// Results that rely on this assumption are dropped if the pair turns out to differ.
#[derive(Default)]
pub(super) struct EquivalenceCache {
    known: HashMap<Key, bool>,
    /// The pairs assumed or found to be equivalent, in the order in which their checks began.
    equivalent: Vec<Key>,
}

impl EquivalenceCache {
    /// Returns the known result for a pair.
    pub(super) fn get(&self, pair: &Key) -> Option<bool> {
        self.known.get(pair).copied()
    }

    /// Begins a check, and returns its number for [`EquivalenceCache::end`].
    pub(super) fn begin(&mut self, pair: Key) -> usize {
        self.known.insert(pair.clone(), true);
        self.equivalent.push(pair);
        self.equivalent.len() - 1
    }

    /// Records the result of a check.
    pub(super) fn end(&mut self, check: usize, pair: Key, is_equivalent: bool) {
        if !is_equivalent {
            for dependent in self.equivalent.drain(check..) {
                self.known.remove(&dependent);
            }
            self.known.insert(pair, false);
        }
    }
}
