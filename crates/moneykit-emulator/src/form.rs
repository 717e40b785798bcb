//! `application/x-www-form-urlencoded` bodies, read strictly: what a lenient parser would patch up is a bug in the
//! client, and finding those is the emulator's job.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The fields of a form body. It holds a client secret, hence has no `Debug`.
#[derive(Default)]
pub(crate) struct Form(BTreeMap<String, String>);

impl Form {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, FormError> {
        let mut fields = BTreeMap::new();
        for pair in body.split(|byte| *byte == b'&') {
            // As browsers' parsers do: `a=1&&b=2` has two fields.
            if pair.is_empty() {
                continue;
            }
            let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
                Some(at) => (&pair[..at], &pair[at + 1..]),
                None => (pair, &[][..]),
            };
            match fields.entry(decode(name)?) {
                Entry::Vacant(free) => free.insert(decode(value)?),
                Entry::Occupied(_) => return Err(FormError::RepeatedField),
            };
        }
        Ok(Self(fields))
    }

    #[cfg(any(test, fuzzing))]
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// The value of a field, which may be empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value of a field; an empty one counts as omitted (RFC 6749 §3.2).
    pub(crate) fn get_non_empty(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }
}

/// What is wrong with a form body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormError {
    /// Percent-encoding that ends early or is not hexadecimal, or bytes that are not UTF-8.
    Encoding,
    /// A field that is there more than once (RFC 6749 §3.2).
    RepeatedField,
}

fn decode(text: &[u8]) -> Result<String, FormError> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().copied().and_then(hex_digit);
                let (high, low) = digit().zip(digit()).ok_or(FormError::Encoding)?;
                high << 4 | low
            }
            other => *other,
        });
    }
    String::from_utf8(decoded).map_err(|_| FormError::Encoding)
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
    fn reads_fields() {
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
            // Its own encoding of the replacement character is a character like any other.
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
    fn refuses_what_is_not_a_form() {
        let cases: &[(&[u8], FormError)] = &[
            (b"a=%", FormError::Encoding),
            (b"a=%4", FormError::Encoding),
            (b"a=%4&b=1", FormError::Encoding),
            (b"a=%zz", FormError::Encoding),
            (b"a=%+1", FormError::Encoding),
            (b"%=1", FormError::Encoding),
            (b"a=%FF", FormError::Encoding),
            (b"a=\xff", FormError::Encoding),
            (b"a=%C3", FormError::Encoding),
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
    fn an_empty_value_can_count_as_omitted() {
        let form = Form::parse(b"a=&b=1").unwrap();
        assert_eq!(form.get("a"), Some(""));
        assert_eq!(form.get_non_empty("a"), None);
        assert_eq!(form.get_non_empty("b"), Some("1"));
        assert_eq!(form.get_non_empty("c"), None);
    }
}
