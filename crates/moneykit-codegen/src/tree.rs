use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::{Options, Spanned};

use crate::error::{Position, Problem};

/// A YAML value that remembers where it stood.
///
/// The document model drops both places and whatever it does not know; this tree keeps all of it, so that
/// checks can compare the two and point at a line.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) position: Position,
    pub(crate) content: Content,
}

#[derive(Debug)]
pub(crate) enum Content {
    Scalar(Value),
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>),
}

/// One `key: value` of a mapping.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_position: Position,
    pub(crate) value: Node,
}

impl Node {
    /// Reads the text as a tree.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        read_yaml::<Spanned<Content>>(text).map(Node::from)
    }

    /// Returns the entries of a mapping; none for anything else.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::Mapping(entries) => entries,
            Content::Scalar(_) | Content::Sequence(_) => &[],
        }
    }

    /// Returns the items of a sequence; none for anything else.
    pub(crate) fn items(&self) -> &[Node] {
        match &self.content {
            Content::Sequence(items) => items,
            Content::Scalar(_) | Content::Mapping(_) => &[],
        }
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is_mapping(&self) -> bool {
        matches!(self.content, Content::Mapping(_))
    }

    /// Returns the same value without its places.
    pub(crate) fn to_value(&self) -> Value {
        match &self.content {
            Content::Scalar(value) => value.clone(),
            Content::Sequence(items) => items.iter().map(Self::to_value).collect(),
            Content::Mapping(entries) => {
                entries.iter().map(|entry| (entry.key.clone(), entry.value.to_value())).collect()
            }
        }
    }

    /// Follows a JSON pointer (RFC 6901) from here.
    pub(crate) fn at(&self, pointer: &str) -> Option<&Node> {
        self.locate(pointer).map(|(_, node)| node)
    }

    /// Says where the thing that a JSON pointer names begins: at its key, or at its value where it has none.
    pub(crate) fn position_of(&self, pointer: &str) -> Option<Position> {
        self.locate(pointer).map(|(position, _)| position)
    }

    fn locate(&self, pointer: &str) -> Option<(Position, &Node)> {
        if !(pointer.is_empty() || pointer.starts_with('/')) {
            return None;
        }
        let mut found = (self.position, self);
        for token in pointer.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            found = match &found.1.content {
                Content::Mapping(_) => {
                    let entry = found.1.entry(&token)?;
                    (entry.key_position, &entry.value)
                }
                Content::Sequence(items) => {
                    let item = items.get(token.parse::<usize>().ok()?)?;
                    (item.position, item)
                }
                Content::Scalar(_) => return None,
            };
        }
        Some(found)
    }
}

/// Reads YAML 1.2 text into any type, with `yes` and `no` left as the words that they are there.
pub(crate) fn read_yaml<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Problem> {
    let options: Options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let position = error.location().map(Position::from);
        // The reader's own rendering repeats the place and quotes the lines around it; one line is enough here.
        let plain = error.without_snippet().to_string();
        let what = plain.lines().next().unwrap_or_default();
        let what = what.strip_prefix("error: ").unwrap_or(what);
        let what = what.split(" at line ").next().unwrap_or(what);
        Problem::new(
            position,
            format!("this can't be read: {what}"),
            "mend the YAML here; the OpenAPI 3.0.3 specification says which fields an object takes",
        )
    })
}

/// Appends a token to a JSON pointer, escaped as RFC 6901 §3 asks.
pub(crate) fn child(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
}

impl From<Spanned<Content>> for Node {
    fn from(spanned: Spanned<Content>) -> Self {
        Self { position: spanned.referenced.into(), content: spanned.value }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value that JSON can hold")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Content, E> {
        Ok(Content::Scalar(value.into()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Content, E> {
        Ok(Content::Scalar(value.into()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Content, E> {
        Ok(Content::Scalar(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Content, E> {
        match serde_json::Number::from_f64(value) {
            Some(number) => Ok(Content::Scalar(number.into())),
            None => Err(E::custom("JSON has no number for infinity or NaN")),
        }
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Content, E> {
        Ok(Content::Scalar(value.into()))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Content, E> {
        Ok(Content::Scalar(Value::Null))
    }

    fn visit_none<E: de::Error>(self) -> Result<Content, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Content, D::Error> {
        Content::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Content, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element::<Spanned<Content>>()? {
            items.push(item.into());
        }
        Ok(Content::Sequence(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Content, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = access.next_key::<Spanned<String>>()? {
            let value = access.next_value::<Spanned<Content>>()?;
            entries.push(Entry { key: key.value, key_position: key.referenced.into(), value: value.into() });
        }
        Ok(Content::Mapping(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_finds_its_key_and_line() {
        let tree = Node::parse("paths:\n  /auth/token:\n    post:\n      tags: [a, b]\n").unwrap();

        assert_eq!(tree.at("/paths/~1auth~1token/post/tags/1").unwrap().as_str(), Some("b"));
        let position = tree.position_of("/paths/~1auth~1token/post").unwrap();
        assert_eq!((position.line(), position.column()), (3, 5));
        assert!(tree.at("/paths/nothing").is_none());
        assert!(tree.at("paths").is_none(), "a pointer begins with a slash");
    }

    #[test]
    fn words_that_yaml_1_1_took_for_booleans_stay_words() {
        let tree = Node::parse("a: no\nb: yes\nc: on\nd: false\n").unwrap();

        assert_eq!(tree.at("/a").unwrap().as_str(), Some("no"));
        assert_eq!(tree.at("/c").unwrap().as_str(), Some("on"));
        assert!(matches!(tree.at("/d").unwrap().content, Content::Scalar(Value::Bool(false))));
    }
}
