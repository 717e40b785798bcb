//! Client authentication: credentials, credentials providers, authentication methods and scopes.

mod credentials;
mod file;
mod method;
mod pasted_text;
mod provider;
mod scope;
mod source;

pub use credentials::{ClientId, ClientSecret, Credentials, InvalidCredential};
pub use file::FileCredentials;
pub(crate) use file::read as read_secret_file;
pub use method::ClientAuthMethod;
pub(crate) use method::{ClientAuthentication, basic_credentials};
pub(crate) use pasted_text::{is_invisible, pasted_text_problem};
pub use provider::{CredentialsFuture, CredentialsProvider};
pub use scope::Scopes;
pub(crate) use source::CredentialsSource;
