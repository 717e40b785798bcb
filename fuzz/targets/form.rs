//! Fuzz target: parsing of form bodies in the emulator.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| moneykit_emulator::invariants::form(input));
