//! The line and the column of every value in a YAML text.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use serde::de::{self, Deserialize, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::{Options, Spanned};

use crate::DocumentError;
use crate::pointer::names;
use crate::reading::read_deep_yaml;

/// A position in the text of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    line: u64,
    column: u64,
}

impl Position {
    /// Returns the position at a line and a column, each counted from 1.
    pub(crate) fn new(line: usize, column: usize) -> Self {
        let number = |number| u64::try_from(number).unwrap_or(u64::MAX);
        Self { line: number(line), column: number(column) }
    }

    /// Returns the line, counted from 1.
    pub fn line(self) -> u64 {
        self.line
    }

    /// Returns the column in characters, counted from 1.
    pub fn column(self) -> u64 {
        self.column
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl From<serde_saphyr::Location> for Position {
    fn from(location: serde_saphyr::Location) -> Self {
        Self { line: location.line(), column: location.column() }
    }
}

/// Reads YAML 1.2 text, of which JSON is a subset, into a type. `name` is only used in the error.
///
/// The words `yes`, `no`, `on` and `off` are text, as YAML 1.2 requires, and a duplicate key is an error.
///
/// # Errors
///
/// Returns an error, usually with its [position](DocumentError::position), if the text is not YAML or does not
/// fit the type.
pub fn from_yaml<T: DeserializeOwned>(name: impl AsRef<Path>, text: &str) -> Result<T, DocumentError> {
    // The limits on aliases hold for each type alike.
    read_deep_yaml(name.as_ref(), text)?;
    let options: Options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| yaml_error(name.as_ref(), &error))
}

/// Returns the error for text that the YAML reader rejects.
pub(crate) fn yaml_error(name: &Path, error: &serde_saphyr::Error) -> DocumentError {
    let position = error.location().map(Position::from);
    if let serde_saphyr::Error::DuplicateMappingKey { key: Some(key), .. } = error.without_snippet() {
        let message = format!("duplicate key `{key}` in one object");
        let help = "fix the YAML: remove one of the two, since parsers disagree about which one counts";
        return DocumentError::new(name, message, help).at(position);
    }
    // The reader's own message repeats the position and quotes the lines around it. One line is enough here.
    let plain = error.without_snippet().to_string();
    let reason = plain.lines().next().unwrap_or_default();
    let reason = reason.strip_prefix("error: ").unwrap_or(reason);
    let reason = reason.split(" at line ").next().unwrap_or(reason);
    DocumentError::new(
        name,
        format!("failed to parse: {reason}"),
        "fix the YAML here; the OpenAPI 3.0.3 specification lists the fields of each object",
    )
    .at(position)
}

/// The positions of a value and of everything in it.
#[derive(Debug, Clone)]
pub(crate) struct Positions {
    /// The position of the key, for a value in a mapping.
    key: Option<Position>,
    value: Position,
    nested: Nested,
}

#[derive(Debug, Clone)]
enum Nested {
    None,
    Items(Vec<Positions>),
    Fields(HashMap<String, Positions>),
}

impl Positions {
    /// Reads YAML text as a value and the positions in it.
    pub(crate) fn read(name: &Path, text: &str) -> Result<(Value, Self), DocumentError> {
        let (value, positions) = located(from_yaml(name, text)?);
        Ok((value, positions))
    }

    /// Returns the positions for a JSON pointer.
    fn find(&self, pointer: &str) -> Option<&Self> {
        if !(pointer.is_empty() || pointer.starts_with('/')) {
            return None;
        }
        names(pointer).iter().try_fold(self, |found, token| match &found.nested {
            Nested::None => None,
            Nested::Items(items) => items.get(token.parse::<usize>().ok()?),
            Nested::Fields(fields) => fields.get(token),
        })
    }

    /// Returns the position of the key at a JSON pointer, or of the value if it has no key.
    pub(crate) fn key(&self, pointer: &str) -> Option<Position> {
        self.find(pointer).map(|found| found.key.unwrap_or(found.value))
    }

    /// Returns the position of the value at a JSON pointer.
    pub(crate) fn value(&self, pointer: &str) -> Option<Position> {
        self.find(pointer).map(|found| found.value)
    }
}

/// A value, with the positions of what is in it.
struct Content {
    value: Value,
    nested: Nested,
}

impl From<Value> for Content {
    fn from(value: Value) -> Self {
        Self { value, nested: Nested::None }
    }
}

fn located(content: Spanned<Content>) -> (Value, Positions) {
    let Content { value, nested } = content.value;
    (value, Positions { key: None, value: content.referenced.into(), nested })
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
        f.write_str("a YAML value that JSON can represent")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Content, E> {
        Ok(Value::from(value).into())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Content, E> {
        Ok(Value::from(value).into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Content, E> {
        Ok(Value::from(value).into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Content, E> {
        match Number::from_f64(value) {
            Some(number) => Ok(Value::from(number).into()),
            None => Err(E::custom("JSON has no number for infinity or NaN")),
        }
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Content, E> {
        Ok(Value::from(value).into())
    }

    fn visit_unit<E: de::Error>(self) -> Result<Content, E> {
        Ok(Value::Null.into())
    }

    fn visit_none<E: de::Error>(self) -> Result<Content, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Content, D::Error> {
        Content::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Content, A::Error> {
        let (mut items, mut positions) = (Vec::new(), Vec::new());
        while let Some(item) = access.next_element::<Spanned<Content>>()? {
            let (item, position) = located(item);
            items.push(item);
            positions.push(position);
        }
        Ok(Content { value: Value::Array(items), nested: Nested::Items(positions) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Content, A::Error> {
        let (mut fields, mut positions) = (Map::new(), HashMap::new());
        while let Some(key) = access.next_key::<Spanned<String>>()? {
            let (field, position) = located(access.next_value::<Spanned<Content>>()?);
            positions.insert(key.value.clone(), Positions { key: Some(key.referenced.into()), ..position });
            fields.insert(key.value, field);
        }
        Ok(Content { value: Value::Object(fields), nested: Nested::Fields(positions) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Value, Positions) {
        Positions::read(Path::new("a.yaml"), text).unwrap()
    }

    fn line_and_column(position: Option<Position>) -> (u64, u64) {
        position.map(|position| (position.line(), position.column())).unwrap()
    }

    #[test]
    fn a_pointer_finds_the_line_and_column_of_key_and_value() {
        let (_, positions) = read("paths:\n  /auth/token:\n    post:\n      tags: [a, b]\n");

        let tags = "/paths/~1auth~1token/post/tags";
        assert_eq!(line_and_column(positions.key("/paths/~1auth~1token/post")), (3, 5));
        assert_eq!(line_and_column(positions.key(tags)), (4, 7));
        assert_eq!(line_and_column(positions.value(tags)), (4, 13));
        assert_eq!(line_and_column(positions.key(&format!("{tags}/1"))), (4, 17), "an item has no key");
        assert_eq!(line_and_column(positions.key("")), (1, 1));
        assert!(positions.key("/paths/nothing").is_none());
        assert!(positions.key("paths").is_none(), "a pointer begins with a slash");
    }

    #[test]
    fn yaml_1_1_booleans_are_text() {
        let (value, _) = read("a: no\nb: yes\nc: on\nd: false\n");

        assert_eq!(value, serde_json::json!({ "a": "no", "b": "yes", "c": "on", "d": false }));
    }

    #[test]
    fn a_duplicate_key_is_an_error_at_the_second_key() {
        for text in ["a: 1\nb: 2\na: 3\n", "{ \"a\": 1,\n\"b\": 2,\n\"a\": 3 }"] {
            let error = Positions::read(Path::new("a.yaml"), text).unwrap_err();
            assert_eq!(line_and_column(error.position()), (3, 1), "{error}");
        }
    }

    #[test]
    fn a_number_that_json_lacks_is_an_error() {
        let error = Positions::read(Path::new("a.yaml"), "a: .nan\n").unwrap_err();
        assert_eq!(line_and_column(error.position()), (1, 4), "{error}");
    }
}
