//! Fuzz target: parsing of the `Retry-After` header.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| moneykit::invariants::retry_after(input));
