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
    if contains_secret(text, secrets) {
        return "[redacted]".to_owned();
    }
    text.chars().take(MAX_CHARS).map(|c| if is_inline(c) { c } else { ' ' }).collect()
}

/// Returns true if the start of a text contains a secret, encoded up to three times, or has more forms than are examined.
fn contains_secret(text: &str, secrets: &[Cow<'_, str>]) -> bool {
    const DECODERS: [fn(&str) -> String; 5] =
        [decode_percent, decode_backslashes, decode_entities, decode_quoted_printable, decode_plus];
    /// A JSON text within JSON, or a URL within a URL, is encoded twice.
    const MAX_ENCODINGS: usize = 3;
    /// A message with all kinds of escapes has about fifty forms. Only one that is made to cost time has more than this.
    const MAX_FORMS: usize = 256;
    /// A secret that starts in the part that is shown may end after it.
    const MIN_EXAMINED_CHARS: usize = 16 * MAX_CHARS;
    /// The number of characters in which an encoding writes one character of a secret: `&#x0000e9;`.
    const EXPANSION: usize = 12;

    let longest = secrets.iter().map(|secret| secret.chars().count()).max().unwrap_or_default();
    let examined_chars = MIN_EXAMINED_CHARS.max(MAX_CHARS + EXPANSION * (longest + 8));
    let needles: Vec<_> = secrets.iter().map(|secret| Needle::new(secret)).collect();
    // Whitespace may interrupt escapes, or move the end of a secret far away from its start. But it also ends some escapes.
    let visible: String = text.chars().filter(|c| is_visible(*c)).take(examined_chars).collect();
    let text: String = text.chars().take(examined_chars).collect();
    let mut texts = vec![text, visible];
    texts.dedup();
    let mut seen: HashSet<_> = texts.iter().cloned().collect();
    for encodings in 0..=MAX_ENCODINGS {
        for text in &texts {
            let haystack = Haystack::new(text);
            if needles.iter().any(|needle| needle.is_in(&haystack)) {
                return true;
            }
        }
        if encodings == MAX_ENCODINGS {
            break;
        }
        let mut decoded = Vec::new();
        for form in texts.iter().flat_map(|text| DECODERS.iter().map(move |decode| decode(text))) {
            if seen.insert(form.clone()) {
                decoded.push(form);
            }
            if seen.len() > MAX_FORMS {
                return true;
            }
        }
        texts = decoded;
    }
    false
}

/// A text in the forms in which secrets are searched for.
struct Haystack {
    folded: String,
    /// The letters and digits alone: servers insert quotation marks, separators and escapes.
    alphanumeric: String,
    /// The same without the prefixes of hexadecimal numbers.
    hex: String,
    /// The characters of base64, with those of base64url replaced by their counterparts.
    base64: String,
}

impl Haystack {
    fn new(text: &str) -> Self {
        let folded = fold(text);
        let alphanumeric = alphanumeric(&folded);
        let hex = alphanumeric.replace("0x", "");
        let base64 = folded.replace('-', "+").replace('_', "/");
        Self { folded, alphanumeric, hex, base64 }
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
            // The digits may be followed by an `x`, after which no prefix begins.
            || is_in(&self.hex, &text.alphanumeric)
            || is_in(&self.hex, &text.hex)
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

/// Removes what does not distinguish secrets: case, whitespace, and characters that are not displayed.
fn fold(text: &str) -> String {
    // Some letters have no upper case of their own: `ß` becomes `SS`. And `ẞ` becomes `ß` only.
    let lower = text.chars().filter(|c| is_visible(*c)).flat_map(char::to_lowercase);
    lower.flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

fn is_visible(c: char) -> bool {
    !(c.is_whitespace() || c.is_control() || is_invisible(c))
}

fn alphanumeric(folded: &str) -> String {
    folded.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Decodes `%41`, and the `%u0041` of JavaScript's `escape`.
fn decode_percent(text: &str) -> String {
    decode(text, '%', |rest| {
        let unicode =
            rest.strip_prefix(['u', 'U']).and_then(|rest| Some((hex_digits(rest, 4)?.try_into().ok()?, 5)));
        unicode.map(|(unit, length)| (Unit::Utf16(unit), length)).or_else(|| hex_byte(rest))
    })
}

/// Decodes the escapes of JSON, and those of other languages: `\"`, `\n`, `\x41`, `\u0041`, `\u{41}`, `\U00000041`, `\101`.
fn decode_backslashes(text: &str) -> String {
    decode(text, '\\', |rest| {
        let escape = rest.chars().next()?;
        let after = &rest[escape.len_utf8()..];
        match escape {
            'x' | 'X' => hex_escape(after).map(|(unit, length)| (unit, length + 1)),
            'u' | 'U' => {
                if let Some(braced) = after.strip_prefix('{') {
                    // Rust permits underscores.
                    let (code, length) = number(braced, 16, |byte| byte == b'_');
                    let is_closed = braced[length..].starts_with('}');
                    return Some((Unit::Char(char::from_u32(code).filter(|_| is_closed)?), length + 3));
                }
                let long = hex_digits(after, 8).and_then(char::from_u32).map(|c| (Unit::Char(c), 9));
                let long = long.filter(|_| escape == 'U');
                long.or_else(|| Some((Unit::Utf16(hex_digits(after, 4)?.try_into().ok()?), 5)))
            }
            '0'..='7' => {
                let digits = rest.bytes().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
                let byte = u32::from_str_radix(&rest[..digits], 8).ok()?;
                // Three digits may exceed a byte.
                Some((Unit::Byte(byte.try_into().ok()?), digits))
            }
            'n' => Some((Unit::Char('\n'), 1)),
            'r' => Some((Unit::Char('\r'), 1)),
            't' | 'b' | 'f' => Some((Unit::Char(' '), 1)),
            _ => Some((Unit::Char(escape), escape.len_utf8())),
        }
    })
}

/// Decodes the digits of `\x41`, and of `\x00000041`: the escapes of C have any number of digits.
fn hex_escape(text: &str) -> Option<(Unit, usize)> {
    let zeros = text.bytes().take_while(|byte| *byte == b'0').count();
    let digits = text[zeros..].bytes().take(2).take_while(u8::is_ascii_hexdigit).count();
    let length = zeros + digits;
    if zeros == 0 || length <= 2 {
        return hex_byte(text);
    }
    let byte = u8::from_str_radix(&text[zeros - 1..length], 16).ok()?;
    // An empty string literal ends such an escape before a digit.
    let end = if text[length..].starts_with("\"\"") { 2 } else { 0 };
    Some((Unit::Byte(byte), length + end))
}

/// Decodes the numeric character references of HTML and XML, and the names of the characters that HTML escapes. HTML does
/// not require the semicolon.
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
        let (c, length) = if let Some(reference) = rest.strip_prefix('#') {
            let (radix, prefix) = if reference.starts_with(['x', 'X']) { (16, 1) } else { (10, 0) };
            let (code, length) = number(&reference[prefix..], radix, |_| false);
            (char::from_u32(code).filter(|_| length > 0)?, 1 + prefix + length)
        } else {
            let is_name =
                |name: &str| rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
            NAMES.into_iter().find(|(name, _)| is_name(name)).map(|(name, c)| (c, name.len()))?
        };
        Some((Unit::Char(c), length + usize::from(rest[length..].starts_with(';'))))
    })
}

/// Decodes quoted-printable: `=41`, and line breaks that are not part of the text, with the blanks before them.
fn decode_quoted_printable(text: &str) -> String {
    decode(text, '=', |rest| {
        let line_end = rest.trim_start_matches([' ', '\t']);
        let next_line = ["\r\n", "\n", "\r"].into_iter().find_map(|end| line_end.strip_prefix(end));
        next_line.map(|next| (Unit::None, rest.len() - next.len())).or_else(|| hex_byte(rest))
    })
}

/// Decodes the `+` of forms.
fn decode_plus(text: &str) -> String {
    text.replace('+', " ")
}

/// A decoded unit of a text.
enum Unit {
    /// Nothing: a line break that is not part of the text.
    None,
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
            Unit::None => {}
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
    from_utf8_or_latin1(&bytes)
}

/// Decodes UTF-8, and bytes that are not UTF-8 as Latin-1, as JavaScript's `escape` and `\xe9` have it.
fn from_utf8_or_latin1(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().copied().map(char::from));
    }
    text
}

fn push(bytes: &mut Vec<u8>, c: char) {
    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn hex_byte(text: &str) -> Option<(Unit, usize)> {
    let byte = u8::try_from(hex_digits(text, 2)?).ok()?;
    Some((Unit::Byte(byte), 2))
}

/// Returns the value of a number of hexadecimal digits at the start of a text.
fn hex_digits(text: &str, count: usize) -> Option<u32> {
    let digits = text.get(..count).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

/// Returns the value of the digits at the start of a text, at most `u32::MAX`, and their number, including separators.
fn number(text: &str, radix: u32, is_separator: impl Fn(u8) -> bool) -> (u32, usize) {
    let (mut value, mut length) = (0_u32, 0);
    for byte in text.bytes() {
        match char::from(byte).to_digit(radix) {
            Some(digit) => value = value.saturating_mul(radix).saturating_add(digit),
            None if is_separator(byte) => {}
            None => break,
        }
        length += 1;
    }
    (value, length)
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

    /// The forms in which a server may quote a secret. The escapes come first.
    const ENCODINGS: [Encoding; 35] = [
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
        ("JavaScript, Latin-1", |text| {
            each_char(text, |c| if c < 256 { format!("\\x{c:02x}") } else { format!("\\u{{{c:x}}}") })
        }),
        ("Rust, with underscores and zeros", |text| {
            each_char(text, |c| format!("\\u{{{:05x}_{:03x}}}", c >> 12, c & 0xfff))
        }),
        ("C, octal", |text| each_byte(text, |byte| format!("\\{byte:03o}"))),
        ("C, eight digits", |text| each_char(text, |c| format!("\\U{c:08x}"))),
        ("C, many digits", |text| each_byte(text, |byte| format!("\\x{byte:08X}"))),
        ("C, many digits and empty literals", |text| each_byte(text, |byte| format!("\\x{byte:05x}\"\""))),
        ("HTML, many digits", |text| each_char(text, |c| format!("&#{c:012};"))),
        ("HTML, many hexadecimal digits", |text| each_char(text, |c| format!("&#X{c:012X};"))),
        ("HTML without semicolons", |text| each_char(text, |c| format!("&#{c}"))),
        ("HTML, names without semicolons", |text| {
            let text = text.replace('&', "&AMP").replace(';', "&#59;");
            text.replace('<', "&lt").replace('>', "&gt").replace('"', "&quot")
        }),
        ("quoted-printable, wrapped", |text| each_byte(text, |byte| format!("={byte:02X}= \t\r\n"))),
        ("hexadecimal", |text| each_byte(text, |byte| format!("{byte:02x}"))),
        ("hexadecimal, with colons", |text| each_byte(text, |byte| format!("{byte:02X}:"))),
        ("hexadecimal numbers", |text| each_byte(text, |byte| format!("0x{byte:02x}, "))),
        ("base64", |text| BASE64_STANDARD.encode(text)),
        ("base64url", |text| BASE64_URL_SAFE.encode(text)),
        ("base64url, of a pair", |text| BASE64_URL_SAFE_NO_PAD.encode(format!("id:{text}"))),
        ("spread by spaces", |text| text.chars().flat_map(|c| [c, ' ']).collect()),
        ("spread by variation selectors", |text| text.chars().flat_map(|c| [c, '\u{e0100}']).collect()),
        ("spread by zero-width spaces", |text| text.chars().flat_map(|c| [c, '\u{200b}']).collect()),
    ];

    const ESCAPES: usize = 26;

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
    fn a_secret_is_found_however_far_blanks_spread_it() {
        for blank in [" ", "\u{a0}", "\r\n", "\u{200b}", "\u{3164}"] {
            for gap in [100, 2_000] {
                let letters: Vec<String> = "p@le!".chars().map(String::from).collect();
                let text = letters.join(&blank.repeat(gap));
                assert_eq!(sanitized(&text, "p@le!"), "[redacted]", "{gap} times {blank:?}");
            }
        }
    }

    #[test]
    fn a_secret_is_found_in_another_case() {
        let has_cases = |c: &char| c.is_lowercase() || c.is_uppercase() || !c.to_uppercase().eq([*c]);
        for c in (char::MIN..=char::MAX).filter(has_cases) {
            let text = c.to_string();
            for other in
                [text.to_lowercase(), text.to_uppercase(), text.to_uppercase().to_lowercase(), fold(&text)]
            {
                assert_eq!(fold(&other), fold(&text), "{c} {other}");
            }
        }
        assert_eq!(sanitized("for ssharp!", "ẞharp!"), "[redacted]");
    }

    #[test]
    fn a_secret_is_found_in_bytes_of_latin_1() {
        for text in ["p%E9le-%A7", "p\\xe9le-\\xA7", "p=E9le-=A7", "p\\351le-\\247", "PÉLE-%a7"] {
            assert_eq!(sanitized(text, "péle-§"), "[redacted]", "{text}");
        }
    }

    #[test]
    fn a_secret_is_found_in_interrupted_escapes() {
        for text in ["&#x7\n0;@le!", "%70%\u{200b}40le!", "\\u00 70@le\\x\t21", "p=\r\n@=6C= \ne!"] {
            assert_eq!(sanitized(text, "p@le!"), "[redacted]", "{text}");
        }
    }

    #[test]
    fn a_long_text_of_escapes_is_examined_in_bounded_time() {
        for part in [
            "%",
            "%25",
            "%2525",
            "\\",
            "\\x0",
            "\\u{",
            "\\u{0_",
            "\\u00",
            "\\1",
            "&",
            "&#",
            "&#0",
            "&#x0",
            "&amp;",
            "&amp",
            "=",
            "= ",
            "=3D",
            "=\n",
            "+",
            "0x",
            " ",
            "\u{200b}",
            "é",
            "%5Cx25&amp;#37;=25+",
            "\\x25&#x5c;%26=3D+%2525",
        ] {
            let text = part.repeat(65_536 / part.len());
            let shown = sanitized(&text, "live-5c739a369515e10f");
            assert!(shown == "[redacted]" || shown.chars().count() == 1_000, "{part}: {shown}");
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
            (
                "GET /x?a=1+2&b=%2B&amp;c=\\u0041 failed: \"=\\x3d\" &#38; =3D",
                "GET /x?a=1+2&b=%2B&amp;c=\\u0041 failed: \"=\\x3d\" &#38; =3D",
            ),
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
            (inner, outer) in (0..ENCODINGS.len(), 0..ESCAPES),
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
