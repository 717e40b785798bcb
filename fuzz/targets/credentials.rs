//! Fuzz target: validation of credentials.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| moneykit::invariants::credentials(input));
