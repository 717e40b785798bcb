//! Exact decimal numbers: JSON numbers compare by value, however large and however they are written.

use std::cmp::Ordering;

use serde_json::{Number, Value};

/// A number as digits and a power of ten, in the only form without trailing zeros.
///
/// A float has 53 bits, so 9007199254740993 and 9007199254740992 would be the same float; and 0.3 is no multiple of the
/// float 0.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimal {
    digits: i128,
    exponent: i32,
}

impl Decimal {
    pub(crate) const ZERO: Self = Self { digits: 0, exponent: 0 };

    /// Returns a value as a decimal, or `None` if it is no number.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        value.as_number().and_then(Self::new)
    }

    fn new(number: &Number) -> Option<Self> {
        let text = number.to_string();
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((&text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        let mut exponent = exponent.parse::<i32>().ok()? - i32::try_from(fraction.len()).ok()?;
        while digits != 0 && digits % 10 == 0 {
            digits /= 10;
            exponent += 1;
        }
        Some(Self { digits, exponent: if digits == 0 { 0 } else { exponent } })
    }

    /// Returns true if the number is an integral multiple of another one.
    pub(crate) fn is_multiple_of(self, other: Self) -> bool {
        match self.aligned(other) {
            Some((one, other)) => other != 0 && one % other == 0,
            // Numbers that are this far apart are not known to be multiples.
            None => false,
        }
    }

    /// Returns the digits of both numbers for the smaller exponent, if they are in range.
    fn aligned(self, other: Self) -> Option<(i128, i128)> {
        let exponent = self.exponent.min(other.exponent);
        let scale = |number: Self| {
            let power = u32::try_from(number.exponent - exponent).ok()?;
            number.digits.checked_mul(10i128.checked_pow(power)?)
        };
        Some((scale(self)?, scale(other)?))
    }

    /// Returns the position of the first digit before or behind the decimal point.
    fn magnitude(self) -> i64 {
        let length = self.digits.unsigned_abs().checked_ilog10().unwrap_or(0);
        i64::from(self.exponent) + i64::from(length)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        if let Some((one, other)) = self.aligned(*other) {
            return one.cmp(&other);
        }
        // Numbers that can't be aligned have different signs or magnitudes.
        let by_sign = self.digits.signum().cmp(&other.digits.signum());
        let by_magnitude = self.magnitude().cmp(&other.magnitude());
        by_sign.then(if self.digits < 0 { by_magnitude.reverse() } else { by_magnitude })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Returns true if two JSON values are the same, where 1 and 1.0 are the same number.
pub(crate) fn is_same_value(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || Decimal::new(one).is_some_and(|one| Some(one) == Decimal::new(other))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same_value(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, one)| other.get(name).is_some_and(|other| is_same_value(one, other)))
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::of(&serde_json::from_str(text).unwrap()).unwrap()
    }

    #[test]
    fn numbers_are_ordered_exactly() {
        let ordered = [
            "-1e300",
            "-9007199254740993",
            "-9007199254740992",
            "-0.5",
            "0",
            "1e-300",
            "0.1",
            "1",
            "1.5",
            "9007199254740992",
            "9007199254740993",
            "18446744073709551615",
            "1e300",
        ];
        for (i, one) in ordered.iter().enumerate() {
            for (j, other) in ordered.iter().enumerate() {
                assert_eq!(decimal(one).cmp(&decimal(other)), i.cmp(&j), "{one} {other}");
            }
        }
    }

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        for (one, other) in [("1", "1.0"), ("100", "1e2"), ("0", "-0.0"), ("0.1", "1e-1")] {
            assert_eq!(decimal(one), decimal(other), "{one} {other}");
        }
        let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert!(is_same_value(&value(r#"{"a":[1,{"b":2.0}]}"#), &value(r#"{"a":[1.0,{"b":2}]}"#)));
        assert!(!is_same_value(&value("9007199254740993"), &value("9007199254740992.0")));
        assert!(!is_same_value(&value("[1]"), &value("[1, 1]")));
        assert!(!is_same_value(&value("1"), &value("\"1\"")));
    }

    #[test]
    fn multiples_are_exact() {
        for (number, divisor, expected) in [
            ("0.3", "0.1", true),
            ("1", "0.01", true),
            ("9007199254740993", "2", false),
            ("6", "4", false),
            ("6", "0", false),
            ("0", "7", true),
        ] {
            assert_eq!(decimal(number).is_multiple_of(decimal(divisor)), expected, "{number} {divisor}");
        }
    }
}
