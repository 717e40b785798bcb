//! Tests of who may use the control API.

use std::net::{IpAddr, Ipv4Addr};

use moneykit_emulator::Emulator;
use serde_json::Value;

use crate::common::{control, http_client, raw_status, send, start, start_controlled};

#[test]
fn the_control_api_is_off_by_default() {
    let emulator = start();
    let response = control(&emulator, "GET", "/ready", &Value::Null);
    assert_eq!(response.status(), 401, "it is a path of the API like any other");
}

#[test]
fn requests_of_other_sites_are_refused() {
    let emulator = start_controlled();
    let url = format!("{}/__emulator/stubs", emulator.url());
    send(http_client().get(&url).header("Origin", "http://evil.example"))
        .assert_error(403, "emulator_error.forbidden");
    let own = http_client().get(&url).header("Origin", emulator.url());
    assert_eq!(send(own).status, 200);
    let rebound = b"GET /__emulator/stubs HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    assert_eq!(raw_status(&emulator, rebound), 403);
    // The API itself may have any name.
    let api = b"GET /links HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    assert_eq!(raw_status(&emulator, api), 401);
}

#[test]
fn the_key_is_required_except_for_readiness() {
    let emulator = Emulator::builder().control_api(true).control_key("k-1234").start().unwrap();
    let get = |path: &str| http_client().get(format!("{}/__emulator{path}", emulator.url()));
    let response = send(get("/stubs"));
    response.assert_error(401, "emulator_error.unauthorized");
    assert!(response.header("www-authenticate").is_some());
    assert_eq!(send(get("/stubs").header("X-Emulator-Key", "k-1234")).status, 200);
    assert_eq!(send(get("/stubs").bearer_auth("k-1234")).status, 200);
    assert_eq!(send(get("/ready")).status, 200);
    send(get("/unknown")).assert_error(401, "emulator_error.unauthorized");
}

#[test]
fn other_machines_need_a_key() {
    let everywhere = IpAddr::from(Ipv4Addr::UNSPECIFIED);
    let error = Emulator::builder().listen(everywhere).control_api(true).start().unwrap_err();
    assert!(error.to_string().contains("requires a key"), "{error}");
    let error = Emulator::builder().control_api(true).control_key("").start().unwrap_err();
    assert!(error.to_string().contains("key is empty"), "{error}");
}
