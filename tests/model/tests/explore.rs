//! Some thousands of schedules of callers, flights and rejections: no lost wake-up, never two flights, no expired token
//! out, every caller comes to an end. A failure prints the schedule, which `shuttle::replay` repeats.

use moneykit_model::world::{Habits, World};

/// So many schedules take a few seconds.
const SCHEDULES: usize = 3_000;

#[test]
fn callers_of_a_server_that_answers_all_come_to_an_end() {
    shuttle::check_random(|| World::new(false).run(3, 3, Habits::Meddling), SCHEDULES);
}

#[test]
fn callers_of_a_server_that_fails_all_come_to_an_end() {
    shuttle::check_random(|| World::new(true).run(3, 3, Habits::Meddling), SCHEDULES);
}

#[test]
fn rare_orders_of_few_events_are_found_as_well() {
    shuttle::check_pct(|| World::new(true).run(2, 3, Habits::Meddling), SCHEDULES, 4);
}

#[test]
fn callers_who_only_ask_cause_one_request() {
    shuttle::check_random(
        || {
            let world = World::new(false);
            world.run(4, 2, Habits::Plain);
            assert_eq!(world.requests(), 1);
        },
        SCHEDULES,
    );
}
