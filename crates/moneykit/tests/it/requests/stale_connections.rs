//! Requests on a connection that the server closed while it was idle, or just as the request went out.

use moneykit::{Client, RequestBuilder};

use crate::scripted::Step::{ReadRequest, Reset};
use crate::scripted::{ScriptedServer, Step, closing_response, response, transport};
use crate::{OneItem, token_body};

/// Starts a server whose second connection serves one request and then follows `rest`, and whose later connections follow
/// `later`.
async fn server(rest: &[Step], later: Vec<Step>) -> (ScriptedServer, Client) {
    let token = vec![ReadRequest, closing_response("201 Created", token_body())];
    let kept = [&[ReadRequest, response("200 OK", "")], rest].concat();
    let server = ScriptedServer::start(vec![token, kept, later]).await;
    let client = server.client_builder(&transport()).build().unwrap();
    client.get("/x").send().await.unwrap().bytes().await.unwrap();
    (server, client)
}

fn success() -> Vec<Step> {
    vec![ReadRequest, closing_response("200 OK", "again")]
}

#[tokio::test]
async fn an_idempotent_request_is_sent_again_at_once() {
    type Build = fn(&Client) -> RequestBuilder;
    let cases: [Build; 5] = [
        |client| client.get("/x/{id}").path("id", "a/b").query(&[("c", "d")]),
        |client| client.put("/x").body("a body"),
        |client| client.delete("/x"),
        |client| client.post("/x").body("a body").header("idempotency-key", "k1"),
        |client| client.post("/x").json(&[1]).idempotent(),
    ];
    for request in cases {
        for rest in [&[ReadRequest][..], &[ReadRequest, Reset]] {
            let (server, client) = server(rest, success()).await;

            assert_eq!(request(&client).send().await.unwrap().text().await.unwrap(), "again");
            assert_eq!((server.stats().connections, server.stats().requests), (3, 4));
        }
    }
}

#[tokio::test]
async fn other_requests_are_not_sent_again() {
    type Build = fn(&Client) -> RequestBuilder;
    let cases: [Build; 4] = [
        |client| client.post("/x").body("a body"),
        |client| client.post("/x").body("a body").header("idempotency-key", " "),
        |client| client.patch("/x").json(&[1]),
        |client| client.put("/x").body_stream(OneItem(Some("streamed"))),
    ];
    for request in cases {
        let (server, client) = server(&[ReadRequest], success()).await;

        let error = request(&client).send().await.unwrap_err();

        assert!(error.is_transient(), "{error:?}");
        assert_eq!(server.stats().requests, 3);
    }
}

#[tokio::test]
async fn a_server_that_closes_every_connection_gets_the_request_twice() {
    let (server, client) = server(&[ReadRequest], vec![ReadRequest]).await;

    assert!(client.get("/x").send().await.unwrap_err().is_transient());
    assert_eq!(server.stats().requests, 4);

    // Without a response since then, no connection can be idle.
    assert!(client.get("/x").send().await.unwrap_err().is_transient());
    assert_eq!(server.stats().requests, 5);
}
