//! Targets that the API refuses whatever the token.

use std::time::Duration;

/// Targets that met a 401 with a fresh token too. Their 401s say nothing about the token.
#[derive(Debug, Default)]
pub(super) struct RefusedTargets {
    /// In order of use, the least recently used first.
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    target: u64,
    /// When the entry lapses, by the monotonic clock.
    until: Duration,
}

impl RefusedTargets {
    const MAX_ENTRIES: usize = 64;
    const LIFETIME: Duration = Duration::from_secs(60);

    /// Remembers a target; forgets the least recently used one if there are too many.
    pub(super) fn insert(&mut self, target: u64, now: Duration) {
        self.remove(target);
        if self.entries.len() == Self::MAX_ENTRIES {
            self.entries.remove(0);
        }
        self.entries.push(Entry { target, until: now.saturating_add(Self::LIFETIME) });
    }

    /// Returns true if the target is remembered, and marks it as used.
    pub(super) fn contains(&mut self, target: u64, now: Duration) -> bool {
        self.entries.retain(|entry| now < entry.until);
        let Some(index) = self.entries.iter().position(|entry| entry.target == target) else { return false };
        let entry = self.entries.remove(index);
        self.entries.push(entry);
        true
    }

    /// Forgets a target; returns true if it was remembered.
    pub(super) fn remove(&mut self, target: u64) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.target != target);
        self.entries.len() != before
    }

    /// Returns the remembered targets.
    pub(super) fn targets(&self) -> Vec<u64> {
        self.entries.iter().map(|entry| entry.target).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_target_is_remembered_for_a_minute() {
        let mut refused = RefusedTargets::default();
        refused.insert(1, SECOND);

        assert!(refused.contains(1, 60 * SECOND));
        assert!(!refused.contains(1, 61 * SECOND));
        assert!(!refused.contains(2, SECOND));
    }

    #[test]
    fn the_least_recently_used_of_too_many_targets_is_forgotten() {
        let mut refused = RefusedTargets::default();
        (0..64).for_each(|target| refused.insert(target, SECOND));
        assert!(refused.contains(0, SECOND));
        refused.insert(64, SECOND);

        assert!(refused.contains(0, SECOND) && refused.contains(64, SECOND));
        assert!(!refused.contains(1, SECOND));
        assert_eq!(refused.targets().len(), 64);
    }

    #[test]
    fn a_target_can_be_forgotten() {
        let mut refused = RefusedTargets::default();
        refused.insert(1, SECOND);

        assert!(refused.remove(1) && !refused.remove(1));
        assert!(!refused.contains(1, SECOND));
    }
}
