//! Explores thousands of thread schedules of the token cache.
//!
//! In each of them no wake-up is lost, no two token requests are in flight at once, no expired token is returned,
//! and every call returns. A failing test prints its schedule, which `shuttle::replay` runs again.

use moneykit_model::harness::{Harness, Workload};

/// The number of schedules per test. They take a few seconds.
const SCHEDULES: usize = 3_000;

#[test]
fn every_call_returns_when_the_server_succeeds() {
    shuttle::check_random(|| Harness::new(false).run(3, 3, Workload::Mixed), SCHEDULES);
}

#[test]
fn every_call_returns_when_the_server_fails_at_random() {
    shuttle::check_random(|| Harness::new(true).run(3, 3, Workload::Mixed), SCHEDULES);
}

#[test]
fn every_call_returns_in_schedules_with_rare_event_orders() {
    shuttle::check_pct(|| Harness::new(true).run(2, 3, Workload::Mixed), SCHEDULES, 4);
}

#[test]
fn concurrent_callers_share_one_request() {
    shuttle::check_random(
        || {
            let harness = Harness::new(false);
            harness.run(4, 2, Workload::TokensOnly);
            assert_eq!(harness.requests(), 1);
        },
        SCHEDULES,
    );
}

#[test]
fn unauthorized_responses_force_refreshes_no_faster_than_their_spacing() {
    shuttle::check_random(|| Harness::new(false).run(3, 3, Workload::Unauthorized), SCHEDULES);
}

#[test]
fn unauthorized_responses_leave_every_call_returning_when_refreshes_fail() {
    shuttle::check_random(|| Harness::new(true).run(3, 3, Workload::Unauthorized), SCHEDULES);
}
