//! Invariants that hold for every input, hostile inputs included.
//!
//! Each public function checks one invariant for an input and panics if it is violated. The property tests below call
//! it, as does the fuzz target of the same name. Both start with the inputs in `fuzz/seeds`.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};
use percent_encoding::percent_decode_str;

use crate::auth::{Credentials, Scopes, pasted_text_problem};
use crate::error::{Error, ErrorCode};
use crate::time::{Backoff, Jitter, Moment};
use crate::token::AccessToken;
use crate::{token, transport};

/// Checks that a token response is a usable token or an error that is safe to show.
///
/// The input has a line with the status, one with the client secret, one with `Retry-After`, and the body.
pub fn token_response(input: &[u8]) {
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
            assert!(status.is_success(), "{status} returned a token");
            assert_usable(&token);
        }
        Err(error) => {
            assert_eq!(error.status(), Some(status));
            // A successful response may have the body of an error.
            let is_error_in_success = status.is_success() && error.error_code().is_some();
            assert_eq!(error.is_invalid_response(), status.is_success() && !is_error_in_success);
            assert_safe_to_show(&error, &credentials, body);
            assert_bounded_retry_delay(&error);
        }
    }
}

/// A moment in 2026.
const NOW: Moment = Moment::new(Duration::from_secs(1_000), Duration::from_secs(1_780_000_000));

/// Checks that a token can be sent, is redacted, and is cached for at most a day.
fn assert_usable(token: &AccessToken) {
    let header = token.authorization_header();
    assert!(header.is_sensitive());
    assert_eq!(header.as_bytes(), [b"Bearer ", token.expose_secret().as_bytes()].concat());
    assert!(
        !token.expose_secret().is_empty()
            && token.expose_secret().bytes().all(|byte| byte.is_ascii_graphic())
    );
    let lifetime = token.lifetime();
    let debug =
        format!("AccessToken {{ value: [redacted], token_type: \"bearer\", lifetime: {lifetime:?} }}");
    assert_eq!(format!("{token:?}"), debug);
    let cached_for = token::cached_for(token);
    assert_eq!(cached_for, lifetime.min(Duration::from_secs(24 * 60 * 60)));
}

/// Checks that the server's texts in an error are short, contain no control character and no secret, and that the
/// error of a successful response, which may contain a token, has none of its texts.
fn assert_safe_to_show(error: &Error, credentials: &Credentials, body: &[u8]) {
    let texts = [error.message(), error.error_code().map(ErrorCode::as_str), error.documentation_url()];
    let secret = credentials.client_secret().expose_secret();
    let basic = BASE64_STANDARD.encode(format!("{}:{secret}", credentials.client_id().as_str()));
    for text in texts.into_iter().flatten() {
        assert!(text.chars().count() <= 1_000, "the text is too long");
        assert!(!text.contains(char::is_control), "{text:?} contains a control character");
        if text != "[redacted]" {
            let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
            for form in [text.to_owned(), decoded(text), decoded(&text.replace('+', " "))] {
                assert!(!form.contains(secret) && !form.contains(&basic), "{text:?} contains {secret:?}");
            }
        }
    }
    let shown = format!("{error} {error:?}");
    assert!(!error.to_string().contains(char::is_control), "{shown:?} contains a control character");
    if error.is_invalid_response() {
        assert_eq!(texts, [None; 3]);
        // Nothing of a successful response is in its error, so the length is bounded.
        assert!(shown.len() < 500, "{shown:?} is too long");
        let word = body.split(|byte| !byte.is_ascii_alphanumeric()).find(|word| word.starts_with(b"pale"));
        let word = word.map(String::from_utf8_lossy);
        assert!(word.is_none_or(|word| !shown.contains(&*word)), "{shown:?} quotes the body");
    }
}

/// Checks that the delay before another attempt is shorter than the remaining time.
fn assert_bounded_retry_delay(error: &Error) {
    let remaining = Duration::from_secs(30);
    let delay = Backoff::default().delay(1, error.retry_after(), remaining, &Jitter::seeded(0));
    assert!(delay.is_none_or(|delay| delay < remaining), "{delay:?}");
}

/// Checks that `Retry-After` is parsed as seconds or as a date, and that the delay until a date decreases over time.
pub fn retry_after(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let parse_at = |seconds| transport::retry_after(text, Duration::from_secs(seconds));
    let now = NOW.wall().as_secs();
    let (at_epoch, at_now, later) = (parse_at(0), parse_at(now), parse_at(now + 1));
    assert_eq!(at_epoch.is_some(), at_now.is_some(), "whether {text:?} is valid depends on the current time");
    let (Some(at_epoch), Some(at_now), Some(later)) = (at_epoch, at_now, later) else { return };
    if text.trim().bytes().all(|byte| byte.is_ascii_digit()) {
        assert!(at_epoch == at_now && at_now == later, "the delay of {text:?} depends on the current time");
        let digits = text.trim().trim_start_matches('0');
        let formatted = at_epoch.as_secs().to_string();
        assert!(
            at_epoch == Duration::MAX || digits == formatted.trim_start_matches('0'),
            "{digits}: {formatted}"
        );
    } else {
        assert_eq!(at_now, at_epoch.saturating_sub(NOW.wall()));
        assert_eq!(later, at_now.saturating_sub(Duration::from_secs(1)));
        let date = httpdate::fmt_http_date(std::time::UNIX_EPOCH + at_epoch);
        assert_eq!(transport::retry_after(&date, Duration::ZERO), Some(at_epoch), "{date}");
    }
}

/// Checks that scopes are accepted as RFC 6749 §3.3 defines them, and are sent unchanged.
pub fn scopes(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let is_scope_token = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
    };
    match Scopes::parse(text) {
        Ok(scopes) => {
            assert!(text.split(' ').all(is_scope_token), "{text:?} was accepted");
            assert_eq!(scopes.as_str(), text);
            assert_eq!(Scopes::new(text.split(' ')).ok(), Some(scopes));
        }
        Err(error) => {
            assert!(!text.split(' ').all(is_scope_token), "{text:?} was rejected: {error}");
            assert!(error.is_configuration());
            assert!(error.to_string().len() < 250, "{error} is too long");
        }
    }
}

/// Checks that credentials are stored unchanged, or rejected by an error that does not contain them.
///
/// The input has a line with the client ID, followed by the client secret.
pub fn credentials(input: &[u8]) {
    const SAMPLES: [&str; 8] = ["valid", "", " x", "x\0x", "\u{feff}x", "x\u{200b}", "'x'", "${X}"];

    let Ok(text) = std::str::from_utf8(input) else { return };
    let (id, secret) = text.split_once('\n').unwrap_or((text, ""));
    let is_valid = |text: &str| {
        let is_plain = !text.is_empty() && text.trim() == text && !text.contains(char::is_control);
        is_plain && pasted_text_problem(text).is_none()
    };
    match Credentials::new(id, secret) {
        Ok(credentials) => {
            assert!(is_valid(id) && is_valid(secret), "{text:?} was accepted");
            assert_eq!(credentials.client_id().as_str(), id);
            assert_eq!(credentials.client_secret().expose_secret(), secret);
            let debug = format!(
                "Credentials {{ client_id: ClientId({id:?}), client_secret: ClientSecret([redacted]) }}"
            );
            assert_eq!(format!("{credentials:?}"), debug);
        }
        Err(error) => {
            assert!(!(is_valid(id) && is_valid(secret)), "{text:?} was rejected: {error}");
            // Invalid samples produce every possible error, so no error depends on the text.
            let pairs = SAMPLES.into_iter().flat_map(|id| SAMPLES.map(|secret| (id, secret)));
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

    /// Returns a configuration with a fixed seed, so that a test fails only when the code changes. The fuzz targets
    /// cover other inputs.
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
        fn a_token_response_is_a_usable_token_or_a_safe_error(input in token_response_input()) {
            token_response(input.as_bytes());
        }

        #[test]
        fn retry_after_is_seconds_or_a_date(
            input in prop_oneof![
                "[0-9]{1,25}",
                "\\PC{0,40}",
                http_date(),
                "[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT",
            ],
        ) {
            retry_after(input.as_bytes());
        }

        #[test]
        fn scopes_are_sent_unchanged(
            input in prop_oneof!["[ -~]{0,20}", "[a-z:]{1,5}( [!#-~]{1,5}){0,4}", "\\PC{0,9}"],
        ) {
            scopes(input.as_bytes());
        }

        #[test]
        fn credentials_are_stored_unchanged_or_rejected_without_being_shown(
            id in prop_oneof!["[!-~]{0,20}", ".{0,9}", "\\s?[a-z]{0,9}\\s?"],
            secret in prop_oneof!["[!-~]{0,20}", "(?s).{0,9}", "\\s?[a-z]{0,9}\\s?"],
        ) {
            credentials(format!("{id}\n{secret}").as_bytes());
        }
    }

    #[test]
    fn the_invariants_hold_for_the_fuzz_seeds() {
        type Invariant = fn(&[u8]);
        let invariants: [(&str, Invariant); 4] = [
            ("token_response", token_response),
            ("retry_after", retry_after),
            ("scopes", scopes),
            ("credentials", credentials),
        ];
        for (name, invariant) in invariants {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(name);
            for seed in std::fs::read_dir(folder).unwrap() {
                invariant(&std::fs::read(seed.unwrap().path()).unwrap());
            }
        }
    }

    fn http_date() -> impl Strategy<Value = String> {
        let times = 0..253_402_300_800_u64;
        times.prop_map(|time| httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(time)))
    }

    fn token_response_input() -> impl Strategy<Value = String> {
        let status = select(vec![200, 201, 204, 301, 400, 401, 403, 429, 500, 503, 599, 999]);
        let retry_after = prop_oneof!["", "[0-9]{1,4}", http_date()];
        let secret = prop_oneof!["pale-[!-~]{1,8}", "pale [ -~]{0,6}x", "p[äé/+%&=\"\u{2028}]{1,4}x"];
        let head = (status, retry_after, secret);
        head.prop_flat_map(|(status, retry_after, secret)| {
            response_body(&secret).prop_map(move |body| format!("{status}\n{secret}\n{retry_after}\n{body}"))
        })
    }

    fn response_body(secret: &str) -> impl Strategy<Value = String> + use<> {
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
            quoted_secret(secret).prop_map(Value::from),
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

    /// Returns texts in which a server quotes the secret in one of its encodings.
    fn quoted_secret(secret: &str) -> impl Strategy<Value = String> + use<> {
        let basic = BASE64_STANDARD.encode(format!("id:{secret}"));
        let forms = vec![
            secret.to_owned(),
            utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
            secret.replace(' ', "+"),
            // Servers may break long lines, or replace spaces by other whitespace.
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
