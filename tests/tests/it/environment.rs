//! A client from the environment of a real process.

use std::ffi::OsStr;
use std::process::Command;

use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};

fn run(variables: &[(&str, &OsStr)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_from_env"));
    command.env_clear().envs(variables.iter().copied());
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

#[test]
fn three_variables_are_all_that_a_client_needs() {
    let emulator = Emulator::builder().start().unwrap();
    let printed = run(&[
        ("MONEYKIT_CLIENT_ID", DEFAULT_CLIENT_ID.as_ref()),
        ("MONEYKIT_CLIENT_SECRET", DEFAULT_CLIENT_SECRET.as_ref()),
        ("MONEYKIT_URL", emulator.url().as_ref()),
    ]);

    assert!(printed.starts_with("token: AccessToken { value: [redacted]"), "{printed}");
    assert_eq!(emulator.request_counts().tokens_issued, 1);
}

#[test]
fn proxies_of_the_environment_are_not_used_unasked() {
    let emulator = Emulator::builder().start().unwrap();
    // Nothing listens on port 1: whoever used this proxy would fail.
    let printed = run(&[
        ("MONEYKIT_CLIENT_ID", DEFAULT_CLIENT_ID.as_ref()),
        ("MONEYKIT_CLIENT_SECRET", DEFAULT_CLIENT_SECRET.as_ref()),
        ("MONEYKIT_URL", emulator.url().as_ref()),
        ("HTTP_PROXY", "http://127.0.0.1:1".as_ref()),
        ("http_proxy", "http://127.0.0.1:1".as_ref()),
        ("ALL_PROXY", "http://127.0.0.1:1".as_ref()),
    ]);

    assert!(printed.starts_with("token:"), "{printed}");
}

#[test]
fn every_variable_that_is_wrong_is_named() {
    let printed = run(&[("MONEYKIT_URL", "".as_ref())]);

    for expected in [
        "MONEYKIT_CLIENT_ID is not set; export it",
        "MONEYKIT_CLIENT_SECRET is not set",
        "MONEYKIT_URL is empty",
    ] {
        assert!(printed.contains(expected), "{printed}");
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf_8_is_named_and_not_shown() {
    use std::os::unix::ffi::OsStrExt;

    let printed = run(&[
        ("MONEYKIT_CLIENT_ID", "id".as_ref()),
        ("MONEYKIT_CLIENT_SECRET", OsStr::from_bytes(b"pale\xff")),
        ("MONEYKIT_URL", "pale://\n".as_ref()),
    ]);

    assert!(printed.contains("MONEYKIT_CLIENT_SECRET is not UTF-8"), "{printed}");
    assert!(!printed.contains("pale"), "{printed}");
}
