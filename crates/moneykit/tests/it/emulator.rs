//! The life of a token against the emulated endpoint.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use moneykit::{Client, ClientAuthMethod, ClientBuilder, Clock, Moment, Transport, reqwest};
use moneykit_emulator::{Emulator, EmulatorBuilder};

use crate::{CLIENT_ID, CLIENT_SECRET};

fn emulator() -> EmulatorBuilder {
    Emulator::builder().client(CLIENT_ID, CLIENT_SECRET)
}

fn client_of(emulator: &Emulator) -> ClientBuilder {
    Client::builder().credentials(CLIENT_ID, CLIENT_SECRET).base_url(emulator.url())
}

/// A clock that the test moves.
#[derive(Debug)]
struct ManualClock(Mutex<Duration>);

impl Clock for ManualClock {
    fn now(&self) -> Moment {
        let now = *self.0.lock().unwrap();
        Moment::new(now, now)
    }
}

/// Sends an authenticated request and returns the status of the answer.
async fn status_of_request(emulator: &Emulator, authorization: &http::HeaderValue) -> u16 {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.get(format!("{}/links", emulator.url())).header("authorization", authorization);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_token_opens_the_api_in_both_placements() {
    let emulator = emulator().start().unwrap();
    for placement in [ClientAuthMethod::ClientSecretPost, ClientAuthMethod::ClientSecretBasic] {
        let token =
            client_of(&emulator).auth_method(placement).build().unwrap().access_token().await.unwrap();

        assert_eq!(token.lifetime(), Duration::from_secs(3600));
        assert_eq!(status_of_request(&emulator, token.authorization_header()).await, 200);
    }
}

#[tokio::test]
async fn awkward_credentials_arrive_as_they_were_given() {
    let (id, secret) = ("a&b=c +%", "1+1 é:&=%20");
    let emulator = Emulator::builder().client(id, secret).start().unwrap();
    for placement in [ClientAuthMethod::ClientSecretPost, ClientAuthMethod::ClientSecretBasic] {
        let client = client_of(&emulator).credentials(id, secret).auth_method(placement).build().unwrap();
        client.request_token().await.unwrap();
    }
}

#[tokio::test]
async fn a_kept_token_is_handed_out_until_it_is_about_to_expire() {
    let emulator = emulator().token_lifetime(Duration::from_secs(100)).start().unwrap();
    let clock = Arc::new(ManualClock(Mutex::default()));
    let client = client_of(&emulator).clock(Arc::clone(&clock) as _).build().unwrap();
    let advance = |seconds| {
        emulator.advance(Duration::from_secs(seconds));
        *clock.0.lock().unwrap() += Duration::from_secs(seconds);
    };

    let first = client.access_token().await.unwrap();
    advance(69);
    let kept = client.clone().access_token().await.unwrap();
    assert_eq!(kept.expose_secret(), first.expose_secret());

    advance(21);
    let second = client.access_token().await.unwrap();
    assert_ne!(second.expose_secret(), first.expose_secret());
    assert_eq!(status_of_request(&emulator, second.authorization_header()).await, 200);
    assert_eq!(emulator.request_counts().tokens_issued, 2);
}

#[tokio::test]
async fn each_request_token_asks_the_server() {
    let emulator = emulator().start().unwrap();
    let client = client_of(&emulator).build().unwrap();

    let one = client.request_token().await.unwrap();
    let two = client.request_token().await.unwrap();
    assert_ne!(one.expose_secret(), two.expose_secret());
    assert_eq!(emulator.request_counts().tokens_issued, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_callers_share_one_request() {
    let emulator = emulator().start().unwrap();
    let client = client_of(&emulator).build().unwrap();

    let calls: Vec<_> = (0..100)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.access_token().await.unwrap().expose_secret().to_owned() })
        })
        .collect();
    let mut values = Vec::new();
    for call in calls {
        values.push(call.await.unwrap());
    }
    values.dedup();

    assert_eq!(values.len(), 1);
    assert_eq!(emulator.request_counts().token, 1);
}

#[tokio::test]
async fn a_rejected_token_is_replaced_once_it_is_invalidated() {
    let emulator = emulator().start().unwrap();
    let client = client_of(&emulator).build().unwrap();
    let dead = client.access_token().await.unwrap();
    emulator.revoke_tokens();
    assert_eq!(status_of_request(&emulator, dead.authorization_header()).await, 401);

    client.invalidate(&dead);
    let alive = client.access_token().await.unwrap();
    client.invalidate(&dead);

    assert_eq!(status_of_request(&emulator, alive.authorization_header()).await, 200);
    assert_eq!(client.access_token().await.unwrap().expose_secret(), alive.expose_secret());
    assert_eq!(emulator.request_counts().tokens_issued, 2);
}

#[tokio::test]
async fn a_wrong_secret_is_unauthorized() {
    let emulator = emulator().start().unwrap();
    let client = client_of(&emulator).credentials(CLIENT_ID, "another").build().unwrap();

    let error = client.access_token().await.unwrap_err();
    assert!(error.is_unauthorized());
    assert!(error.message().is_some() && error.documentation_url().is_some());
}

#[tokio::test]
async fn scopes_that_are_not_allowed_are_unauthorized() {
    let emulator =
        Emulator::builder().client_with_scopes(CLIENT_ID, CLIENT_SECRET, ["accounts"]).start().unwrap();

    client_of(&emulator).scopes("accounts").build().unwrap().access_token().await.unwrap();
    let error =
        client_of(&emulator).scopes("accounts payments").build().unwrap().access_token().await.unwrap_err();
    assert!(error.is_unauthorized());
}

#[tokio::test]
async fn clients_can_share_a_transport_and_keep_their_own_tokens() {
    let emulator = Emulator::builder().client("one", "1").client("two", "2").start().unwrap();
    let transport = Transport::new(reqwest::Client::builder().no_proxy()).unwrap();
    let client = |id, secret| {
        client_of(&emulator).credentials(id, secret).transport(transport.clone()).build().unwrap()
    };
    let (one, two) = (client("one", "1"), client("two", "2"));

    assert_ne!(
        one.access_token().await.unwrap().expose_secret(),
        two.access_token().await.unwrap().expose_secret()
    );
    assert_eq!(emulator.request_counts().tokens_issued, 2);
}
