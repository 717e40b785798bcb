use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;

pub(crate) const CLIENT_ID: &str = "live_1";
/// Has characters in it that look otherwise when they are encoded.
pub(crate) const CLIENT_SECRET: &str = "cAnary+SeCret/9é&x=y%z ü?";
pub(crate) const TOKEN: &str = "tOken-cAnary/9+x~y.Z=";

/// Says which secret a text has in it, in whatever form.
pub(crate) fn found_in(text: &str) -> Option<&'static str> {
    let secrets = [("client secret", CLIENT_SECRET), ("access token", TOKEN)];
    let has = |secret| forms(secret).iter().any(|form| text.contains(form.as_str()));
    secrets.into_iter().find(|(_, secret)| has(secret)).map(|(name, _)| name)
}

/// Lists the forms that a secret may be found in.
pub(crate) fn forms(secret: &str) -> Vec<String> {
    let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let percent =
        percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string();
    let debugged = format!("{secret:?}");
    let debugged = debugged.trim_matches('"').to_owned();
    // The bytes as HTTP libraries escape them in traces.
    let escaped = secret.as_bytes().escape_ascii().to_string();
    let json = serde_json::to_string(secret).unwrap().trim_matches('"').to_owned();
    let mut forms = vec![secret.to_owned(), form, percent, debugged, escaped, json];
    // Base64 depends on what stands before, by its length modulo three; the ends mix with what is around.
    forms.extend((0..3).map(|before| {
        let encoded = BASE64_STANDARD_NO_PAD.encode([&vec![b'x'; before], secret.as_bytes()].concat());
        encoded[4..encoded.len() - 4].to_owned()
    }));
    forms
}
