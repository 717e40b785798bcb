//! Entries as the journal keeps them: with all texts of one in one allocation, since there are many entries.
//!
//! The headers of a request refer to the buffer of its connection. An entry that contained them would keep that buffer,
//! whose size has no relation to the entry's.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::entry::JournalEntry;

pub(super) struct PackedEntry {
    pub(super) id: u64,
    pub(super) status: Option<u16>,
    received_at: Duration,
    duration: Duration,
    body_bytes: u64,
    fault: Option<&'static str>,
    rate_limited: bool,
    token: Option<u64>,
    /// The method, the path, the client ID and the other texts, in the order of [`unpack`](Self::unpack).
    texts: Box<[u8]>,
}

impl PackedEntry {
    pub(super) fn pack(entry: &JournalEntry) -> Self {
        let mut texts = Packer(Vec::with_capacity(512));
        texts.push(entry.method.as_bytes());
        texts.push(entry.path.as_bytes());
        for text in [&entry.client_id, &entry.query, &entry.body, &entry.stub, &entry.operation] {
            texts.push_optional(text.as_deref());
        }
        texts.push_number(entry.violations.len());
        for violation in &entry.violations {
            texts.push(violation.as_bytes());
        }
        for (name, value) in &entry.headers {
            texts.push(name.as_str().as_bytes());
            texts.push(value.as_bytes());
        }
        Self {
            id: entry.id,
            status: entry.status,
            received_at: entry.received_at,
            duration: entry.duration,
            body_bytes: entry.body_bytes,
            fault: entry.fault,
            rate_limited: entry.rate_limited,
            token: entry.token,
            texts: texts.0.into_boxed_slice(),
        }
    }

    pub(super) fn unpack(&self) -> JournalEntry {
        let mut texts = self.texts();
        JournalEntry {
            id: self.id,
            status: self.status,
            received_at: self.received_at,
            duration: self.duration,
            body_bytes: self.body_bytes,
            fault: self.fault,
            rate_limited: self.rate_limited,
            token: self.token,
            method: texts.text(),
            path: texts.text(),
            client_id: texts.optional_text(),
            query: texts.optional_text(),
            body: texts.optional_text(),
            stub: texts.optional_text(),
            operation: texts.optional_text(),
            violations: (0..texts.number()).map(|_| texts.text()).collect(),
            headers: texts.headers(),
        }
    }

    /// Returns the approximate memory that the entry takes.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.texts.len()
    }

    /// Returns the method, the path and the client ID.
    pub(super) fn identity(&self) -> [Option<&[u8]>; 3] {
        let mut texts = self.texts();
        [texts.next(), texts.next(), texts.next()]
    }

    fn texts(&self) -> Unpacker<'_> {
        Unpacker(&self.texts)
    }
}

/// Writes texts, each after its length.
struct Packer(Vec<u8>);

/// Stands for the length of a text that is absent.
const ABSENT: u32 = u32::MAX;

impl Packer {
    fn push(&mut self, text: &[u8]) {
        self.push_number(text.len());
        self.0.extend_from_slice(text);
    }

    fn push_optional(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.push(text.as_bytes()),
            None => self.0.extend_from_slice(&ABSENT.to_le_bytes()),
        }
    }

    /// Lengths are those of parts of a request, which the server limits to far less than 4 GiB.
    fn push_number(&mut self, number: usize) {
        let number = u32::try_from(number).unwrap_or_default();
        self.0.extend_from_slice(&number.to_le_bytes());
    }
}

/// Reads what a [`Packer`] wrote.
struct Unpacker<'t>(&'t [u8]);

impl<'t> Unpacker<'t> {
    fn next(&mut self) -> Option<&'t [u8]> {
        let length = self.number();
        if length == ABSENT {
            return None;
        }
        let (text, rest) = self.0.split_at_checked(length as usize)?;
        self.0 = rest;
        Some(text)
    }

    fn number(&mut self) -> u32 {
        let Some((number, rest)) = self.0.split_first_chunk() else { return ABSENT };
        self.0 = rest;
        u32::from_le_bytes(*number)
    }

    fn text(&mut self) -> String {
        self.optional_text().unwrap_or_default()
    }

    fn optional_text(&mut self) -> Option<String> {
        self.next().map(|text| String::from_utf8_lossy(text).into_owned())
    }

    /// The headers are all that remains.
    fn headers(&mut self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        while let Some((name, value)) = self.next().zip(self.next()) {
            if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
                headers.append(name, value);
            }
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_survives_a_round_trip() {
        let mut headers = HeaderMap::new();
        headers.append("accept", HeaderValue::from_static("a"));
        headers.append("x-own", HeaderValue::from_bytes(b"\xff").unwrap());
        headers.append("accept", HeaderValue::from_static(""));
        let full = JournalEntry {
            id: 7,
            received_at: Duration::from_millis(5),
            method: "GET".to_owned(),
            path: "/a".to_owned(),
            query: Some(String::new()),
            headers,
            body: Some("ä".to_owned()),
            body_bytes: 2,
            status: Some(200),
            duration: Duration::from_micros(3),
            stub: Some("stub-1".to_owned()),
            operation: Some("get_a".to_owned()),
            violations: vec!["one".to_owned(), "two".to_owned()],
            fault: Some("delay"),
            rate_limited: true,
            client_id: Some("id".to_owned()),
            token: Some(1),
        };
        for entry in [JournalEntry::default(), full] {
            let packed = PackedEntry::pack(&entry);
            assert_eq!(format!("{:?}", packed.unpack()), format!("{entry:?}"));
        }
    }
}
