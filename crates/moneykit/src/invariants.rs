//! What must hold for every input, however hostile.
//!
//! Each property is a function of bytes that panics when it does not hold. The property tests below call it,
//! and so does the fuzz target of its name; both begin with the inputs of `fuzz/seeds`.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};
use percent_encoding::percent_decode_str;

use crate::auth::Credentials;
use crate::auth::Scopes;
use crate::error::Error;
use crate::time::Jitter;
use crate::time::Moment;
use crate::token::AccessToken;
use crate::token::RetryPolicy;
use crate::{token, transport};

/// An answer of the token endpoint is a token that can be used, or an error that can be shown.
///
/// The input is a line with the status, one with the client secret, one with `Retry-After`, and the body.
pub fn answer(input: &[u8]) {
    let mut lines = input.splitn(4, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (status, secret, retry_after, body) = (line(), line(), line(), line());
    let Ok(status) = StatusCode::from_bytes(status) else { return };
    let Ok(credentials) = Credentials::new("id", String::from_utf8_lossy(secret).into_owned()) else {
        return;
    };
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(retry_after) {
        headers.insert(RETRY_AFTER, value);
    }
    match token::decode((status, headers, body), NOW, &credentials) {
        Ok(token) => {
            assert!(status.is_success(), "{status} brought a token");
            is_usable(&token);
        }
        Err(error) => {
            assert_eq!(error.status(), Some(status));
            assert_eq!(error.is_invalid_response(), status.is_success());
            can_be_shown(&error, &credentials, body);
            can_be_waited_for(&error);
        }
    }
}

/// Some time in 2026.
const NOW: Moment = Moment::new(Duration::from_secs(1_000), Duration::from_secs(1_780_000_000));

fn is_usable(token: &AccessToken) {
    let header = token.authorization_header();
    assert!(header.is_sensitive());
    assert_eq!(header.as_bytes(), [b"Bearer ", token.expose_secret().as_bytes()].concat());
    assert!(
        !token.expose_secret().is_empty()
            && token.expose_secret().bytes().all(|byte| byte.is_ascii_graphic())
    );
    let lifetime = token.lifetime();
    let shown =
        format!("AccessToken {{ value: [redacted], token_type: \"bearer\", lifetime: {lifetime:?} }}");
    assert_eq!(format!("{token:?}"), shown);
    let kept = token::cached_for(token);
    assert_eq!(kept, lifetime.min(Duration::from_secs(24 * 60 * 60)));
}

/// The texts that came from the server are short, stay in their line, and do not give the secret away. Those
/// of a success, which may hold a token, are not in the error at all.
fn can_be_shown(error: &Error, credentials: &Credentials, body: &[u8]) {
    let texts =
        [error.message(), error.error_code().map(crate::ErrorCode::as_str), error.documentation_url()];
    let secret = credentials.client_secret().expose_secret();
    let basic = BASE64_STANDARD.encode(format!("{}:{secret}", credentials.client_id().as_str()));
    for text in texts.into_iter().flatten() {
        assert!(text.chars().count() <= 1_000, "a long text");
        assert!(!text.contains(char::is_control), "{text:?} has a control character");
        if text != "[redacted]" {
            let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
            for form in [text.to_owned(), decoded(text), decoded(&text.replace('+', " "))] {
                assert!(!form.contains(secret) && !form.contains(&basic), "{text:?} holds {secret:?}");
            }
        }
    }
    let shown = format!("{error} {error:?}");
    assert!(!error.to_string().contains(char::is_control), "{shown:?} has a control character");
    if error.is_invalid_response() {
        assert_eq!(texts, [None; 3]);
        // Whatever is in a success, its error is one that a success without it has too.
        assert!(shown.len() < 500, "{shown:?} is long");
        let word = body.split(|byte| !byte.is_ascii_alphanumeric()).find(|word| word.starts_with(b"pale"));
        let word = word.map(String::from_utf8_lossy);
        assert!(word.is_none_or(|word| !shown.contains(&*word)), "{shown:?} quotes the body");
    }
}

/// A wait between two tries is over before the time that is left is.
fn can_be_waited_for(error: &Error) {
    let remaining = Duration::from_secs(30);
    let wait = RetryPolicy::default().delay(1, error, remaining, &Jitter::seeded(0));
    assert!(wait.is_none_or(|wait| error.is_transient() && wait < remaining), "{wait:?}");
}

/// A `Retry-After` is seconds or a date, and what is left to wait shrinks as time passes.
pub fn retry_after(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let asked = |seconds| transport::retry_after(text, Duration::from_secs(seconds));
    let now = NOW.wall().as_secs();
    let (at_first, now_left, later) = (asked(0), asked(now), asked(now + 1));
    assert_eq!(at_first.is_some(), now_left.is_some(), "what can be read does not depend on when it is");
    let (Some(at_first), Some(now_left), Some(later)) = (at_first, now_left, later) else { return };
    if text.trim().bytes().all(|byte| byte.is_ascii_digit()) {
        assert!(at_first == now_left && now_left == later, "seconds do not depend on when it is");
        let digits = text.trim().trim_start_matches('0');
        let written = at_first.as_secs().to_string();
        assert!(
            at_first == Duration::MAX || digits == written.trim_start_matches('0'),
            "{digits}: {written}"
        );
    } else {
        assert_eq!(now_left, at_first.saturating_sub(NOW.wall()));
        assert_eq!(later, now_left.saturating_sub(Duration::from_secs(1)));
        let date = httpdate::fmt_http_date(std::time::UNIX_EPOCH + at_first);
        assert_eq!(transport::retry_after(&date, Duration::ZERO), Some(at_first), "{date}");
    }
}

/// Scopes are what RFC 6749 §3.3 says, and are sent as they were written.
pub fn scopes(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let is_token = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
    };
    match Scopes::parse(text) {
        Ok(scopes) => {
            assert!(text.split(' ').all(is_token), "{text:?} was accepted");
            assert_eq!(scopes.as_str(), text);
            assert_eq!(Scopes::new(text.split(' ')).ok(), Some(scopes));
        }
        Err(error) => {
            assert!(!text.split(' ').all(is_token), "{text:?} was refused: {error}");
            assert!(error.is_configuration());
            assert!(error.to_string().len() < 250, "{error} is long");
        }
    }
}

/// Credentials are kept as they were written, or refused without being shown.
///
/// The input is a line with the client ID, and the client secret.
pub fn credentials(input: &[u8]) {
    const TEXTS: [&str; 4] = ["fine", "", " x", "x\0x"];

    let Ok(text) = std::str::from_utf8(input) else { return };
    let (id, secret) = text.split_once('\n').unwrap_or((text, ""));
    let is_fine = |text: &str| !text.is_empty() && text.trim() == text && !text.contains(char::is_control);
    match Credentials::new(id, secret) {
        Ok(credentials) => {
            assert!(is_fine(id) && is_fine(secret), "{text:?} was accepted");
            assert_eq!(credentials.client_id().as_str(), id);
            assert_eq!(credentials.client_secret().expose_secret(), secret);
            let shown = format!(
                "Credentials {{ client_id: ClientId({id:?}), client_secret: ClientSecret([redacted]) }}"
            );
            assert_eq!(format!("{credentials:?}"), shown);
        }
        Err(error) => {
            assert!(!(is_fine(id) && is_fine(secret)), "{text:?} was refused: {error}");
            // There are a few errors, whatever the text is, so none of it can be in them.
            let pairs = TEXTS.into_iter().flat_map(|id| TEXTS.map(|secret| (id, secret)));
            let errors = pairs.filter_map(|(id, secret)| Credentials::new(id, secret).err());
            let known: BTreeSet<_> = errors.map(|error| format!("{error} {error:?}")).collect();
            assert!(known.contains(&format!("{error} {error:?}")), "{error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;
    use proptest::sample::select;
    use proptest::test_runner::RngSeed;
    use serde_json::{Map, Value};

    use super::*;

    /// The same inputs each time: a test fails for a change of the code, and for nothing else. The fuzzers
    /// see to other inputs.
    fn config() -> ProptestConfig {
        ProptestConfig {
            cases: 2_000,
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(7),
            ..ProptestConfig::default()
        }
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn an_answer_is_a_usable_token_or_an_error_that_can_be_shown(input in an_answer()) {
            answer(input.as_bytes());
        }

        #[test]
        fn a_retry_after_is_seconds_or_a_date(
            input in prop_oneof![
                "[0-9]{1,25}",
                "\\PC{0,40}",
                a_date(),
                "[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT",
            ],
        ) {
            retry_after(input.as_bytes());
        }

        #[test]
        fn scopes_are_sent_as_they_were_written(
            input in prop_oneof!["[ -~]{0,20}", "[a-z:]{1,5}( [!#-~]{1,5}){0,4}", "\\PC{0,9}"],
        ) {
            scopes(input.as_bytes());
        }

        #[test]
        fn credentials_are_kept_as_written_or_refused_unseen(
            id in prop_oneof!["[!-~]{0,20}", ".{0,9}", "\\s?[a-z]{0,9}\\s?"],
            secret in prop_oneof!["[!-~]{0,20}", "(?s).{0,9}", "\\s?[a-z]{0,9}\\s?"],
        ) {
            credentials(format!("{id}\n{secret}").as_bytes());
        }
    }

    #[test]
    fn what_holds_for_every_input_holds_for_the_seeds_of_the_fuzzers() {
        type Property = fn(&[u8]);
        let properties: [(&str, Property); 4] = [
            ("answer", answer),
            ("retry_after", retry_after),
            ("scopes", scopes),
            ("credentials", credentials),
        ];
        for (name, property) in properties {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(name);
            for seed in std::fs::read_dir(folder).unwrap() {
                property(&std::fs::read(seed.unwrap().path()).unwrap());
            }
        }
    }

    fn a_date() -> impl Strategy<Value = String> {
        let times = 0..253_402_300_800_u64;
        times.prop_map(|time| httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(time)))
    }

    fn an_answer() -> impl Strategy<Value = String> {
        let status = select(vec![200, 201, 204, 301, 400, 401, 403, 429, 500, 503, 599, 999]);
        let retry_after = prop_oneof!["", "[0-9]{1,4}", a_date()];
        let secret = prop_oneof!["pale-[!-~]{1,8}", "pale [ -~]{0,6}x", "p[äé/+%&=\"\u{2028}]{1,4}x"];
        let answer = (status, retry_after, secret);
        answer.prop_flat_map(|(status, retry_after, secret)| {
            a_body(&secret).prop_map(move |body| format!("{status}\n{secret}\n{retry_after}\n{body}"))
        })
    }

    fn a_body(secret: &str) -> impl Strategy<Value = String> + use<> {
        let names = select(vec![
            "access_token",
            "token_type",
            "expires_in",
            "error",
            "error_code",
            "error_message",
            "error_description",
            "message",
            "detail",
            "documentation_url",
            "error_uri",
        ]);
        let value = prop_oneof![
            Just(Value::from("bearer")),
            Just(Value::from("pale-token")),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            a_quote(secret).prop_map(Value::from),
            "\\PC{0,12}".prop_map(Value::from),
            Just(Value::Null),
        ];
        let fields = proptest::collection::vec((names, value), 0..6);
        let token = (any::<u64>(), "[!-~]{0,8}[ä ]?").prop_map(|(lifetime, token)| {
            serde_json::json!({"access_token": token, "token_type": "Bearer", "expires_in": lifetime})
                .to_string()
        });
        prop_oneof![
            fields.prop_map(|fields| {
                let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value));
                Value::Object(fields.collect::<Map<_, _>>()).to_string()
            }),
            token,
            Just("{\"access_token\":\"pale1\",\"access_token\":\"pale2\"}".to_owned()),
            "\\PC{0,40}",
        ]
    }

    /// A text in which a server quotes the secret, in one form or another.
    fn a_quote(secret: &str) -> impl Strategy<Value = String> + use<> {
        let basic = BASE64_STANDARD.encode(format!("id:{secret}"));
        let forms = vec![
            secret.to_owned(),
            utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
            secret.replace(' ', "+"),
            // As a server that breaks long lines, or that knows of other spaces.
            secret.replace(' ', "\n"),
            secret.replace(' ', "\u{2028}"),
            secret.replace(' ', "%0A"),
            utf8_percent_encode(&basic, NON_ALPHANUMERIC).to_string(),
            basic,
        ];
        ("\\PC{0,6}", select(forms), "\\PC{0,6}", 0..2_000_usize).prop_map(|(before, form, after, gap)| {
            format!("{before}{}{form}{after}", ".".repeat(if gap < 1_020 { 0 } else { gap }))
        })
    }
}
