//! Objects in JSON and YAML.
//!
//! The `Deserialize` that serde derives for a struct accepts an array of the values of its fields as well. The control
//! API and configuration files do not: a list in the wrong place is a mistake, not an object without names.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A value that is deserialized from an object only.
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// Deserializes a field that is an object.
pub(crate) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Object::deserialize(deserializer).map(|Object(value)| value)
}

/// Deserializes a field that is an object or null.
pub(crate) fn optional<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(Option::<Object<T>>::deserialize(deserializer)?.map(|Object(value)| value))
}

/// Deserializes a field that is a list of objects.
pub(crate) fn list<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let objects = Vec::<Object<T>>::deserialize(deserializer)?;
    Ok(objects.into_iter().map(|Object(value)| value).collect())
}

#[cfg(test)]
mod tests {
    use crate::SessionConfig;

    use super::*;

    #[test]
    fn a_list_is_no_object_at_any_level() {
        let parse = serde_json::from_str::<Object<SessionConfig>>;
        for text in [
            "[]",
            r#"{"journal": [1, 2]}"#,
            r#"{"faults": []}"#,
            r#"{"faults": {"rules": [["api", 1, {"type": "delay", "delay_ms": 1}]]}}"#,
            r#"{"faults": {"rules": [{"one_in": 1, "fault": ["delay", 1]}]}}"#,
            r#"{"rate_limits": [null, null]}"#,
            r#"{"rate_limits": {"api": [1, 2.0]}}"#,
            r#"{"clients": [["id", "secret"]]}"#,
            r#"{"stubs": [[null, {"path": "/"}]]}"#,
            r#"{"stubs": [{"request": [null, "/"]}]}"#,
            r#"{"stubs": [{"request": {"path": "/"}, "responses": [[]]}]}"#,
        ] {
            let error = parse(text).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains("expected an object"), "{text}: {error}");
        }
        let text = r#"{"journal": {"max_entries": 1}, "rate_limits": {"api": null}, "stubs": [{"request": {"path": "/"}}]}"#;
        assert!(parse(text).is_ok());
    }
}
