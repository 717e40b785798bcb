//! The reqwest middleware: bodies, redirects and errors.

use moneykit::{BearerMiddleware, Client, reqwest};
use reqwest::{Body, redirect::Policy};
use reqwest_middleware::ClientWithMiddleware;

use super::Integration;
use crate::mock::{MockServer, redirect, response};
use crate::{OneItem, emulated, refreshed};

fn http() -> reqwest::ClientBuilder {
    reqwest::Client::builder().no_proxy()
}

fn with_bearer(http: reqwest::ClientBuilder, client: &Client) -> ClientWithMiddleware {
    let bearer = BearerMiddleware::new(client.clone());
    reqwest_middleware::ClientBuilder::new(http.build().unwrap()).with(bearer).build()
}

pub(super) fn integration(client: &Client) -> Integration {
    let http = with_bearer(http(), client);
    let send = move |url, headers| {
        let request = http.get::<String>(url).headers(headers);
        Box::pin(async {
            match request.send().await {
                Ok(response) => Ok(response.status().as_u16()),
                Err(error) => Err(error.to_string()),
            }
        }) as super::StatusFuture
    };
    Integration { name: "middleware", send: Box::new(send) }
}

#[tokio::test]
async fn every_body_except_a_stream_is_retried() {
    for (body, is_retried, length) in [
        (Body::from(""), true, 0),
        (Body::from("unchanged"), true, 9),
        (Body::from(vec![0; 100_000]), true, 100_000),
        (Body::wrap_stream(OneItem(Some("streamed"))), false, 0),
    ] {
        // A client of its own, since forced refreshes of one client are a second apart.
        let (emulator, client) = emulated();
        let http = with_bearer(http(), &client);
        client.get("/links").send().await.unwrap();
        emulator.revoke_tokens();
        let before = emulator.request_counts().api;

        let response = http.post(format!("{}/x", emulator.url())).body(body).send().await.unwrap();

        assert_eq!(response.status().is_success(), is_retried);
        assert_eq!(emulator.request_counts().api - before, 1 + u64::from(is_retried));
        let echo: serde_json::Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert_eq!(echo["body_bytes"].as_u64().unwrap_or_default(), length);
        // The rejected token is replaced, whether or not the request was retried.
        refreshed(&client).await;
        assert_eq!(http.get(format!("{}/x", emulator.url())).send().await.unwrap().status(), 200);
        assert_eq!(emulator.request_counts().api - before, 2 + u64::from(is_retried));
    }
}

#[tokio::test]
async fn a_redirect_to_another_origin_loses_the_token_and_its_401_is_ignored() {
    let (server, client) = MockServer::with_tokens().await;
    let other = MockServer::start().await;
    other.respond("/links", response(401, ""));
    server.respond("/moved", redirect(307, &other.url("/links")));

    for (policy, status, redirected) in [(Policy::none(), 307, 0), (Policy::limited(3), 401, 1)] {
        let http = with_bearer(http().redirect(policy), &client);
        assert_eq!(http.get(server.url("/moved")).send().await.unwrap().status(), status);

        assert!(server.take_request("/moved").headers().contains_key("authorization"));
        let requests = other.take_requests("/links");
        assert_eq!(requests.len(), redirected);
        assert!(requests.iter().all(|request| !request.headers().contains_key("authorization")));
    }
    assert_eq!(client.token_status().refreshes, 1);
    assert!(client.token_status().has_token());
}

#[tokio::test]
async fn an_error_of_the_client_can_be_downcast() {
    let (emulator, client) = emulated();
    let wrong = Client::builder().credentials("id", "wrong").base_url(client.base_url()).build().unwrap();

    let outcome = with_bearer(http(), &wrong).get(format!("{}/x", emulator.url())).send().await;

    let Err(reqwest_middleware::Error::Middleware(error)) = outcome else { panic!("{outcome:?}") };
    assert!(error.downcast_ref::<moneykit::Error>().unwrap().is_unauthorized());
    assert_eq!(emulator.request_counts().api, 0);
}
