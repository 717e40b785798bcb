//! `moneykit doctor`: what it finds, and its exit code.

use moneykit_emulator::Emulator;
use serde_json::Value;

use crate::home::{Home, Run, run};

/// Returns the status of each check.
fn statuses(run: &Run) -> Vec<(String, String)> {
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["exit_code"], run.code.unwrap());
    let checks = report["checks"].as_array().unwrap();
    let text = |check: &Value, key: &str| check[key].as_str().unwrap().to_owned();
    checks.iter().map(|check| (text(check, "name"), text(check, "status"))).collect()
}

fn status(run: &Run, name: &str) -> String {
    let statuses = statuses(run);
    statuses.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("{name}: {run:?}")).1.clone()
}

#[test]
fn a_good_set_up_passes_every_check() {
    let home = Home::new();
    let text = home.run(&["doctor", "--path", "/links"]).ok();
    for line in
        ["✓ client_id", "✓ client_secret", "✓ url", "✓ tcp", "✓ clock", "✓ token", "✓ request", "✓ cache"]
    {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(text.contains("live_1, from the variable MONEYKIT_CLIENT_ID"), "{text}");

    let run = home.run(&["doctor", "--json"]);
    assert!(statuses(&run).iter().all(|(_, status)| status == "ok"), "{run:?}");
}

#[test]
fn sources_and_what_they_override_are_named() {
    let home = Home::new();
    let profile = "default_profile = 'a'\n[profiles.a]\nclient_id = 'other'\nsecret_command = 'false'\n";
    home.write("config/moneykit/config.toml", profile, 0o600);
    let run = home.run(&["doctor", "--json"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let id = &report["settings"]["client_id"];
    assert_eq!(id["source"], "the variable MONEYKIT_CLIENT_ID");
    assert!(id["shadows"][0].as_str().unwrap().starts_with("client_id of profile a in /"), "{id}");
    assert!(report["settings"]["client_secret"].get("value").is_none(), "{report}");
    assert_eq!(report["settings"]["auth_method"]["source"], "the default");
}

#[test]
fn each_problem_has_its_check_and_its_exit_code() {
    let home = Home::with_emulator(Emulator::builder().stub("GET", "/broken", 500, "{}"));
    let doctor = |arguments: &[&str], variables: &[(&str, &str)]| {
        run(home.moneykit(&[&["doctor", "--json"], arguments].concat()).envs(variables.iter().copied()))
    };
    for (arguments, variables, check, code) in [
        (&[][..], &[("MONEYKIT_CLIENT_SECRET", "wrong")][..], "token", 7),
        (&["--url", "http://127.0.0.1:1"], &[], "tcp", 6),
        (&["--url", "ftp://x"], &[], "url", 3),
        (&["--profile", "none"], &[], "settings", 3),
        (&["--path", "/broken"], &[], "request", 5),
        (&[], &[("MONEYKIT_CLIENT_ID", " x")], "credentials", 3),
    ] {
        let run = doctor(arguments, variables);
        assert_eq!((run.code, &*status(&run, check)), (Some(code), "error"), "{run:?}");
    }
    let run = doctor(&[], &[("HTTPS_PROXY", "http://127.0.0.1:1")]);
    assert_eq!((run.code, &*status(&run, "proxy")), (Some(0), "warning"), "{run:?}");
}

#[test]
fn a_port_without_tls_is_named() {
    let home = Home::new();
    let url = home.emulator.url().replace("http:", "https:");
    let run = home.run(&["doctor", "--url", &url]);
    assert_eq!(run.code, Some(6), "{run:?}");
    assert!(run.stdout.contains("✗ tls") && run.stdout.contains("- token"), "{run:?}");
}

#[test]
fn the_cache_is_examined_and_not_changed() {
    let home = Home::new();
    home.run(&["token"]).ok();
    let text = home.run(&["doctor"]).ok();
    assert!(text.contains("a token for another 3"), "{text}");
    std::fs::write(home.cached("json"), "{").unwrap();
    let run = home.run(&["doctor", "--json"]);
    assert_eq!((run.code, &*status(&run, "cache")), (Some(0), "warning"), "{run:?}");
    assert_eq!(std::fs::read_to_string(home.cached("json")).unwrap(), "{");
}
