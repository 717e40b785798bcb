//! Tests of the control API: each operation has its effect, and each response is as the OpenAPI document describes it.

use std::thread;
use std::time::Duration;

use moneykit_emulator::{CONTROL_API_DOCUMENT, DEFAULT_CLIENT_ID, Session, SessionConfig};
use serde_json::{Map, Value, json};

use crate::common::{
    control, form_request, get_links, http_client, issue_token, request_token, send, start_controlled,
};

/// Sends a request, and validates the response with the schema in the document. Returns its status and body.
#[track_caller]
fn call(session: &Session, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let response = control(session, method, path, body);
    let status = response.status().as_u16();
    assert_eq!(response.headers()["cache-control"], "no-store");
    let text = response.text().unwrap();
    let value = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() };
    validate(method, path, status, &value);
    (status, value)
}

/// Like [`call`], for an operation that succeeds.
#[track_caller]
fn succeed(session: &Session, method: &str, path: &str, body: &Value) -> Value {
    let (status, value) = call(session, method, path, body);
    assert!(status < 300, "{method} {path}: {status} {value}");
    value
}

#[track_caller]
fn fail(session: &Session, method: &str, path: &str, body: &Value, expected: u16, message: &str) {
    let (status, value) = call(session, method, path, body);
    let actual = value["error_message"].as_str().unwrap_or_default();
    assert_eq!(status, expected, "{method} {path}: {value}");
    assert!(actual.contains(message), "{method} {path}: {actual}");
}

#[track_caller]
fn validate(method: &str, path: &str, status: u16, body: &Value) {
    let document: Value = serde_saphyr::from_str(CONTROL_API_DOCUMENT).unwrap();
    let path = path.split('?').next().unwrap();
    let template = format!("/__emulator{path}");
    let operations = document["paths"].as_object().unwrap().iter().find(|(key, _)| {
        let prefix = key.split('{').next().unwrap();
        **key == template || (key.ends_with('}') && template.starts_with(prefix))
    });
    let responses = operations.map(|(_, item)| &item[method.to_lowercase()]["responses"]);
    let Some(responses) = responses.filter(|responses| responses.is_object()) else {
        // An error for a path or method that the document does not have.
        return validate("GET", "/stubs", 404, body);
    };
    let response = responses.get(status.to_string()).unwrap_or(&responses["default"]);
    let response = match response["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap(),
        None => response,
    };
    let Some(schema) = response.pointer("/content/application~1json/schema") else {
        assert!(body.is_null(), "{method} {path}: {body}");
        return;
    };
    let mut schema = json!({"allOf": [schema], "components": document["components"]});
    allow_null(&mut schema);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(body).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{method} {path}: {status} {body}: {errors:?}");
}

/// Rewrites `nullable` of OpenAPI 3.0 as JSON Schema.
fn allow_null(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(allow_null),
        Value::Object(members) => {
            members.values_mut().for_each(allow_null);
            if members.remove("nullable") == Some(Value::Bool(true)) {
                let original = std::mem::replace(members, Map::new());
                members.insert("anyOf".to_owned(), json!([{"type": "null"}, original]));
            }
        }
        _ => {}
    }
}

#[test]
fn readiness_and_the_document_are_served() {
    let emulator = start_controlled();
    assert_eq!(succeed(&emulator, "GET", "/ready", &Value::Null)["status"], "ready");
    let response = control(&emulator, "GET", "/openapi.yaml", &Value::Null);
    assert_eq!(response.headers()["content-type"], "application/yaml");
    assert_eq!(response.text().unwrap(), CONTROL_API_DOCUMENT);
}

#[test]
fn clients_and_tokens_are_controlled() {
    let emulator = start_controlled();
    let client =
        json!({"id": "a/b", "secret": "my-secret", "scopes": ["accounts"], "token_lifetime_ms": 90_000});
    let (status, created) = call(&emulator, "POST", "/clients", &client);
    assert_eq!((status, &created["scopes"]), (201, &json!(["accounts"])));
    assert_eq!(call(&emulator, "POST", "/clients", &client).0, 200);
    let listed = succeed(&emulator, "GET", "/clients", &Value::Null);
    assert_eq!(
        (&listed["clients"][0]["id"], &listed["clients"][1]["id"]),
        (&json!("a/b"), &json!(DEFAULT_CLIENT_ID))
    );
    assert!(!listed.to_string().contains("secret"));
    let response = send(form_request(&emulator, "client_id=a%2Fb&client_secret=my-secret"));
    assert_eq!(response.body["expires_in"], 90);

    let issue = json!({"client_id": "a/b", "scope": "accounts", "lifetime_ms": 5_000});
    let issued = succeed(&emulator, "POST", "/tokens", &issue);
    assert_eq!((&issued["number"], &issued["expires_in"]), (&json!(2), &json!(5)));
    let token = issued["access_token"].as_str().unwrap();
    assert_eq!(get_links(&emulator, token).status, 200);
    let listed = succeed(&emulator, "GET", "/tokens", &Value::Null);
    assert_eq!(
        (&listed["tokens"][0]["number"], &listed["tokens"][0]["state"]),
        (&json!(2), &json!("active"))
    );
    assert!(!listed.to_string().contains(issued["access_token"].as_str().unwrap()));
    succeed(&emulator, "DELETE", "/tokens/2", &Value::Null);
    assert_eq!(get_links(&emulator, token).status, 401);
    assert_eq!(get_links(&emulator, response.token()).status, 200);
    succeed(&emulator, "DELETE", "/tokens", &Value::Null);
    assert_eq!(get_links(&emulator, response.token()).status, 401);

    succeed(&emulator, "DELETE", "/clients/a%2Fb", &Value::Null);
    for (method, path) in [("DELETE", "/clients/a%2Fb"), ("DELETE", "/tokens/2"), ("DELETE", "/tokens/x")] {
        fail(&emulator, method, path, &Value::Null, 404, "There is no such");
    }
    fail(&emulator, "POST", "/tokens", &json!({"client_id": "a/b"}), 404, "not registered");
    fail(
        &emulator,
        "POST",
        "/clients",
        &json!({"id": "a", "secret": ""}),
        400,
        "secret of client \"a\" is empty",
    );
}

#[test]
fn stubs_are_controlled() {
    let emulator = start_controlled();
    let token = issue_token(&emulator);
    let stub = json!({"request": {"method": "GET", "path": "/links"}, "responses": [{"status": 503, "json": {}}, {"json": [1]}]});
    let created = succeed(&emulator, "POST", "/stubs", &stub);
    assert_eq!((&created["id"], &created["matched"]), (&json!("stub-1"), &json!(0)));
    assert_eq!([(); 2].map(|()| get_links(&emulator, &token).status), [503, 200]);
    assert_eq!(succeed(&emulator, "GET", "/stubs/stub-1", &Value::Null)["matched"], 2);
    let replaced = json!({"request": {"path": "/*"}, "responses": [{"status": 404, "json": {}}]});
    succeed(&emulator, "PUT", "/stubs/stub-1", &replaced);
    assert_eq!(get_links(&emulator, &token).status, 404);
    succeed(&emulator, "PUT", "/stubs/other", &stub);
    let listed = succeed(&emulator, "GET", "/stubs", &Value::Null);
    assert_eq!((&listed["stubs"][0]["id"], listed["stubs"].as_array().unwrap().len()), (&json!("other"), 2));
    succeed(&emulator, "DELETE", "/stubs/other", &Value::Null);
    succeed(&emulator, "DELETE", "/stubs", &Value::Null);
    fail(&emulator, "GET", "/stubs/stub-1", &Value::Null, 404, "There is no such stub");
    fail(&emulator, "POST", "/stubs", &json!({"request": {"path": "links"}}), 400, "start with a slash");

    let settings =
        succeed(&emulator, "PATCH", "/settings", &json!({"unmatched": "fail", "token_lifetime_ms": 7_000}));
    assert_eq!(settings, succeed(&emulator, "GET", "/settings", &Value::Null));
    assert_eq!(get_links(&emulator, &token).status, 404);
    assert_eq!(request_token(&emulator).body["expires_in"], 7);
    succeed(&emulator, "POST", "/reset", &Value::Null);
    assert_eq!(succeed(&emulator, "GET", "/settings", &Value::Null)["unmatched"], "echo");
}

#[test]
fn faults_and_rate_limits_are_controlled() {
    let emulator = start_controlled();
    let fault = json!({"type": "status", "status": 503, "retry_after_ms": 1_500});
    let status = succeed(&emulator, "POST", "/faults", &json!({"requests": 2, "fault": fault}));
    assert_eq!(status["queue"], json!([{"target": "token_endpoint", "requests": 2, "fault": fault}]));
    let response = request_token(&emulator);
    assert_eq!((response.status, response.header("retry-after")), (503, Some("2")));
    assert_eq!(succeed(&emulator, "GET", "/faults", &Value::Null)["queue"][0]["requests"], 1);
    let random = json!({"seed": 7, "rules": [{"target": "/links/*", "one_in": 1, "fault": {"type": "garbage", "body": ""}}]});
    let status = succeed(&emulator, "PUT", "/faults", &random);
    assert_eq!((&status["queue"], &status["random"]), (&json!([]), &random));
    succeed(&emulator, "DELETE", "/faults", &Value::Null);
    assert_eq!(request_token(&emulator).status, 201);
    let lifetime = json!({"target": "api", "fault": {"type": "lifetime", "lifetime_ms": 1}});
    fail(&emulator, "POST", "/faults", &lifetime, 400, "target must be token_endpoint");

    let limits = json!({"token_endpoint": {"capacity": 1, "refill_per_second": 0.0}, "api": null});
    assert_eq!(succeed(&emulator, "PUT", "/rate-limits", &limits), limits);
    assert_eq!(succeed(&emulator, "GET", "/rate-limits", &Value::Null), limits);
    assert_eq!([(); 2].map(|()| request_token(&emulator).status), [201, 429]);
}

#[test]
fn the_clock_is_controlled() {
    let emulator = start_controlled();
    let token = issue_token(&emulator);
    let set = json!({"unix_ms": 4_102_444_800_000_u64, "frozen": true, "advance_ms": 5});
    let clock = succeed(&emulator, "PATCH", "/clock", &set);
    assert_eq!((&clock["unix_ms"], &clock["frozen"]), (&json!(4_102_444_800_005_u64), &json!(true)));
    assert_eq!(clock, succeed(&emulator, "GET", "/clock", &Value::Null));
    assert_eq!(get_links(&emulator, &token).body["error_code"], "api_error.auth.expired_access_token");
    assert_eq!(succeed(&emulator, "PATCH", "/clock", &json!({"frozen": false}))["frozen"], false);
    fail(&emulator, "PATCH", "/clock", &json!({"unix_ms": 0}), 409, "set a later time");
}

#[test]
fn the_journal_is_listed_and_waited_for() {
    let emulator = start_controlled();
    let token = issue_token(&emulator);
    get_links(&emulator, &token);
    get_links(&emulator, "unknown");
    let list = |query: &str| succeed(&emulator, "GET", &format!("/requests?{query}"), &Value::Null);
    assert_eq!(list("")["requests"].as_array().unwrap().len(), 3);
    assert_eq!(list("method=GET&path=%2Flinks&status=401")["matched"], 1);
    assert_eq!(
        list(&format!("client_id={DEFAULT_CLIENT_ID}&limit=1"))["requests"].as_array().unwrap().len(),
        1
    );
    let last_id = list("")["last_id"].as_u64().unwrap();
    let waited = list(&format!("since={last_id}&min_count=1&timeout_ms=1"));
    assert_eq!((&waited["matched"], &waited["timed_out"]), (&json!(0), &json!(true)));
    thread::scope(|scope| {
        let waiting = scope.spawn(|| list(&format!("since={last_id}&min_count=2&timeout_ms=30000")));
        get_links(&emulator, &token);
        get_links(&emulator, &token);
        let waited = waiting.join().unwrap();
        assert_eq!((&waited["matched"], &waited["timed_out"]), (&json!(2), &json!(false)));
    });
    assert_eq!(
        succeed(&emulator, "GET", "/counts", &Value::Null),
        json!({"token": 1, "tokens_issued": 1, "api": 4, "api_rejected": 1})
    );
    succeed(&emulator, "DELETE", "/requests", &Value::Null);
    assert_eq!(list("")["matched"], 0);
    for (query, message) in [
        ("metod=GET", "unknown query parameter \"metod\""),
        ("status=abc", "must be a number"),
        ("path=links", "start with a slash"),
    ] {
        fail(&emulator, "GET", &format!("/requests?{query}"), &Value::Null, 400, message);
    }
    // The control API's own requests are not in the journal.
    assert_eq!(list("path=/__emulator/*")["matched"], 0);
}

#[test]
fn sessions_are_controlled() {
    let emulator = start_controlled();
    let config = json!({
        "clients": [{"id": "mine", "secret": "my-secret"}],
        "unmatched": "fail",
        "journal": {"max_entries": 1},
    });
    let (status, created) = call(&emulator, "PUT", "/sessions/one", &config);
    assert_eq!((status, &created["url"]), (201, &json!(format!("{}/s/one", emulator.url()))));
    assert_eq!(call(&emulator, "PUT", "/sessions/one", &config).0, 200);
    succeed(&emulator, "PUT", "/sessions/two", &Value::Null);
    assert_eq!(succeed(&emulator, "GET", "/sessions", &Value::Null)["sessions"].as_array().unwrap().len(), 2);

    let session = emulator.session("one").unwrap();
    assert_eq!(succeed(&session, "GET", "/clients", &Value::Null)["clients"][0]["id"], "mine");
    let token = send(form_request(&session, "client_id=mine&client_secret=my-secret")).token().to_owned();
    assert_eq!(get_links(&session, &token).status, 404);
    let listed = succeed(&session, "GET", "/requests", &Value::Null);
    assert_eq!((&listed["requests"][0]["path"], &listed["dropped"]), (&json!("/links"), &json!(1)));
    assert_eq!(succeed(&emulator, "GET", "/requests", &Value::Null)["matched"], 0);

    fail(&session, "GET", "/sessions", &Value::Null, 404, "Sessions have no sessions");
    fail(&emulator, "PUT", "/sessions/a%20b", &Value::Null, 400, "no name of a session");
    succeed(&emulator, "DELETE", "/sessions/one", &Value::Null);
    fail(&emulator, "DELETE", "/sessions/one", &Value::Null, 404, "There is no such session");
}

#[test]
fn the_number_of_sessions_is_limited() {
    let emulator = start_controlled();
    let config = SessionConfig::new();
    for number in 0..10_000 {
        emulator.create_session(&number.to_string(), &config).unwrap();
    }
    fail(&emulator, "PUT", "/sessions/one-more", &Value::Null, 409, "10000 sessions, the maximum; remove");
    assert!(emulator.create_session("one-more", &config).unwrap_err().to_string().contains("the maximum"));
    assert_eq!(call(&emulator, "PUT", "/sessions/7", &Value::Null).0, 200, "one can be replaced");
    succeed(&emulator, "DELETE", "/sessions/7", &Value::Null);
    succeed(&emulator, "PUT", "/sessions/one-more", &Value::Null);
}

#[test]
fn mistakes_are_named() {
    let emulator = start_controlled();
    for (method, path, body, status, message) in [
        ("GET", "/unknown", "", 404, "GET /__emulator/openapi.yaml"),
        ("PUT", "/stubs", "", 405, "does not have this method"),
        ("POST", "/stubs", "", 400, "needs a JSON body"),
        ("POST", "/stubs", "{", 400, "line 1 column 1"),
        ("POST", "/stubs", r#"{"request": {"path": "/a", "methd": "GET"}}"#, 400, "unknown field `methd`"),
        ("POST", "/clients", r#"{"id": "a", "secret": 31337}"#, 400, "a secret must be a string"),
        ("PATCH", "/settings", r#"{"lifetime": 1}"#, 400, "unknown field `lifetime`"),
        ("PUT", "/sessions/a", r#"{"client": []}"#, 400, "unknown field `client`"),
    ] {
        let url = format!("{}/__emulator{path}", emulator.url());
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let response = send(http_client().request(method, url).body(body));
        assert_eq!(response.status, status, "{path} {body}");
        let actual = response.body["error_message"].as_str().unwrap();
        assert!(actual.contains(message) && !actual.contains("31337"), "{actual}");
    }
    let response = send(http_client().put(format!("{}/__emulator/stubs", emulator.url())));
    assert_eq!(response.header("allow"), Some("GET, POST, DELETE"));
}

#[test]
fn a_wait_ends_when_the_emulator_stops() {
    let emulator = start_controlled();
    let url = format!("{}/__emulator/requests?min_count=1", emulator.url());
    let waiter =
        thread::spawn(move || http_client().get(url).timeout(Duration::from_secs(50)).send().is_err());
    drop(emulator);
    assert!(waiter.join().unwrap());
}
