//! A cache of schema equivalence checks.

use std::collections::HashMap;

use super::pairs::SchemaKey;
use crate::change::Direction;

/// Two schemas, and the direction of their values.
pub(super) type Key = (SchemaKey, SchemaKey, Direction);

/// The results of the equivalence checks so far.
///
/// A pair counts as equivalent while its check is running, so that a cycle of schemas ends where it began. A result that
/// relies on this assumption is provisional until the check ends: it becomes final if the pair is equivalent, and is
/// dropped if the pair differs.
#[derive(Default)]
pub(super) struct EquivalenceCache {
    known: HashMap<Key, Result>,
    /// The pairs with a provisional result, in the order in which their checks began.
    provisional: Vec<Key>,
    /// For each running check, the number of the first check that it relies on. The innermost is the last.
    running: Vec<usize>,
}

#[derive(Clone, Copy)]
enum Result {
    Final(bool),
    /// Assumed to be equivalent. The number is that of the first check that the result relies on.
    Provisional(usize),
}

impl EquivalenceCache {
    /// Returns the known result for a pair.
    pub(super) fn get(&mut self, pair: &Key) -> Option<bool> {
        match *self.known.get(pair)? {
            Result::Final(is_equivalent) => Some(is_equivalent),
            Result::Provisional(first) => {
                if let Some(relies_on) = self.running.last_mut() {
                    *relies_on = first.min(*relies_on);
                }
                Some(true)
            }
        }
    }

    /// Begins a check, and returns its number for [`EquivalenceCache::end`].
    pub(super) fn begin(&mut self, pair: Key) -> usize {
        let number = self.provisional.len();
        self.known.insert(pair.clone(), Result::Provisional(number));
        self.provisional.push(pair);
        self.running.push(number);
        number
    }

    /// Records the result of a check, which must be the one that began last.
    pub(super) fn end(&mut self, number: usize, is_equivalent: bool) {
        let relies_on = self.running.pop().unwrap_or(number);
        if !is_equivalent {
            let pair = self.provisional.get(number).cloned();
            for dependent in self.provisional.drain(number..) {
                self.known.remove(&dependent);
            }
            self.known.extend(pair.map(|pair| (pair, Result::Final(false))));
            return;
        }
        if relies_on == number {
            for settled in self.provisional.drain(number..) {
                self.known.insert(settled, Result::Final(true));
            }
            return;
        }
        for pair in &self.provisional[number..] {
            self.known.insert(pair.clone(), Result::Provisional(relies_on));
        }
        if let Some(outer) = self.running.last_mut() {
            *outer = relies_on.min(*outer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> Key {
        (vec![(number, false)], vec![(number, false)], Direction::Sent)
    }

    #[test]
    fn a_result_is_final_once_nothing_that_it_relies_on_is_open() {
        let mut cache = EquivalenceCache::default();
        let outer = cache.begin(key(0));
        let cyclic = cache.begin(key(1));
        assert_eq!(cache.get(&key(0)), Some(true), "assumed while the check runs");
        cache.end(cyclic, true);
        let independent = cache.begin(key(2));
        cache.end(independent, true);
        cache.end(outer, false);

        assert_eq!(cache.get(&key(0)), Some(false));
        assert_eq!(cache.get(&key(1)), None, "it relied on the pair that differs");
        assert_eq!(cache.get(&key(2)), Some(true), "it did not");
    }
}
