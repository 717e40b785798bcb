//! Fuzz target: parsing of OAuth scopes.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| moneykit::invariants::scopes(input));
