//! Pagination over pages that an API returns, and over those that a test does.

use std::cell::RefCell;
use std::collections::HashMap;
use std::pin::Pin;
use std::task::{Context, Waker};

use futures_core::Stream;
use moneykit::{Error, Page, paginate};
use serde_json::{Value, json};

use super::collect;
use crate::cancel_at_each_await;
use crate::mock::{MockServer, response};

/// A page of numbers, as functions return it.
fn page<C>(items: &[u32], next: Option<C>) -> Page<u32, C> {
    Page { items: items.to_vec(), next }
}

#[tokio::test]
async fn items_and_pages_are_returned_in_order_until_there_is_no_cursor() {
    let fetch = |cursor: Option<u32>| async move {
        Ok::<_, Error>(match cursor {
            None => page(&[1, 2], Some(7)),
            Some(7) => page(&[], Some(8)),
            Some(8) => page(&[3], None),
            Some(_) => unreachable!("no page has this cursor"),
        })
    };
    let items: Result<Vec<_>, _> = collect(paginate(fetch).items()).await.into_iter().collect();
    assert_eq!(items.unwrap(), [1, 2, 3]);
    let pages: Result<Vec<_>, _> = collect(paginate(fetch)).await.into_iter().collect();
    assert_eq!(pages.unwrap(), [page(&[1, 2], Some(7)), page(&[], Some(8)), page(&[3], None)]);
}

#[tokio::test]
async fn pages_of_an_api_are_requested_when_they_are_needed() {
    let (server, client) = MockServer::with_tokens().await;
    server.respond("/items", response(200, json!({"data": [1, 2], "after": "c1"}).to_string()));
    let client = &client;
    let mut items = paginate(|cursor: Option<String>| async move {
        let body: HashMap<String, Value> =
            client.get("/items").query(&[("after", cursor)]).recv_json().await?;
        let next = body["after"].as_str().map(str::to_owned);
        Ok::<_, Error>(Page { items: body["data"].as_array().cloned().unwrap_or_default(), next })
    })
    .items();
    assert!(server.take_requests("/items").is_empty());

    assert_eq!(items.next().await.unwrap().unwrap(), json!(1));
    assert_eq!(server.take_request("/items").uri().query(), None);
    assert_eq!(items.next().await.unwrap().unwrap(), json!(2));
    server.respond("/items", response(200, json!({"data": [3], "after": null}).to_string()));
    assert_eq!(items.next().await.unwrap().unwrap(), json!(3));
    assert_eq!(server.take_request("/items").uri().query(), Some("after=c1"));
    assert!(items.next().await.is_none() && items.next().await.is_none());
}

#[tokio::test]
async fn an_error_ends_the_stream() {
    let fetch = |cursor: Option<u32>| async move {
        match cursor {
            None => Ok(page(&[1], Some(1))),
            Some(_) => Err(Box::<dyn std::error::Error>::from("failed")),
        }
    };
    let mut items = paginate(fetch).items();
    assert_eq!(items.next().await.unwrap().unwrap(), 1);
    assert_eq!(items.next().await.unwrap().unwrap_err().to_string(), "failed");
    assert!(items.next().await.is_none());
}

#[tokio::test]
async fn a_cursor_that_repeats_is_an_error_before_any_page_is_fetched_again() {
    for cycle in [1, 2, 5] {
        let fetched = RefCell::new(Vec::new());
        let fetch = |cursor: Option<u32>| {
            let number = cursor.map_or(0, |cursor| cursor + 1);
            fetched.borrow_mut().push(number);
            std::future::ready(Ok::<_, Error>(page(&[number], Some(number % cycle))))
        };
        let mut items = collect(paginate(fetch).items()).await;
        let error = items.pop().unwrap().unwrap_err();

        assert!(error.is_invalid_response() && !error.is_transient(), "{error:?}");
        assert!(error.to_string().contains("cursor of an earlier page"), "{error}");
        let items: Vec<_> = items.into_iter().map(Result::unwrap).collect();
        assert_eq!((items.len(), items), (cycle as usize + 1, fetched.take()));
    }
}

#[tokio::test]
async fn dropping_the_future_of_next_loses_nothing() {
    let fetch = |cursor: Option<u32>| async move {
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        let number = cursor.unwrap_or_default();
        Ok::<_, Error>(page(&[number], (number < 2).then_some(number + 1)))
    };
    let items = RefCell::new(paginate(fetch).items());
    let mut received = Vec::new();
    loop {
        // One poll per call of `next`.
        let next = || std::future::poll_fn(|context| Pin::new(&mut *items.borrow_mut()).poll_next(context));
        match cancel_at_each_await(next).await {
            Some(item) => received.push(item.unwrap()),
            None => break,
        }
    }
    assert_eq!(received, [0, 1, 2]);
}

#[test]
fn streams_are_unpin_and_have_no_content_in_their_debug_output() {
    fn is_unpin<T: Unpin>(_: &T) {}

    let fetch = |cursor: Option<String>| async move {
        std::future::pending::<()>().await;
        Ok::<_, Error>(Page { items: vec!["pale"], next: cursor })
    };
    let mut pages = paginate(fetch);
    is_unpin(&pages);
    assert!(Pin::new(&mut pages).poll_next(&mut Context::from_waker(Waker::noop())).is_pending());
    let items = pages.items();
    is_unpin(&items);
    assert_eq!(format!("{items:?}"), "PageItems { .. }");
}
