//! Pagination for code without `async`: iterators of pages, and of their items.

use std::fmt;
use std::hash::Hash;
use std::iter::FusedIterator;

use crate::error::Error;
use crate::request::{Cursors, Page};

/// Returns an iterator of the pages of a list. It is [`crate::paginate`] for code without `async`.
///
/// `fetch` requests one page: the first one for `None`, and otherwise the one of a cursor. [`Pages::items`] turns the
/// iterator of pages into one of their items.
///
/// The iterator ends after a page without a cursor, and after an error. A cursor that an earlier page had is an error
/// ([`Error::is_invalid_response`]).
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let body = r#"{"links": ["lnk_1", "lnk_2"], "next_page": null}"#;
/// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").stub("GET", "/links", 200, body);
/// # let emulator = emulator.start()?;
/// # let builder = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
/// # let client = builder.build_blocking()?;
/// use moneykit::Page;
/// use moneykit::blocking::paginate;
///
/// #[derive(serde::Deserialize)]
/// struct Links {
///     links: Vec<String>,
///     next_page: Option<u32>,
/// }
///
/// let pages = paginate(|page: Option<u32>| {
///     let links: Links = client.get("/links").query(&[("page", page)]).recv_json()?;
///     Ok::<_, moneykit::Error>(Page { items: links.links, next: links.next_page })
/// });
/// let links: Vec<String> = pages.items().collect::<Result<_, _>>()?;
/// assert_eq!(links, ["lnk_1", "lnk_2"]);
/// # Ok(())
/// # }
/// ```
pub fn paginate<F, T, C, E>(fetch: F) -> Pages<F, C>
where
    F: FnMut(Option<C>) -> Result<Page<T, C>, E>,
    C: Clone + Eq + Hash,
    E: From<Error>,
{
    Pages { fetch, state: State::Ready(None), cursors: Cursors::new() }
}

/// An iterator of the pages of a list, which [`paginate`] returns.
#[must_use = "an iterator does nothing unless it is consumed"]
pub struct Pages<F, C = String> {
    fetch: F,
    state: State<C>,
    cursors: Cursors<C>,
}

/// An iterator of the items of a list, which [`Pages::items`] returns.
#[must_use = "an iterator does nothing unless it is consumed"]
pub struct PageItems<F, T, C = String> {
    pages: Pages<F, C>,
    items: std::vec::IntoIter<T>,
}

enum State<C> {
    /// The page of this cursor is next.
    Ready(Option<C>),
    /// The last page was returned, and its cursor is this error.
    Failed(Error),
    Ended,
}

impl<F, C> Pages<F, C> {
    /// Converts this iterator into one of the pages' items.
    pub fn items<T, E>(self) -> PageItems<F, T, C>
    where
        F: FnMut(Option<C>) -> Result<Page<T, C>, E>,
    {
        PageItems { pages: self, items: Vec::new().into_iter() }
    }
}

impl<F, T, C, E> Iterator for Pages<F, C>
where
    F: FnMut(Option<C>) -> Result<Page<T, C>, E>,
    C: Clone + Eq + Hash,
    E: From<Error>,
{
    type Item = Result<Page<T, C>, E>;

    fn next(&mut self) -> Option<Self::Item> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Ready(cursor) => {
                let page = (self.fetch)(cursor);
                if let Ok(page) = &page {
                    self.state = match self.cursors.next(page.next.as_ref()) {
                        Ok(Some(cursor)) => State::Ready(Some(cursor)),
                        Ok(None) => State::Ended,
                        Err(error) => State::Failed(error),
                    };
                }
                Some(page)
            }
            State::Failed(error) => Some(Err(error.into())),
            State::Ended => None,
        }
    }
}

impl<F, T, C, E> Iterator for PageItems<F, T, C>
where
    F: FnMut(Option<C>) -> Result<Page<T, C>, E>,
    C: Clone + Eq + Hash,
    E: From<Error>,
{
    type Item = Result<T, E>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.items.next() {
                return Some(Ok(item));
            }
            match self.pages.next()? {
                Ok(page) => self.items = page.items.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl<F, T, C, E> FusedIterator for Pages<F, C>
where
    F: FnMut(Option<C>) -> Result<Page<T, C>, E>,
    C: Clone + Eq + Hash,
    E: From<Error>,
{
}

impl<F, T, C, E> FusedIterator for PageItems<F, T, C>
where
    F: FnMut(Option<C>) -> Result<Page<T, C>, E>,
    C: Clone + Eq + Hash,
    E: From<Error>,
{
}

impl<F, C> fmt::Debug for Pages<F, C> {
    // Cursors and items are content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}

impl<F, T, C> fmt::Debug for PageItems<F, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageItems").finish_non_exhaustive()
    }
}
