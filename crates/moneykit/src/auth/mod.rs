//! Client authentication: credentials, credentials providers, authentication methods and scopes.

mod credentials;
mod method;
mod pasted_text;
mod provider;
mod scope;

pub use credentials::{ClientId, ClientSecret, Credentials, InvalidCredential};
pub use method::ClientAuthMethod;
pub(crate) use method::{ClientAuthentication, basic_credentials};
pub(crate) use pasted_text::{is_invisible, pasted_text_problem};
pub(crate) use provider::CredentialsSource;
pub use provider::{CredentialsFuture, CredentialsProvider};
pub use scope::Scopes;
