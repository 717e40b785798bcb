use crate::error::Problem;
use crate::tree::{Content, Entry, Node};
use crate::walk::Survey;

/// Asks for whole bounds on integers, of 64 bits: the document model takes an integer with any other for a
/// schema that allows anything at all.
pub(super) fn bounds(survey: &Survey<'_>) -> Vec<Problem> {
    let integers =
        survey.schemas.iter().filter(|schema| schema.get("type").and_then(Node::as_str) == Some("integer"));
    integers.flat_map(|schema| schema.entries()).filter_map(check).collect()
}

fn check(entry: &Entry) -> Option<Problem> {
    let is_bound = ["minimum", "maximum", "multipleOf"].contains(&entry.key.as_str());
    let fits = matches!(&entry.value.content, Content::Scalar(value) if value.is_i64());
    (is_bound && !fits).then(|| {
        Problem::new(
            entry.value.position,
            format!("the `{}` of an integer is not a whole number of 64 bits", entry.key),
            format!("write a whole number from {} to {}, or change the type to number", i64::MIN, i64::MAX),
        )
    })
}
