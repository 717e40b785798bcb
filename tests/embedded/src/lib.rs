//! Clients of two contracts. Generated code must not cause a warning here.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    unused,
    missing_docs,
    missing_debug_implementations,
    nonstandard_style,
    rust_2018_idioms,
    single_use_lifetimes,
    trivial_casts,
    unreachable_pub,
    unused_lifetimes,
    unused_qualifications,
    unused_results,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::unwrap_used
)]

/// The operations on links.
pub mod links {
    bank::include_client!("links");
}

/// The operations on payments.
pub mod payments {
    bank::include_client!("payments");
}

#[cfg(test)]
mod link_mocks {
    bank::include_mocks!(crate::links, "links");
}

#[cfg(test)]
mod payment_mocks {
    bank::include_mocks!(crate::payments, "payments");
}

#[cfg(test)]
mod tests;
