//! Finding an error of this crate behind the errors of other libraries.

use std::io;
use std::sync::Arc;

#[cfg(feature = "reqwest-middleware")]
use super::findable::Findable;
use crate::error::Error;

type DynError = dyn std::error::Error + 'static;

impl Error {
    /// Returns the error of this crate in the chain of an error and its [sources](std::error::Error::source).
    ///
    /// Libraries wrap the errors of the layers below them, and some wrappers skip an error in their
    /// [`source`](std::error::Error::source). This method finds it in
    ///
    /// - a `Box<dyn Error>` (tower's `BoxError`), an `Arc`, and an [`io::Error`](std::io::Error);
    /// - an `anyhow::Error`, passed by its `as_ref()`;
    /// - a `reqwest_middleware::Error`, whatever middleware wrapped it, such as reqwest-retry's `RetryError`, if it
    ///   comes from `BearerMiddleware`;
    /// - every other error whose sources lead to it, such as a `tonic::Status`.
    ///
    /// Returns `None` if there is none: the failure is another library's.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "another secret").start()?;
    /// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
    /// async fn sync_accounts(client: &moneykit::Client) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    ///     client.get("/accounts").send().await.map_err(std::io::Error::other)?;
    ///     Ok(())
    /// }
    ///
    /// let error = sync_accounts(&client).await.unwrap_err();
    /// let error = moneykit::Error::find_in(&*error);
    /// assert!(error.is_some_and(moneykit::Error::is_unauthorized));
    /// # Ok(())
    /// # }
    /// ```
    pub fn find_in<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(found) = of(error) {
                return Some(found);
            }
            next = skipped(error).or_else(|| error.source());
        }
        None
    }
}

/// Returns the error of this crate that a wrapper holds directly.
fn of(error: &DynError) -> Option<&Error> {
    #[cfg(feature = "reqwest-middleware")]
    {
        if let Some(Findable(found)) = error.downcast_ref() {
            return Some(found);
        }
        // As the context of another error, it is in no chain of sources.
        if let Some(reqwest_middleware::Error::Middleware(error)) = downcast(error) {
            return error.downcast_ref();
        }
    }
    downcast(error)
}

/// Returns the error that a wrapper skips: its `source` is that of the wrapped error.
fn skipped(error: &DynError) -> Option<&DynError> {
    #[cfg(feature = "reqwest-middleware")]
    if let Some(reqwest_middleware::Error::Middleware(error)) = downcast(error) {
        return Some(&**error);
    }
    if let Some(error) = downcast::<io::Error>(error) {
        return error.get_ref().map(|error| error as _);
    }
    error.downcast_ref::<Arc<dyn std::error::Error + Send + Sync>>().map(|error| &**error as _)
}

/// Returns an error of a type, also from a pointer: its `source` is that of the error, and skips it.
fn downcast<E: std::error::Error + 'static>(error: &DynError) -> Option<&E> {
    let boxed = || error.downcast_ref::<Box<E>>().map(|error| &**error);
    let shared = || error.downcast_ref::<Arc<E>>().map(|error| &**error);
    error.downcast_ref().or_else(boxed).or_else(shared)
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    /// A wrapper that names its source.
    #[derive(Debug)]
    struct Wrapper(Box<dyn std::error::Error + Send + Sync>);

    impl fmt::Display for Wrapper {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("wrapper")
        }
    }

    impl std::error::Error for Wrapper {
        fn source(&self) -> Option<&DynError> {
            Some(&*self.0)
        }
    }

    type BoxError = Box<dyn std::error::Error + Send + Sync>;

    #[test]
    fn an_error_is_found_behind_wrappers_of_the_standard_library() {
        let ours = || Error::setting("setting", "is ours");
        let shared: Arc<dyn std::error::Error + Send + Sync> = Arc::new(ours());
        let wrapped: [BoxError; 10] = [
            Box::new(ours()),
            Box::new(Box::new(ours())),
            Box::new(Arc::new(ours())),
            Box::new(shared.clone()),
            Box::new(io::Error::other(ours())),
            Box::new(Arc::new(io::Error::other(ours()))),
            Box::new(io::Error::other(io::Error::other(shared))),
            Box::new(Wrapper(Box::new(ours()))),
            Box::new(Wrapper(Box::new(io::Error::other(Wrapper(Box::new(Arc::new(ours()))))))),
            Box::new(Arc::new(Wrapper(Box::new(ours())))),
        ];
        for error in wrapped {
            let found = Error::find_in(&*error);
            assert!(found.is_some_and(Error::is_configuration), "{error:?}");
        }
    }

    #[test]
    fn the_error_of_another_library_is_not_found() {
        let wrapped: [BoxError; 3] = [
            "text".into(),
            Box::new(io::Error::from(io::ErrorKind::NotFound)),
            Box::new(Wrapper("text".into())),
        ];
        for error in wrapped {
            assert!(Error::find_in(&*error).is_none(), "{error:?}");
        }
    }
}
