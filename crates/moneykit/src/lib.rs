//! MoneyKit's token endpoint done right: from client credentials to an authenticated request.
mod base_url;
mod client;
mod client_builder;
mod clock;
mod credentials;
mod environment;
mod error;
mod scope;
mod token;
mod token_cache;
mod transport;

pub use client::Client;
pub use client_builder::ClientBuilder;
pub use clock::{Clock, SystemClock};
pub use credentials::{ClientId, ClientSecret, CredentialPlacement, Credentials, InvalidCredential};
pub use error::{Error, ErrorCode};
/// Statuses and header values are those of the `http` crate.
pub use http;
/// HTTP settings are those of the `reqwest` crate.
pub use reqwest;
pub use scope::Scopes;
pub use token::AccessToken;
pub use transport::{Transport, raw};
