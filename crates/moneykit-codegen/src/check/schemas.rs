use crate::error::Problem;
use crate::tree::{Content, Entry, Node};

/// Reads every schema by the letter of OpenAPI 3.0.3: its `type` is one that exists, and its keywords are
/// ones that this type takes.
///
/// The document model does not: it takes a schema that it can't place, `type: objec` or a string with a
/// `minimum`, for one that allows anything at all.
pub(crate) fn schemas(tree: &Node) -> Vec<Problem> {
    let mut problems = Vec::new();
    let components = tree.at("/components/schemas").map(Node::entries).unwrap_or_default();
    for schema in components {
        check(&schema.value, &mut problems);
    }
    find_inline(tree, &mut problems);
    problems
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

fn check(schema: &Node, problems: &mut Vec<Problem>) {
    if schema.entry("$ref").is_some() {
        return;
    }
    let allowed: &[&str] = match schema.get("type") {
        None => &COMPOSITION,
        Some(name) => {
            let Some((_, keywords)) = TYPES.iter().find(|(known, _)| Some(*known) == name.as_str()) else {
                problems.push(unknown_type(name));
                return;
            };
            keywords
        }
    };
    for entry in schema.entries() {
        let key = entry.key.as_str();
        if !(ANY_TYPE.contains(&key) || allowed.contains(&key) || key.starts_with("x-")) {
            problems.push(misplaced(entry, schema.get("type").and_then(Node::as_str)));
        }
    }
    if schema.get("format").and_then(Node::as_str) == Some("password") {
        problems.extend(schema.entries().iter().filter_map(constraint_on_secret));
    }
    find_nested(schema, problems);
}

/// Goes on to the schemas inside a schema.
fn find_nested(schema: &Node, problems: &mut Vec<Problem>) {
    for property in schema.get("properties").map(Node::entries).unwrap_or_default() {
        check(&property.value, problems);
    }
    for keyword in ["items", "not", "additionalProperties"] {
        // `additionalProperties` may also be a boolean, which has no keywords to check.
        if let Some(nested) = schema.get(keyword).filter(|node| matches!(node.content, Content::Mapping(_))) {
            check(nested, problems);
        }
    }
    for keyword in ["allOf", "oneOf", "anyOf"] {
        for part in schema.get(keyword).map(Node::items).unwrap_or_default() {
            check(part, problems);
        }
    }
}

/// Finds the schemas of parameters, headers, bodies and responses: each stands under a key `schema`.
fn find_inline(node: &Node, problems: &mut Vec<Problem>) {
    for entry in node.entries() {
        match entry.key.as_str() {
            "schema" => check(&entry.value, problems),
            // Named schemas were visited already, and examples are data.
            "schemas" | "example" | "examples" => {}
            _ => find_inline(&entry.value, problems),
        }
    }
    node.items().iter().for_each(|item| find_inline(item, problems));
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

fn constraint_on_secret(entry: &Entry) -> Option<Problem> {
    ["enum", "minLength", "maxLength", "pattern", "default"].contains(&entry.key.as_str()).then(|| {
        Problem::new(
            entry.key_position,
            format!("`{}` on a secret: the generated type would show it in Debug", entry.key),
            "drop it, and say it in the description: the type of `format: password` checks nothing",
        )
    })
}

fn quoted(node: &Node) -> String {
    match &node.content {
        Content::Scalar(serde_json::Value::String(text)) => format!("`{text}`"),
        Content::Scalar(value) => format!("`{value}`"),
        Content::Sequence(_) => "that is a list".to_owned(),
        Content::Mapping(_) => "that is an object".to_owned(),
    }
}
