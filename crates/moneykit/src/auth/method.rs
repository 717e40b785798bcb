//! Client authentication methods: the form fields and the header that carry the credentials.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::HeaderValue;

use super::{ClientSecret, Credentials};
use crate::error::Error;

/// How a token request authenticates the client: the `token_endpoint_auth_method` of RFC 7591 §2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ClientAuthMethod {
    /// `client_secret_post`: the form fields `client_id` and `client_secret` (RFC 6749 §2.3.1). MoneyKit's
    /// official clients use this method.
    #[default]
    ClientSecretPost,
    /// `client_secret_basic`: an HTTP Basic `Authorization` header (RFC 7617). The user name and the password
    /// are UTF-8 and not percent-encoded, so the client ID must not contain a colon.
    ClientSecretBasic,
}

/// The parts of a token request that authenticate the client. No other type writes credentials to the wire.
pub(crate) struct ClientAuthentication<'a> {
    /// The form field `client_id`.
    pub(crate) client_id: Option<&'a str>,
    /// The form field `client_secret`.
    pub(crate) client_secret: Option<&'a ClientSecret>,
    /// The `Authorization` header, marked sensitive.
    pub(crate) authorization: Option<HeaderValue>,
}

impl ClientAuthMethod {
    /// Returns an error if these credentials cannot be sent by this method.
    pub(crate) fn check(self, credentials: &Credentials) -> Result<(), Error> {
        // RFC 7617 §2: the first colon ends the user name, so the rest would be read as part of the secret.
        if self == Self::ClientSecretBasic && credentials.client_id().as_str().contains(':') {
            return Err(Error::setting(
                "client_id",
                "contains a colon, which HTTP Basic cannot carry; use ClientAuthMethod::ClientSecretPost",
            ));
        }
        Ok(())
    }

    /// Returns the form fields and the header that carry these credentials.
    pub(crate) fn authenticate(self, credentials: &Credentials) -> ClientAuthentication<'_> {
        match self {
            Self::ClientSecretPost => ClientAuthentication {
                client_id: Some(credentials.client_id().as_str()),
                client_secret: Some(credentials.client_secret()),
                authorization: None,
            },
            Self::ClientSecretBasic => ClientAuthentication {
                client_id: None,
                client_secret: None,
                authorization: Some(basic(credentials)),
            },
        }
    }
}

/// Returns the credentials of a Basic header: the part after the scheme (RFC 7617 §2).
pub(crate) fn basic_credentials(credentials: &Credentials) -> String {
    let (id, secret) = (credentials.client_id().as_str(), credentials.client_secret().expose_secret());
    BASE64_STANDARD.encode(format!("{id}:{secret}"))
}

fn basic(credentials: &Credentials) -> HeaderValue {
    let header = format!("Basic {}", basic_credentials(credentials));
    let mut header = HeaderValue::try_from(header).expect("Base64 is visible ASCII");
    header.set_sensitive(true);
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_secret_post_sends_form_fields_and_no_header() {
        let credentials = Credentials::new("id", "pale-secret").unwrap();
        let sent = ClientAuthMethod::ClientSecretPost.authenticate(&credentials);

        assert_eq!(sent.client_id, Some("id"));
        assert_eq!(sent.client_secret.unwrap().expose_secret(), "pale-secret");
        assert!(sent.authorization.is_none());
    }

    #[test]
    fn client_secret_basic_sends_a_sensitive_header_and_no_form_fields() {
        let credentials = Credentials::new("id", "pale-secret").unwrap();
        let sent = ClientAuthMethod::ClientSecretBasic.authenticate(&credentials);

        let authorization = sent.authorization.unwrap();
        assert!(authorization.is_sensitive());
        assert_eq!(authorization, "Basic aWQ6cGFsZS1zZWNyZXQ=");
        assert!(sent.client_id.is_none() && sent.client_secret.is_none());
    }

    #[test]
    fn only_client_secret_basic_rejects_a_client_id_with_a_colon() {
        let credentials = Credentials::new("live:1", "pale-secret").unwrap();

        assert!(ClientAuthMethod::ClientSecretPost.check(&credentials).is_ok());
        let error = ClientAuthMethod::ClientSecretBasic.check(&credentials).unwrap_err();
        assert!(error.to_string().contains("client_id contains a colon"), "{error}");
    }
}
