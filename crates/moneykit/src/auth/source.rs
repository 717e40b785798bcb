//! The origin of a client's credentials.

use std::fmt;

use secrecy::SecretString;

use super::{Credentials, CredentialsProvider, FileCredentials};

/// The origin of a client's credentials.
pub(crate) enum CredentialsSource {
    Fixed(Credentials),
    Provided(Box<dyn CredentialsProvider>),
    File(FileCredentials),
    /// There are no credentials, only a token.
    StaticToken(SecretString),
}

impl CredentialsSource {
    /// Returns the provider of credentials that may change.
    pub(crate) fn provider(&self) -> Option<&dyn CredentialsProvider> {
        match self {
            Self::Provided(provider) => Some(&**provider),
            Self::File(file) => Some(file),
            Self::Fixed(_) | Self::StaticToken(_) => None,
        }
    }

    /// Returns the credentials that are known without a call of code of the application.
    pub(crate) fn known(&self) -> Option<Credentials> {
        match self {
            Self::Fixed(credentials) => Some(credentials.clone()),
            Self::File(file) => Some(file.last()),
            Self::Provided(_) | Self::StaticToken(_) => None,
        }
    }
}

impl fmt::Debug for CredentialsSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(credentials) => credentials.fmt(f),
            Self::Provided(_) => f.write_str("CredentialsProvider"),
            Self::File(file) => file.fmt(f),
            Self::StaticToken(_) => f.write_str("StaticToken([redacted])"),
        }
    }
}
