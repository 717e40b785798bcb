//! Makes the bounds of numbers those that the typed model can hold.

use serde_json::{Value, json};

use super::walk::{Object, schemas};
use crate::wire::Wire;

/// Writes bounds of integers as integers, and drops those that no 64-bit integer can hold. A numeric
/// `exclusiveMinimum`, as later versions of JSON Schema have it, becomes a bound and a flag.
pub(super) fn bounds(root: &mut Value, wire: &mut Wire) {
    schemas(root, &mut |schema| {
        for (exclusive, inclusive) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
            numeric_exclusive(schema, exclusive, inclusive);
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("integer") => {
                integer(schema, wire);
                lone(schema, wire);
            }
            Some("number") => {
                for keyword in ["minimum", "maximum", "multipleOf"] {
                    if schema.get(keyword).is_some_and(|bound| !bound.is_number()) {
                        schema.shift_remove(keyword);
                        wire.unenforced(keyword, "the bound is no number");
                    }
                }
            }
            _ => {}
        }
        for keyword in ["minItems", "maxItems", "minProperties", "maxProperties"] {
            let is_small = |bound: &Value| bound.as_u64().is_some_and(|bound| u32::try_from(bound).is_ok());
            if schema.get(keyword).is_some_and(|bound| !is_small(bound)) {
                schema.shift_remove(keyword);
                wire.unenforced(keyword, "the bound is no 32-bit integer");
            }
        }
    });
}

fn numeric_exclusive(schema: &mut Object, exclusive: &str, inclusive: &str) {
    if let Some(bound) = schema.get(exclusive).filter(|bound| bound.is_number()).cloned() {
        schema.insert(exclusive.to_owned(), Value::Bool(true));
        schema.insert(inclusive.to_owned(), bound);
    }
    if schema.get(inclusive).is_none() {
        schema.shift_remove(exclusive);
    }
}

fn integer(schema: &mut Object, wire: &mut Wire) {
    for keyword in ["minimum", "maximum", "multipleOf"] {
        let Some(bound) = schema.get(keyword).filter(|bound| !bound.is_i64()) else { continue };
        if let Some(whole) = whole(bound) {
            schema.insert(keyword.to_owned(), json!(whole));
        } else {
            schema.shift_remove(keyword);
            wire.unenforced(keyword, "the bound is no 64-bit integer");
        }
    }
}

/// Drops a bound alone that is one of a Rust integer: the generator would take that type, and thereby the other bound.
fn lone(schema: &mut Object, wire: &mut Wire) {
    const MAXIMA: [i64; 6] = [127, 255, 32_767, 65_535, 2_147_483_647, 4_294_967_295];
    const MINIMA: [i64; 3] = [-128, -32_768, -2_147_483_648];
    for (keyword, other, exclusive, inward, known) in [
        ("maximum", "minimum", "exclusiveMaximum", -1, &MAXIMA[..]),
        ("minimum", "maximum", "exclusiveMinimum", 1, &MINIMA[..]),
    ] {
        let is_exclusive = schema.get(exclusive) == Some(&Value::Bool(true));
        let bound = schema.get(keyword).and_then(Value::as_i64).filter(|_| !schema.contains_key(other));
        let bound = bound.map(|bound| if is_exclusive { bound.saturating_add(inward) } else { bound });
        if bound.is_some_and(|bound| known.contains(&bound)) {
            schema.shift_remove(keyword);
            schema.shift_remove(exclusive);
            wire.unenforced(keyword, "the Rust integer with this bound has another one as well");
        }
    }
}

/// Returns the integer that a number such as `1.0` is.
fn whole(bound: &Value) -> Option<i64> {
    let number = bound.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 9e15)?;
    #[expect(clippy::cast_possible_truncation, reason = "the number is whole and in range")]
    Some(number as i64)
}
