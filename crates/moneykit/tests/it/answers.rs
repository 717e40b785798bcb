//! What the server may answer, and what the caller gets.

use httpmock::MockServer;
use moneykit::{AccessToken, Error, ErrorCode, reqwest};

use crate::{CLIENT_SECRET, TOKEN, builder, everything, token_body};

async fn answered(status: u16, body: impl AsRef<[u8]>) -> Result<AccessToken, Error> {
    let server = MockServer::start_async().await;
    server
        .mock_async(|_, then| {
            then.status(status).header("content-type", "application/json").body(body);
        })
        .await;
    builder(&server).build().unwrap().request_token().await
}

#[tokio::test]
async fn any_success_with_a_valid_payload_is_a_token() {
    for (status, body) in [
        (201, token_body()),
        (200, token_body()),
        (202, token_body()),
        (201, token_body().replace("bearer", "Bearer")),
        (201, token_body().replace("bearer", "BEARER")),
        (201, token_body().replace('{', r#"{"scope":"accounts","extra":{"deep":[1,null]},"#)),
    ] {
        let token = answered(status, &body).await.unwrap();

        assert_eq!(token.expose_secret(), TOKEN, "{status} {body}");
        assert_eq!(token.authorization_header().to_str().unwrap(), format!("Bearer {TOKEN}"));
        assert!(token.authorization_header().is_sensitive());
        assert_eq!(token.token_type(), "bearer");
        assert_eq!(token.lifetime().as_secs(), 3600);
        assert!(!format!("{token:?} {token:#?}").contains(TOKEN));
    }
}

#[tokio::test]
async fn a_documented_refusal_is_reported_in_full() {
    let body = r#"{
        "error_code": "api_error.auth.unauthorized",
        "error_message": "Accounts access not permitted",
        "documentation_url": "https://docs.moneykit.com/errors"
    }"#;
    for status in [400, 401] {
        let error = answered(status, body).await.unwrap_err();

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
async fn of_any_other_refusal_whatever_can_be_read_is_reported() {
    /// Status, body, and the code, message and URL that can be read.
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
        let error = answered(status, body).await.unwrap_err();

        assert_eq!(error.status().unwrap().as_u16(), status, "{body}");
        assert_eq!(error.error_code().map(ErrorCode::as_str), code, "{body}");
        assert_eq!(error.message(), message, "{body}");
        assert_eq!(error.documentation_url(), url, "{body}");
        assert!(error.to_string().contains(&status.to_string()), "{error}");
        assert!(!everything(&error).contains("<html>"), "{error:?}");
        assert_eq!(error.is_transient(), matches!(status, 429 | 500 | 502), "{status}");
        assert_eq!(error.is_rate_limited(), status == 429);
    }
}

#[tokio::test]
async fn a_success_without_a_usable_token_names_the_field_and_shows_no_value() {
    let cases = [
        (r#"{"token_type":"bearer","expires_in":3600}"#, "access_token", "is missing"),
        (r#"{"access_token":null,"token_type":"bearer","expires_in":3600}"#, "access_token", "not a text"),
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
        (r#"{"access_token":"pale","token_type":7,"expires_in":3600}"#, "token_type", "not a text"),
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
            "twice",
        ),
        ("", "", "not a JSON object"),
        ("null", "", "not a JSON object"),
        ("<html>pale</html>", "", "not a JSON object"),
        (r#"["pale"]"#, "", "not a JSON object"),
    ];
    for (body, field, what) in cases {
        let error = answered(201, body).await.unwrap_err();

        assert!(error.is_invalid_response() && !error.is_transient(), "{body}");
        assert_eq!(error.status().unwrap().as_u16(), 201);
        assert_eq!(error.invalid_field().unwrap_or_default(), field, "{body}");
        let text = everything(&error);
        assert!(text.contains(field) && text.contains(what), "{body}: {error}");
        assert!(!text.contains("pale") && !text.contains("3600"), "{body}: {text}");
    }
}

#[tokio::test]
async fn a_body_is_read_up_to_its_limit_and_no_further() {
    let padded = |length: usize| {
        let body = token_body();
        format!("{body}{}", " ".repeat(length - body.len()))
    };
    assert!(answered(201, padded(64 * 1024)).await.is_ok());

    let error = answered(201, padded(64 * 1024 + 1)).await.unwrap_err();
    assert!(error.is_invalid_response());
    assert!(error.to_string().contains("larger than 65536 bytes"), "{error}");

    let error = answered(500, "x".repeat(1 << 20)).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 500);
}

#[tokio::test]
async fn a_secret_that_the_server_quotes_does_not_come_back() {
    let basic = "bGl2ZV81YzczOWEzNjk1MTVlMTBmYzllMDpwYWxlLXNlY3JldA==";
    let body = format!(
        r#"{{"error_code":"bad.{CLIENT_SECRET}","error_message":"no client has {CLIENT_SECRET} or pale%2Dsecret or {basic}",
            "documentation_url":"https://x.test/?s={CLIENT_SECRET}"}}"#
    );
    let error = answered(401, body).await.unwrap_err();

    let text = everything(&error);
    assert!(!text.contains("pale") && !text.contains("ale%2D") && !text.contains(basic), "{text}");
    // Where it is encoded somehow, nothing of the text is kept.
    assert_eq!(error.message(), Some("[redacted]"));
    assert_eq!(error.documentation_url(), Some("https://x.test/?s=[redacted]"));
}

#[tokio::test]
async fn an_encoded_secret_does_not_come_back_however_it_is_encoded() {
    for quoted in ["p%26q%20r-s", "p%26q%20r%2ds", "p&q+r-s", "p%26q+r%2Ds", "%70%26%71%20%72%2d%73"] {
        let server = MockServer::start_async().await;
        let body = format!(r#"{{"error_message":"bad: {quoted}"}}"#);
        server.mock_async(|_, then| drop(then.status(401).body(body))).await;

        let client = builder(&server).credentials("id", "p&q r-s").build().unwrap();
        let error = client.request_token().await.unwrap_err();
        assert_eq!(error.message(), Some("[redacted]"), "{quoted}");
    }
}

#[tokio::test]
async fn a_400_for_another_reason_is_not_taken_for_a_wrong_grant() {
    let error = answered(400, r#"{"error":"invalid_request"}"#).await.unwrap_err();
    assert!(!error.is_invalid_grant_type());

    for body in [r#"{"error":"unsupported_grant_type"}"#, ""] {
        assert!(answered(400, body).await.unwrap_err().is_invalid_grant_type(), "{body}");
    }
}

#[tokio::test]
async fn a_long_message_is_cut() {
    let body = format!(r#"{{"error_message":"{}"}}"#, "é".repeat(5_000));
    let error = answered(401, body).await.unwrap_err();

    assert_eq!(error.message().unwrap().chars().count(), 1_000);
}

#[tokio::test]
async fn a_redirect_is_not_followed_whatever_the_http_settings_say() {
    let server = MockServer::start_async().await;
    let elsewhere = MockServer::start_async().await;
    let target = elsewhere.mock_async(|_, then| drop(then.status(201).body(token_body()))).await;
    let following = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::limited(10));
    let client = builder(&server).http_client_builder(following).build().unwrap();
    for status in [301, 302, 303, 307, 308] {
        for location in [elsewhere.url("/auth/token"), server.url("/v2/auth/token")] {
            let mock =
                server.mock_async(|_, then| drop(then.status(status).header("location", &location))).await;
            let error = client.request_token().await.unwrap_err();

            assert_eq!(error.status().unwrap().as_u16(), status);
            assert!(!error.is_transient() && !error.is_invalid_response());
            let advice =
                format!("; it points to {location}; redirects are not followed, so check the base URL");
            assert!(error.to_string().ends_with(&advice), "{error}");
            mock.assert_calls_async(1).await;
            mock.delete_async().await;
        }
    }
    target.assert_calls_async(0).await;
}

#[tokio::test]
async fn an_error_says_where_a_redirect_points_to_and_no_secret_that_stands_there() {
    let basic = "bGl2ZV81YzczOWEzNjk1MTVlMTBmYzllMDpwYWxlLXNlY3JldA==";
    let server = MockServer::start_async().await;
    let client = builder(&server).build().unwrap();
    for (location, shown) in [
        ("https://x.test/a?client_secret=pale-secret#pale", Some("https://x.test/a")),
        ("https://u:pale-secret@x.test:8443/a", Some("https://x.test:8443/a")),
        ("//u:pale-secret@x.test/a", Some("http://x.test/a")),
        ("https://x.test/pale-secret/b", Some("https://x.test/[redacted]/b")),
        ("https://x.test/pale%2Dsecret", Some("[redacted]")),
        ("https://x.test/pale%252Dsecret", Some("[redacted]")),
        ("https://Pale-Secret.x.test/", Some("https://[redacted].x.test/")),
        (&format!("https://x.test/{basic}"), Some("https://x.test/[redacted]")),
        ("../login", Some(&*server.url("/login"))),
        ("https://", None),
        ("data:text/plain,pale", None),
        ("", Some(&*server.url("/auth/token"))),
    ] {
        let mock = server.mock_async(|_, then| drop(then.status(307).header("location", location))).await;
        let error = client.request_token().await.unwrap_err();

        let text = everything(&error);
        assert!(!text.to_lowercase().contains("pale") && !text.contains(basic), "{location}: {text}");
        let advice = "redirects are not followed, so check the base URL";
        let points = shown.map(|shown| format!("it points to {shown}; ")).unwrap_or_default();
        assert!(text.contains(&format!("307 Temporary Redirect; {points}{advice}")), "{location}: {error}");
        mock.delete_async().await;
    }
}
