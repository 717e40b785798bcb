//! A blocking client, for code without `async`. Requires the feature `blocking`.
//!
//! [`Client`] wraps a [`crate::Client`] and blocks the thread until each call completes. Blocking and async callers
//! of one client share the token cache and refreshes in progress.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = moneykit_emulator::Emulator::builder().client("live_1", "your-client-secret").start()?;
//! # let emulated = emulator.url();
//! let client = moneykit::Client::builder()
//!     .credentials("live_1", "your-client-secret")
//!     .base_url(emulated) // omit it to use https://api.moneykit.com
//!     .build_blocking()?;
//!
//! let response = client.get("/institutions").query(&[("country", "US")]).send()?;
//! assert_eq!(response.status(), 200);
//! # Ok(())
//! # }
//! ```
//!
//! # Async code
//!
//! Call the methods on your own threads, on those of [`tokio::task::spawn_blocking`], or within [`block_in_place`].
//!
//! In async code a blocking call would block the runtime. There every call that may block returns an error instead
//! ([`Error::is_blocking_in_async`](crate::Error::is_blocking_in_async)), even if the token is cached and the call
//! would not block. None of them panics. Building, cloning and dropping clients, and the methods that do not return a
//! `Result`, never block and work everywhere.
//!
//! Async code is detected by the cooperative budget that tokio gives its tasks. It is not detected within
//! [`unconstrained`](tokio::task::coop::unconstrained), nor on runtimes other than tokio's: there, calls block.
//!
//! [`block_in_place`]: https://docs.rs/tokio/latest/tokio/task/fn.block_in_place.html
//!
//! # Background thread
//!
//! The first call starts one thread for the whole process, `moneykit-blocking`. It runs the tokio runtime of all
//! blocking clients, and it never ends. It is shared because clients can share a [`Transport`](crate::Transport), and
//! blocking and async callers share connections and refreshes: dropping one client must not interrupt the others.
//! Do not fork the process after the first blocking call: the thread does not exist in the child.
//!
//! Likewise, connections that async callers opened work only while their runtime runs. A `current_thread` runtime
//! that exists but is not inside `block_on` keeps its connections open without serving them, and a blocking request
//! that reuses one of them waits until it times out. In such a program, build a separate client for the blocking
//! code.

mod block_on;
mod client;
mod context;
mod paginate;
mod request;
mod response;
mod runtime;

pub use client::Client;

pub use paginate::{PageItems, Pages, paginate};

pub use request::RequestBuilder;
pub use response::Response;

#[doc(no_inline)]
pub use crate::{Page, RetryPolicy};
