//! Compiles and runs the code of the guides in `docs`. The Rust snippets of one guide together are one module.

#[expect(dead_code, reason = "the guide's tests do not run its program")]
mod axum_service {
    include!(concat!(env!("OUT_DIR"), "/axum_service.rs"));
}

#[expect(dead_code, reason = "the guide's tests do not run its program")]
mod nightly_job {
    include!(concat!(env!("OUT_DIR"), "/nightly_job.rs"));
}

#[expect(dead_code, unreachable_pub, reason = "the guide shows the code that it replaces")]
mod migrating {
    include!(concat!(env!("OUT_DIR"), "/migrating.rs"));
}

mod alerts {
    include!(concat!(env!("OUT_DIR"), "/alerts.rs"));
}

mod secrets {
    include!(concat!(env!("OUT_DIR"), "/secrets.rs"));
}

mod testing {
    include!(concat!(env!("OUT_DIR"), "/testing.rs"));
}
