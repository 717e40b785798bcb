//! Tests that the README's shell commands work and that its tables match the code. Its Rust examples run as doc tests.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::root;

/// The source of `ClientBuilder`, whose methods the settings table lists.
const BUILDER: &str = "crates/moneykit/src/client/builder.rs";

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

/// Returns the lines of the README's shell snippets, without their comments.
fn commands() -> Vec<String> {
    let readme = readme();
    let snippets = readme.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let lines = snippets.flat_map(str::lines).map(|line| line.split(" # ").next().unwrap().trim());
    lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Returns the README's command that contains `text`.
fn command_with(text: &str) -> String {
    commands()
        .into_iter()
        .find(|command| command.contains(text))
        .expect("the text is part of a command in README.md")
}

/// Prepares a cargo command from the README, without MoneyKit's variables in its environment.
fn cargo(command: &str) -> Command {
    let mut words = command.split_whitespace();
    assert_eq!(words.next(), Some("cargo"), "{command}");
    let mut command = Command::new(env!("CARGO"));
    command.args(words).current_dir(root());
    for variable in
        ["MONEYKIT_CLIENT_ID", "MONEYKIT_CLIENT_SECRET", "MONEYKIT_CLIENT_SECRET_FILE", "MONEYKIT_URL"]
    {
        command.env_remove(variable);
    }
    command
}

/// Returns the rows of the table in a section: the name in backticks that begins a row, and all cells of the row.
fn table(section: &str) -> BTreeMap<String, Vec<String>> {
    let readme = readme();
    let section = readme.split(&format!("## {section}\n")).nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| {
        let name = line.strip_prefix("| `")?.split('`').next()?;
        let cells = line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned());
        Some((name.to_owned(), cells.collect()))
    });
    rows.collect()
}

#[test]
fn the_tests_cover_every_shell_command() {
    assert_eq!(
        commands(),
        [
            "cargo run --example quickstart",
            // The command that runs this test.
            "cargo test --workspace",
            "cargo run -p moneykit-emulator --features process -- --port 8080 --client my-id:my-secret",
        ]
    );
}

#[test]
fn the_quickstart_prints_a_redacted_token_and_a_response() {
    let output = cargo(&command_with("--example quickstart")).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();

    assert!(output.status.success(), "{stdout}\n{}", String::from_utf8_lossy(&output.stderr));
    for expected in
        ["AccessToken { value: [redacted]", "lifetime: 3600s", "200 OK", "export MONEYKIT_CLIENT_ID"]
    {
        assert!(stdout.contains(expected), "{stdout}");
    }
}

#[test]
fn the_emulator_serves_other_processes() {
    /// Kills the process when the test ends, by success or panic.
    struct EmulatorProcess(Child);
    impl Drop for EmulatorProcess {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    let command = command_with("--port 8080");
    let arguments = command.strip_prefix("cargo run -p moneykit-emulator --features process -- ").unwrap();
    // Port 8080 may be in use on this machine; with port 0 the system chooses a free one.
    let arguments = arguments.replace("--port 8080", "--port 0");
    // `cargo test --workspace` has built the program. The command would compile its dependencies once more, with the
    // features of one package.
    let program = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("moneykit-emulator");
    let mut process = Command::new(program.with_extension(std::env::consts::EXE_EXTENSION));
    let process = process.args(arguments.split_whitespace()).stdout(Stdio::piped()).spawn();
    let mut process =
        EmulatorProcess(process.expect("run `cargo build -p moneykit-emulator --features process` first"));
    let mut first_line = String::new();
    // Kept open until the end: the process would fail to print to a closed pipe.
    let mut stdout = BufReader::new(process.0.stdout.take().unwrap());
    stdout.read_line(&mut first_line).unwrap();
    let url = first_line.trim_end();

    let http = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let response =
        http.post(format!("{url}/auth/token")).basic_auth("my-id", Some("my-secret")).send().unwrap();
    assert_eq!(response.status(), 201);
    drop(stdout);
}

#[test]
fn the_settings_table_lists_every_builder_method() {
    let source = std::fs::read_to_string(root().join(BUILDER)).unwrap();
    let methods: BTreeSet<_> = (source.lines())
        .filter(|line| line.contains("(mut self") || line.contains("(self) -> Self"))
        .filter_map(|line| line.trim().strip_prefix("pub fn ")?.split(['(', '<']).next())
        .filter(|name| *name != "build")
        .map(str::to_owned)
        .collect();
    let table = table("Settings");

    assert!(methods.len() > 10, "{methods:?}");
    assert_eq!(table.keys().cloned().collect::<BTreeSet<_>>(), methods);
    for (setting, cells) in &table {
        assert_eq!(cells.len(), 3, "{setting}: a row is a setting, its default and its meaning");
        assert!(!cells[1].is_empty(), "{setting} has no default in README.md");
    }
    // A unit test of `ClientBuilder` compares the defaults.
}

#[test]
fn the_features_table_lists_every_feature() {
    let metadata = cargo("cargo metadata --no-deps --format-version 1 --locked").output().unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let moneykit = packages.iter().find(|package| package["name"] == "moneykit").unwrap();
    let features = moneykit["features"].as_object().unwrap();
    let default = features["default"].as_array().unwrap();
    let table = table("Features");

    let names = features.keys().filter(|name| *name != "default").collect::<BTreeSet<_>>();
    assert_eq!(table.keys().collect::<BTreeSet<_>>(), names);
    for (name, cells) in &table {
        let is_default = default.iter().any(|feature| feature == name.as_str());
        assert_eq!(
            cells[0].ends_with("(default)"),
            is_default,
            "README.md on the feature `{name}`: {}",
            cells[0]
        );
    }
}
