//! The client secret as settings give it: as text, or as the path of a file.

use std::borrow::Cow;
use std::path::PathBuf;

use crate::auth::{
    ClientId, ClientSecret, Credentials, CredentialsSource, FileCredentials, read_secret_file,
};
use crate::error::Problem;

/// A client secret, and the file that it is from.
pub(super) enum GivenSecret {
    Text(ClientSecret),
    File(PathBuf, ClientSecret),
}

impl GivenSecret {
    /// Reads the file of a secret. `setting` is the name of its path in the error.
    pub(super) fn read(setting: impl Into<Cow<'static, str>>, path: PathBuf) -> Result<Self, Problem> {
        read_secret_file(setting, &path).map(|secret| Self::File(path, secret))
    }

    /// Combines the secret with a client ID, or returns the problems of both.
    pub(super) fn with_id(
        secret: Result<Self, Problem>,
        client_id: Result<ClientId, Problem>,
    ) -> Result<CredentialsSource, Vec<Problem>> {
        match (client_id, secret) {
            (Ok(client_id), Ok(Self::Text(secret))) => {
                Ok(CredentialsSource::Fixed(Credentials::from_parts(client_id, secret)))
            }
            (Ok(client_id), Ok(Self::File(path, secret))) => {
                Ok(CredentialsSource::File(FileCredentials::from_parts(client_id, path, secret)))
            }
            (id, secret) => Err([id.err(), secret.err()].into_iter().flatten().collect()),
        }
    }
}
