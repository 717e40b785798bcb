//! A throwaway RSA key for subjects that sign their token requests.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::token_source::Result;

/// Generates a private key, PEM-encoded as PKCS #8, for service accounts, which sign their token requests.
///
/// Each run generates one, because a key in the repository would trigger secret scanners.
pub fn generate() -> Result<String> {
    let pair = KeyPair::generate(KeySize::Rsa2048)?;
    let der: Pkcs8V1Der<'_> = pair.as_der()?;
    let text = STANDARD.encode(der.as_ref());

    let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
    // RFC 7468 §2: lines of 64 characters.
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    Ok(pem)
}
