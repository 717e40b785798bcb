//! Tests of a client that a process builds from its environment.

use std::ffi::OsStr;
use std::process::Command;

use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};

/// Runs `from_env` with these environment variables only, and returns its output.
fn run(variables: &[(&str, &OsStr)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_from_env"));
    command.env_clear().envs(variables.iter().copied());
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

#[test]
fn three_variables_configure_a_client() {
    let emulator = Emulator::builder().start().unwrap();
    let output = run(&[
        ("MONEYKIT_CLIENT_ID", DEFAULT_CLIENT_ID.as_ref()),
        ("MONEYKIT_CLIENT_SECRET", DEFAULT_CLIENT_SECRET.as_ref()),
        ("MONEYKIT_URL", emulator.url().as_ref()),
    ]);

    assert!(output.starts_with("token: AccessToken { value: [redacted]"), "{output}");
    assert_eq!(emulator.request_counts().tokens_issued, 1);
}

#[test]
fn proxy_variables_are_ignored_by_default() {
    let emulator = Emulator::builder().start().unwrap();
    // Nothing listens on port 1, so a request through this proxy would fail.
    let output = run(&[
        ("MONEYKIT_CLIENT_ID", DEFAULT_CLIENT_ID.as_ref()),
        ("MONEYKIT_CLIENT_SECRET", DEFAULT_CLIENT_SECRET.as_ref()),
        ("MONEYKIT_URL", emulator.url().as_ref()),
        ("HTTP_PROXY", "http://127.0.0.1:1".as_ref()),
        ("http_proxy", "http://127.0.0.1:1".as_ref()),
        ("ALL_PROXY", "http://127.0.0.1:1".as_ref()),
    ]);

    assert!(output.starts_with("token:"), "{output}");
}

#[test]
fn the_error_names_every_invalid_variable() {
    let output = run(&[("MONEYKIT_URL", "".as_ref())]);

    for expected in [
        "MONEYKIT_CLIENT_ID is not set; export it",
        "MONEYKIT_CLIENT_SECRET is not set",
        "MONEYKIT_URL is empty",
    ] {
        assert!(output.contains(expected), "{output}");
    }
}

#[cfg(unix)]
#[test]
fn the_error_names_a_variable_that_is_not_utf_8_without_its_value() {
    use std::os::unix::ffi::OsStrExt;

    let output = run(&[
        ("MONEYKIT_CLIENT_ID", "id".as_ref()),
        ("MONEYKIT_CLIENT_SECRET", OsStr::from_bytes(b"pale\xff")),
        ("MONEYKIT_URL", "pale://\n".as_ref()),
    ]);

    assert!(output.contains("MONEYKIT_CLIENT_SECRET is not UTF-8"), "{output}");
    assert!(!output.contains("pale"), "{output}");
}
