//! Pagination: a stream of pages, or of their items, from a function that fetches one page.

use std::collections::HashSet;
use std::fmt;
use std::future::poll_fn;
use std::hash::Hash;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::FusedStream;

use crate::error::{Error, Kind, RequestError};

/// One page of a list, as the function that is passed to [`paginate`] returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, C = String> {
    /// The items of this page, in order. A page may be empty, even if others follow.
    pub items: Vec<T>,
    /// The cursor of the next page, or `None` if this is the last one.
    pub next: Option<C>,
}

/// Returns a stream of the pages of a list.
///
/// `fetch` requests one page: the first one for `None`, and otherwise the one of a cursor. It returns the [`Page`], whatever
/// the API calls its fields. The next page is requested when the stream is polled for it.
///
/// [`Pages::items`] turns the stream of pages into one of their items. Both have a method `next`, and both are a
/// [`Stream`], to which `futures::StreamExt` adds adapters.
///
/// The stream ends after a page without a cursor, and after an error. A cursor that an earlier page had is an error
/// ([`Error::is_invalid_response`]), because the pages would have no end.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let body = r#"{"transactions": [{"amount": 7}, {"amount": 8}], "next_cursor": null}"#;
/// # let emulator = moneykit_emulator::Emulator::builder()
/// #     .client("id", "secret")
/// #     .stub("GET", "/links/lnk_1/transactions", 200, body)
/// #     .start()?;
/// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
/// use moneykit::{Page, paginate};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Transactions {
///     transactions: Vec<Transaction>,
///     next_cursor: Option<String>,
/// }
///
/// #[derive(Deserialize)]
/// struct Transaction {
///     amount: i64,
/// }
///
/// let client = &client;
/// let pages = paginate(|cursor: Option<String>| async move {
///     let request = client.get("/links/{link_id}/transactions").path("link_id", "lnk_1");
///     let page: Transactions = request.query(&[("cursor", cursor)]).recv_json().await?;
///     Ok::<_, moneykit::Error>(Page { items: page.transactions, next: page.next_cursor })
/// });
///
/// let mut sum = 0;
/// let mut transactions = pages.items();
/// while let Some(transaction) = transactions.next().await {
///     sum += transaction?.amount;
/// }
/// assert_eq!(sum, 15);
/// # Ok(())
/// # }
/// ```
pub fn paginate<F, P, T, C, E>(fetch: F) -> Pages<F, P, C>
where
    F: FnMut(Option<C>) -> P,
    P: Future<Output = Result<Page<T, C>, E>>,
    C: Clone + Eq + Hash,
    E: From<Error>,
{
    Pages { fetch, state: State::Ready(None), cursors: Cursors::new() }
}

/// A stream of the pages of a list, which [`paginate`] returns.
#[must_use = "a stream does nothing unless it is polled"]
pub struct Pages<F, P, C = String> {
    fetch: F,
    state: State<P, C>,
    cursors: Cursors<C>,
}

/// A stream of the items of a list, which [`Pages::items`] returns.
#[must_use = "a stream does nothing unless it is polled"]
pub struct PageItems<F, P, T, C = String> {
    pages: Pages<F, P, C>,
    items: std::vec::IntoIter<T>,
}

enum State<P, C> {
    /// The page of this cursor is next.
    Ready(Option<C>),
    /// A page is being fetched. Boxed, so that the stream can be moved while it is.
    Fetching(Pin<Box<P>>),
    /// The last page was returned, and its cursor is this error.
    Failed(Error),
    Ended,
}

impl<F, P, T, C, E> Pages<F, P, C>
where
    F: FnMut(Option<C>) -> P,
    P: Future<Output = Result<Page<T, C>, E>>,
    C: Clone + Eq + Hash,
    E: From<Error>,
{
    /// Returns the next page, or `None` after the last one and after an error.
    ///
    /// This method is cancel safe: after dropping its future, the next call continues to fetch the same page.
    pub async fn next(&mut self) -> Option<Result<Page<T, C>, E>> {
        poll_fn(|context| self.poll_page(context)).await
    }

    /// Converts this stream into one of the pages' items.
    pub fn items(self) -> PageItems<F, P, T, C> {
        PageItems { pages: self, items: Vec::new().into_iter() }
    }

    fn poll_page(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Page<T, C>, E>>> {
        loop {
            match &mut self.state {
                State::Ready(cursor) => {
                    let page = (self.fetch)(cursor.take());
                    self.state = State::Fetching(Box::pin(page));
                }
                State::Fetching(page) => {
                    let page = ready!(page.as_mut().poll(context));
                    self.state = match &page {
                        Ok(page) => match self.cursors.next(page.next.as_ref()) {
                            Ok(Some(cursor)) => State::Ready(Some(cursor)),
                            Ok(None) => State::Ended,
                            Err(error) => State::Failed(error),
                        },
                        Err(_) => State::Ended,
                    };
                    return Poll::Ready(Some(page));
                }
                State::Failed(error) => {
                    let error = error.clone();
                    self.state = State::Ended;
                    return Poll::Ready(Some(Err(error.into())));
                }
                State::Ended => return Poll::Ready(None),
            }
        }
    }
}

impl<F, P, T, C, E> PageItems<F, P, T, C>
where
    F: FnMut(Option<C>) -> P,
    P: Future<Output = Result<Page<T, C>, E>>,
    C: Clone + Eq + Hash,
    E: From<Error>,
{
    /// Returns the next item, or `None` after the last one and after an error.
    ///
    /// This method is cancel safe: after dropping its future, the next call continues to fetch the same page.
    pub async fn next(&mut self) -> Option<Result<T, E>> {
        poll_fn(|context| self.poll_item(context)).await
    }

    fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, E>>> {
        loop {
            if let Some(item) = self.items.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(self.pages.poll_page(context)) {
                Some(Ok(page)) => self.items = page.items.into_iter(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

// Nothing that is pinned is stored inline.
impl<F, P, C> Unpin for Pages<F, P, C> {}
impl<F, P, T, C> Unpin for PageItems<F, P, T, C> {}

impl<F, P, T, C, E> Stream for Pages<F, P, C>
where
    F: FnMut(Option<C>) -> P,
    P: Future<Output = Result<Page<T, C>, E>>,
    C: Clone + Eq + Hash,
    E: From<Error>,
{
    type Item = Result<Page<T, C>, E>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_page(context)
    }
}

impl<F, P, T, C, E> FusedStream for Pages<F, P, C>
where
    F: FnMut(Option<C>) -> P,
    P: Future<Output = Result<Page<T, C>, E>>,
    C: Clone + Eq + Hash,
    E: From<Error>,
{
    fn is_terminated(&self) -> bool {
        matches!(self.state, State::Ended)
    }
}

impl<F, P, T, C, E> Stream for PageItems<F, P, T, C>
where
    F: FnMut(Option<C>) -> P,
    P: Future<Output = Result<Page<T, C>, E>>,
    C: Clone + Eq + Hash,
    E: From<Error>,
{
    type Item = Result<T, E>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_item(context)
    }
}

impl<F, P, T, C, E> FusedStream for PageItems<F, P, T, C>
where
    F: FnMut(Option<C>) -> P,
    P: Future<Output = Result<Page<T, C>, E>>,
    C: Clone + Eq + Hash,
    E: From<Error>,
{
    fn is_terminated(&self) -> bool {
        self.items.as_slice().is_empty() && self.pages.is_terminated()
    }
}

impl<F, P, C> fmt::Debug for Pages<F, P, C> {
    // Cursors and items are content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}

impl<F, P, T, C> fmt::Debug for PageItems<F, P, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageItems").finish_non_exhaustive()
    }
}

/// The cursors of the pages so far. A page that is fetched twice would return its items twice, so it is not enough to notice
/// a cycle later.
pub(crate) struct Cursors<C>(HashSet<C>);

impl<C: Clone + Eq + Hash> Cursors<C> {
    pub(crate) fn new() -> Self {
        Self(HashSet::new())
    }

    /// Returns the cursor that follows a page, or an error if an earlier page had it as well.
    pub(crate) fn next(&mut self, cursor: Option<&C>) -> Result<Option<C>, Error> {
        let Some(cursor) = cursor else { return Ok(None) };
        if !self.0.insert(cursor.clone()) {
            return Err(Kind::Request(RequestError::RepeatedCursor).into());
        }
        Ok(Some(cursor.clone()))
    }
}
