//! Fuzz target: the comparison of documents.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| moneykit_contract::invariants::diff(input));
