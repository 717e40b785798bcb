//! Reads JSON and YAML text as a JSON value: no key is lost, and the size of the value is bounded by that of the text.

use std::cell::Cell;
use std::fmt;
use std::path::Path;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::document::DocumentError;
use crate::positions::{Position, yaml_error};
use crate::stack::with_stack_size;

/// The maximum nesting depth of a document; `serde_json` has the same limit.
pub(crate) const MAX_DEPTH: usize = 128;

/// The stack size for reading YAML, in bytes. Without optimization the reader needs about 20 KB for each level,
/// more than the default stack of a thread holds at the maximum depth.
const YAML_STACK: usize = 16 << 20;

/// The number of bytes that the aliases of a YAML text can add to it. Aliases of aliases grow exponentially, and an alias
/// of a long text takes two bytes.
const MAX_EXPANSION: usize = 32 << 20;

/// Reads JSON text.
///
/// # Errors
///
/// Returns an error with its position if the text is not JSON, or if an object has a duplicate key.
pub(crate) fn read_json(name: &Path, text: &str) -> Result<Value, DocumentError> {
    let budget = Cell::new(usize::MAX);
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = ValueSeed { budget: &budget }.deserialize(&mut reader).and_then(|value| {
        reader.end()?;
        Ok(value)
    });
    value.map_err(|error| {
        let position = Position::new(error.line(), error.column());
        let text = error.to_string();
        let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
        // Only a duplicate key is refused of what is JSON.
        if error.is_data() {
            DocumentError::new(name, reason, "remove one of the two: parsers disagree about which one counts")
        } else {
            let message = format!("failed to parse as JSON: {reason}");
            DocumentError::new(name, message, "fix the JSON at that position")
        }
        .at(Some(position))
    })
}

/// Reads YAML 1.2 text.
///
/// # Errors
///
/// Returns an error, usually with its position, if the text is not YAML, if a mapping has a duplicate key, if a number
/// is infinite or not a number, or if aliases expand to too much.
pub(crate) fn read_yaml(name: &Path, text: &str) -> Result<Value, DocumentError> {
    // Each node takes at least one byte of the text, and each character of a value as well.
    let budget = Cell::new(text.len().saturating_mul(2).saturating_add(MAX_EXPANSION));
    let read = |reader: serde_saphyr::Deserializer<'_, '_>| ValueSeed { budget: &budget }.deserialize(reader);
    serde_saphyr::with_deserializer_from_str_with_options(text, yaml_options(), read).map_err(|error| {
        if budget.get() == 0 {
            let message =
                format!("the aliases of the YAML text expand to more than {} MiB", MAX_EXPANSION >> 20);
            return DocumentError::new(name, message, "repeat less by aliases, or use `$ref`");
        }
        yaml_error(name, &error)
    })
}

/// Reads YAML text on a thread with a stack that is large enough for the maximum depth.
pub(crate) fn read_deep_yaml(name: &Path, text: &str) -> Result<Value, DocumentError> {
    with_stack_size(YAML_STACK, || read_yaml(name, text)).unwrap_or_else(|error| {
        let message = format!("failed to start a thread for parsing: {error}");
        Err(DocumentError::new(name, message, "free memory, or raise the limit on threads"))
    })
}

/// Returns the options for reading YAML.
///
/// The size of a value is bounded by the text, which the caller already holds in memory, and by [`MAX_EXPANSION`]. The
/// other limits are high enough for programs that write an alias for every repeated value.
fn yaml_options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        strict_booleans: true,
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_events: usize::MAX,
            max_nodes: usize::MAX,
            max_total_scalar_bytes: usize::MAX,
            max_aliases: usize::MAX,
            max_anchors: usize::MAX,
            enforce_alias_anchor_ratio: false,
        },
    }
}

/// Reads one value, and charges its size to a budget that all values of a text share.
#[derive(Clone, Copy)]
struct ValueSeed<'b> {
    budget: &'b Cell<usize>,
}

impl ValueSeed<'_> {
    fn charge<E: de::Error>(self, bytes: usize) -> Result<(), E> {
        let rest = self.budget.get().saturating_sub(bytes);
        self.budget.set(rest);
        if rest == 0 { Err(E::custom("the value is too large")) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON can represent")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        self.charge(1)?;
        Ok(value.into())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        self.charge(1)?;
        Ok(value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        self.charge(1)?;
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        self.charge(1)?;
        let number = Number::from_f64(value);
        number.map(Value::Number).ok_or_else(|| E::custom("JSON has no number for infinity or NaN"))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        self.charge(value.len() + 1)?;
        Ok(value.into())
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Value, E> {
        self.charge(value.len() + 1)?;
        Ok(value.into())
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        self.charge(1)?;
        Ok(Value::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        self.charge(1)?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        self.charge(1)?;
        let mut fields = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            self.charge(key.len() + 1)?;
            if fields.contains_key(&key) {
                return Err(de::Error::custom(format_args!("duplicate key `{key}` in one object")));
            }
            fields.insert(key, access.next_value_seed(self)?);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duplicate_key_is_refused_with_its_line_and_name() {
        let name = Path::new("a");
        let text = "{ \"a\": 1,\n  \"b\": { \"c\": 1 },\n  \"a\": 2 }";
        for error in [read_json(name, text).unwrap_err(), read_yaml(name, text).unwrap_err()] {
            assert_eq!(error.position().unwrap().line(), 3, "{error}");
            assert!(error.message().contains("duplicate key `a`"), "{error}");
        }
    }

    #[test]
    fn aliases_expand_within_a_bound() {
        let text = |length: usize, aliases: usize| {
            format!("s: &s \"{}\"\nl: [{}]\n", "a".repeat(length), vec!["*s"; aliases].join(", "))
        };
        let value = read_yaml(Path::new("a"), &text(1_000, 1_000)).unwrap();
        assert_eq!(value["l"].as_array().unwrap().len(), 1_000);
        let error = read_yaml(Path::new("a"), &text(100_000, 100_000)).unwrap_err();
        assert!(error.message().contains("expand to more than 32 MiB"), "{error}");
    }

    #[test]
    fn json_and_yaml_read_the_same_values() {
        let text = "{ \"a\": [1, -1, 1.5, 1e300, true, null, \"no\"], \"200\": {} }";
        let name = Path::new("a");
        assert_eq!(read_json(name, text).unwrap(), read_yaml(name, text).unwrap());
        assert_eq!(read_yaml(name, "200: no\n").unwrap(), serde_json::json!({ "200": "no" }));
        assert!(read_yaml(name, "a: .nan\n").is_err());
        assert!(read_json(name, "{} {}").is_err());
    }
}
