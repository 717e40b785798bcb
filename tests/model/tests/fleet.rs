//! Explores thousands of schedules of members that share a token through a store.
//!
//! In each of them no older holder of the lease replaces a newer token, each member that lives gets a token, and the
//! number of requests is bounded by the number of leases that lapsed.

use moneykit_model::fleet::{Fleet, Trouble};

/// The number of schedules per test. They take a few seconds.
const SCHEDULES: usize = 1_000;

#[test]
fn a_fleet_sends_one_request_for_each_token() {
    shuttle::check_random(|| Fleet::new().run(3, Trouble::None), SCHEDULES);
}

#[test]
fn a_holder_that_is_paused_past_its_lease_replaces_no_newer_token() {
    shuttle::check_random(|| Fleet::new().run(3, Trouble::Pauses), SCHEDULES);
}

#[test]
fn members_that_die_delay_the_others_and_cost_a_lease_each() {
    shuttle::check_random(|| Fleet::new().run(3, Trouble::Deaths), SCHEDULES);
}
