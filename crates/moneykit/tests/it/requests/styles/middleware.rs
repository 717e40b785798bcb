use moneykit::{BearerMiddleware, Client, reqwest};
use reqwest::{Body, redirect::Policy};
use reqwest_middleware::ClientWithMiddleware;

use super::super::{Once, emulator, mocked};
use super::{MockServer, Style};

fn http() -> reqwest::ClientBuilder {
    reqwest::Client::builder().no_proxy()
}

fn with_bearer(http: reqwest::ClientBuilder, client: &Client) -> ClientWithMiddleware {
    let bearer = BearerMiddleware::new(client.clone());
    reqwest_middleware::ClientBuilder::new(http.build().unwrap()).with(bearer).build()
}

pub(super) fn style(client: &Client) -> Style {
    let http = with_bearer(http(), client);
    let send = move |url, headers| {
        let request = http.get::<String>(url).headers(headers);
        Box::pin(async {
            match request.send().await {
                Ok(answer) => Ok(answer.status().as_u16()),
                Err(error) => Err(error.to_string()),
            }
        }) as super::Sending
    };
    Style { name: "middleware", send: Box::new(send) }
}

#[tokio::test]
async fn every_body_but_a_stream_is_sent_again() {
    let (emulator, client) = emulator();
    let http = with_bearer(http(), &client);
    for (body, again, length) in [
        (Body::from(""), true, 0),
        (Body::from("as it is"), true, 8),
        (Body::from(vec![0; 100_000]), true, 100_000),
        (Body::wrap_stream(Once(Some("streamed"))), false, 0),
    ] {
        client.warm_up().await.unwrap();
        emulator.revoke_tokens();
        let before = emulator.request_counts().api;

        let answer = http.post(format!("{}/x", emulator.url())).body(body).send().await.unwrap();

        assert_eq!(answer.status().is_success(), again);
        assert_eq!(emulator.request_counts().api - before, 1 + u64::from(again));
        let echo: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(echo["body_bytes"].as_u64().unwrap_or_default(), length);
        // Sent again or not, the dead token is gone.
        assert_eq!(http.get(format!("{}/x", emulator.url())).send().await.unwrap().status(), 200);
        assert_eq!(emulator.request_counts().api - before, 2 + u64::from(again));
    }
}

#[tokio::test]
async fn a_redirect_to_elsewhere_takes_no_token_along_and_its_401_says_nothing() {
    let (server, client) = mocked().await;
    let elsewhere = MockServer::start_async().await;
    let bare = elsewhere
        .mock_async(|when, then| drop((when.header_missing("authorization"), then.status(401))))
        .await;
    server
        .mock_async(|when, then| {
            when.path("/moved").header_exists("authorization");
            then.status(307).header("location", elsewhere.url("/links"));
        })
        .await;

    for (policy, status, calls) in [(Policy::none(), 307, 0), (Policy::limited(3), 401, 1)] {
        let http = with_bearer(http().redirect(policy), &client);
        assert_eq!(http.get(server.url("/moved")).send().await.unwrap().status(), status);
        assert_eq!(bare.calls_async().await, calls);
    }
    assert_eq!(client.token_status().refreshes, 1);
    assert!(client.token_status().has_token());
}

#[tokio::test]
async fn an_error_of_the_client_can_be_had_whole() {
    let (emulator, client) = emulator();
    let wrong = Client::builder().credentials("id", "wrong").base_url(client.base_url()).build().unwrap();

    let outcome = with_bearer(http(), &wrong).get(format!("{}/x", emulator.url())).send().await;

    let Err(reqwest_middleware::Error::Middleware(error)) = outcome else { panic!("{outcome:?}") };
    assert!(error.downcast_ref::<moneykit::Error>().unwrap().is_unauthorized());
    assert_eq!(emulator.request_counts().api, 0);
}
