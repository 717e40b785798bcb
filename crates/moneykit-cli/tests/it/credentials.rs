//! The resolver of settings: sources, their order, and files that others can read.

use std::io::Write as _;
use std::process::Stdio;

use crate::home::{CLIENT_ID, CLIENT_SECRET, Home, Run, run};

/// Writes a profile `sandbox` with a secret from a command, and further lines.
fn with_profile(home: &Home, lines: &str) {
    let url = home.emulator.url();
    let text = format!("[profiles.sandbox]\nclient_id = '{CLIENT_ID}'\nurl = '{url}'\n{lines}\n");
    home.write("config/moneykit/config.toml", &text, 0o600);
}

#[test]
fn a_profile_has_all_settings() {
    let home = Home::new();
    let secret = home.write("secret", CLIENT_SECRET, 0o600);
    for lines in [
        "secret_file = '~/secret'".to_owned(),
        "secret_file = '../../secret'".to_owned(),
        format!("secret_file = '{}'", secret.display()),
        format!("secret_command = ['printf', '%s\\n', '{CLIENT_SECRET}']"),
        format!("secret_command = 'echo {CLIENT_SECRET} | cat'"),
        format!(
            "secret_command = 'echo {CLIENT_SECRET}'\nauth_method = 'client_secret_basic'\nscope = 'accounts'"
        ),
    ] {
        with_profile(&home, &lines);
        let run = run(&mut home.bare_moneykit(&["token", "--profile", "sandbox", "--no-cache"]));
        assert_eq!(run.code, Some(0), "{lines}: {run:?}");
    }
}

#[test]
fn variables_precede_the_default_profile_and_follow_a_chosen_one() {
    let home = Home::new();
    with_profile(&home, &format!("secret_command = 'echo {CLIENT_SECRET}'"));
    let mut wrong = home.moneykit(&["token", "--no-cache"]);
    wrong.env("MONEYKIT_CLIENT_SECRET", "wrong").env("MONEYKIT_PROFILE", "sandbox");
    let said = run(&mut wrong).failed(7);
    assert!(said.contains("the client secret is from the variable MONEYKIT_CLIENT_SECRET"), "{said}");

    let mut chosen = home.moneykit(&["token", "--no-cache", "--profile", "sandbox"]);
    assert_eq!(run(chosen.env("MONEYKIT_CLIENT_SECRET", "wrong")).code, Some(0));
}

#[test]
fn the_secret_is_read_from_standard_input() {
    let home = Home::new();
    let mut command = home.bare_moneykit(&["token", "--secret-stdin", "--client-id", CLIENT_ID]);
    command.args(["--url", home.emulator.url()]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{CLIENT_SECRET}").unwrap();
    assert_eq!(Run::of(child.wait_with_output().unwrap()).ok().lines().count(), 1);
}

#[test]
fn a_secret_in_an_argument_is_refused_and_not_repeated() {
    let home = Home::new();
    for arguments in
        [&["token", "--client-secret", CLIENT_SECRET][..], &["token", "--client-secret=pale-secret"]]
    {
        let said = run(&mut home.bare_moneykit(arguments)).failed(2);
        assert!(
            said.contains("there is no option --client-secret") && !said.contains(CLIENT_SECRET),
            "{said}"
        );
    }
}

#[test]
fn a_secret_file_that_others_can_read_is_refused_with_the_remedy() {
    let home = Home::new();
    for mode in [0o644, 0o640, 0o604, 0o620] {
        let path = home.write("secret", CLIENT_SECRET, mode);
        let mut command = home.moneykit(&["token"]);
        command.env_remove("MONEYKIT_CLIENT_SECRET").env("MONEYKIT_CLIENT_SECRET_FILE", &path);
        let said = run(&mut command).failed(3);
        assert!(said.contains(&format!("run `chmod 600 {}`", path.display())), "{said}");
        assert!(said.contains("the file is from the variable MONEYKIT_CLIENT_SECRET_FILE"), "{said}");
    }
    let path = home.write("secret", CLIENT_SECRET, 0o400);
    let mut command = home.moneykit(&["token"]);
    command.env_remove("MONEYKIT_CLIENT_SECRET").env("MONEYKIT_CLIENT_SECRET_FILE", &path);
    assert_eq!(run(&mut command).code, Some(0));
}

#[test]
fn a_settings_file_that_others_can_change_is_refused() {
    let home = Home::new();
    home.write("config/moneykit/config.toml", "", 0o622);
    let said = home.run(&["token"]).failed(3);
    assert!(said.contains("its commands are run; run `chmod go-w /"), "{said}");
    home.write("config/moneykit/config.toml", "", 0o644);
    assert_eq!(home.run(&["token"]).code, Some(0));
}

#[test]
fn a_mistake_in_the_settings_file_is_reported_with_its_line() {
    let home = Home::new();
    with_profile(&home, "client_secret = 'pale-secret'");
    let said = home.run(&["token"]).failed(3);
    assert!(
        said.contains("config.toml:4: unknown field `client_secret`") && !said.contains("pale"),
        "{said}"
    );

    with_profile(&home, "");
    let said = home.run(&["token", "--profile", "sandbux"]).failed(3);
    assert!(
        said.contains("there is no profile sandbux") && said.contains("choose one of: sandbox"),
        "{said}"
    );
}

#[test]
fn the_failure_of_a_command_names_it_and_shows_its_messages() {
    let home = Home::new();
    for (lines, expected) in [
        ("secret_command = 'echo locked >&2; exit 1'", "locked\n"),
        ("secret_command = 'exit 1'", "secret_command of profile sandbox in"),
        ("secret_command = ['no-such-program']", "check its program"),
        ("secret_command = []", "is empty"),
        ("secret_command = 'true'", "is empty"),
        ("secret_command = 'yes | head -n 20000'", "printed more than a secret"),
    ] {
        with_profile(&home, lines);
        let said = run(&mut home.bare_moneykit(&["token", "--profile", "sandbox"])).failed(3);
        assert!(said.contains(expected), "{lines}: {said}");
    }
}

#[test]
fn ambiguous_and_empty_variables_are_errors() {
    let home = Home::new();
    for (name, value, expected) in [
        ("MONEYKIT_CLIENT_SECRET_FILE", "/x", "and so is MONEYKIT_CLIENT_SECRET_FILE; unset one"),
        ("MONEYKIT_CLIENT_ID", "", "MONEYKIT_CLIENT_ID is empty"),
        ("MONEYKIT_URL", "ftp://example.com", "the base URL is from the variable MONEYKIT_URL"),
        ("MONEYKIT_URL", "http://example.com", "the base URL is from the variable MONEYKIT_URL"),
    ] {
        let said = run(home.moneykit(&["token"]).env(name, value)).failed(3);
        assert!(said.contains(expected), "{name}: {said}");
    }
}

#[test]
fn what_is_missing_is_named_with_the_places_where_it_can_be_set() {
    let home = Home::new();
    let said = run(home.bare_moneykit(&["token"]).env("MONEYKIT_CLIENT_ID", CLIENT_ID)).failed(3);
    assert!(
        said.contains("there is no client secret; export MONEYKIT_CLIENT_SECRET, or write a profile"),
        "{said}"
    );

    with_profile(&home, "");
    let said = run(&mut home.bare_moneykit(&["token", "--profile", "sandbox"])).failed(3);
    assert!(said.contains("or add secret_file or secret_command to the profile sandbox in"), "{said}");
}

#[test]
fn a_command_does_not_read_the_body_of_a_request() {
    let home = Home::new();
    with_profile(&home, &format!("secret_command = 'cat; echo {CLIENT_SECRET}'"));
    let mut command = home.bare_moneykit(&["request", "POST", "/", "--data", "-", "--profile", "sandbox"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"{\"a\":1}").unwrap();
    let echo = Run::of(child.wait_with_output().unwrap()).ok();
    assert!(echo.contains("\"body_bytes\":7"), "{echo}");
}
