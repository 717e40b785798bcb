//! Checks the types and the keywords of schemas.

use moneykit_contract::{Kind, NodeRef, child};
use serde_json::Value;

use crate::error::Diagnostic;
use crate::index::ContractIndex;

/// Rejects schemas that OpenAPI 3.0.3 does not allow: the `type` must exist, and each keyword must apply to it.
///
/// The typed model is lenient: it replaces a schema that it does not understand, such as `type: objec` or a
/// string with a `minimum`, by one that allows any value.
pub(super) fn schemas(index: &ContractIndex<'_>) -> Vec<Diagnostic> {
    index.definitions(Kind::Schema).flat_map(|schema| check(index, schema)).collect()
}

/// The keywords that apply to schemas of any type (OpenAPI 3.0.3, "Schema Object").
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

/// The types, each with the keywords that apply to it beyond those of any type.
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

fn check(index: &ContractIndex<'_>, schema: &NodeRef<'_>) -> Vec<Diagnostic> {
    let typ = schema.value.get("type");
    let allowed: &[&str] = match typ {
        None => &COMPOSITION,
        Some(typ) => {
            let Some((_, keywords)) = TYPES.iter().find(|(known, _)| Some(*known) == typ.as_str()) else {
                return vec![unknown_type(index, schema, typ)];
            };
            keywords
        }
    };
    let is_misplaced = |keyword: &&String| {
        let keyword = keyword.as_str();
        !(ANY_TYPE.contains(&keyword) || allowed.contains(&keyword) || keyword.starts_with("x-"))
    };
    let keywords = schema.value.as_object().into_iter().flat_map(serde_json::Map::keys);
    let misplaced = keywords.filter(is_misplaced);
    misplaced.map(|keyword| misplaced_keyword(index, schema, keyword, typ.and_then(Value::as_str))).collect()
}

fn unknown_type(index: &ContractIndex<'_>, schema: &NodeRef<'_>, typ: &Value) -> Diagnostic {
    let names = TYPES.map(|(name, _)| name).join(", ");
    Diagnostic::new(
        index.value_position(&child(&schema.pointer, "type")),
        format!("the type {} does not exist", quoted(typ)),
        format!("use one of {names}; `nullable: true` allows null as well"),
    )
}

fn misplaced_keyword(
    index: &ContractIndex<'_>,
    schema: &NodeRef<'_>,
    keyword: &str,
    typ: Option<&str>,
) -> Diagnostic {
    let owners = TYPES.iter().filter(|(_, keywords)| keywords.contains(&keyword));
    let owners: Vec<_> = owners.map(|(name, _)| *name).collect();
    let (message, help) = match (owners.first(), typ) {
        (None, _) if COMPOSITION.contains(&keyword) => (
            format!("`{keyword}` beside a `type` is misread"),
            "drop the `type`: the schemas inside declare it".to_owned(),
        ),
        (None, _) => (
            format!("`{keyword}` is not a keyword of OpenAPI 3.0.3 schemas: it would be dropped silently"),
            "correct the spelling, or drop it; the name of an extension begins with `x-`".to_owned(),
        ),
        (Some(owner), None) => {
            (format!("`{keyword}` in a schema without a `type` is misread"), format!("add `type: {owner}`"))
        }
        (Some(_), Some(typ)) => (
            format!("`{keyword}` has no meaning for the type `{typ}`"),
            format!("drop it, or change the type to {}", owners.join(" or ")),
        ),
    };
    Diagnostic::new(index.position(&child(&schema.pointer, keyword)), message, help)
}

fn quoted(typ: &Value) -> String {
    match typ {
        Value::String(text) => format!("`{text}`"),
        Value::Array(_) => "that is a list".to_owned(),
        Value::Object(_) => "that is an object".to_owned(),
        scalar => format!("`{scalar}`"),
    }
}
