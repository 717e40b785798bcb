//! Clients with a token that they are given.

use std::time::Duration;

use moneykit::Client;

use crate::mock::{MockServer, header, response};
use crate::{CLIENT_ID, CLIENT_SECRET, TOKEN};

#[tokio::test]
async fn a_static_token_is_sent_and_never_requested() {
    let server = MockServer::start().await;
    server.respond("/links", response(200, ""));
    let client = Client::builder().static_token(TOKEN).base_url(server.url("")).build().unwrap();

    assert_eq!(client.get("/links").send().await.unwrap().status(), 200);
    assert_eq!(header(server.take_request("/links").headers(), "authorization"), format!("Bearer {TOKEN}"));
    client.warm_up().await.unwrap();
    client.access_token_valid_for(Duration::from_secs(86_400)).await.unwrap();
    let error = client.request_token().await.unwrap_err();
    assert!(error.is_token_request() && !error.is_transient(), "{error}");
    assert!(error.to_string().contains("static token and no credentials"), "{error}");
    assert!(server.take_requests("/auth/token").is_empty());
}

#[tokio::test]
async fn a_401_is_returned_and_the_token_remains_in_use() {
    let server = MockServer::start().await;
    server.respond("/links", response(401, r#"{"error_code":"api_error.auth.expired_access_token"}"#));
    let client = Client::builder().static_token(TOKEN).base_url(server.url("")).build().unwrap();

    for _ in 0..2 {
        assert_eq!(client.get("/links").send().await.unwrap().status(), 401);
        client.invalidate(&client.access_token().await.unwrap());
    }
    assert_eq!(server.take_requests("/links").len(), 2);
    assert!(server.take_requests("/auth/token").is_empty());
    assert_eq!(client.access_token().await.unwrap().expose_secret(), TOKEN);
    let status = client.token_status();
    assert!(status.is_usable() && status.has_token() && !status.suspect && status.refreshes == 0);
}

#[test]
fn nothing_is_known_about_the_lifetime_of_a_static_token() {
    let client = Client::with_static_token(TOKEN).unwrap();
    let status = client.token_status();
    assert!(status.is_usable() && status.has_token() && status.expires_in.is_none());
    assert!(!status.in_refresh_window && !status.refreshing && status.last_error.is_none());

    // A call needs no runtime, since nothing is requested.
    let token = std::pin::pin!(client.access_token());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Ok(token)) = token.poll(&mut context) else { panic!("there is a token") };
    assert_eq!((token.expires_at(), token.lifetime()), (None, Duration::MAX));
    assert_eq!(format!("{token:?}"), "AccessToken { value: [redacted], token_type: \"bearer\", .. }");
}

#[test]
fn an_invalid_token_is_named_and_not_shown() {
    for (token, expected) in [
        ("", "static_token is empty"),
        ("Bearer pale", "static_token begins with `Bearer `; set the token alone"),
        ("pale\n", "static_token contains a space, a line break"),
        ("${PALE}", "static_token looks like the name of a variable"),
    ] {
        let builder = Client::builder().static_token(token);
        let error = builder.base_url("nowhere").build().unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains(expected) && text.contains("base_url"), "{text}");
        assert!(!text.to_lowercase().contains("pale"), "{text}");
    }
}

#[test]
fn the_last_of_credentials_and_static_token_wins() {
    let shown = |client: Client| format!("{client:?}");
    let builder = || Client::builder().credentials(CLIENT_ID, CLIENT_SECRET);
    assert!(shown(builder().static_token(TOKEN).build().unwrap()).contains("StaticToken([redacted])"));
    let builder = Client::builder().static_token("").credentials(CLIENT_ID, CLIENT_SECRET);
    assert!(shown(builder.build().unwrap()).contains(CLIENT_ID));
}
