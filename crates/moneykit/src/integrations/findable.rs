//! The error of the reqwest middleware, in a form that stays in the chain of sources whatever wraps it.

use std::fmt;

use crate::error::Error;

/// Returns an error that is in the chain of sources of each `reqwest_middleware::Error` around it.
///
/// That type and reqwest-retry's `RetryError` show the message of the error inside, and skip it in their `source`. So
/// the error is the context of a source of its own: it can be downcast, its message remains the first one, and what the
/// others skip to leads back to it.
pub(super) fn findable(error: Error) -> reqwest_middleware::Error {
    let source = anyhow::Error::new(Findable(error.clone()));
    reqwest_middleware::Error::Middleware(source.context(error))
}

/// The source that [`findable`] adds. It continues with the sources of its error, whose message precedes it.
#[derive(Debug)]
pub(super) struct Findable(pub(super) Error);

impl fmt::Display for Findable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the MoneyKit client returned this error")
    }
}

impl std::error::Error for Findable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}
