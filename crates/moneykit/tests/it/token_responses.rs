//! Responses of the token endpoint, and the token or error that the caller gets.

use bytes::Bytes;
use moneykit::{AccessToken, Error, ErrorCode, reqwest};

use crate::mock::{MockServer, redirect, response};
use crate::{CLIENT_SECRET, TOKEN, client_builder, render, token_body};

const TOKEN_PATH: &str = "/auth/token";
/// The base64 form of the credentials, as in a Basic header.
const BASIC: &str = "bGl2ZV81YzczOWEzNjk1MTVlMTBmYzllMDpwYWxlLXNlY3JldA==";

/// Requests a token from a server that responds with a status and a body.
async fn request_token(status: u16, body: impl Into<Bytes>) -> Result<AccessToken, Error> {
    let server = MockServer::start().await;
    server.respond(TOKEN_PATH, response(status, body));
    client_builder(server.url("")).build().unwrap().request_token().await
}

#[tokio::test]
async fn every_2xx_with_a_valid_body_is_a_token() {
    for (status, body) in [
        (201, token_body()),
        (200, token_body()),
        (202, token_body()),
        (201, token_body().replace("bearer", "Bearer")),
        (201, token_body().replace("bearer", "BEARER")),
        (201, token_body().replace('{', r#"{"scope":"accounts","extra":{"deep":[1,null]},"#)),
    ] {
        let token = request_token(status, body.clone()).await.unwrap();

        assert_eq!(token.expose_secret(), TOKEN, "{status} {body}");
        assert_eq!(token.authorization_header().to_str().unwrap(), format!("Bearer {TOKEN}"));
        assert!(token.authorization_header().is_sensitive());
        assert_eq!(token.token_type(), "bearer");
        assert_eq!(token.lifetime().as_secs(), 3600);
        assert!(!format!("{token:?} {token:#?}").contains(TOKEN));
    }
}

#[tokio::test]
async fn a_documented_error_response_is_reported_in_full() {
    let body = r#"{
        "error_code": "api_error.auth.unauthorized",
        "error_message": "Accounts access not permitted",
        "documentation_url": "https://docs.moneykit.com/errors"
    }"#;
    for status in [400, 401] {
        let error = request_token(status, body).await.unwrap_err();

        assert_eq!(error.status().unwrap().as_u16(), status);
        assert_eq!(error.error_code(), Some(&ErrorCode::UNAUTHORIZED));
        assert_eq!(error.message(), Some("Accounts access not permitted"));
        assert_eq!(error.documentation_url(), Some("https://docs.moneykit.com/errors"));
        assert_eq!(error.is_invalid_grant_type(), status == 400);
        assert_eq!(error.is_unauthorized(), status == 401);
        assert!(!error.is_transient() && !error.is_invalid_response() && !error.is_configuration());
    }
}

#[tokio::test]
async fn an_undocumented_error_response_is_reported_as_far_as_it_can_be_read() {
    /// The status, the body, and the code, message and URL that are read from it.
    type Case = (u16, &'static str, [Option<&'static str>; 3]);
    let cases: [Case; 14] = [
        (
            401,
            r#"{"error_code":"api_error.new","error_message":"No"}"#,
            [Some("api_error.new"), Some("No"), None],
        ),
        (
            401,
            r#"{"error_code":"a","error_message":"No","documentation_url":null}"#,
            [Some("a"), Some("No"), None],
        ),
        (401, r#"{"error_message":"No"}"#, [None, Some("No"), None]),
        (401, r#"{"error_code":7,"error_message":["No"]}"#, [None, None, None]),
        (401, "", [None, None, None]),
        (403, "<html><h1>Forbidden</h1></html>", [None, None, None]),
        (502, "<html>Bad gateway</html>", [None, None, None]),
        (
            400,
            r#"{"error":"unsupported_grant_type","error_description":"Never heard of it","error_uri":"https://x.test"}"#,
            [Some("unsupported_grant_type"), Some("Never heard of it"), Some("https://x.test")],
        ),
        (404, r#"{"detail":"Not Found"}"#, [None, Some("Not Found"), None]),
        (500, r#"{"message":"Oops"}"#, [None, Some("Oops"), None]),
        (400, r#"["not","an","object"]"#, [None, None, None]),
        (
            429,
            r#"{"error_code":"api_error.rate_limit_exceeded"}"#,
            [Some("api_error.rate_limit_exceeded"), None, None],
        ),
        (401, "{\"error_message\":\"two\\nlines\\u0007\\u2028\\u202e\"}", [None, Some("two lines   "), None]),
        (401, r#"{"error_message":"","detail":"why"}"#, [None, Some("why"), None]),
    ];
    for (status, body, [code, message, url]) in cases {
        let error = request_token(status, body).await.unwrap_err();

        assert_eq!(error.status().unwrap().as_u16(), status, "{body}");
        assert_eq!(error.error_code().map(ErrorCode::as_str), code, "{body}");
        assert_eq!(error.message(), message, "{body}");
        assert_eq!(error.documentation_url(), url, "{body}");
        assert!(error.to_string().contains(&status.to_string()), "{error}");
        assert!(!render(&error).contains("<html>"), "{error:?}");
        assert_eq!(error.is_transient(), matches!(status, 429 | 500 | 502), "{status}");
        assert_eq!(error.is_rate_limited(), status == 429);
    }
}

#[tokio::test]
async fn an_unusable_token_response_is_an_error_that_names_the_field_and_no_value() {
    let cases = [
        (r#"{"token_type":"bearer","expires_in":3600}"#, "access_token", "is missing"),
        (
            r#"{"access_token":null,"token_type":"bearer","expires_in":3600}"#,
            "access_token",
            "is not a string",
        ),
        (r#"{"access_token":"","token_type":"bearer","expires_in":3600}"#, "access_token", "is empty"),
        (
            r#"{"access_token":"pale\ntoken","token_type":"bearer","expires_in":3600}"#,
            "access_token",
            "no header",
        ),
        (
            r#"{"access_token":"pale token","token_type":"bearer","expires_in":3600}"#,
            "access_token",
            "no header",
        ),
        (r#"{"access_token":"pale-é","token_type":"bearer","expires_in":3600}"#, "access_token", "no header"),
        (r#"{"access_token":"pale","expires_in":3600}"#, "token_type", "is missing"),
        (r#"{"access_token":"pale","token_type":"mac","expires_in":3600}"#, "token_type", "is not `bearer`"),
        (r#"{"access_token":"pale","token_type":7,"expires_in":3600}"#, "token_type", "is not a string"),
        (r#"{"access_token":"pale","token_type":"bearer"}"#, "expires_in", "is missing"),
        (r#"{"access_token":"pale","token_type":"bearer","expires_in":null}"#, "expires_in", "whole number"),
        (r#"{"access_token":"pale","token_type":"bearer","expires_in":-1}"#, "expires_in", "whole number"),
        (r#"{"access_token":"pale","token_type":"bearer","expires_in":0.5}"#, "expires_in", "whole number"),
        (
            r#"{"access_token":"pale","token_type":"bearer","expires_in":"3600"}"#,
            "expires_in",
            "whole number",
        ),
        (r#"{"access_token":"pale","token_type":"bearer","expires_in":1e400}"#, "", "not a JSON object"),
        (
            r#"{"access_token":"pale","access_token":"pale","token_type":"bearer","expires_in":1}"#,
            "",
            "repeats a field",
        ),
        ("", "", "not a JSON object"),
        ("null", "", "not a JSON object"),
        ("<html>pale</html>", "", "not a JSON object"),
        (r#"["pale"]"#, "", "not a JSON object"),
    ];
    for (body, field, reason) in cases {
        let error = request_token(201, body).await.unwrap_err();

        assert!(error.is_invalid_response() && !error.is_transient(), "{body}");
        assert_eq!(error.status().unwrap().as_u16(), 201);
        assert_eq!(error.invalid_field().unwrap_or_default(), field, "{body}");
        let text = render(&error);
        assert!(text.contains(field) && text.contains(reason), "{body}: {error}");
        assert!(!text.contains("pale") && !text.contains("3600"), "{body}: {text}");
    }
}

#[tokio::test]
async fn a_body_is_read_up_to_64_kibibytes() {
    let padded = |length: usize| {
        let body = token_body();
        format!("{body}{}", " ".repeat(length - body.len()))
    };
    assert!(request_token(201, padded(64 * 1024)).await.is_ok());

    let error = request_token(201, padded(64 * 1024 + 1)).await.unwrap_err();
    assert!(error.is_invalid_response());
    assert!(error.to_string().contains("larger than 65536 bytes"), "{error}");

    let error = request_token(500, "x".repeat(1 << 20)).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 500);
}

#[tokio::test]
async fn a_secret_quoted_by_the_server_is_redacted() {
    let body = format!(
        r#"{{"error_code":"bad.{CLIENT_SECRET}","error_message":"no client has {CLIENT_SECRET} or pale%2Dsecret or {BASIC}",
            "documentation_url":"https://x.test/?s={CLIENT_SECRET}"}}"#
    );
    let error = request_token(401, body).await.unwrap_err();

    let text = render(&error);
    assert!(!text.contains("pale") && !text.contains("ale%2D") && !text.contains(BASIC), "{text}");
    // A secret redacts the whole text.
    assert_eq!(error.message(), Some("[redacted]"));
    assert_eq!(error.documentation_url(), Some("[redacted]"));
}

#[tokio::test]
async fn a_secret_is_redacted_in_every_encoding() {
    for quoted in ["p%26q%20r-s", "p%26q%20r%2ds", "p&q+r-s", "p%26q+r%2Ds", "%70%26%71%20%72%2d%73"] {
        let server = MockServer::start().await;
        server.respond(TOKEN_PATH, response(401, format!(r#"{{"error_message":"bad: {quoted}"}}"#)));

        let client = client_builder(server.url("")).credentials("id", "p&q r-s").build().unwrap();
        let error = client.request_token().await.unwrap_err();
        assert_eq!(error.message(), Some("[redacted]"), "{quoted}");
    }
}

#[tokio::test]
async fn a_400_with_another_error_code_is_not_an_invalid_grant_type() {
    let error = request_token(400, r#"{"error":"invalid_request"}"#).await.unwrap_err();
    assert!(!error.is_invalid_grant_type());

    for body in [r#"{"error":"unsupported_grant_type"}"#, ""] {
        assert!(request_token(400, body).await.unwrap_err().is_invalid_grant_type(), "{body}");
    }
}

#[tokio::test]
async fn a_long_message_is_truncated() {
    let body = format!(r#"{{"error_message":"{}"}}"#, "é".repeat(5_000));
    let error = request_token(401, body).await.unwrap_err();

    assert_eq!(error.message().unwrap().chars().count(), 1_000);
}

#[tokio::test]
async fn redirects_are_not_followed_even_if_the_http_settings_allow_them() {
    let server = MockServer::start().await;
    let other = MockServer::start().await;
    other.respond(TOKEN_PATH, response(201, token_body()));
    let following = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::limited(10));
    let client = client_builder(server.url("")).http_client_builder(following).build().unwrap();
    for status in [301, 302, 303, 307, 308] {
        for location in [other.url(TOKEN_PATH), server.url("/v2/auth/token")] {
            server.respond(TOKEN_PATH, redirect(status, &location));
            let error = client.request_token().await.unwrap_err();

            assert_eq!(error.status().unwrap().as_u16(), status);
            assert!(!error.is_transient() && !error.is_invalid_response());
            let remedy =
                format!("; it points to {location}; redirects are not followed, so check the base URL");
            assert!(error.to_string().ends_with(&remedy), "{error}");
            server.take_request(TOKEN_PATH);
        }
    }
    assert_eq!(other.take_requests(TOKEN_PATH).len(), 0);
}

#[tokio::test]
async fn an_error_shows_the_target_of_a_redirect_without_its_secrets() {
    let server = MockServer::start().await;
    let client = client_builder(server.url("")).build().unwrap();
    for (location, shown) in [
        ("https://x.test/a?client_secret=pale-secret#pale", Some("https://x.test/a")),
        ("https://u:pale-secret@x.test:8443/a", Some("https://x.test:8443/a")),
        ("//u:pale-secret@x.test/a", Some("http://x.test/a")),
        ("https://x.test/pale-secret/b", Some("[redacted]")),
        ("https://x.test/pale%2Dsecret", Some("[redacted]")),
        ("https://x.test/pale%252Dsecret", Some("[redacted]")),
        ("https://Pale-Secret.x.test/", Some("[redacted]")),
        (&format!("https://x.test/{BASIC}"), Some("[redacted]")),
        ("../login", Some(&*server.url("/login"))),
        ("https://", None),
        ("data:text/plain,pale", None),
        ("", Some(&*server.url(TOKEN_PATH))),
    ] {
        server.respond(TOKEN_PATH, redirect(307, location));
        let error = client.request_token().await.unwrap_err();

        let text = render(&error);
        assert!(!text.to_lowercase().contains("pale") && !text.contains(BASIC), "{location}: {text}");
        let remedy = "redirects are not followed, so check the base URL";
        let target = shown.map(|shown| format!("it points to {shown}; ")).unwrap_or_default();
        assert!(text.contains(&format!("307 Temporary Redirect; {target}{remedy}")), "{location}: {error}");
    }
}
