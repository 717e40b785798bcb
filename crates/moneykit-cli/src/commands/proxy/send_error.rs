//! Why the API did not respond.

use std::error::Error;
use std::fmt;

use tokio::time::error::Elapsed;

use super::body::{BodyTimeout, BoxError};

/// The reason why a request got no response.
#[derive(Debug)]
pub(super) enum SendError {
    /// There is no connection.
    Connect(BoxError),
    /// The connection or the response did not come about in time.
    TimedOut,
    /// The program did not send the whole body.
    RequestBody,
    /// The response is not HTTP/1.1, or its head exceeds the parser's bounds.
    NotHttp,
    /// The connection closed before the response.
    Disconnected,
}

impl SendError {
    pub(super) fn of_connecting(error: BoxError) -> Self {
        if error.is::<Elapsed>() { Self::TimedOut } else { Self::Connect(error) }
    }

    pub(super) fn of(error: &hyper::Error) -> Self {
        if error.is_user() {
            let timed_out = with_sources(error).any(<dyn Error>::is::<BodyTimeout>);
            if timed_out { Self::TimedOut } else { Self::RequestBody }
        } else if error.is_parse() {
            Self::NotHttp
        } else {
            Self::Disconnected
        }
    }

    /// Returns what happened, and the remedy.
    pub(super) fn message(&self, base_url: &str) -> String {
        match self {
            Self::Connect(error) => {
                let why: Vec<_> = with_sources(error.as_ref()).map(ToString::to_string).collect();
                format!("could not connect to {base_url} ({}); run `moneykit doctor`", why.join(": "))
            }
            Self::TimedOut => {
                format!("{base_url} did not respond in time; try again later or increase --timeout")
            }
            Self::RequestBody => {
                "the body of the request ended early; send as many bytes as its head says".to_owned()
            }
            Self::NotHttp => format!(
                "the response of {base_url} is not HTTP/1.1, or its head is too large or has more than 100 headers; \
                 check the base URL and its port"
            ),
            Self::Disconnected => {
                format!("the connection to {base_url} broke during the request; try again later")
            }
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message("the API"))
    }
}

impl Error for SendError {}

fn with_sources<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
