use openapiv3::OpenAPI;
use serde_json::Value;

use crate::error::Problem;
use crate::tree::{Content, Entry, Node};

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
                    None if is_default(entry) => {}
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

/// Fields whose default is `false`, which the model leaves out when it is written.
const FALSE: [&str; 9] = [
    "allowReserved",
    "deprecated",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "nullable",
    "readOnly",
    "required",
    "uniqueItems",
    "writeOnly",
];
/// Fields whose default is an empty collection, likewise. An empty `enum` or `oneOf` is not one of them: it
/// allows nothing, where its absence allows anything.
const EMPTY: [&str; 16] = [
    "callbacks",
    "content",
    "encoding",
    "examples",
    "headers",
    "links",
    "mapping",
    "parameters",
    "properties",
    "requestBodies",
    "required",
    "responses",
    "schemas",
    "securitySchemes",
    "servers",
    "tags",
];
/// Fields that hold any value, of which the model can't tell `null` from none.
const ANY_VALUE: [&str; 3] = ["default", "example", "value"];

/// Says whether leaving an entry out says the same.
fn is_default(entry: &Entry) -> bool {
    let known: &[&str] = match &entry.value.content {
        Content::Scalar(Value::Bool(false)) => &FALSE,
        Content::Scalar(Value::Null) => &ANY_VALUE,
        Content::Sequence(items) if items.is_empty() => &EMPTY,
        Content::Mapping(entries) if entries.is_empty() => &EMPTY,
        _ => &[],
    };
    known.contains(&entry.key.as_str())
}

fn is_same(text: &Value, model: &Value) -> bool {
    match (text.as_f64(), model.as_f64()) {
        // `minimum: 0` and `minimum: 0.0` are one number.
        #[expect(clippy::float_cmp, reason = "both come from the same text; nothing was computed")]
        (Some(text), Some(model)) => text == model,
        _ => text == model,
    }
}
