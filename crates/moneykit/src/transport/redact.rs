//! Redaction of secrets that a server quotes from a request.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;

use crate::auth::{Credentials, basic_credentials, is_invisible};

/// The secrets of a request, which must not appear in an error.
#[derive(Default)]
pub(crate) struct Secrets<'a>(Vec<Cow<'a, str>>);

impl<'a> Secrets<'a> {
    pub(super) fn of(credentials: &'a Credentials) -> Self {
        let secret = credentials.client_secret().expose_secret();
        Self(vec![secret.into(), basic_credentials(credentials).into()])
    }

    pub(super) fn and(mut self, secret: &'a str) -> Self {
        self.0.push(secret.into());
        self
    }
}

/// The maximum length of a server's text in an error, in characters.
const MAX_CHARS: usize = 1_000;

/// Returns a server's text in a form that is safe to show: of bounded length, on one line, without secrets.
///
/// A text that contains a secret in any form becomes `[redacted]` as a whole: what remains of it could help to restore
/// the secret.
pub(super) fn sanitize(text: &str, Secrets(secrets): &Secrets<'_>) -> String {
    /// The maximum number of characters in which an encoding writes one character of a secret: `&#x0000e9;`.
    const MAX_EXPANSION: usize = 12;

    let longest = secrets.iter().map(|secret| secret.chars().count()).max().unwrap_or_default();
    // A secret that starts in the part that is shown may end after it.
    let examined: String = text.chars().take(MAX_CHARS + MAX_EXPANSION * (longest + 8)).collect();
    if contains_secret(examined, secrets) {
        return "[redacted]".to_owned();
    }
    text.chars().take(MAX_CHARS).map(|c| if is_inline(c) { c } else { ' ' }).collect()
}

/// Returns true if a text contains a secret, encoded up to three times.
fn contains_secret(text: String, secrets: &[Cow<'_, str>]) -> bool {
    const DECODERS: [fn(&str) -> String; 5] =
        [decode_percent, decode_backslashes, decode_entities, decode_quoted_printable, decode_plus];
    /// A JSON text within JSON, or a URL within a URL, is encoded twice.
    const MAX_ENCODINGS: usize = 3;

    let needles: Vec<_> = secrets.iter().map(|secret| Needle::new(secret)).collect();
    let mut seen = HashSet::from([text.clone()]);
    let mut texts = vec![text];
    for remaining in (0..=MAX_ENCODINGS).rev() {
        for text in &texts {
            let haystack = Haystack::new(text);
            if needles.iter().any(|needle| needle.is_in(&haystack)) {
                return true;
            }
        }
        if remaining > 0 {
            let decoded = texts.iter().flat_map(|text| DECODERS.map(|decode| decode(text)));
            texts = decoded.filter(|text| seen.insert(text.clone())).collect();
        }
    }
    false
}

/// A text in the forms in which secrets are searched for.
struct Haystack {
    folded: String,
    /// The letters and digits alone: servers insert quotation marks, separators and escapes.
    alphanumeric: String,
    /// The characters of base64, with those of base64url replaced by their counterparts.
    base64: String,
}

impl Haystack {
    fn new(text: &str) -> Self {
        let folded = fold(text);
        let alphanumeric = alphanumeric(&folded);
        let base64 = folded.replace('-', "+").replace('_', "/");
        Self { folded, alphanumeric, base64 }
    }
}

/// A secret in the forms in which it is searched for.
struct Needle {
    folded: String,
    /// The letters and digits alone, if there are enough of them to be distinctive.
    alphanumeric: Option<String>,
    /// The hexadecimal digits of the bytes.
    hex: String,
    /// The parts of base64 that do not depend on what surrounds the secret, for each of the three alignments.
    base64: Vec<String>,
}

impl Needle {
    fn new(secret: &str) -> Self {
        /// Fewer letters and digits than this also occur in other texts.
        const MIN_ALPHANUMERIC: usize = 8;

        let folded = fold(secret);
        let alphanumeric =
            Some(alphanumeric(&folded)).filter(|text| text.chars().count() >= MIN_ALPHANUMERIC);
        let hex = secret.bytes().fold(String::new(), |mut hex, byte| {
            // Writing to a string does not fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        let base64 = (0..3).filter_map(|before| base64_core(secret, before)).collect();
        Self { folded, alphanumeric, hex, base64 }
    }

    fn is_in(&self, text: &Haystack) -> bool {
        // An empty needle is in every text.
        let is_in = |needle: &str, text: &str| !needle.is_empty() && text.contains(needle);
        is_in(&self.folded, &text.folded)
            || self.alphanumeric.as_ref().is_some_and(|needle| is_in(needle, &text.alphanumeric))
            || is_in(&self.hex, &text.alphanumeric)
            || self.base64.iter().any(|needle| is_in(needle, &text.base64))
    }
}

/// Returns the characters in which every base64 text agrees that has the secret after `before` bytes, modulo three.
fn base64_core(secret: &str, before: usize) -> Option<String> {
    /// Shorter parts also occur in other texts.
    const MIN_CHARS: usize = 3;

    let encoded = BASE64_STANDARD_NO_PAD.encode([&vec![0; before], secret.as_bytes()].concat());
    // A character stands for six bits. Those at either end may have bits of the bytes around the secret.
    let (first, end) = ((before * 8).div_ceil(6), (before + secret.len()) * 8 / 6);
    encoded.get(first..end).filter(|core| core.len() >= MIN_CHARS).map(fold)
}

/// Removes what does not distinguish secrets: case, whitespace, and characters that are not visible.
fn fold(text: &str) -> String {
    let visible = text.chars().filter(|c| !(c.is_whitespace() || c.is_control() || is_invisible(*c)));
    // Some letters have no upper case of their own, and `ß` becomes `SS`.
    visible.flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

fn alphanumeric(folded: &str) -> String {
    folded.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Decodes `%41`, and the `%u0041` of JavaScript's `escape`.
fn decode_percent(text: &str) -> String {
    decode(text, '%', |rest| {
        let unicode = rest.strip_prefix(['u', 'U']).and_then(|rest| Some((hex_digits(rest, 4)?, 5)));
        unicode.map(|(unit, length)| (Unit::Utf16(unit), length)).or_else(|| hex_byte(rest))
    })
}

/// Decodes the escapes of JSON, and those of other languages: `\"`, `\n`, `\x41`, `\u0041`, `\u{41}`.
fn decode_backslashes(text: &str) -> String {
    decode(text, '\\', |rest| {
        let escape = rest.chars().next()?;
        let after = &rest[escape.len_utf8()..];
        match escape {
            'x' | 'X' => hex_byte(after).map(|(unit, length)| (unit, length + 1)),
            'u' | 'U' => {
                if let Some(digits) = after.strip_prefix('{').and_then(|after| after.split_once('}')) {
                    let code = u32::from_str_radix(digits.0, 16).ok().and_then(char::from_u32)?;
                    return Some((Unit::Char(code), digits.0.len() + 3));
                }
                hex_digits(after, 4).map(|unit| (Unit::Utf16(unit), 5))
            }
            'n' | 'r' | 't' | 'b' | 'f' => Some((Unit::Char(' '), 1)),
            _ => Some((Unit::Char(escape), escape.len_utf8())),
        }
    })
}

/// Decodes the numeric character references of HTML and XML, and the names of the characters that HTML escapes.
fn decode_entities(text: &str) -> String {
    const NAMES: [(&str, char); 9] = [
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos", '\''),
        ("nbsp", ' '),
        ("sol", '/'),
        ("plus", '+'),
        ("equals", '='),
    ];
    decode(text, '&', |rest| {
        let end = rest.bytes().take(12).position(|byte| byte == b';')?;
        let name = rest.get(..end)?;
        let c = match name.strip_prefix('#') {
            Some(number) => {
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(digits) => u32::from_str_radix(digits, 16),
                    None => number.parse(),
                };
                char::from_u32(code.ok()?)?
            }
            None => NAMES.into_iter().find(|(known, _)| name.eq_ignore_ascii_case(known))?.1,
        };
        Some((Unit::Char(c), end + 1))
    })
}

/// Decodes quoted-printable: `=41`, and line breaks that are not part of the text.
fn decode_quoted_printable(text: &str) -> String {
    decode(&text.replace("=\r\n", "").replace("=\n", ""), '=', hex_byte)
}

/// Decodes the `+` of forms.
fn decode_plus(text: &str) -> String {
    text.replace('+', " ")
}

/// A decoded unit of a text.
enum Unit {
    Byte(u8),
    Char(char),
    /// Half of a pair, or a character.
    Utf16(u16),
}

/// Replaces each escape that starts with `start` by what it stands for. `unit` returns that and the length of the escape
/// after its start.
fn decode(text: &str, start: char, unit: impl Fn(&str) -> Option<(Unit, usize)>) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut high_surrogate = None;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let escape = (c == start).then(|| unit(after)).flatten();
        let (unit, length) = escape.unwrap_or((Unit::Char(c), 0));
        rest = &after[length..];
        match unit {
            Unit::Byte(byte) => bytes.push(byte),
            Unit::Char(c) => push(&mut bytes, c),
            Unit::Utf16(unit) => {
                let pair = high_surrogate.take().into_iter().chain([unit]);
                match char::decode_utf16(pair).last() {
                    Some(Ok(c)) => push(&mut bytes, c),
                    _ => high_surrogate = Some(unit),
                }
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn push(bytes: &mut Vec<u8>, c: char) {
    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn hex_byte(text: &str) -> Option<(Unit, usize)> {
    let byte = u8::try_from(hex_digits(text, 2)?).ok()?;
    Some((Unit::Byte(byte), 2))
}

/// Returns the value of a number of hexadecimal digits at the start of a text.
fn hex_digits(text: &str, count: usize) -> Option<u16> {
    let digits = text.get(..count).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

/// Returns true if a character neither ends its line nor reorders the text around it.
fn is_inline(c: char) -> bool {
    let separates_lines = matches!(c, '\u{2028}' | '\u{2029}');
    let reorders = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !(c.is_control() || separates_lines || reorders)
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    type Encoding = (&'static str, fn(&str) -> String);

    /// The encodings in which a server may quote a secret.
    const ENCODINGS: [Encoding; 22] = [
        ("plain", str::to_owned),
        ("upper case", str::to_uppercase),
        ("percent", |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()),
        ("percent, every byte", |text| each_byte(text, |byte| format!("%{byte:02x}"))),
        ("form", |text| form_urlencoded::byte_serialize(text.as_bytes()).collect()),
        ("JavaScript escape", |text| each_unit(text, |unit| format!("%u{unit:04X}"))),
        ("JSON", |text| serde_json::to_string(text).unwrap()),
        ("JSON within JSON", |text| serde_json::to_string(&serde_json::to_string(text).unwrap()).unwrap()),
        ("JSON, every character", |text| each_unit(text, |unit| format!("\\u{unit:04x}"))),
        ("Rust", |text| text.escape_unicode().to_string()),
        ("C", |text| each_byte(text, |byte| format!("\\x{byte:02X}"))),
        ("HTML", |text| {
            text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&#39;")
        }),
        ("HTML, every character", |text| each_char(text, |c| format!("&#x{c:x};"))),
        ("HTML, decimal", |text| each_char(text, |c| format!("&#{c};"))),
        ("quoted-printable", |text| each_byte(text, |byte| format!("={byte:02X}"))),
        ("hexadecimal", |text| each_byte(text, |byte| format!("{byte:02x}"))),
        ("hexadecimal, with colons", |text| each_byte(text, |byte| format!("{byte:02X}:"))),
        ("base64", |text| BASE64_STANDARD.encode(text)),
        ("base64url", |text| BASE64_URL_SAFE.encode(text)),
        ("base64url, of a pair", |text| BASE64_URL_SAFE_NO_PAD.encode(format!("id:{text}"))),
        ("spread by spaces", |text| text.chars().flat_map(|c| [c, ' ']).collect()),
        ("spread by zero-width spaces", |text| text.chars().flat_map(|c| [c, '\u{200b}']).collect()),
    ];

    fn each_char(text: &str, encode: impl Fn(u32) -> String) -> String {
        text.chars().map(u32::from).map(encode).collect()
    }

    fn each_byte(text: &str, encode: impl Fn(u8) -> String) -> String {
        text.bytes().map(encode).collect()
    }

    fn each_unit(text: &str, encode: impl Fn(u16) -> String) -> String {
        text.encode_utf16().map(encode).collect()
    }

    fn sanitized(text: &str, secret: &str) -> String {
        sanitize(text, &Secrets::default().and(secret))
    }

    #[test]
    fn a_text_with_an_encoded_secret_is_redacted_as_a_whole() {
        for secret in
            ["s3Kr-Zq7\"<&>x/é+y%20=w", "live_5c739a369515e10fc9e0", "p q", "\\u0041=41%41&lt;", "🔑é🔑"]
        {
            for (name, encode) in ENCODINGS {
                for (before, after) in
                    [("", ""), ("no client has ", ", sorry"), ("client_secret=", "&a=b"), ("x", "y")]
                {
                    let text = format!("{before}{}{after}", encode(secret));
                    assert_eq!(sanitized(&text, secret), "[redacted]", "{name}: {text}");
                }
            }
        }
    }

    #[test]
    fn a_secret_is_found_in_base64_at_every_alignment() {
        for before in 0..6 {
            for after in 0..4 {
                let quoted = format!("{}pale-secret{}", "<".repeat(before), ">".repeat(after));
                for encoded in [BASE64_STANDARD.encode(&quoted), BASE64_URL_SAFE_NO_PAD.encode(&quoted)] {
                    assert_eq!(
                        sanitized(&format!("token {encoded}."), "pale-secret"),
                        "[redacted]",
                        "{quoted}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_secret_is_found_in_lines_of_base64_and_quoted_printable() {
        for text in ["cGFs\r\nZS1z\r\nZWNyZXQ=", "pale=\r\n-sec=\nret", "p a\tl\u{feff}e\u{ad}-sec\nret"] {
            assert_eq!(sanitized(text, "pale-secret"), "[redacted]", "{text}");
        }
    }

    #[test]
    fn a_secret_at_the_end_of_the_shown_part_is_found() {
        for gap in [980, 995, 999] {
            for (name, encode) in ENCODINGS {
                let text = format!("{}{}", ".".repeat(gap), encode("pale-secret-é/9"));
                assert_eq!(sanitized(&text, "pale-secret-é/9"), "[redacted]", "{name} after {gap}");
            }
        }
    }

    #[test]
    fn other_texts_are_shown_on_one_line() {
        for (text, shown) in [
            ("Invalid client credentials", "Invalid client credentials"),
            ("100% of \\ & = + %zz &nope; \\", "100% of \\ & = + %zz &nope; \\"),
            ("a\r\nb\u{2028}c\u{202e}d", "a  b c d"),
            ("", ""),
        ] {
            assert_eq!(sanitized(text, "live-5c739a369515e10f"), shown);
        }
        assert_eq!(sanitized(&"é".repeat(5_000), "pale-secret"), "é".repeat(1_000));
        assert_eq!(sanitized("text", ""), "text");
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 1_000,
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(11),
            ..ProptestConfig::default()
        })]

        #[test]
        fn no_encoding_hides_a_secret(
            secret in prop_oneof!["[!-~]{6,40}", "[ -~é-ü]{4,20}x", "\\PC{3,12}x"],
            (inner, outer) in (0..ENCODINGS.len(), 0..10_usize),
            before in "[a-z =:(]{0,9}",
            after in "[a-z ,.)]{0,9}",
        ) {
            let secret = secret.trim();
            // Both at once are four encodings.
            let json_within_json = 7;
            prop_assume!(inner != json_within_json || outer != json_within_json);
            let quoted = ENCODINGS[outer].1(&format!("{before}{}{after}", ENCODINGS[inner].1(secret)));
            prop_assert_eq!(sanitized(&quoted, secret), "[redacted]", "{} in {}", ENCODINGS[inner].0, ENCODINGS[outer].0);
        }

        #[test]
        fn every_text_is_bounded_and_on_one_line(text in "(?s).{0,1200}", secret in "\\PC{8,20}") {
            let shown = sanitized(&text, &secret);
            prop_assert!(shown.chars().count() <= 1_000 && shown.chars().all(is_inline));
        }
    }
}
