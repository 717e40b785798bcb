//! A store on Redis or Valkey for the access token that several processes share.
//!
//! Processes that use the same credentials need one token between them. With this store, one of them requests it, and
//! the others load it from a server that they already run:
//!
//! ```
//! use moneykit::Client;
//! use moneykit_redis::RedisTokenStore;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = RedisTokenStore::open("redis://user:password@localhost:6379")?;
//! let client = Client::builder().credentials("client-id", "client-secret").token_store(store).build()?;
//! # Ok(())
//! # }
//! ```
//!
//! - The token is encrypted with a key that derives from the client secret. There is nothing else to manage.
//! - If the server is slow or down, each process requests a token of its own, as without a store.
//! - A cached token is returned without a command to the server.
//!
//! The guide `docs/running-a-fleet.md` of the repository covers sizing, access control, failures, and managed
//! offerings.
//!
//! # Keys
//!
//! `NAME` has 32 hexadecimal digits that derive from the credentials, base URL, scopes and API version. The braces
//! place all keys of one name in one slot of a cluster.
//!
//! | Key | Type | Contents | Expires |
//! |---|---|---|---|
//! | `moneykit:{NAME}:token` | hash | the encrypted `token`, its keyed `digest`, and the `fence` of the lease under which it was requested | with the token |
//! | `moneykit:{NAME}:lease` | string | the member that requests the next token | after the lease [3 s] |
//! | `moneykit:{NAME}:fence` | string | the number of the last lease | two days after the last lease |
//! | `moneykit:{NAME}:hint` | channel | an empty message when a token was published or a lease released | |
//!
//! # Features
//!
//! | Feature | Adds |
//! |---|---|
//! | `cluster` | `RedisTokenStore::open_cluster`: Redis Cluster |
//! | `rustls` | `rediss://` by rustls, with the root certificates of the operating system and the cryptography that the process has installed or that is the only one compiled in |
//! | `native-tls` | `rediss://` by the library of the operating system |

pub use error::RedisStoreError;
pub use store::RedisTokenStore;

/// The version of the crate `redis` whose types this crate's API contains.
pub use redis;

mod connection;
mod encryption;
mod error;
mod keys;
mod scripts;
mod store;

/// The examples in `README.md`, compiled as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
