//! How the program behaves in a shell: streams, colors, pipes, signals and exit codes.

use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::time::Duration;

use moneykit_emulator::{Emulator, Fault};

use crate::cache::wait_for_lock;
use crate::home::{Home, Run, run};

#[test]
fn each_exit_code_has_its_cause() {
    let emulator = Emulator::builder().stub("GET", "/missing", 404, "{}").stub("GET", "/broken", 503, "{}");
    let home = Home::with_emulator(emulator);
    for (arguments, code) in [
        (&["token", "--check"][..], 1),
        (&["token"], 0),
        (&["token", "--frobnicate"], 2),
        (&["token", "--profile", "none"], 3),
        (&["request", "GET", "/missing"], 4),
        (&["request", "GET", "/broken"], 5),
        (&["token", "--url", "http://127.0.0.1:1", "--no-cache"], 6),
        (&["token", "--client-id", "another"], 7),
    ] {
        let run = home.run(arguments);
        assert_eq!(run.code, Some(code), "{arguments:?}: {run:?}");
        let says_why = run.stderr.contains("error:");
        assert_eq!(says_why, code > 1, "{arguments:?}: {run:?}");
    }
}

#[test]
fn the_exit_codes_are_documented() {
    let home = Home::new();
    let help = home.run(&["--help"]).ok();
    let readme = include_str!("../../README.md");
    for code in 0..=7 {
        assert!(help.contains(&format!("\n  {code}  ")), "{help}");
        assert!(readme.contains(&format!("\n| {code} | ")), "{code}");
    }
}

#[test]
fn colors_follow_the_conventions() {
    let home = Home::new();
    let is_colored = |arguments: &[&str], variables: &[(&str, &str)]| {
        let run = run(home.moneykit(arguments).envs(variables.iter().copied()));
        assert_eq!(run.code, Some(2), "{run:?}");
        run.stderr.contains('\u{1b}')
    };
    // One failure is clap's, the other is ours.
    for arguments in [&["frobnicate"][..], &["request", "G T", "/"]] {
        assert!(!is_colored(arguments, &[]), "not a terminal");
        assert!(is_colored(arguments, &[("CLICOLOR_FORCE", "1")]));
        assert!(!is_colored(&[&["--color", "never"], arguments].concat(), &[("CLICOLOR_FORCE", "1")]));
        assert!(is_colored(&[&["--color", "always"], arguments].concat(), &[("NO_COLOR", "1")]));
        assert!(!is_colored(arguments, &[("NO_COLOR", "1")]));
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let home = Home::new();
    for arguments in [
        &["token"][..],
        &["man"],
        &["completions", "bash"],
        &["request", "GET", "/"],
        &["--help"],
        &["contract", "show"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = home.moneykit(arguments).stdout(writer).output().unwrap();
        assert_eq!(Run::of(output).ok(), "", "{arguments:?}");
    }
    assert!(home.shell("moneykit man | head -n 1").ok().starts_with(".ie"));
}

#[test]
fn ctrl_c_ends_the_program_without_a_word() {
    let home = Home::new();
    home.emulator.fail_next(1, Fault::Delay(Duration::from_secs(3)));
    let mut child = home.moneykit(&["token"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for_lock(&home);
    let pid = child.id().to_string();
    assert!(home.bare("kill", &["-INT", &pid]).status().unwrap().success());

    let status = child.wait().unwrap();
    // A shell that runs a loop stops it only if the signal ended the program.
    assert_eq!(status.signal(), Some(2));
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
    assert_eq!(home.run(&["token"]).code, Some(0));
}

#[test]
fn nothing_is_asked_without_a_terminal() {
    let home = Home::new();
    for arguments in [&["token"][..], &["request", "GET", "/"]] {
        let said = run(&mut home.bare_moneykit(arguments)).failed(3);
        assert!(
            said.contains("there is no client ID and no client secret; export MONEYKIT_CLIENT_ID and"),
            "{said}"
        );
    }
}

#[test]
fn a_home_that_is_relative_is_none() {
    let home = Home::new();
    let mut command = home.moneykit(&["token"]);
    command.env("HOME", "relative").env_remove("XDG_CACHE_HOME").env_remove("XDG_CONFIG_HOME");
    run(&mut command).ok();
    assert!(!home.path("relative").exists());
}

#[test]
fn quiet_silences_hints_and_not_errors() {
    let home = Home::new();
    home.run(&["token"]).ok();
    std::fs::write(home.cached("json"), "{").unwrap();
    let loud = home.run(&["token", "--check"]);
    assert!(loud.stderr.contains("hint: the cached token is ignored"), "{loud:?}");
    assert_eq!(home.run(&["token", "--check", "--quiet"]).failed(1), "");
    assert!(
        home.run(&["token", "-q", "--profile", "none"]).failed(3).contains("error: there is no profile none")
    );
}

#[test]
fn logs_are_on_standard_error() {
    let home = Home::new();
    let run = home.run(&["token", "-vv"]);
    assert!(run.stderr.contains("moneykit") && run.stderr.contains("INFO"), "{run:?}");
    assert_eq!(run.stdout.lines().count(), 1, "{run:?}");
}

#[test]
fn completions_and_man_pages_cover_all_commands() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = home.run(&["completions", shell]).ok();
        assert!(script.contains("doctor") && script.contains("min-lifetime"), "{shell}");
    }
    home.run(&["man", "pages"]).ok();
    for page in [
        "moneykit.1",
        "moneykit-token.1",
        "moneykit-request.1",
        "moneykit-proxy.1",
        "moneykit-doctor.1",
        "moneykit-contract-diff.1",
    ] {
        assert!(home.path("pages").join(page).exists(), "{page}");
    }
}
