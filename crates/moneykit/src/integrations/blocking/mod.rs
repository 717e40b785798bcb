//! A client for code without `async`. Needs the feature `blocking`.
//!
//! [`Client`] has the methods of [`crate::Client`], and each returns when it is done. Both are two sides of
//! one client: blocking and async callers use the same token, and wait for the same request when there is
//! none.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = moneykit_emulator::Emulator::builder().client("live_1", "your-client-secret").start()?;
//! # let emulated = emulator.url();
//! let client = moneykit::Client::builder()
//!     .credentials("live_1", "your-client-secret")
//!     .base_url(emulated) // leave it out to use https://api.moneykit.com
//!     .build_blocking()?;
//!
//! let answer = client.get("/institutions").query(&[("country", "US")]).send()?;
//! assert_eq!(answer.status(), 200);
//! # Ok(())
//! # }
//! ```
//!
//! # Where it can be used
//!
//! On threads of your own, on those of [`tokio::task::spawn_blocking`], and within [`block_in_place`].
//!
//! Async code must not wait like this: it would keep its runtime from all other work. There each call is an
//! error that says so ([`Error::is_blocking_in_async`](crate::Error::is_blocking_in_async)), also where a
//! token is kept and there would be no need to wait; nothing panics. What does not wait works there as well:
//! making, cloning and dropping clients, and methods without a `Result`.
//!
//! Async code is known by the budget that tokio gives its tasks. So it is not known in what is
//! [`unconstrained`](tokio::task::coop::unconstrained), nor on runtimes other than tokio's: there, calls
//! wait.
//!
//! [`block_in_place`]: https://docs.rs/tokio/latest/tokio/task/fn.block_in_place.html
//!
//! # What runs behind it
//!
//! One thread for the process, `moneykit-blocking`, which the first call starts and which stays. It is not
//! each client's own, because clients can share a [`Transport`](crate::Transport), and blocking and async
//! callers share connections and tokens that are on their way: none of that may break off when one of the
//! clients goes. A process that forks must not have made a blocking call before.
//!
//! In the same way, what async callers began goes on only while their runtime does. One that exists but that
//! nobody drives (of the flavor `current_thread`, outside of its `block_on`) holds its connections, and a
//! blocking request that comes upon one of them waits for its timeout. Give such code a client of its own.

mod client;
mod context;
mod request;
mod response;
mod runtime;
mod wait;

pub use client::Client;

pub use request::RequestBuilder;
pub use response::Response;
