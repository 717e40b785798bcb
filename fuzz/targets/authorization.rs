//! Fuzz target: parsing of the `Authorization` header in the emulator.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| moneykit_emulator::invariants::authorization(input));
