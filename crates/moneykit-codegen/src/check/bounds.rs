//! Checks the bounds of integers.

use moneykit_contract::{Kind, child};

use crate::error::Diagnostic;
use crate::index::ContractIndex;

/// Rejects bounds of integers that are not 64-bit integers themselves: the typed model replaces such a schema by
/// one that allows any value.
pub(super) fn bounds(index: &ContractIndex<'_>) -> Vec<Diagnostic> {
    let integers = index.definitions(Kind::Schema).filter(|schema| schema.value["type"] == "integer");
    let bounds = integers.flat_map(|schema| {
        let keywords = ["minimum", "maximum", "multipleOf"].into_iter();
        keywords.filter_map(move |keyword| Some((schema, keyword, schema.value.get(keyword)?)))
    });
    bounds
        .filter(|(_, _, bound)| !bound.is_i64())
        .map(|(schema, keyword, _)| {
            Diagnostic::new(
                index.value_position(&child(&schema.pointer, keyword)),
                format!("the `{keyword}` of an integer is not a 64-bit integer"),
                format!("write an integer from {} to {}, or change the type to number", i64::MIN, i64::MAX),
            )
        })
        .collect()
}
