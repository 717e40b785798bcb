//! A value of a setting, before it is known what it means.

use std::fmt;
use std::num::NonZeroU64;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::auth::Scopes;
use crate::error::{Error, Problem};

/// A value in a form that every self-describing format has. Reading one does not fail: the errors of some formats quote
/// the line of a value.
#[derive(Clone)]
pub(super) enum ConfigValue {
    /// Any text may be a secret, if only one in the wrong place.
    Text(SecretString),
    Number(f64),
    Whole(u64),
    List(Vec<SecretString>),
    Null,
    /// A boolean, a map, or a list of something else than texts.
    Other,
}

impl ConfigValue {
    /// Returns true if the setting is named and not set.
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Returns the text, or the problem and its remedy.
    pub(super) fn into_text(self) -> Result<SecretString, &'static str> {
        match self {
            Self::Text(text) => Ok(text),
            // Its leading zeros are lost already.
            Self::Number(_) | Self::Whole(_) => Err("is a number; enclose it in quotation marks"),
            Self::List(_) | Self::Null | Self::Other => Err("is not a text; set a text"),
        }
    }

    /// Returns a duration from a number of seconds.
    pub(super) fn into_duration(self) -> Result<Duration, &'static str> {
        let seconds = match &self {
            Self::Whole(seconds) => return Ok(Duration::from_secs(*seconds)),
            Self::Number(seconds) => Some(*seconds),
            Self::Text(text) => text.expose_secret().trim().parse().ok(),
            Self::List(_) | Self::Null | Self::Other => None,
        };
        let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        duration
            .ok_or("is not a number of seconds, zero or more; set a number without a unit, such as 30 or 0.5")
    }

    /// Returns a duration that is not zero from a number of seconds.
    pub(super) fn into_timeout(self) -> Result<Duration, &'static str> {
        match self.into_duration()? {
            Duration::ZERO => Err("is zero; set a positive number of seconds"),
            timeout => Ok(timeout),
        }
    }

    /// Returns a whole number above zero.
    pub(super) fn into_positive<T: TryFrom<NonZeroU64>>(self) -> Result<T, &'static str> {
        let number = match &self {
            Self::Whole(number) => NonZeroU64::new(*number),
            Self::Text(text) => text.expose_secret().trim().parse().ok(),
            Self::Number(_) | Self::List(_) | Self::Null | Self::Other => None,
        };
        let number = number.ok_or("is not a whole number above zero; set one")?;
        T::try_from(number).map_err(|_| "is too large; set a smaller number")
    }

    /// Returns the scopes of a text, or of a list of names.
    pub(super) fn into_scopes(self) -> Result<Scopes, Vec<Problem>> {
        let scopes = match self {
            Self::Text(text) => Scopes::parse(text.expose_secret()),
            Self::List(names) => Scopes::new(names.iter().map(ExposeSecret::expose_secret)),
            Self::Number(_) | Self::Whole(_) | Self::Null | Self::Other => Err(Error::setting(
                "scopes",
                "is neither a text nor a list of texts; set the names of the scopes",
            )),
        };
        scopes.map_err(Error::into_problems)
    }
}

impl<'de> Deserialize<'de> for ConfigValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = ConfigValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number or a list of texts")
    }

    fn visit_str<E>(self, text: &str) -> Result<ConfigValue, E> {
        Ok(ConfigValue::Text(text.into()))
    }

    fn visit_string<E>(self, text: String) -> Result<ConfigValue, E> {
        Ok(ConfigValue::Text(text.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<ConfigValue, E> {
        Ok(ConfigValue::Whole(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<ConfigValue, E> {
        // No setting is negative.
        Ok(u64::try_from(number).map_or(ConfigValue::Other, ConfigValue::Whole))
    }

    fn visit_f64<E>(self, number: f64) -> Result<ConfigValue, E> {
        Ok(ConfigValue::Number(number))
    }

    fn visit_bool<E>(self, _: bool) -> Result<ConfigValue, E> {
        Ok(ConfigValue::Other)
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<ConfigValue, E> {
        Ok(ConfigValue::Other)
    }

    fn visit_unit<E>(self) -> Result<ConfigValue, E> {
        Ok(ConfigValue::Null)
    }

    fn visit_none<E>(self) -> Result<ConfigValue, E> {
        Ok(ConfigValue::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<ConfigValue, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<ConfigValue, A::Error> {
        let mut texts = Some(Vec::new());
        while let Some(value) = list.next_element::<ConfigValue>()? {
            match value {
                ConfigValue::Text(text) => texts.iter_mut().for_each(|texts| texts.push(text.clone())),
                _ => texts = None,
            }
        }
        Ok(texts.map_or(ConfigValue::Other, ConfigValue::List))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ConfigValue, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(ConfigValue::Other)
    }
}

impl fmt::Debug for ConfigValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("[text]"),
            Self::Number(number) => number.fmt(f),
            Self::Whole(number) => number.fmt(f),
            Self::List(_) => f.write_str("[list]"),
            Self::Null | Self::Other => f.write_str("[other]"),
        }
    }
}
