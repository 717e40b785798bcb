//! HTTP/2 servers that end connections with GOAWAY frames and streams with `RST_STREAM` frames.

use h2::Reason;
use http::{StatusCode, Version};
use moneykit::{Client, Error};
use tokio::task::JoinSet;

use crate::server::{Action, ChooseAction, HTTP_2, ServerSettings, TlsServer};
use crate::{Authority, BACKENDS, Backend, CLIENT_SECRET, HOST, TOKEN, render, trusting_client};

/// Starts an HTTP/2 server, and builds a client for it.
async fn start(backend: Backend, action: ChooseAction) -> (TlsServer, Client) {
    let authority = Authority::new("authority");
    let settings = ServerSettings { alpn: &[HTTP_2], action, ..ServerSettings::default() };
    let server = TlsServer::start(authority.issue(HOST), settings).await;
    let client = trusting_client(backend, &server, &authority);
    (server, client)
}

/// Requests a token, then sends an authenticated request.
async fn request_token_and_links(client: &Client) -> Result<(), Error> {
    let token = client.request_token().await?;
    assert_eq!(token.expose_secret(), TOKEN);
    let response = client.get("/links").send().await?;
    assert_eq!(response.status(), StatusCode::OK);
    Ok(())
}

/// Checks the error of a request whose connection or stream the server ended.
fn assert_transient(error: &Error, case: &str) {
    let text = render(error);
    assert!(error.is_transient() && !error.is_connect() && !error.is_timeout(), "{case}: {text}");
    assert!(!error.is_invalid_response() && error.status().is_none(), "{case}: {text}");
    assert!(!text.contains(CLIENT_SECRET) && !text.contains(TOKEN), "{case}: {text}");
}

#[tokio::test]
async fn no_request_fails_because_each_connection_ends_after_its_response() {
    for &backend in BACKENDS {
        let (server, client) = start(backend, |_| Action::RespondAndGoAway).await;

        for _ in 0..20 {
            request_token_and_links(&client).await.unwrap();
        }

        let log = server.log();
        assert!(log.connections > 1, "{log:?}");
        // One more than asked for: the token of the authenticated requests.
        assert_eq!(log.responses, [Version::HTTP_2; 41], "{backend:?}");
    }
}

#[tokio::test]
async fn no_request_fails_because_the_server_refuses_every_other_stream() {
    for &backend in BACKENDS {
        let action = |number: usize| match number % 2 {
            0 => Action::Reset(Reason::REFUSED_STREAM),
            _ => Action::Respond,
        };
        let (server, client) = start(backend, action).await;

        for _ in 0..20 {
            request_token_and_links(&client).await.unwrap();
        }

        let log = server.log();
        assert_eq!((log.http2_requests, log.responses.len()), (82, 41), "{backend:?}");
    }
}

#[tokio::test]
async fn concurrent_requests_succeed_or_fail_transiently_while_every_connection_ends() {
    for &backend in BACKENDS {
        let (server, client) = start(backend, |_| Action::RespondAndGoAway).await;

        let mut tasks = JoinSet::new();
        for _ in 0..10 {
            let client = client.clone();
            tasks.spawn(async move {
                let mut outcomes = Vec::new();
                for _ in 0..5 {
                    outcomes.push(request_token_and_links(&client).await);
                }
                outcomes
            });
        }
        let outcomes = tasks.join_all().await.concat();

        assert_eq!(outcomes.len(), 50);
        for error in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            assert_transient(error, &format!("{backend:?}"));
        }
        assert!(outcomes.iter().any(Result::is_ok), "{backend:?}: {:?}", server.log());
        request_token_and_links(&client).await.unwrap();
    }
}

#[tokio::test]
async fn requests_succeed_or_fail_transiently_while_every_third_stream_or_connection_ends() {
    /// Returns the action for a request: one that ends the stream or the connection for every third.
    fn every_third(number: usize, action: Action) -> Action {
        if number % 3 == 2 { action } else { Action::Respond }
    }
    let cases: [(&str, ChooseAction); 5] = [
        ("RST_STREAM INTERNAL_ERROR", |n| every_third(n, Action::Reset(Reason::INTERNAL_ERROR))),
        ("RST_STREAM CANCEL", |n| every_third(n, Action::Reset(Reason::CANCEL))),
        ("GOAWAY NO_ERROR", |n| every_third(n, Action::GoAway(Reason::NO_ERROR))),
        ("GOAWAY ENHANCE_YOUR_CALM", |n| every_third(n, Action::GoAway(Reason::ENHANCE_YOUR_CALM))),
        ("GOAWAY INTERNAL_ERROR", |n| every_third(n, Action::GoAway(Reason::INTERNAL_ERROR))),
    ];

    for &backend in BACKENDS {
        for (case, action) in cases {
            let (server, client) = start(backend, action).await;

            let mut successes = 0;
            for _ in 0..30 {
                match client.request_token().await {
                    Ok(token) => {
                        assert_eq!(token.expose_secret(), TOKEN);
                        successes += 1;
                    }
                    Err(error) => assert_transient(&error, &format!("{case}, {backend:?}")),
                }
            }

            // At most every third request fails. The client may send some of them again.
            assert!(successes >= 20, "{case}, {backend:?}: {successes} successes, {:?}", server.log());
        }
    }
}

#[tokio::test]
async fn a_server_that_refuses_every_stream_is_a_transient_error_after_a_few_attempts() {
    for &backend in BACKENDS {
        let (server, client) = start(backend, |_| Action::Reset(Reason::REFUSED_STREAM)).await;

        let error = client.request_token().await.unwrap_err();

        assert_transient(&error, &format!("{backend:?}"));
        let log = server.log();
        assert!(log.http2_requests <= 3 && log.responses.is_empty(), "{backend:?}: {log:?}");
    }
}

#[tokio::test]
async fn a_token_refresh_outlasts_a_server_that_ends_the_first_streams() {
    for &backend in BACKENDS {
        let action = |number: usize| match number {
            0 => Action::Reset(Reason::INTERNAL_ERROR),
            1 => Action::GoAway(Reason::ENHANCE_YOUR_CALM),
            _ => Action::Respond,
        };
        let (server, client) = start(backend, action).await;

        let token = client.access_token().await.unwrap();

        assert_eq!(token.expose_secret(), TOKEN);
        assert_eq!(server.log().http2_requests, 3, "{backend:?}");
    }
}
