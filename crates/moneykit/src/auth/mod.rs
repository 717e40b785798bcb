//! Client credentials: what they are, where they come from, and how a token request carries them.

mod credentials;
mod method;
mod provider;
mod scope;

pub use credentials::{ClientId, ClientSecret, Credentials, InvalidCredential};
pub use method::ClientAuthMethod;
pub(crate) use method::{ClientAuthentication, basic_credentials};
pub(crate) use provider::CredentialsSource;
pub use provider::{CredentialsFuture, CredentialsProvider};
pub use scope::Scopes;
