//! Replaces formats and patterns that the generated types can't express.

use serde_json::Value;

use super::walk::schemas;
use crate::wire::Wire;

/// Drops patterns that are no regular expressions of ECMAScript, and lengths beyond 32 bits.
pub(super) fn formats(root: &mut Value, wire: &mut Wire) {
    schemas(root, &mut |schema| {
        if schema.get("type").is_none_or(|kind| kind != "string") {
            return;
        }
        let is_broken = |pattern: &str| regress::Regex::new(pattern).is_err();
        if schema.get("pattern").is_some_and(|pattern| pattern.as_str().is_none_or(is_broken)) {
            schema.shift_remove("pattern");
            wire.unenforced("pattern", "it is no regular expression of ECMAScript");
        }
        for keyword in ["minLength", "maxLength"] {
            let is_small = |bound: &Value| bound.as_u64().is_some_and(|bound| u32::try_from(bound).is_ok());
            if schema.get(keyword).is_some_and(|bound| !is_small(bound)) {
                schema.shift_remove(keyword);
                wire.unenforced(keyword, "the bound is no 32-bit integer");
            }
        }
        // The types of these formats are not strings, so that they have no length and no pattern.
        let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
        if ["date", "date-time", "uuid", "ip", "ipv4", "ipv6"].contains(&format) {
            for keyword in ["minLength", "maxLength", "pattern"] {
                if schema.shift_remove(keyword).is_some() {
                    wire.unenforced(keyword, "the type of the format checks the value");
                }
            }
        }
    });
}
