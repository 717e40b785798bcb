//! Client authentication: credentials, credentials providers, authentication methods and scopes.

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
