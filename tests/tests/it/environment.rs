//! Tests of a client that a process builds from its environment.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};

/// Runs `from_env` with these environment variables only, and returns its output.
fn run(variables: &[(&str, &OsStr)]) -> String {
    run_with(&[], variables)
}

/// Runs `from_env` with arguments.
fn run_with(arguments: &[&str], variables: &[(&str, &OsStr)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_from_env"));
    command.args(arguments).env_clear().envs(variables.iter().copied());
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
fn variables_with_a_prefix_and_a_file_configure_a_client() {
    let emulator = Emulator::builder().start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, format!("{DEFAULT_CLIENT_SECRET}\n")).unwrap();
    let variables = [
        ("ACME_MONEYKIT_CLIENT_ID", DEFAULT_CLIENT_ID.as_ref()),
        ("ACME_MONEYKIT_CLIENT_SECRET_FILE", path.as_os_str()),
        ("ACME_MONEYKIT_URL", emulator.url().as_ref()),
    ];
    let output = run_with(&["prefix"], &variables);
    assert!(output.starts_with("token: AccessToken { value: [redacted]"), "{output}");

    let output = run_with(&[], &variables);
    assert!(
        output.contains("MONEYKIT_CLIENT_SECRET is not set; export it, or MONEYKIT_CLIENT_SECRET_FILE"),
        "{output}"
    );
    std::fs::remove_file(&path).unwrap();
    let output = run_with(&["prefix"], &variables);
    assert!(output.contains("ACME_MONEYKIT_CLIENT_SECRET_FILE names the file"), "{output}");
}

/// Variables that name a proxy.
const PROXY_VARIABLES: [&str; 6] =
    ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

#[test]
fn proxy_variables_are_ignored_by_default() {
    let emulator = Emulator::builder().start().unwrap();
    // Nothing listens on port 1, so a request through this proxy would fail.
    let mut variables: Vec<(&str, &OsStr)> = vec![
        ("MONEYKIT_CLIENT_ID", DEFAULT_CLIENT_ID.as_ref()),
        ("MONEYKIT_CLIENT_SECRET", DEFAULT_CLIENT_SECRET.as_ref()),
        ("MONEYKIT_URL", emulator.url().as_ref()),
    ];
    variables.extend(PROXY_VARIABLES.map(|name| (name, "http://127.0.0.1:1".as_ref())));
    for arguments in [&[][..], &["builder"], &["transport"]] {
        let output = run_with(arguments, &variables);
        assert!(output.starts_with("token:"), "{arguments:?}: {output}");
    }

    let output = run_with(&["env_proxy"], &variables);
    assert!(output.contains("transport has a proxy, or takes it from the environment"), "{output}");
}

#[test]
fn the_proxy_of_the_environment_is_used_for_https_only_when_it_is_asked_for() {
    for (arguments, is_used) in
        [(&[][..], false), (&["builder"], false), (&["transport"], false), (&["env_proxy"], true)]
    {
        let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", proxy.local_addr().unwrap());
        let mut variables: Vec<(&str, &OsStr)> = vec![
            ("MONEYKIT_CLIENT_ID", "id".as_ref()),
            ("MONEYKIT_CLIENT_SECRET", "pale".as_ref()),
            // Nothing listens on port 1.
            ("MONEYKIT_URL", "https://127.0.0.1:1".as_ref()),
        ];
        variables.extend(PROXY_VARIABLES.map(|name| (name, url.as_ref())));
        // The proxy closes each connection, so every request fails.
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        std::thread::spawn(move || {
            for connection in proxy.incoming() {
                counter.fetch_add(1, Ordering::SeqCst);
                drop(connection);
            }
        });
        let output = run_with(arguments, &variables);

        assert!(output.starts_with("error:"), "{arguments:?}: {output}");
        assert_eq!(connections.load(Ordering::SeqCst) > 0, is_used, "{arguments:?}: {output}");
    }
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
