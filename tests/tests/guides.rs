//! Compiles and runs the code of the guides in `docs`. The Rust snippets of one guide together are one module.

#[expect(dead_code, reason = "the guide's tests do not run its program")]
mod axum_service {
    include!(concat!(env!("OUT_DIR"), "/axum_service.rs"));
}

#[expect(dead_code, reason = "the guide's tests do not run its program")]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports its results")]
#[expect(clippy::struct_field_names, reason = "the fields are named as in the API")]
mod nightly_job {
    include!(concat!(env!("OUT_DIR"), "/nightly_job.rs"));
}

#[expect(dead_code, unreachable_pub, reason = "the guide shows the code that it replaces")]
#[expect(clippy::disallowed_methods, reason = "the code that the guide replaces reads the clock")]
mod migrating {
    include!(concat!(env!("OUT_DIR"), "/migrating.rs"));
}

#[expect(dead_code, reason = "the guide's tests tell the errors apart without opening them")]
mod middleware_and_tower {
    include!(concat!(env!("OUT_DIR"), "/middleware_and_tower.rs"));
}

mod alerts {
    include!(concat!(env!("OUT_DIR"), "/alerts.rs"));
}

#[expect(dead_code, reason = "the guide's tests do not run its program")]
#[expect(clippy::print_stderr, reason = "a program that reports its state")]
mod running_a_fleet {
    include!(concat!(env!("OUT_DIR"), "/running_a_fleet.rs"));
}

#[expect(clippy::unused_async, reason = "stands for a call that waits")]
mod secrets {
    include!(concat!(env!("OUT_DIR"), "/secrets.rs"));
}

#[expect(clippy::unwrap_used, reason = "tests of an application")]
mod testing {
    include!(concat!(env!("OUT_DIR"), "/testing.rs"));
}

/// The example is compiled and tested by the workspace, and its contract is extracted by a test of xtask.
#[test]
fn the_guide_to_operations_of_a_vendor_shows_its_example() {
    let guide = include_str!("../../docs/own-operations.md");
    let build = include_str!("../../crates/moneykit/examples/own-operations/build.rs");
    let main = include_str!("../../crates/moneykit/examples/own-operations/src/main.rs");

    let snippets = guide.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next());

    let [first, program, tests] = snippets.collect::<Vec<_>>()[..] else { panic!("three snippets") };
    assert_eq!(first, build);
    assert_eq!(format!("{program}\n{tests}"), main);
}
