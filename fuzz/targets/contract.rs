//! Fuzz target: any text is a contract that generates source, or is rejected with positions in the text.

#![no_main]

use std::panic::catch_unwind;
use std::process::abort;
use std::sync::Mutex;

use moneykit_codegen::invariants::contract;

/// The message of the last panic.
static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

libfuzzer_sys::fuzz_target!(
    // libFuzzer's own panic hook aborts the process, but panics of the generator are caught and become errors.
    // This hook only records the message, and an uncaught panic aborts below.
    init: std::panic::set_hook(Box::new(|panic| {
        if let Ok(mut last) = LAST_PANIC.lock() {
            *last = panic.to_string();
        }
    })),
    |input: &[u8]| {
        if catch_unwind(|| contract(input)).is_err() {
            eprintln!("{}", LAST_PANIC.lock().map(|last| last.clone()).unwrap_or_default());
            abort();
        }
    }
);
