//! Converts numeric bounds.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

use super::Downgrader;

impl Downgrader<'_> {
    /// Converts `exclusiveMinimum: 5` to `minimum: 5` with `exclusiveMinimum: true`, and likewise for
    /// maximums.
    pub(super) fn bounds(&mut self, schema: &mut Map<String, Value>, at: &str) {
        for (exclusive, bound, stricter) in [
            ("exclusiveMinimum", "minimum", Ordering::Greater),
            ("exclusiveMaximum", "maximum", Ordering::Less),
        ] {
            let limit = match schema.get(exclusive) {
                Some(Value::Number(limit)) => limit.clone(),
                Some(_) => {
                    self.report_unsupported(
                        at,
                        exclusive,
                        "the value is not a number; it is kept, as OpenAPI 3.0 expects a boolean",
                    );
                    continue;
                }
                None => continue,
            };
            let is_effective = match schema.get(bound).and_then(Value::as_number) {
                None => true,
                Some(other) => [stricter, Ordering::Equal].contains(&compare(&limit, other)),
            };
            if is_effective {
                schema.insert(bound.to_owned(), Value::Number(limit));
                schema.insert(exclusive.to_owned(), Value::Bool(true));
            } else {
                // The inclusive bound is stricter.
                schema.shift_remove(exclusive);
            }
        }
    }
}

fn compare(one: &Number, other: &Number) -> Ordering {
    if let (Some(one), Some(other)) = (one.as_i128(), other.as_i128()) {
        return one.cmp(&other);
    }
    let float = |number: &Number| number.as_f64().unwrap_or(f64::NAN);
    float(one).total_cmp(&float(other))
}
