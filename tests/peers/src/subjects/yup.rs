//! `yup-oauth2` as a subject.

use std::net::SocketAddr;

use http::HeaderValue;
use yup_oauth2::authenticator::Authenticator;
use yup_oauth2::client::{DefaultHyperClientBuilder, HyperClientBuilder};
use yup_oauth2::{ServiceAccountAuthenticator, ServiceAccountKey};

use crate::bearer;
use crate::rsa_key;
use crate::token_source::{BoxError, Result, TokenSource};

/// `yup-oauth2` with a service account, its own HTTP client and in-memory storage, all by default.
#[derive(Clone)]
pub struct Yup(Authenticator<<DefaultHyperClientBuilder as HyperClientBuilder>::Connector>);

impl TokenSource for Yup {
    const CRATE: Option<&'static str> = Some("yup-oauth2");
    // A token counts as expired one minute before it expires.
    const LIFETIME_FOR_REFRESH: u64 = 63;

    async fn start(server: SocketAddr) -> Result<Self> {
        let key = ServiceAccountKey {
            key_type: Some("service_account".to_owned()),
            project_id: None,
            private_key_id: None,
            private_key: rsa_key::generate()?,
            client_email: "peers@example.com".to_owned(),
            client_id: None,
            auth_uri: None,
            token_uri: format!("http://{server}/token"),
            auth_provider_x509_cert_url: None,
            client_x509_cert_url: None,
        };
        Ok(Self(ServiceAccountAuthenticator::builder(key).build().await?))
    }

    async fn header(&self) -> Result<HeaderValue> {
        let token = self.0.token(&["peers"]).await?;
        bearer::header_value(token.token().ok_or_else(|| BoxError::from("the response has no token"))?)
    }
}
