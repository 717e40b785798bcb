use std::net::SocketAddr;

use http::HeaderValue;
use yup_oauth2::authenticator::Authenticator;
use yup_oauth2::client::{DefaultHyperClientBuilder, HyperClientBuilder};
use yup_oauth2::{ServiceAccountAuthenticator, ServiceAccountKey};

use crate::header::bearer;
use crate::rsa_key;
use crate::token_source::{Failure, Result, TokenSource};

/// `yup-oauth2` with a service account, its own HTTP client and its storage in memory: all defaults.
#[derive(Clone)]
pub struct Yup(Authenticator<<DefaultHyperClientBuilder as HyperClientBuilder>::Connector>);

impl TokenSource for Yup {
    const CRATE: Option<&'static str> = Some("yup-oauth2");
    // A token counts as expired one minute before its end.
    const REFRESHES_AFTER_THREE_SECONDS: u64 = 63;

    async fn start(server: SocketAddr) -> Result<Self> {
        let key = ServiceAccountKey {
            key_type: Some("service_account".to_owned()),
            project_id: None,
            private_key_id: None,
            private_key: rsa_key::throwaway()?,
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
        bearer(token.token().ok_or_else(|| Failure::from("an answer without a token"))?)
    }
}
