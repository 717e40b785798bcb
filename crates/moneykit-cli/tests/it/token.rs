//! `moneykit token`: formats, checks and removal.

use std::time::Duration;

use moneykit_emulator::Fault;
use serde_json::Value;

use crate::home::Home;

#[test]
fn each_format_contains_the_token() {
    let home = Home::new();
    let token = home.run(&["token"]).ok();
    let token = token.trim_end();
    let format = |format| home.run(&["token", "--format", format]).ok();

    assert_eq!(format("value"), format!("{token}\n"));
    assert_eq!(format("header"), format!("Authorization: Bearer {token}\n"));
    assert_eq!(format("env"), format!("MONEYKIT_ACCESS_TOKEN={token}\n"));
    let config = "header = \"MoneyKit-Version: 2023-02-18\"\n";
    assert_eq!(format("curl-config"), format!("header = \"Authorization: Bearer {token}\"\n{config}"));

    let json: Value = serde_json::from_str(&format("json")).unwrap();
    let (expires_at, unix) =
        (json["expires_at"].as_str().unwrap(), json["expires_at_unix"].as_i64().unwrap());
    assert_eq!(json["access_token"], token);
    assert_eq!(chrono::DateTime::parse_from_rfc3339(expires_at).unwrap().timestamp(), unix);
    assert!(expires_at.ends_with('Z'), "{expires_at}");
    assert!((3500..=3600).contains(&json["expires_in"].as_u64().unwrap()), "{json}");
    assert_eq!(home.emulator.request_counts().token, 1);
}

#[test]
fn a_lifetime_that_the_server_does_not_grant_is_a_failure() {
    let home = Home::new();
    home.emulator.fail_next(9, Fault::Lifetime(Duration::from_secs(30)));
    let said = home.run(&["token"]).failed(1);
    assert!(said.contains("lifetime of 30 s, less than the required 60 s"), "{said}");
    assert_eq!(home.run(&["token", "--min-lifetime", "20"]).code, Some(0));
}

#[test]
fn check_and_forget_request_nothing() {
    let home = Home::new();
    assert_eq!(home.run(&["token", "--check"]).failed(1), "");
    assert!(home.run(&["token", "--forget"]).stderr.contains("hint: the cache has no token"));
    assert_eq!(home.emulator.request_counts().token, 0);

    let scoped = home.run(&["token", "--scope", "accounts"]).ok();
    home.run(&["token"]).ok();
    assert_eq!(home.run(&["token", "--check"]).ok(), "");
    assert_eq!(home.run(&["token", "--check", "--min-lifetime", "7200"]).failed(1), "");
    assert_eq!(home.run(&["token", "--forget"]).ok(), "");
    assert_eq!(home.run(&["token", "--check"]).failed(1), "");
    // That of other scopes remains.
    assert_eq!(home.run(&["token", "--scope", "accounts"]).ok(), scoped);
}
