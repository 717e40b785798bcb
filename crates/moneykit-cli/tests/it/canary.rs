//! Runs every command with all logs, and searches for the secret and the token.

use moneykit_emulator::{Emulator, Fault, StatusCode};

use crate::home::{CLIENT_SECRET, Home, run};

#[test]
fn no_output_contains_a_secret_except_for_the_token_where_it_is_the_result() {
    let quoting = format!("{{\"error_message\": \"the secret is {CLIENT_SECRET}\"}}");
    let emulator = Emulator::builder().stub("GET", "/quotes", 400, quoting).stub("GET", "/ok", 200, "{}");
    let home = Home::with_emulator(emulator);
    let token = home.run(&["token"]).ok();
    let token = token.trim_end();
    let secret_file = home.write("secret", CLIENT_SECRET, 0o644);
    home.write("emulator.yaml", &format!("clients: [{{ id: a, secret: [{CLIENT_SECRET}] }}]"), 0o600);
    home.write("openapi.yaml", include_str!("../../openapi.yaml"), 0o644);
    let config = format!(
        "[profiles.a]\nsecret_command = 'echo {CLIENT_SECRET}; false'\n[profiles.b]\nclient_secret = '{CLIENT_SECRET}'\n"
    );

    let commands: &[&[&str]] = &[
        &["token"],
        &["token", "--format", "json"],
        &["token", "--no-cache"],
        &["token", "--check"],
        &["token", "--url", "http://127.0.0.1:1"],
        &["token", "--profile", "a"],
        &["request", "GET", "/ok", "--include"],
        &["request", "GET", "/quotes"],
        &["request", "GET", "/echo"],
        &["request", "POST", "/ok", "--data", "{}"],
        &["request", "GET", "/{a}", "--path", "a=.."],
        &["doctor", "--path", "/ok"],
        &["doctor", "--json"],
        &["contract", "show"],
        &["contract", "diff", "openapi.yaml", "secret"],
        &["contract", "extract", "secret", "--operation", "a"],
        &["contract", "coverage", "openapi.yaml"],
        &["emulate", "--client", CLIENT_SECRET],
        &["emulate", "--config", "emulator.yaml"],
        &["completions", "bash"],
        &["man"],
        &["token", "--forget"],
        &["request", "GET", "/ok"],
    ];
    for (index, arguments) in commands.iter().enumerate() {
        let is_result = arguments[0] == "token";
        for fault in
            [None, Some(Fault::Status(StatusCode::UNAUTHORIZED)), Some(Fault::Garbage(token.to_owned()))]
        {
            let is_faulty = fault.is_some();
            if let Some(fault) = fault {
                home.run(&["token", "--forget"]);
                home.emulator.fail_next(1, fault);
            }
            let current = if is_faulty { String::new() } else { home.run(&["token"]).stdout };
            let run = run(home.moneykit(arguments).arg("-vvv"));
            let tokens = [token, current.trim_end()];
            for token in tokens.into_iter().filter(|token| !token.is_empty()) {
                assert!(!run.stderr.contains(token), "{index} {arguments:?}: {run:?}");
                assert!(is_result || !run.stdout.contains(token), "{arguments:?}: {run:?}");
            }
            let all = run.stdout + &run.stderr;
            assert!(!all.contains(CLIENT_SECRET), "{arguments:?}: {all}");
            home.emulator.set_faults(&moneykit_emulator::Faults::default()).expect("valid faults");
        }
    }

    home.write("config/moneykit/config.toml", &config, 0o600);
    let mut with_file = home.bare_moneykit(&["token", "--client-id", "x", "-vvv"]);
    let mut failing = vec![
        run(with_file.env("MONEYKIT_CLIENT_SECRET_FILE", &secret_file)),
        run(home.moneykit(&["token", "-vvv"]).env("MONEYKIT_CLIENT_ID", format!(" {CLIENT_SECRET}"))),
        run(home.moneykit(&["doctor", "-vvv"]).env("MONEYKIT_URL", CLIENT_SECRET)),
    ];
    let config = config.replace("[profiles.b]\nclient_secret", "#");
    home.write("config/moneykit/config.toml", &config, 0o600);
    failing.push(run(&mut home.bare_moneykit(&["token", "--profile", "a", "--client-id", "x", "-vvv"])));
    for run in failing {
        assert!(
            run.code != Some(0) && !(run.stdout.clone() + &run.stderr).contains(CLIENT_SECRET),
            "{run:?}"
        );
    }
}
