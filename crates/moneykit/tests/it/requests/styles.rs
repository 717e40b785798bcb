//! RequestCounts of other libraries that a layer authenticates: what holds for all of them.

mod middleware;
mod stacked;
mod tower;

use std::pin::{Pin, pin};
use std::task::Poll;

use http::{HeaderMap, Request};
use httpmock::MockServer;
use moneykit::Client;
use moneykit_emulator::RequestCounts;

use super::{emulator, mocked};
use crate::{TOKEN, builder, token_body};

/// Sends a GET by one of the libraries, and gives the status or the error in words.
struct Style {
    name: &'static str,
    send: Box<dyn Fn(String, HeaderMap) -> Sending + Send + Sync>,
}

type Sending = Pin<Box<dyn Future<Output = Result<u16, String>> + Send>>;

/// Makes each style over and over: a scenario gives each a client of its own.
const STYLES: [fn(&Client) -> Style; 2] = [middleware::style, tower::style];

impl Style {
    fn get(&self, url: impl Into<String>) -> Sending {
        (self.send)(url.into(), HeaderMap::new())
    }
}

/// Returns the status that a request ends with, and how often it was sent, where the server always answers so.
async fn answered(server: &MockServer, path: &str, status: u16, style: &Style) -> (u16, usize) {
    let mock = server.mock_async(|when, then| drop((when.path(path), then.status(status)))).await;
    let outcome = style.get(server.url(path)).await.unwrap();
    let calls = mock.calls_async().await;
    mock.delete_async().await;
    (outcome, calls)
}

#[tokio::test]
async fn a_token_that_expires_between_two_requests_is_replaced_unnoticed() {
    for style in STYLES {
        let (emulator, client) = emulator();
        let style = style(&client);
        for request in 0..10 {
            if request == 5 {
                // The server's clock alone: the client has no reason to think that its token has ended.
                emulator.advance(std::time::Duration::from_secs(3601));
            }
            assert_eq!(style.get(format!("{}/links", emulator.url())).await, Ok(200), "{}", style.name);
        }

        let RequestCounts { tokens_issued, api, api_refused, .. } = emulator.request_counts();
        assert_eq!((tokens_issued, api, api_refused), (2, 11, 1), "{}", style.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_rejections_at_once_cause_one_refresh() {
    for style in STYLES {
        let (emulator, client) = emulator();
        client.warm_up().await.unwrap();
        emulator.revoke_tokens();
        let style = style(&client);

        let calls: Vec<_> =
            (0..100).map(|_| tokio::spawn(style.get(format!("{}/links", emulator.url())))).collect();
        for call in calls {
            assert_eq!(call.await.unwrap(), Ok(200), "{}", style.name);
        }

        let RequestCounts { token, api, api_refused, .. } = emulator.request_counts();
        assert_eq!((token, api - api_refused), (2, 100), "{}", style.name);
    }
}

#[tokio::test]
async fn a_second_401_is_returned_as_it_is() {
    for style in STYLES {
        let (server, client) = mocked().await;
        let style = style(&client);

        assert_eq!(answered(&server, "/x", 401, &style).await, (401, 2), "{}", style.name);
        assert_eq!(client.token_status().refreshes, 2);
        assert!(client.token_status().has_token());
    }
}

#[tokio::test]
async fn no_other_status_touches_the_token_or_sends_anything_again() {
    for style in STYLES {
        let (server, client) = mocked().await;
        let style = style(&client);
        for status in [200, 400, 403, 404, 429, 500, 503] {
            assert_eq!(answered(&server, "/x", status, &style).await, (status, 1), "{}", style.name);
        }
        assert_eq!(client.token_status().refreshes, 1);
        assert!(client.token_status().has_token());
    }
}

#[tokio::test]
async fn a_401_without_a_fresh_token_is_the_error_that_kept_it_away() {
    for style in STYLES {
        let server = MockServer::start_async().await;
        let tokens = server
            .mock_async(|when, then| drop((when.path("/auth/token"), then.status(201).body(token_body()))))
            .await;
        let client = builder(&server).build().unwrap();
        client.warm_up().await.unwrap();
        tokens.delete_async().await;
        server.mock_async(|when, then| drop((when.path("/auth/token"), then.status(403)))).await;
        let mock = server.mock_async(|when, then| drop((when.path("/x"), then.status(401)))).await;

        let error = style(&client).get(server.url("/x")).await.unwrap_err();

        assert!(error.contains("the token endpoint answered 403"), "{error}");
        assert_eq!(mock.calls_async().await, 1);
    }
}

#[tokio::test]
async fn the_token_goes_to_the_api_and_nowhere_else() {
    let (server, _) = mocked().await;
    let elsewhere = MockServer::start_async().await;
    let bare = |server: &MockServer, path: &'static str| {
        server.mock(|when, then| {
            when.path(path).header_missing("authorization").header_missing("moneykit-version");
            then.status(401);
        });
    };
    bare(&elsewhere, "/links");
    for path in ["/links", "/gateways", "/admin"] {
        bare(&server, path);
    }
    server.mock(|when, then| {
        when.path("/gateway/links")
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("moneykit-version", "2023-02-18")
            .header_exists("user-agent");
        then.status(204);
    });
    server.mock(|when, then| drop((when.path("/gateway/auth/token"), then.status(201).body(token_body()))));
    let client = builder(&server).base_url(server.url("/gateway")).build().unwrap();
    for style in STYLES {
        let style = style(&client);
        for url in
            [elsewhere.url("/links"), server.url("/links"), server.url("/gateways"), server.url("/admin")]
        {
            assert_eq!(style.get(&url).await, Ok(401), "{} {url}", style.name);
        }
        assert_eq!(style.get(server.url("/gateway/links")).await, Ok(204), "{}", style.name);
    }
    // Nobody's 401 but the API's says anything about the token.
    assert_eq!(client.token_status().refreshes, 1);
}

#[tokio::test]
async fn a_request_with_an_authorization_of_its_own_passes_as_it_is() {
    let (server, client) = mocked().await;
    for style in STYLES {
        let mock = server
            .mock_async(|when, then| {
                when.path("/x").header("authorization", "Basic eDp5").header_missing("moneykit-version");
                then.status(401);
            })
            .await;
        let headers = HeaderMap::from_iter([(http::header::AUTHORIZATION, "Basic eDp5".parse().unwrap())]);

        assert_eq!((style(&client).send)(server.url("/x"), headers).await, Ok(401));

        assert_eq!(mock.calls_async().await, 1);
        mock.delete_async().await;
    }
    assert_eq!(client.token_status().refreshes, 0);
}

#[tokio::test]
async fn headers_of_the_caller_take_the_place_of_the_clients() {
    let (server, client) = mocked().await;
    server
        .mock_async(|when, then| {
            when.path("/x").header("moneykit-version", "2030-01-01").header("user-agent", "teller/7");
            then.status(204);
        })
        .await;
    let request = Request::get("/").header("moneykit-version", "2030-01-01").header("user-agent", "teller/7");
    let headers = request.body(()).unwrap().headers().clone();
    for style in STYLES {
        assert_eq!((style(&client).send)(server.url("/x"), headers.clone()).await, Ok(204));
    }
}

#[tokio::test]
async fn a_request_that_is_given_up_leaves_nothing_broken() {
    for style in STYLES {
        let (emulator, client) = emulator();
        let style = style(&client);
        client.warm_up().await.unwrap();
        emulator.revoke_tokens();

        // Given up at each of its awaits in turn, until one request gets through.
        for polls in 1.. {
            let mut request = pin!(style.get(format!("{}/x", emulator.url())));
            let mut left = polls;
            let outcome = std::future::poll_fn(|context| {
                left -= 1;
                match request.as_mut().poll(context) {
                    Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
                    Poll::Pending if left == 0 => Poll::Ready(None),
                    Poll::Pending => Poll::Pending,
                }
            });
            if let Some(outcome) = outcome.await {
                assert_eq!(outcome, Ok(200), "{}", style.name);
                break;
            }
        }
        assert_eq!(emulator.request_counts().tokens_issued, 2, "{}", style.name);
        assert_eq!(style.get(format!("{}/x", emulator.url())).await, Ok(200));
    }
}
