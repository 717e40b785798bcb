//! Invariants that hold for every input, including hostile ones.
//!
//! Each invariant is a function of bytes that panics if it is violated. The property tests below call it, and so does
//! the fuzz target of the same name; both start with the inputs in `fuzz/seeds`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::endpoint::authorization_header::{BasicCredentials, parse_basic, parse_bearer};
use crate::endpoint::form::Form;
use crate::secret::Secret;

/// A form survives a round trip through two encoders, and a lenient parser reads the same fields.
pub fn form(input: &[u8]) {
    let Ok(form) = Form::parse(input) else { return };
    let fields: Vec<_> = form.fields().collect();
    let mut encoded = String::new();
    for (name, value) in &fields {
        assert_eq!(form.get(name), Some(*value));
        assert_eq!(form.get_non_empty(name).is_none(), value.is_empty());
        let _ = write!(encoded, "&{}={}", percent_encode(name), percent_encode(value));
    }
    let reparsed = Form::parse(encoded.as_bytes()).ok();
    assert_eq!(reparsed.as_ref().map(|form| form.fields().collect()), Some(fields.clone()), "{encoded}");
    let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
    let reparsed = Form::parse(encoded.as_bytes()).ok();
    assert_eq!(reparsed.as_ref().map(|form| form.fields().collect()), Some(fields.clone()), "{encoded}");
    let lenient: BTreeMap<_, _> = form_urlencoded::parse(input).into_owned().collect();
    assert!(lenient.iter().map(|(name, value)| (&**name, &**value)).eq(fields), "{lenient:?}");
}

fn percent_encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        let _ = write!(encoded, "%{byte:02x}");
        encoded
    })
}

/// An `Authorization` header survives a round trip, and so does every user-pass pair that Basic can carry.
///
/// The input is used both as the value of an `Authorization` header and as a user-pass pair.
pub fn authorization(input: &[u8]) {
    if let Some(credentials) = parse_basic(input) {
        assert!(!credentials.client_id.contains(':'));
        // The parsed secret can be compared but not read, so the expected one is decoded from the header again.
        let encoded = input.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
        let pair = STANDARD.decode(encoded).ok().and_then(|pair| String::from_utf8(pair).ok());
        let Some((id, secret)) = pair.as_deref().and_then(|pair| pair.split_once(':')) else {
            unreachable!("a valid Basic header holds a pair")
        };
        assert_credentials(&credentials, id, secret);
    }
    if let Some(token) = parse_bearer(input) {
        assert!(input.ends_with(token.as_bytes()) && !token.contains(' '));
        assert_eq!(parse_bearer(format!("bEARER  {token}").as_bytes()), Some(token));
    }
    let credentials = parse_basic(format!("Basic {}", STANDARD.encode(input)).as_bytes());
    let pair = std::str::from_utf8(input).ok().filter(|pair| !pair.contains(|c: char| c.is_ascii_control()));
    match (credentials, pair.and_then(|pair| pair.split_once(':'))) {
        (Some(credentials), Some((id, secret))) => assert_credentials(&credentials, id, secret),
        (credentials, pair) => assert!(credentials.is_none() && pair.is_none(), "{pair:?}"),
    }
}

fn assert_credentials(credentials: &BasicCredentials, id: &str, secret: &str) {
    assert_eq!(credentials.client_id, id);
    assert!(bool::from(credentials.client_secret.ct_eq(&Secret::new(secret))));
    assert!(!bool::from(credentials.client_secret.ct_eq(&Secret::new(format!("{secret}x")))));
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    /// A fixed seed, so that a test can only start to fail because the code changed. The fuzz targets explore other
    /// inputs.
    fn config() -> ProptestConfig {
        ProptestConfig {
            cases: 4_000,
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(7),
            ..ProptestConfig::default()
        }
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn forms_survive_a_round_trip(
            input in prop_oneof![
                "([a-c]{0,2}(=[a-c+ä]{0,4})?&?){0,6}",
                "([%+&=aF0]|%[0-9a-fA-F]{2}){0,24}",
                proptest::collection::vec(("\\PC{0,4}", "\\PC{0,8}"), 0..4).prop_map(|pairs| {
                    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
                }),
            ],
        ) {
            form(input.as_bytes());
        }

        #[test]
        fn authorization_headers_survive_a_round_trip(
            input in prop_oneof![
                "[!-~]{0,8}:[ -~ä]{0,8}",
                "(?s).{0,12}:?(?s).{0,12}",
                "(Basic|basic|Bearer|BEARER|Digest)? {0,2}[a-zA-Z0-9+/._~-]{0,24}={0,3}",
                "\\PC{0,9}:\\PC{0,9}".prop_map(|pair| format!("Basic {}", STANDARD.encode(pair))),
            ],
        ) {
            authorization(input.as_bytes());
        }

        #[test]
        fn arbitrary_bytes_violate_no_invariant(input in proptest::collection::vec(any::<u8>(), 0..48)) {
            form(&input);
            authorization(&input);
            authorization(&[b"Basic ", &*input].concat());
            authorization(&[b"Bearer ", &*input].concat());
        }
    }

    #[test]
    fn fuzz_seeds_violate_no_invariant() {
        type Invariant = fn(&[u8]);
        let invariants: [(&str, Invariant); 2] = [("form", form), ("authorization", authorization)];
        for (name, invariant) in invariants {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(name);
            for seed in std::fs::read_dir(folder).unwrap() {
                invariant(&std::fs::read(seed.unwrap().path()).unwrap());
            }
        }
    }
}
