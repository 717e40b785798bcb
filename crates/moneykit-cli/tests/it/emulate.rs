//! `moneykit emulate`: the emulator as a process.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use crate::home::{Home, Run, run};

/// A running emulator, which is killed when it is dropped.
struct Emulated {
    child: Child,
    url: String,
}

impl Emulated {
    fn start(home: &Home, arguments: &[&str]) -> Self {
        let arguments = [&["emulate", "--exit-with-parent"], arguments].concat();
        let mut command = home.bare_moneykit(&arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
        Self { child, url: url.trim_end().to_owned() }
    }

    /// Stops it as Ctrl-C does.
    fn interrupt(mut self, home: &Home) -> Run {
        let pid = self.child.id().to_string();
        assert!(home.bare("kill", &["-INT", &pid]).status().unwrap().success());
        let code = self.child.wait().unwrap().code();
        let mut run = Run { code, stdout: String::new(), stderr: String::new() };
        std::io::Read::read_to_string(self.child.stderr.as_mut().unwrap(), &mut run.stderr).unwrap();
        run
    }
}

impl Drop for Emulated {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_other_commands_use_the_emulator_until_ctrl_c() {
    let home = Home::new();
    let emulated = Emulated::start(&home, &["--client", "live_1:pale-secret", "--port-file", "port"]);
    let port = std::fs::read_to_string(home.path("port")).unwrap();
    assert!(emulated.url.ends_with(port.trim_end()), "{} {port}", emulated.url);

    run(&mut home.bare_moneykit(&["emulate", "--wait", &emulated.url])).ok();
    let token = home.run(&["token", "--url", &emulated.url]).ok();
    assert!(token.len() > 10, "{token}");

    let run = emulated.interrupt(&home);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stderr.contains("press Ctrl-C to stop"), "{run:?}");
    assert!(!run.stderr.contains("pale-secret"), "{run:?}");
    assert!(!home.path("port").exists());
}

#[test]
fn a_contract_decides_the_responses() {
    let home = Home::new();
    home.write(
        "openapi.yaml",
        "openapi: 3.0.3\ninfo: { title: A, version: '1' }\npaths:\n  /names:\n    get:\n      responses:\n        \
         '200':\n          description: A.\n          content: { application/json: { example: [Ada] } }\n",
        0o644,
    );
    let arguments = ["--client", "live_1:pale-secret", "--contract", "openapi.yaml"];
    let emulated = Emulated::start(&home, &arguments);
    let body = home.run(&["request", "GET", "/names", "--url", &emulated.url]).ok();
    assert_eq!(body.trim_end(), r#"["Ada"]"#);
}

#[test]
fn each_failure_has_its_exit_code_and_no_secret() {
    let home = Home::new();
    home.write("config.yaml", "clients: [{ id: a, secert: pale-secret }]\n", 0o600);
    for (arguments, code, expected) in [
        (&["--client", "pale-secret"][..], 3, "--client has no colon"),
        (&["--config", "config.yaml"], 3, "config.yaml: "),
        (&["--config", "missing.yaml"], 1, "cannot read missing.yaml"),
        (&["--listen", "0.0.0.0"], 3, "requires --control-key-file"),
        (&["--wait", "http://127.0.0.1:1", "--timeout", "0"], 6, "is not ready after 0 seconds"),
        (&["--frobnicate"], 2, "unexpected argument"),
    ] {
        let said = home.run(&[&["emulate"], arguments].concat()).failed(code);
        assert!(said.starts_with("error: ") && said.contains(expected), "{arguments:?}: {said}");
        assert!(!said.contains("pale-secret"), "{said}");
    }
}

#[test]
fn its_options_are_those_of_the_program() {
    let home = Home::new();
    let help = home.run(&["emulate", "--help"]).ok();
    for option in ["--port <PORT>", "--listen", "--config", "--contract", "--tls", "--exit-with-parent"] {
        assert!(help.contains(option), "{option}: {help}");
    }
}
