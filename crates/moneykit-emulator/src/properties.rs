//! What must hold for every input, however hostile.
//!
//! Each property is a function of bytes that panics when it does not hold. The property tests below call it,
//! and so does the fuzz target of its name; both begin with the inputs of `fuzz/seeds`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::authorization::{Basic, basic, bearer};
use crate::form::Form;
use crate::secret::Secret;

/// A form that is read can be written and read again, and a lenient reader sees the same in it.
pub fn form(input: &[u8]) {
    let Ok(form) = Form::parse(input) else { return };
    let fields: Vec<_> = form.fields().collect();
    let mut written = String::new();
    for (name, value) in &fields {
        assert_eq!(form.get(name), Some(*value));
        assert_eq!(form.get_non_empty(name).is_none(), value.is_empty());
        let _ = write!(written, "&{}={}", percent_encoded(name), percent_encoded(value));
    }
    let again = Form::parse(written.as_bytes()).ok();
    assert_eq!(again.as_ref().map(|form| form.fields().collect()), Some(fields.clone()), "{written}");
    let written = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
    let again = Form::parse(written.as_bytes()).ok();
    assert_eq!(again.as_ref().map(|form| form.fields().collect()), Some(fields.clone()), "{written}");
    let lenient: BTreeMap<_, _> = form_urlencoded::parse(input).into_owned().collect();
    assert!(lenient.iter().map(|(name, value)| (&**name, &**value)).eq(fields), "{lenient:?}");
}

fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        let _ = write!(encoded, "%{byte:02x}");
        encoded
    })
}

/// A header that is read can be written and read again; so can a pair of credentials, if Basic can carry it.
///
/// The input is the value of an `Authorization` header, or the pair.
pub fn authorization(input: &[u8]) {
    if let Some(read) = basic(input) {
        assert!(!read.client_id.contains(':'));
        // Only one secret matches what was read, and nobody can see which: so the header is decoded once
        // more.
        let encoded = input.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
        let pair = STANDARD.decode(encoded).ok().and_then(|pair| String::from_utf8(pair).ok());
        let Some((id, secret)) = pair.as_deref().and_then(|pair| pair.split_once(':')) else {
            unreachable!("what was read as Basic holds a pair")
        };
        is_pair(&read, id, secret);
    }
    if let Some(token) = bearer(input) {
        assert!(input.ends_with(token.as_bytes()) && !token.contains(' '));
        assert_eq!(bearer(format!("bEARER  {token}").as_bytes()), Some(token));
    }
    let read = basic(format!("Basic {}", STANDARD.encode(input)).as_bytes());
    let pair = std::str::from_utf8(input).ok().filter(|pair| !pair.contains(|c: char| c.is_ascii_control()));
    match (read, pair.and_then(|pair| pair.split_once(':'))) {
        (Some(read), Some((id, secret))) => is_pair(&read, id, secret),
        (read, pair) => assert!(read.is_none() && pair.is_none(), "{pair:?}"),
    }
}

fn is_pair(read: &Basic, id: &str, secret: &str) {
    assert_eq!(read.client_id, id);
    assert!(bool::from(read.client_secret.matches(&Secret::new(secret))));
    assert!(!bool::from(read.client_secret.matches(&Secret::new(format!("{secret}x")))));
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    /// The same inputs each time: a test fails for a change of the code, and for nothing else. The fuzzers
    /// see to other inputs.
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
        fn a_form_that_is_read_can_be_written_and_read_again(
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
        fn a_header_that_is_read_can_be_written_and_read_again(
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
        fn bytes_that_are_no_text_do_no_harm(input in proptest::collection::vec(any::<u8>(), 0..48)) {
            form(&input);
            authorization(&input);
            authorization(&[b"Basic ", &*input].concat());
            authorization(&[b"Bearer ", &*input].concat());
        }
    }

    #[test]
    fn what_holds_for_every_input_holds_for_the_seeds_of_the_fuzzers() {
        type Property = fn(&[u8]);
        let properties: [(&str, Property); 2] = [("form", form), ("authorization", authorization)];
        for (name, property) in properties {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(name);
            for seed in std::fs::read_dir(folder).unwrap() {
                property(&std::fs::read(seed.unwrap().path()).unwrap());
            }
        }
    }
}
