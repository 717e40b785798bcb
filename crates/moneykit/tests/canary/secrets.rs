//! The secrets of the canary test, and the search for them in every encoding.

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;

pub(crate) const CLIENT_ID: &str = "live_1";
/// A secret with characters that change in each encoding.
pub(crate) const CLIENT_SECRET: &str = "cAnary+SeCret/9é&x=y%z ü?";
pub(crate) const TOKEN: &str = "tOken-cAnary/9+x~y.Z=";

/// Returns the name of the secret that a text contains in any encoding.
pub(crate) fn find_in(text: &str) -> Option<&'static str> {
    let secrets = [("client secret", CLIENT_SECRET), ("access token", TOKEN)];
    let contains = |secret| encodings(secret).iter().any(|form| text.contains(form.as_str()));
    secrets.into_iter().find(|(_, secret)| contains(secret)).map(|(name, _)| name)
}

/// Returns a secret in every encoding: itself, form, percent, `Debug`, escaped bytes, JSON, and base64.
pub(crate) fn encodings(secret: &str) -> Vec<String> {
    let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let percent =
        percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string();
    let debug = format!("{secret:?}").trim_matches('"').to_owned();
    // HTTP libraries escape bytes like this in their trace events.
    let escaped = secret.as_bytes().escape_ascii().to_string();
    let json = serde_json::to_string(secret).unwrap().trim_matches('"').to_owned();
    let mut encodings = vec![secret.to_owned(), form, percent, debug, escaped, json];
    // The base64 form depends on the number of bytes before the secret, modulo three. Its first and last characters
    // depend on the bytes around the secret.
    encodings.extend((0..3).map(|before| {
        let encoded = BASE64_STANDARD_NO_PAD.encode([&vec![b'x'; before], secret.as_bytes()].concat());
        encoded[4..encoded.len() - 4].to_owned()
    }));
    encodings
}
