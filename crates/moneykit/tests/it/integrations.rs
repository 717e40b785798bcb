//! Requests of other HTTP libraries, authenticated by the reqwest middleware and the tower layer: common behaviour.

mod middleware;
mod tower;

use std::pin::Pin;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use moneykit::Client;
use moneykit_emulator::RequestCounts;

use crate::mock::{MockServer, header, response};
use crate::{TOKEN, cancel_at_each_await, client_builder, emulated, token_body};

/// An HTTP library whose requests a client authenticates.
struct Integration {
    name: &'static str,
    /// Sends a GET with headers to a URL, and returns the status, or the text of the error.
    send: Box<dyn Fn(String, HeaderMap) -> StatusFuture + Send + Sync>,
}

type StatusFuture = Pin<Box<dyn Future<Output = Result<u16, String>> + Send>>;

/// The integrations, each built from a client.
const INTEGRATIONS: [fn(&Client) -> Integration; 2] = [middleware::integration, tower::integration];

impl Integration {
    fn get(&self, url: impl Into<String>) -> StatusFuture {
        (self.send)(url.into(), HeaderMap::new())
    }
}

/// Sends a GET for a path to which the server always responds with a status. Returns the status that the caller gets,
/// and the number of requests that were sent.
async fn status_and_requests(
    server: &MockServer,
    path: &str,
    status: u16,
    integration: &Integration,
) -> (u16, usize) {
    server.respond(path, response(status, ""));
    let outcome = integration.get(server.url(path)).await.unwrap();
    (outcome, server.take_requests(path).len())
}

#[tokio::test]
async fn a_token_that_expires_on_the_server_is_replaced_transparently() {
    for integration in INTEGRATIONS {
        let (emulator, client) = emulated();
        let integration = integration(&client);
        for request in 0..10 {
            if request == 5 {
                // This moves the server's clock only, so the client still considers its token valid.
                emulator.advance(std::time::Duration::from_secs(3601));
            }
            let status = integration.get(format!("{}/links", emulator.url())).await;
            assert_eq!(status, Ok(200), "{}", integration.name);
        }

        let RequestCounts { tokens_issued, api, api_rejected, .. } = emulator.request_counts();
        assert_eq!((tokens_issued, api, api_rejected), (2, 11, 1), "{}", integration.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_concurrent_401s_share_one_refresh() {
    for integration in INTEGRATIONS {
        let (emulator, client) = emulated();
        client.get("/links").send().await.unwrap();
        emulator.revoke_tokens();
        let integration = integration(&client);

        let calls: Vec<_> =
            (0..100).map(|_| tokio::spawn(integration.get(format!("{}/links", emulator.url())))).collect();
        for call in calls {
            assert_eq!(call.await.unwrap(), Ok(200), "{}", integration.name);
        }

        let RequestCounts { token, api, api_rejected, .. } = emulator.request_counts();
        // One request before the tokens were revoked.
        assert_eq!((token, api - api_rejected), (2, 101), "{}", integration.name);
    }
}

#[tokio::test]
async fn a_second_401_is_returned() {
    for integration in INTEGRATIONS {
        let (server, client) = MockServer::with_tokens().await;
        let integration = integration(&client);

        // The token has worked, so a 401 is evidence against it.
        status_and_requests(&server, "/ok", 200, &integration).await;
        let outcome = status_and_requests(&server, "/x", 401, &integration).await;
        assert_eq!(outcome, (401, 2), "{}", integration.name);
        assert_eq!(client.token_status().refreshes, 2);
        assert!(client.token_status().has_token());
    }
}

#[tokio::test]
async fn no_other_status_affects_the_token_or_causes_a_retry() {
    for integration in INTEGRATIONS {
        let (server, client) = MockServer::with_tokens().await;
        let integration = integration(&client);
        for status in [200, 400, 403, 404, 429, 500, 503] {
            let outcome = status_and_requests(&server, "/x", status, &integration).await;
            assert_eq!(outcome, (status, 1), "{}", integration.name);
        }
        assert_eq!(client.token_status().refreshes, 1);
        assert!(client.token_status().has_token());
    }
}

#[tokio::test]
async fn a_401_without_a_fresh_token_is_the_error_of_the_refresh() {
    for integration in INTEGRATIONS {
        let (server, client) = MockServer::with_tokens().await;
        status_and_requests(&server, "/ok", 200, &integration(&client)).await;
        server.respond("/auth/token", response(403, ""));
        server.respond("/x", response(401, ""));

        let error = integration(&client).get(server.url("/x")).await.unwrap_err();

        let expected = format!("the token endpoint of {} responded with 403", client.base_url());
        assert!(error.contains(&expected), "{error}");
        server.take_request("/x");
    }
}

#[tokio::test]
async fn only_requests_below_the_base_url_get_the_token() {
    let (server, other) = (MockServer::start().await, MockServer::start().await);
    server.respond("/gateway/auth/token", response(201, token_body()));
    server.respond("/gateway/links", response(204, ""));
    let outside = [(&other, "/links"), (&server, "/links"), (&server, "/gateways"), (&server, "/admin")];
    for (server, path) in outside {
        server.respond(path, response(401, ""));
    }
    let client = client_builder(server.url("/gateway")).build().unwrap();
    for integration in INTEGRATIONS {
        let integration = integration(&client);
        for (server, path) in outside {
            assert_eq!(integration.get(server.url(path)).await, Ok(401), "{} {path}", integration.name);
            let request = server.take_request(path);
            assert!(!request.headers().contains_key("authorization"), "{} {path}", integration.name);
            assert!(!request.headers().contains_key("moneykit-version"), "{} {path}", integration.name);
        }

        assert_eq!(integration.get(server.url("/gateway/links")).await, Ok(204), "{}", integration.name);
        let request = server.take_request("/gateway/links");
        assert_eq!(header(request.headers(), "authorization"), format!("Bearer {TOKEN}"));
        assert_eq!(header(request.headers(), "moneykit-version"), "2023-02-18");
        assert!(request.headers().contains_key("user-agent"), "{}", integration.name);
    }
    // A 401 from elsewhere does not invalidate the token.
    assert_eq!(client.token_status().refreshes, 1);
}

#[tokio::test]
async fn a_request_with_its_own_authorization_passes_unchanged() {
    let (server, client) = MockServer::with_tokens().await;
    server.respond("/x", response(401, ""));
    for integration in INTEGRATIONS {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static("Basic eDp5"))]);

        assert_eq!((integration(&client).send)(server.url("/x"), headers).await, Ok(401));

        let request = server.take_request("/x");
        assert_eq!(header(request.headers(), "authorization"), "Basic eDp5");
        assert!(!request.headers().contains_key("moneykit-version"));
    }
    assert_eq!(client.token_status().refreshes, 0);
}

#[tokio::test]
async fn the_callers_headers_replace_the_defaults() {
    let (server, client) = MockServer::with_tokens().await;
    server.respond("/x", response(204, ""));
    let mut headers = HeaderMap::new();
    headers.insert("moneykit-version", HeaderValue::from_static("2030-01-01"));
    headers.insert("user-agent", HeaderValue::from_static("teller/7"));
    for integration in INTEGRATIONS {
        assert_eq!((integration(&client).send)(server.url("/x"), headers.clone()).await, Ok(204));

        let request = server.take_request("/x");
        for (name, value) in &headers {
            let values: Vec<_> = request.headers().get_all(name).iter().collect();
            assert_eq!(values, [value]);
        }
    }
}

#[tokio::test]
async fn cancelling_a_request_does_not_cancel_the_refresh() {
    for integration in INTEGRATIONS {
        let (emulator, client) = emulated();
        let integration = integration(&client);
        client.get("/links").send().await.unwrap();
        emulator.revoke_tokens();

        let status = cancel_at_each_await(|| integration.get(format!("{}/x", emulator.url()))).await;

        assert_eq!(status, Ok(200), "{}", integration.name);
        assert_eq!(emulator.request_counts().tokens_issued, 2, "{}", integration.name);
        assert_eq!(integration.get(format!("{}/x", emulator.url())).await, Ok(200));
    }
}
