use std::collections::HashMap;

/// Two schemas, by where they stand in the old document and in the new one.
pub(super) type Key = (String, String);

/// Which pairs of schemas allow the same.
///
/// A pair that is being tried is taken to allow the same, so that a circle of schemas ends where it began.
/// What was found on that ground falls with it.
#[derive(Default)]
pub(super) struct EquivalenceCache {
    known: HashMap<Key, bool>,
    /// The pairs that allow the same as far as is known, in the order in which they were tried.
    alike: Vec<Key>,
}

impl EquivalenceCache {
    /// Returns what is known of a pair.
    pub(super) fn get(&self, pair: &Key) -> Option<bool> {
        self.known.get(pair).copied()
    }

    /// Begins to try a pair, and returns what [`EquivalenceCache::end`] wants to know.
    pub(super) fn begin(&mut self, pair: Key) -> usize {
        self.known.insert(pair.clone(), true);
        self.alike.push(pair);
        self.alike.len() - 1
    }

    /// Notes what came of a trial.
    pub(super) fn end(&mut self, trial: usize, pair: Key, is_same: bool) {
        if !is_same {
            for doubtful in self.alike.drain(trial..) {
                self.known.remove(&doubtful);
            }
            self.known.insert(pair, false);
        }
    }
}
