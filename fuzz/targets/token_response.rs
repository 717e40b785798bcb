//! Fuzz target: a token response is a usable token or an error that is safe to show.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| moneykit::invariants::token_response(input));
