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
async fn redirects_of_the_api_are_not_followed_whatever_the_policy_of_the_stack() {
    let (server, client) = MockServer::with_tokens().await;
    let other = MockServer::start().await;
    // reqwest would send the token with the second request to the other host.
    other.respond("/first", redirect(302, "/second"));
    other.respond("/second", response(200, ""));

    for policy in [Policy::none(), Policy::limited(3), Policy::default()] {
        let http = with_bearer(http().redirect(policy), &client);
        for (status, location) in [
            (301, other.url("/first")),
            (302, other.url("/first")),
            (303, other.url("/first")),
            (307, other.url("/first")),
            (308, other.url("/first")),
            (302, server.url("/moved")),
        ] {
            server.respond("/moved", redirect(status, &location));
            assert_eq!(http.get(server.url("/moved")).send().await.unwrap().status(), status);
            assert_eq!(http.post(server.url("/moved")).body("x").send().await.unwrap().status(), status);

            let requests = server.take_requests("/moved");
            assert_eq!(requests.len(), 2);
            assert!(requests.iter().all(|request| request.headers().contains_key("authorization")));
        }
        assert_eq!((other.take_requests("/first").len(), other.take_requests("/second").len()), (0, 0));
    }
    // The requests to other hosts are those of the stack, and have no token.
    let response = with_bearer(http(), &client).get(other.url("/first")).send().await.unwrap();
    assert_eq!(response.url().path(), "/second");
    assert!(!other.take_request("/second").headers().contains_key("authorization"));
    assert_eq!(client.token_status().refreshes, 1);
}

#[tokio::test]
async fn headers_that_frame_a_request_are_rejected_or_corrected() {
    let (server, client) = MockServer::with_tokens().await;
    server.respond("/x", response(204, ""));
    let http = with_bearer(http(), &client);
    for name in ["connection", "transfer-encoding", "te", "trailer", "upgrade", "proxy-authorization"] {
        let error = http.get(server.url("/x")).header(name, "pale").send().await.unwrap_err();
        let reqwest_middleware::Error::Middleware(error) = error else { panic!("{name}: {error:?}") };
        assert!(error.downcast_ref::<moneykit::Error>().unwrap().is_invalid_request(), "{name}: {error}");
    }
    for body in ["", "longer than five"] {
        let request = http.post(server.url("/x")).header("content-length", "5").body(body);
        assert_eq!(request.send().await.unwrap().status(), 204);
        assert_eq!(server.take_request("/x").body(), body);
    }
}

#[tokio::test]
async fn a_request_of_the_method_trace_passes_without_a_token() {
    let (server, client) = MockServer::with_tokens().await;
    server.respond("/x", response(204, ""));
    let request = with_bearer(http(), &client).request(reqwest::Method::TRACE, server.url("/x"));

    assert_eq!(request.send().await.unwrap().status(), 204);
    assert!(!server.take_request("/x").headers().contains_key("authorization"));
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
