//! Tests of what generated clients send, receive and report.

mod mocks;

use std::num::NonZeroU32;
use std::time::Duration;

use bank::{Client, RetryPolicy};
use moneykit_emulator::{Emulator, EmulatorBuilder, Fault, StatusCode};
use serde_json::json;

use crate::{links, payments};

fn start(builder: EmulatorBuilder) -> (Emulator, Client) {
    let emulator = builder.client("id", "secret").start().expect("the emulator starts");
    let client = Client::builder().credentials("id", "secret").base_url(emulator.url());
    (emulator, client.build().expect("a client"))
}

#[tokio::test]
async fn the_futures_can_be_spawned() {
    let link = json!({ "link_id": "lnk_1", "gen": 3 }).to_string();
    let (_emulator, client) = start(Emulator::builder().stub("GET", "/links/lnk_1", 200, link));

    let task = tokio::spawn(async move {
        let api = links::Client::from(client);
        let link = api.get_link().link_id("lnk_1").send().await?;
        Ok::<_, bank::Error>(link.into_inner())
    });

    let link = task.await.expect("no panic").expect("a link");
    assert_eq!((link.link_id.as_str(), link.gen_), ("lnk_1", Some(3)));
}

#[tokio::test]
async fn an_operation_without_security_takes_no_token() {
    let (emulator, client) = start(Emulator::builder());

    let error = links::Client::from(&client).get_status().send().await.expect_err("no token");

    assert!(error.is_unauthorized() && !error.is_token_request(), "{}", error);
    assert_eq!(emulator.request_counts().tokens_issued, 0);
}

#[tokio::test]
async fn a_missing_parameter_is_named() {
    let (emulator, client) = start(Emulator::builder());

    let error = links::Client::from(&client).get_link().send().await.expect_err("no parameter");

    assert!(error.is_invalid_request());
    assert!(error.to_string().contains("the parameter `link_id` is required"), "{}", error);
    assert_eq!(emulator.request_counts().tokens_issued, 0);
}

#[tokio::test]
async fn a_path_parameter_stays_one_segment() {
    let (emulator, client) = start(Emulator::builder());
    let api = links::Client::from(&client);
    for value in ["..", ".", "", "../payments", "a/../../b", "%2e%2e"] {
        let error = api.delete_link().link_id(value).send().await.expect_err(value);
        assert!(error.is_invalid_request(), "{}: {}", value, error);
    }
    assert_eq!(emulator.request_counts().api, 0);
}

#[tokio::test]
async fn a_response_that_does_not_fit_is_not_quoted() {
    let link = json!({ "link_id": ["PAN-4242424242424242"] }).to_string();
    let (_emulator, client) = start(Emulator::builder().stub("GET", "/links/lnk_1", 200, link));

    let error = links::Client::from(&client).get_link().link_id("lnk_1").send().await.expect_err("a list");

    assert!(error.is_invalid_response());
    assert_eq!(error.status(), Some(StatusCode::OK));
    assert!(error.to_string().contains("link_id"), "{}", error);
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("4242"), "{}", shown);
}

#[tokio::test]
async fn a_success_that_the_contract_does_not_document_is_an_error() {
    let (_emulator, client) = start(Emulator::builder().stub("GET", "/links/lnk_1", 202, "{}"));

    let error = links::Client::from(&client).get_link().link_id("lnk_1").send().await.expect_err("202");

    assert!(error.is_invalid_response());
    assert!(error.to_string().contains("202 Accepted, which the contract does not document"), "{}", error);
}

#[tokio::test]
async fn secrets_are_redacted() {
    let link = json!({ "link_id": "lnk_1", "webhook_secret": "whsec-1" }).to_string();
    let (_emulator, client) = start(Emulator::builder().stub("GET", "/links/lnk_1", 200, link));

    let link = links::Client::from(&client).get_link().link_id("lnk_1").send().await.expect("a link");

    let secret = link.webhook_secret.as_ref().expect("a secret");
    assert_eq!(secret.expose_secret(), "whsec-1");
    assert!(!format!("{:?}", *link).contains("whsec"), "{:?}", link);
    let builder = format!("{:?}", links::Client::from(&client).get_link().link_id("lnk_1"));
    assert_eq!(builder, "GetLink { .. }");
}

#[tokio::test]
async fn the_body_of_an_error_has_the_type_of_its_status() {
    let (_emulator, client) =
        start(
            Emulator::builder()
                .stub("GET", "/links/lnk_1", 404, json!({ "reason": "PAN-1" }).to_string())
                .stub("GET", "/payments", 400, json!({ "field": "since" }).to_string()),
        );

    let error = links::Client::from(&client).get_link().link_id("lnk_1").send().await.expect_err("404");
    assert!(error.is_not_found());
    let problem = error.body::<links::types::Problem>().expect("a problem");
    assert_eq!(problem.reason.as_deref(), Some("PAN-1"));
    assert!(error.body::<payments::types::Problem>().is_none());
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("PAN-1"), "{}", shown);

    let error = payments::Client::from(&client).list_payments().send().await.expect_err("400");
    let body = error.body::<payments::responses::ListPaymentsError>().expect("a body");
    assert!(
        matches!(body, payments::responses::ListPaymentsError::Invalid(invalid) if invalid.field == "since")
    );
    let invalid = error.body::<payments::types::Invalid>().expect("the type of a 400");
    assert_eq!(invalid.field, "since");
    assert!(error.body::<payments::types::Problem>().is_none());
}

#[tokio::test]
async fn an_error_body_of_another_type_is_still_an_error_of_the_api() {
    let page = json!({ "reason": 5 }).to_string();
    let (_emulator, client) = start(Emulator::builder().stub("GET", "/links/lnk_1", 404, page));

    let error = links::Client::from(&client).get_link().link_id("lnk_1").send().await.expect_err("404");

    assert_eq!(error.status(), Some(StatusCode::NOT_FOUND));
    assert!(error.body::<links::types::Problem>().is_none());
}

#[tokio::test]
async fn failures_of_the_token_are_those_of_the_client() {
    let (emulator, _) = start(Emulator::builder());
    let client =
        Client::builder().credentials("id", "wrong").base_url(emulator.url()).build().expect("a client");

    let error = links::Client::from(&client).get_link().link_id("lnk_1").send().await.expect_err("401");

    assert!(error.is_token_request() && error.is_unauthorized());
    assert!(bank::Error::find_in(&error).is_some());
}

#[tokio::test]
async fn a_short_outage_of_the_token_endpoint_is_not_noticed() {
    let link = json!({ "link_id": "lnk_1" }).to_string();
    let (emulator, client) = start(Emulator::builder().stub("GET", "/links/lnk_1", 200, link));
    emulator.fail_next(1, Fault::Status(StatusCode::SERVICE_UNAVAILABLE));

    let link = links::Client::from(&client).get_link().link_id("lnk_1").send().await.expect("a link");
    assert_eq!(link.link_id, "lnk_1");
}

#[tokio::test]
async fn the_retry_policy_of_the_client_applies() {
    let (emulator, _) = start(Emulator::builder().stub("GET", "/links/lnk_1", 503, "{}"));
    let policy = RetryPolicy::new()
        .max_attempts(NonZeroU32::new(3).expect("not zero"))
        .base_delay(Duration::from_millis(1));
    let client = Client::builder().credentials("id", "secret").base_url(emulator.url()).retry_policy(policy);
    let client = client.build().expect("a client");

    let error = links::Client::from(&client).get_link().link_id("lnk_1").send().await.expect_err("503");

    assert!(error.is_transient());
    assert_eq!(emulator.request_counts().api, 3);
}

#[tokio::test]
async fn variants_and_statuses_are_told_apart() {
    let transfer = json!({ "kind": "transfer", "on": "2026-11-02" });
    let list = json!([{ "kind": "card", "amount": 12.5, "last4": "4242" }, transfer]).to_string();
    let (_emulator, client) =
        start(Emulator::builder().stub("GET", "/payments", 200, list).stub("POST", "/payments", 202, ""));
    let api = payments::Client::from(&client);

    let listed = api.list_payments().send().await.expect("payments");
    assert!(
        matches!(&listed[0], payments::types::Payment::Card(card) if card.last4.as_deref().map(String::as_str) == Some("4242"))
    );
    assert!(matches!(&listed[1], payments::types::Payment::Transfer(transfer) if transfer.on.is_some()));

    let created = api.create_payment().body(listed[1].clone()).send().await.expect("queued");
    assert!(matches!(*created, payments::responses::CreatePaymentSuccess::Empty), "{:?}", created);
}
