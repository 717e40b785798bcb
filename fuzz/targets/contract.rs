#![no_main]

use std::panic::catch_unwind;
use std::process::abort;
use std::sync::Mutex;

use moneykit_codegen::properties::contract;

/// The last panic, in words.
static LAST: Mutex<String> = Mutex::new(String::new());

libfuzzer_sys::fuzz_target!(
    // libFuzzer's own hook ends the process at each panic, and those of the generator are caught and reported
    // as errors. So a panic only leaves a note, and one that nobody caught ends the process.
    init: std::panic::set_hook(Box::new(|panic| {
        if let Ok(mut last) = LAST.lock() {
            *last = panic.to_string();
        }
    })),
    |input: &[u8]| {
        if catch_unwind(|| contract(input)).is_err() {
            eprintln!("{}", LAST.lock().map(|last| last.clone()).unwrap_or_default());
            abort();
        }
    }
);
