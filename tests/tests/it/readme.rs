//! What the README promises. Its Rust compiles and runs as doc tests; its commands run here.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::root;

/// Returns the lines of the README's shell snippets, without their comments.
fn commands() -> Vec<String> {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let snippets = readme.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let lines = snippets.flat_map(str::lines).map(|line| line.split(" # ").next().unwrap().trim());
    lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Prepares one of the README's cargo commands, with no word of MoneyKit in its environment.
fn cargo(command: &str) -> Command {
    let mut words = command.split_whitespace();
    assert_eq!(words.next(), Some("cargo"), "{command}");
    let mut command = Command::new(env!("CARGO"));
    command.args(words).current_dir(root());
    for variable in ["MONEYKIT_CLIENT_ID", "MONEYKIT_CLIENT_SECRET", "MONEYKIT_URL"] {
        command.env_remove(variable);
    }
    command
}

#[test]
fn the_readme_has_the_commands_that_are_tested_here() {
    assert_eq!(
        commands(),
        [
            "cargo run --example quickstart",
            // This very run, or one like it.
            "cargo test --workspace",
            "cargo run -p moneykit-emulator --example serve -- --port 8080 --client my-id:my-secret",
        ]
    );
}

#[test]
fn the_quickstart_shows_a_token_and_an_authenticated_answer() {
    let output = cargo(&commands()[0]).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();

    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    for expected in
        ["AccessToken { value: [redacted]", "lifetime: 3600s", "200 OK", "export MONEYKIT_CLIENT_ID"]
    {
        assert!(printed.contains(expected), "{printed}");
    }
}

#[test]
fn the_emulator_serves_code_in_any_language() {
    /// Ends the process however the test ends.
    struct Served(Child);
    impl Drop for Served {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    // Port 8080 may be taken here; the system has free ones.
    let command = commands()[2].replace("--port 8080", "--port 0");
    let mut served = Served(cargo(&command).stdout(Stdio::piped()).spawn().unwrap());
    let mut first = String::new();
    // Kept until the end: with nobody to print its next line to, the process would stop.
    let mut printed = BufReader::new(served.0.stdout.take().unwrap());
    printed.read_line(&mut first).unwrap();
    let url = first.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
    let url = url.trim_end_matches(';');

    let http = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let answer =
        http.post(format!("{url}/auth/token")).basic_auth("my-id", Some("my-secret")).send().unwrap();
    assert_eq!(answer.status(), 201);
    drop(printed);
}

#[test]
fn the_table_of_settings_has_every_method_of_the_builder() {
    let source = std::fs::read_to_string(root().join("crates/moneykit/src/client/builder.rs")).unwrap();
    let methods: BTreeSet<_> = (source.lines())
        .filter(|line| line.contains("(mut self"))
        .filter_map(|line| line.trim().strip_prefix("pub fn ")?.split(['(', '<']).next())
        .filter(|name| *name != "build")
        .collect();
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let table = readme.split("## Settings").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows: BTreeSet<_> =
        table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();

    assert!(methods.len() > 10, "{methods:?}");
    assert_eq!(rows, methods);
}
