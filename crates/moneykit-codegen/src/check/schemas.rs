use crate::error::Problem;
use crate::tree::{Content, Entry, Node};
use crate::walk::Survey;

/// Reads every schema by the letter of OpenAPI 3.0.3: its `type` is one that exists, and its keywords are
/// ones that this type takes.
///
/// The document model does not: it takes a schema that it can't place, `type: objec` or a string with a
/// `minimum`, for one that allows anything at all.
pub(super) fn schemas(survey: &Survey<'_>) -> Vec<Problem> {
    survey.schemas.iter().flat_map(|schema| check(schema)).collect()
}

/// The keywords that any schema takes, whatever its type (OpenAPI 3.0.3, "Schema Object").
const ANY_TYPE: [&str; 11] = [
    "title",
    "description",
    "type",
    "format",
    "default",
    "example",
    "nullable",
    "readOnly",
    "writeOnly",
    "deprecated",
    "externalDocs",
];
const COMPOSITION: [&str; 5] = ["allOf", "oneOf", "anyOf", "not", "discriminator"];

/// The types, and the keywords that each takes beyond those of any schema.
const TYPES: [(&str, &[&str]); 6] = [
    ("string", &["enum", "minLength", "maxLength", "pattern"]),
    ("integer", &["enum", "multipleOf", "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"]),
    ("number", &["enum", "multipleOf", "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"]),
    ("boolean", &["enum"]),
    ("array", &["items", "minItems", "maxItems", "uniqueItems"]),
    (
        "object",
        &[
            "properties",
            "required",
            "additionalProperties",
            "minProperties",
            "maxProperties",
            "discriminator",
        ],
    ),
];

fn check(schema: &Node) -> Vec<Problem> {
    let allowed: &[&str] = match schema.get("type") {
        None => &COMPOSITION,
        Some(name) => {
            let Some((_, keywords)) = TYPES.iter().find(|(known, _)| Some(*known) == name.as_str()) else {
                return vec![unknown_type(name)];
            };
            keywords
        }
    };
    let is_misplaced = |entry: &&Entry| {
        let key = entry.key.as_str();
        !(ANY_TYPE.contains(&key) || allowed.contains(&key) || key.starts_with("x-"))
    };
    let typ = schema.get("type").and_then(Node::as_str);
    schema.entries().iter().filter(is_misplaced).map(|entry| misplaced(entry, typ)).collect()
}

fn unknown_type(name: &Node) -> Problem {
    let names = TYPES.map(|(name, _)| name).join(", ");
    Problem::new(
        name.position,
        format!("the type {} does not exist", quoted(name)),
        format!("use one of {names}; `nullable: true` allows null as well"),
    )
}

fn misplaced(entry: &Entry, typ: Option<&str>) -> Problem {
    let key = &entry.key;
    let owners: Vec<_> = TYPES
        .iter()
        .filter(|(_, keywords)| keywords.contains(&key.as_str()))
        .map(|(name, _)| *name)
        .collect();
    match (owners.is_empty(), typ) {
        (true, _) if COMPOSITION.contains(&key.as_str()) => Problem::new(
            entry.key_position,
            format!("`{key}` beside a `type` is misread"),
            "drop the `type`: the schemas inside say it",
        ),
        (true, _) => Problem::new(
            entry.key_position,
            format!("`{key}` is not a keyword of OpenAPI 3.0.3 schemas: it would be dropped without a word"),
            "correct the spelling, or drop it; a keyword of your own begins with `x-`",
        ),
        (false, None) => Problem::new(
            entry.key_position,
            format!("`{key}` in a schema without a `type` is misread"),
            format!("add `type: {}`", owners[0]),
        ),
        (false, Some(typ)) => Problem::new(
            entry.key_position,
            format!("`{key}` has no meaning for the type `{typ}`"),
            format!("drop it, or change the type to {}", owners.join(" or ")),
        ),
    }
}

fn quoted(node: &Node) -> String {
    match &node.content {
        Content::Scalar(serde_json::Value::String(text)) => format!("`{text}`"),
        Content::Scalar(value) => format!("`{value}`"),
        Content::Sequence(_) => "that is a list".to_owned(),
        Content::Mapping(_) => "that is an object".to_owned(),
    }
}
