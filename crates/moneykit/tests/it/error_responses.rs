//! What the predicates of an error say about its response: that of a request, of the token endpoint, or of another
//! client.

use http::header::{CONTENT_TYPE, DATE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use moneykit::{Client, Error, ErrorCode, reqwest};

use crate::mock::{MockServer, response};
use crate::{client_builder, render, token_body};

/// The predicates that concern a status.
fn predicates(error: &Error) -> Vec<&'static str> {
    let all = [
        ("not_found", error.is_not_found()),
        ("forbidden", error.is_forbidden()),
        ("unauthorized", error.is_unauthorized()),
        ("rate_limited", error.is_rate_limited()),
        ("server_error", error.is_server_error()),
        ("transient", error.is_transient()),
        ("token_request", error.is_token_request()),
    ];
    all.into_iter().filter_map(|(name, holds)| holds.then_some(name)).collect()
}

const CASES: [(u16, &[&str]); 10] = [
    (400, &[]),
    (401, &["unauthorized"]),
    (403, &["forbidden"]),
    (404, &["not_found"]),
    (409, &[]),
    (410, &[]),
    (429, &["rate_limited", "transient"]),
    (500, &["server_error", "transient"]),
    (501, &["server_error"]),
    (529, &["server_error", "transient"]),
];

#[tokio::test]
async fn a_status_of_the_api_is_classified() {
    let (server, client) = MockServer::with_tokens().await;
    for (status, expected) in CASES {
        server.respond("/x", response(status, "{}"));
        let response = client.get("/x").send().await.unwrap();
        let error = response.error_for_status().await.unwrap_err();
        assert_eq!(predicates(&error), expected, "{status}");

        let status = StatusCode::from_u16(status).unwrap();
        let other = Error::from_response_parts(status, &HeaderMap::new(), b"{}");
        assert_eq!(predicates(&other), expected, "{status} of another client");
    }
}

#[tokio::test]
async fn a_status_of_the_token_endpoint_is_that_of_a_token_request_and_never_not_found() {
    let server = MockServer::start().await;
    for (status, expected) in CASES {
        server.respond("/auth/token", response(status, "{}"));
        let client = client_builder(server.url("")).build().unwrap();
        let error = client.request_token().await.unwrap_err();
        let expected = expected.iter().filter(|name| **name != "not_found").chain(&["token_request"]);
        assert_eq!(predicates(&error), expected.copied().collect::<Vec<_>>(), "{status}");

        // So are the calls that send nothing during the cool-down.
        client.access_token().await.unwrap_err();
        let error = client.get("/x").send().await.unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), status);
        assert!(error.is_token_request() && !error.is_not_found());
        assert_eq!(error.is_server_error(), status >= 500);
    }
}

#[tokio::test]
async fn a_404_of_a_wrong_base_url_is_not_about_a_resource() {
    let server = MockServer::start().await;
    server.respond("/auth/token/auth/token", response(201, token_body()));
    let client = client_builder(server.url("/auth/token")).build().unwrap();
    let error = client.get("/x").send().await.unwrap().error_for_status().await.unwrap_err();
    assert!(!error.is_not_found() && error.status() == Some(StatusCode::NOT_FOUND), "{error}");

    for (media_type, body, is_not_found) in [
        ("text/html; charset=utf-8", "<h1>Not Found</h1>", false),
        ("application/json", r#"{"detail":"Not Found"}"#, true),
        ("text/plain", "Not Found", true),
        ("text/html", "", true),
    ] {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(media_type))]);
        let error = Error::from_response_parts(StatusCode::NOT_FOUND, &headers, body.as_bytes());
        assert_eq!(error.is_not_found(), is_not_found, "{media_type} {body}");
    }
}

#[test]
fn the_response_of_another_client_becomes_an_error_with_the_details_of_the_api() {
    let body = r#"{"error_code":"api_error.rate_limit_exceeded","error_message":"slow\ndown","documentation_url":"https://a.test/"}"#;
    let headers = HeaderMap::from_iter([
        (DATE, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT")),
        (RETRY_AFTER, HeaderValue::from_static("Sun, 06 Nov 1994 08:50:37 GMT")),
    ]);
    let error = Error::from_response_parts(StatusCode::TOO_MANY_REQUESTS, &headers, body.as_bytes());

    assert_eq!(error.error_code(), Some(&ErrorCode::RATE_LIMIT_EXCEEDED));
    assert_eq!(error.message(), Some("slow down"));
    assert_eq!(error.documentation_url(), Some("https://a.test/"));
    assert_eq!(error.retry_after().unwrap().as_secs(), 60);
    assert_eq!(
        error.to_string(),
        "the API responded with 429 Too Many Requests: slow down (api_error.rate_limit_exceeded); try again in 60 s"
    );
}

#[test]
fn the_response_of_another_client_is_read_within_the_same_bounds() {
    let message = |length| format!(r#"{{"error_message":"{}"}}"#, "pale\u{7} ".repeat(length));
    let error = |status: u16, headers: &HeaderMap, body: &str| {
        Error::from_response_parts(StatusCode::from_u16(status).unwrap(), headers, body.as_bytes())
    };
    let none = HeaderMap::new();

    let long = error(400, &none, &serde_json::json!({ "message": "pale\u{7}".repeat(1_000) }).to_string());
    assert_eq!(long.message().unwrap().chars().count(), 1_000);
    assert!(!long.message().unwrap().contains(char::is_control));
    assert_eq!(error(400, &none, &message(20_000)).message(), None, "the body is too large");
    let page = error(502, &none, "<p>pale</p>");
    assert!(page.is_transient() && !render(&page).contains("pale"), "{page}");

    for (location, is_shown) in
        [("https://u:pale@example.com/a?pale#pale", true), ("/pale", false), ("pale", false)]
    {
        let headers = HeaderMap::from_iter([(LOCATION, HeaderValue::from_static(location))]);
        let text = render(&error(302, &headers, ""));
        assert_eq!(text.contains("it points to https://example.com/a"), is_shown, "{text}");
        assert!(!text.contains("pale"), "{text}");
    }
}

#[tokio::test]
async fn an_error_of_another_client_is_that_of_a_request() {
    let (server, client) = MockServer::with_tokens().await;
    server.respond("/x", response(409, r#"{"error_code":"a.b"}"#));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = http.get(format!("{}/x", Client::base_url(&client))).send().await.unwrap();

    let (status, headers) = (response.status(), response.headers().clone());
    let error = Error::from_response_parts(status, &headers, &response.bytes().await.unwrap());
    assert!(!error.is_token_request() && error.error_code().is_some_and(|code| code == "a.b"));
}
