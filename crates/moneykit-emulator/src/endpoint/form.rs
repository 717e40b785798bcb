//! Strict parsing of `application/x-www-form-urlencoded` bodies.
//!
//! Input that a lenient parser would repair is a bug in the client, and the emulator exists to find those.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The fields of a form body. It has no `Debug`, since it holds a client secret.
#[derive(Default)]
pub(crate) struct Form<'b>(BTreeMap<Cow<'b, str>, Cow<'b, str>>);

impl<'b> Form<'b> {
    pub(crate) fn parse(body: &'b [u8]) -> Result<Self, FormError> {
        let body = std::str::from_utf8(body).map_err(|_| FormError::InvalidEncoding)?;
        let is_encoded = body.contains('%') || body.contains('+');
        let decode = |text| if is_encoded { decode(text) } else { Ok(Cow::Borrowed(text)) };
        let mut fields = BTreeMap::new();
        // The WHATWG URL Standard skips empty sequences as well: `a=1&&b=2` has two fields.
        for pair in body.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match fields.entry(decode(name)?) {
                Entry::Vacant(vacant) => vacant.insert(decode(value)?),
                Entry::Occupied(_) => return Err(FormError::RepeatedField),
            };
        }
        Ok(Self(fields))
    }

    #[cfg(any(test, fuzzing))]
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Returns the value of a field, which may be empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| &**value)
    }

    /// Returns the value of a field. An empty value counts as omitted (RFC 6749 §3.2).
    pub(crate) fn get_non_empty(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }
}

/// The reason why a form body is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormError {
    /// The percent-encoding is incomplete or not hexadecimal, or the bytes are not UTF-8.
    InvalidEncoding,
    /// A field occurs more than once, which RFC 6749 §3.2 forbids.
    RepeatedField,
}

/// Decodes a name or a value.
pub(crate) fn decode(text: &str) -> Result<Cow<'_, str>, FormError> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(hex_digit);
                let (high, low) = digit().zip(digit()).ok_or(FormError::InvalidEncoding)?;
                high << 4 | low
            }
            other => other,
        });
    }
    String::from_utf8(decoded).map(Cow::Owned).map_err(|_| FormError::InvalidEncoding)
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_formed_bodies_are_decoded() {
        type Fields = &'static [(&'static str, &'static str)];
        let cases: &[(&[u8], Fields)] = &[
            (b"", &[]),
            (b"&&", &[]),
            (b"a=1&b=2", &[("a", "1"), ("b", "2")]),
            (b"&a=1&&b=2&", &[("a", "1"), ("b", "2")]),
            (b"a", &[("a", "")]),
            (b"a=", &[("a", "")]),
            (b"=a", &[("", "a")]),
            (b"a=1=2", &[("a", "1=2")]),
            (b"a+b=c+d", &[("a b", "c d")]),
            (b"a=%2B%20%26%3d%25", &[("a", "+ &=%")]),
            (b"a=%C3%a4", &[("a", "\u{e4}")]),
            ("a=ä".as_bytes(), &[("a", "\u{e4}")]),
            // An encoded replacement character is valid; it does not indicate invalid UTF-8.
            (b"a=%EF%BF%BD", &[("a", "\u{fffd}")]),
            (b"a=%00", &[("a", "\0")]),
        ];
        for (body, expected) in cases {
            let form = Form::parse(body).unwrap();
            let fields: Vec<_> = form.fields().collect();
            assert_eq!(fields, *expected, "{:?}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn malformed_bodies_are_rejected() {
        let cases: &[(&[u8], FormError)] = &[
            (b"a=%", FormError::InvalidEncoding),
            (b"a=%4", FormError::InvalidEncoding),
            (b"a=%4&b=1", FormError::InvalidEncoding),
            (b"a=%zz", FormError::InvalidEncoding),
            (b"a=%+1", FormError::InvalidEncoding),
            (b"%=1", FormError::InvalidEncoding),
            (b"a=%FF", FormError::InvalidEncoding),
            (b"a=\xff", FormError::InvalidEncoding),
            (b"a=%C3", FormError::InvalidEncoding),
            (b"a=1&a=1", FormError::RepeatedField),
            (b"a=1&%61=2", FormError::RepeatedField),
            (b"a&a", FormError::RepeatedField),
        ];
        for (body, expected) in cases {
            let error = Form::parse(body).err();
            assert_eq!(error, Some(*expected), "{:?}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn get_non_empty_treats_an_empty_value_as_omitted() {
        let form = Form::parse(b"a=&b=1").unwrap();
        assert_eq!(form.get("a"), Some(""));
        assert_eq!(form.get_non_empty("a"), None);
        assert_eq!(form.get_non_empty("b"), Some("1"));
        assert_eq!(form.get_non_empty("c"), None);
    }
}
