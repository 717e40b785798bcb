use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::token_source::Result;

/// Makes a private key that opens nothing, for the flows which sign their token requests: PKCS #8, PEM.
///
/// It is made in each run, because a key in the repository would set off every scanner for secrets.
pub fn throwaway() -> Result<String> {
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
