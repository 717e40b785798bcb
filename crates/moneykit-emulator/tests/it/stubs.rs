//! Tests of stubs that change at run time, and of requests that match none.

use moneykit_emulator::{Emulator, Stub, StubResponse, Unmatched};
use serde_json::json;

use crate::common::{get_links, http_client, issue_token, send, start};

#[test]
fn stubs_can_be_added_replaced_and_removed_while_the_emulator_runs() {
    let emulator = start();
    let token = issue_token(&emulator);
    let status = || get_links(&emulator, &token).status;
    let responding = |status: u16| {
        Stub::new("GET", "/links").id("links").respond(StubResponse::new(status).json(json!({})))
    };

    assert_eq!(emulator.add_stub(responding(202)).unwrap(), "links");
    assert_eq!(status(), 202);
    emulator.add_stub(responding(203)).unwrap();
    assert_eq!((status(), emulator.stubs().len()), (203, 1));
    assert!(emulator.remove_stub("links"));
    assert_eq!(status(), 200);
    emulator.add_stub(responding(202)).unwrap();
    emulator.clear_stubs();
    assert_eq!(status(), 200);
}

#[test]
fn a_stub_sends_its_headers_and_text() {
    let emulator = start();
    let csv = StubResponse::new(200).header("Content-Type", "text/csv").header("X-Page", "1").text("a,b\n");
    emulator.add_stub(Stub::any_method("/export").respond(csv)).unwrap();
    emulator.add_stub(Stub::any_method("/text").respond(StubResponse::new(400).text("no"))).unwrap();
    let token = issue_token(&emulator);
    let get = |path: &str| {
        http_client().post(format!("{}{path}", emulator.url())).bearer_auth(&token).send().unwrap()
    };

    let response = get("/export");
    assert_eq!(
        (&response.headers()["content-type"], &response.headers()["x-page"]),
        (&"text/csv".parse().unwrap(), &"1".parse().unwrap())
    );
    assert_eq!(response.text().unwrap(), "a,b\n");
    let response = get("/text");
    assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!((response.status().as_u16(), response.text().unwrap().as_str()), (400, "no"));
}

#[test]
fn unmatched_requests_fail_if_configured_and_name_the_nearest_stub() {
    let emulator = Emulator::builder().unmatched(Unmatched::Fail).start().unwrap();
    let token = issue_token(&emulator);
    let get = |path: &str| send(http_client().get(format!("{}{path}", emulator.url())).bearer_auth(&token));

    let response = get("/links");
    response.assert_error(404, "emulator_error.no_stub");
    assert!(response.body["error_message"].as_str().unwrap().contains("there are no stubs"));
    emulator.add_stub(Stub::new("GET", "/links/{id}").query("page", "2")).unwrap();
    let response = get(&format!("/links/{token}"));
    response.assert_error(404, "emulator_error.no_stub");
    let message = response.body["error_message"].as_str().unwrap();
    assert!(message.starts_with("No stub matches GET /links/[redacted]: the nearest stub is"), "{message}");
    assert!(message.contains("query parameter `page`"), "{message}");
    assert_eq!(emulator.request_counts().api_rejected, 2);
    emulator.set_unmatched(Unmatched::Echo);
    assert_eq!(get("/links").status, 200);
}
