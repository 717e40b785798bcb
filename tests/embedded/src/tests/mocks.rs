//! Tests of the typed helpers for httpmock.

use bank::Client;
use httpmock::MockServer;

use crate::link_mocks::MockServerExt as _;
use crate::links;
use crate::links::types::{Link, ListLinksStateItem, Problem};
use crate::payment_mocks::MockServerExt as _;

async fn start() -> (MockServer, links::Client) {
    let server = MockServer::start_async().await;
    let client =
        Client::builder().static_token("token").base_url(server.base_url()).build().expect("a client");
    (server, links::Client::from(client))
}

fn link(id: &str) -> Link {
    Link { link_id: id.to_owned(), gen_: None, webhook_secret: None }
}

#[tokio::test]
async fn a_mock_matches_its_operation_and_responds_in_its_types() {
    let (server, api) = start().await;
    let found = server.get_link(|when, then| drop((when.link_id("lnk.1"), then.ok(&link("lnk.1")))));
    let problem = Problem { reason: Some("closed".to_owned()) };
    let missing = server.get_link(|when, then| drop((when.link_id("a/b ü"), then.not_found(&problem))));

    let response = api.get_link().link_id("lnk.1").send().await.expect("a link");
    let error = api.get_link().link_id("a/b ü").send().await.expect_err("404");
    // No pattern of a mock matches by chance.
    let unmatched = api.get_link().link_id("lnk-1").send().await.expect_err("no mock");

    assert_eq!(response.link_id, "lnk.1");
    assert_eq!(error.body::<Problem>().and_then(|problem| problem.reason.as_deref()), Some("closed"));
    assert!(unmatched.body::<Problem>().and_then(|problem| problem.reason.as_deref()).is_none());
    found.assert_async().await;
    missing.assert_async().await;
}

#[tokio::test]
async fn a_parameter_of_a_path_is_one_segment() {
    let (server, api) = start().await;
    let of_link = server.get_link(|_, then| drop(then.ok(&link("lnk_1"))));
    let of_logo = server.get_logo(|_, then| drop(then.ok([137, 80, 78, 71])));

    let logo = api.get_logo().link_id("lnk_1").send().await.expect("a logo");

    assert_eq!(logo.status(), 200);
    assert_eq!((of_link.calls(), of_logo.calls()), (0, 1));
}

#[tokio::test]
async fn lists_and_absent_parameters_are_matched() {
    let (server, api) = start().await;
    let states = vec![ListLinksStateItem::Open, ListLinksStateItem::Closed];
    let both =
        server.list_links(|when, then| drop((when.state(&states).limit(None), then.ok(&vec![link("a")]))));
    let limited = server.list_links(|when, then| drop((when.limit(1), then.ok(&vec![]))));

    assert_eq!(api.list_links().state(states.clone()).send().await.expect("links").len(), 1);
    assert_eq!(api.list_links().limit(1).send().await.expect("links").len(), 0);

    assert_eq!((both.calls(), limited.calls()), (1, 1));
}

#[tokio::test]
async fn a_form_is_matched_by_hand() {
    let (server, _) = start().await;
    let mock = server.add_note(|when, then| {
        drop(when.into_inner().form_urlencoded_tuple("text", "a b"));
        drop(then.no_content());
    });
    let client =
        Client::builder().static_token("token").base_url(server.base_url()).build().expect("a client");
    let note = crate::payments::types::AddNoteBody { text: "a b".to_owned() };

    let _stored = crate::payments::Client::from(client).add_note().body(note).send().await.expect("stored");

    assert_eq!(mock.calls(), 1);
}
