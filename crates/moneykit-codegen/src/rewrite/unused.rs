//! Drops what no request and no response of a client contains: callbacks and links.

use moneykit_contract::Kind;
use serde_json::Value;

use super::walk::nodes;
use crate::wire::Wire;

/// Drops callbacks and links, which the server sends or which describe no message at all.
pub(super) fn unused(root: &mut Value, _: &mut Wire) {
    nodes(root, &mut |kind, fields| {
        let unused: &[&str] = match kind {
            Kind::Components => &["callbacks", "links", "pathItems"],
            Kind::Operation => &["callbacks"],
            Kind::Response => &["links"],
            // Response headers are not decoded, so their serialization does not matter.
            Kind::Header => &["explode", "allowReserved", "allowEmptyValue"],
            // It has a meaning in queries only.
            Kind::Parameter if fields.get("in").is_some_and(|location| location != "query") => {
                &["allowEmptyValue"]
            }
            _ => &[],
        };
        for field in unused {
            fields.shift_remove(*field);
        }
    });
}
