//! The credentials that the token endpoint rejected lately.

use std::time::Duration;

use super::cache::rejection_cooldown;
use crate::auth::Credentials;
use crate::defaults;
use crate::error::Error;

/// Rejected credentials, each with a cool-down of its own: two that alternate, as from two replicas of a vault, must
/// not be sent over and over.
#[derive(Default)]
pub(super) struct Rejections {
    /// In order of rejection, the oldest first.
    entries: Vec<Rejection>,
}

/// Credentials that the server rejected.
struct Rejection {
    credentials: Credentials,
    error: Error,
    /// How often they were rejected in a row.
    count: u32,
    /// The end of the cool-down, by the monotonic clock.
    until: Duration,
}

impl Rejections {
    const MAX_ENTRIES: usize = 16;

    /// Returns the error of a request that is not sent because these credentials were rejected a moment ago. If so
    /// many others were rejected that no more can be remembered, no credentials are sent until one cool-down ends.
    pub(super) fn error_for(&self, credentials: &Credentials, now: Duration) -> Option<Error> {
        let cooling_down = |entry: &&Rejection| now < entry.until;
        let entry = match self.entries.iter().find(|entry| entry.credentials.ct_eq(credentials)) {
            Some(known) => Some(known).filter(cooling_down),
            None if self.entries.iter().filter(cooling_down).count() < Self::MAX_ENTRIES => None,
            None => self.entries.iter().min_by_key(|entry| entry.until),
        }?;
        Some(entry.error.while_cooling_down(entry.until.saturating_sub(now)))
    }

    /// Records a rejection. The cool-down begins at `first` and doubles with each further rejection.
    pub(super) fn record(
        &mut self,
        credentials: &Credentials,
        error: &Error,
        now: Duration,
        first: Duration,
    ) {
        // A rejection of long ago says nothing about this one.
        self.entries.retain(|entry| now < entry.until + defaults::COOLDOWN_MAX);
        let known = self.entries.iter().position(|entry| entry.credentials.ct_eq(credentials));
        let count = known.map_or(0, |index| self.entries.remove(index).count).saturating_add(1);
        if self.entries.len() == Self::MAX_ENTRIES {
            self.entries.remove(0);
        }
        let until = now.saturating_add(rejection_cooldown(first, count));
        self.entries.push(Rejection { credentials: credentials.clone(), error: error.clone(), count, until });
    }

    /// Forgets credentials that the server accepted.
    pub(super) fn forget(&mut self, credentials: &Credentials) {
        self.entries.retain(|entry| !entry.credentials.ct_eq(credentials));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ErrorResponse, Kind};

    const SECOND: Duration = Duration::from_secs(1);

    fn credentials(number: usize) -> Credentials {
        Credentials::new("id", format!("secret-{number}")).unwrap()
    }

    fn record(rejections: &mut Rejections, number: usize, now: Duration) {
        let error = Kind::ErrorResponse(ErrorResponse::new(http::StatusCode::UNAUTHORIZED)).into();
        rejections.record(&credentials(number), &error, now, 5 * SECOND);
    }

    #[test]
    fn each_rejection_doubles_the_cooldown_up_to_a_minute() {
        let (mut rejections, mut now) = (Rejections::default(), SECOND);
        for cooldown in [5, 10, 20, 40, 60, 60] {
            record(&mut rejections, 1, now);
            let error = rejections.error_for(&credentials(1), now).unwrap();
            assert!(error.is_cooling_down() && error.is_unauthorized());
            assert_eq!(error.retry_after(), Some(cooldown * SECOND));
            now += cooldown * SECOND;
            assert!(rejections.error_for(&credentials(1), now).is_none());
        }
        now += 60 * SECOND;
        record(&mut rejections, 1, now);
        let error = rejections.error_for(&credentials(1), now).unwrap();
        assert_eq!(error.retry_after(), Some(5 * SECOND), "a rejection of long ago counts for nothing");
    }

    #[test]
    fn several_credentials_are_remembered_and_accepted_ones_forgotten() {
        let mut rejections = Rejections::default();
        record(&mut rejections, 1, SECOND);
        record(&mut rejections, 2, SECOND);

        assert!(rejections.error_for(&credentials(1), SECOND).is_some());
        assert!(rejections.error_for(&credentials(2), SECOND).is_some());
        assert!(rejections.error_for(&credentials(3), SECOND).is_none());
        rejections.forget(&credentials(1));
        assert!(rejections.error_for(&credentials(1), SECOND).is_none());
    }

    #[test]
    fn too_many_rejected_credentials_stop_requests_until_a_cooldown_ends() {
        let mut rejections = Rejections::default();
        for number in 0..16 {
            assert!(rejections.error_for(&credentials(number), SECOND).is_none());
            record(&mut rejections, number, SECOND);
        }
        let error = rejections.error_for(&credentials(16), 2 * SECOND).unwrap();
        assert_eq!(error.retry_after(), Some(4 * SECOND));
        assert!(rejections.error_for(&credentials(16), 6 * SECOND).is_none());
    }
}
