use openapiv3::OpenAPI;
use serde_json::Value;

use crate::error::Problem;
use crate::tree::{Content, Node};

/// Finds what the document model lost: writes the model back and compares it with the text.
///
/// The model reads leniently, so a field that it does not know vanishes without a word, and a value that it
/// does not expect may turn into something else. What the model adds, such as a default that the text left
/// out, loses nothing and is not looked at.
pub(crate) fn lossless(tree: &Node, document: &OpenAPI) -> Vec<Problem> {
    let mut problems = Vec::new();
    match serde_json::to_value(document) {
        Ok(written) => compare(tree, &written, &mut problems),
        Err(error) => problems.push(Problem::new(
            tree.position,
            format!("the document can't be written back: {error}"),
            "look for a map key that is not text",
        )),
    }
    problems
}

fn compare(text: &Node, model: &Value, problems: &mut Vec<Problem>) {
    match (&text.content, model) {
        (Content::Mapping(entries), Value::Object(model)) => {
            for entry in entries {
                match model.get(&entry.key) {
                    Some(value) => compare(&entry.value, value, problems),
                    None if is_nothing(&entry.value) => {}
                    None => problems.push(Problem::new(
                        entry.key_position,
                        format!("`{}` is not read here: it would be dropped without a word", entry.key),
                        "correct the spelling or the place; a field of your own begins with `x-`",
                    )),
                }
            }
        }
        (Content::Sequence(items), Value::Array(model)) if items.len() == model.len() => {
            for (item, value) in items.iter().zip(model) {
                compare(item, value, problems);
            }
        }
        (Content::Scalar(scalar), model) if is_same(scalar, model) => {}
        _ => problems.push(Problem::new(
            text.position,
            format!("this is misread: it comes back as `{model}`"),
            "write the value in the type that OpenAPI 3.0.3 gives this field",
        )),
    }
}

/// Says whether leaving a value out says the same: `false` and the empty collections are the defaults.
fn is_nothing(node: &Node) -> bool {
    match &node.content {
        Content::Scalar(value) => matches!(value, Value::Bool(false) | Value::Null),
        Content::Sequence(items) => items.is_empty(),
        Content::Mapping(entries) => entries.is_empty(),
    }
}

fn is_same(text: &Value, model: &Value) -> bool {
    match (text.as_f64(), model.as_f64()) {
        // `minimum: 0` and `minimum: 0.0` are one number.
        #[expect(clippy::float_cmp, reason = "both come from the same text; nothing was computed")]
        (Some(text), Some(model)) => text == model,
        _ => text == model,
    }
}
