use std::fmt::Write as _;

use moneykit_codegen::openapiv3::{
    ReferenceOr, Schema, SchemaKind, StringFormat, Type, VariantOrUnknownOrEmpty,
};
use serde_json::Value;

use super::one_line;

/// Renders an object's fields as a table; other schemas have none.
pub(super) fn fields(schema: &Schema) -> Option<String> {
    let SchemaKind::Type(Type::Object(object)) = &schema.schema_kind else { return None };
    let mut table = "| field | type | meaning |\n|---|---|---|\n".to_owned();
    for (name, property) in &object.properties {
        let required = if object.required.contains(name) { "**required.** " } else { "" };
        let (kind, rest) = match property {
            ReferenceOr::Reference { reference } => {
                let name = reference.rsplit('/').next().unwrap_or_default();
                (format!("[{name}](#{})", name.to_lowercase()), String::new())
            }
            ReferenceOr::Item(property) => (type_name(property), describe(property)),
        };
        let _ = writeln!(table, "| `{name}` | {kind} | {required}{rest} |");
    }
    Some(table)
}

/// Names a schema's type in words.
pub(super) fn type_name(schema: &Schema) -> String {
    let name = match &schema.schema_kind {
        SchemaKind::Type(Type::String(text)) => match &text.format {
            VariantOrUnknownOrEmpty::Item(StringFormat::Password) => "string, secret",
            _ => "string",
        },
        SchemaKind::Type(Type::Number(_)) => "number",
        SchemaKind::Type(Type::Integer(_)) => "integer",
        SchemaKind::Type(Type::Boolean(_)) => "boolean",
        SchemaKind::Type(Type::Object(_)) => "object",
        SchemaKind::Type(Type::Array(_)) => "array",
        _ => "any of several",
    };
    let null = if schema.schema_data.nullable { " or null" } else { "" };
    format!("{name}{null}")
}

/// Says what a field means, what it may hold, and what it looks like.
fn describe(schema: &Schema) -> String {
    let data = &schema.schema_data;
    let mut text = one_line(data.description.as_deref());
    let mut add = |what: &str, values: &[String]| {
        if !values.is_empty() {
            let separator = if text.is_empty() { "" } else { " " };
            let _ = write!(text, "{separator}{what}: {}.", values.join(", "));
        }
    };
    add("Allowed", &allowed(schema));
    add("Range", &range(schema));
    add("Default", &data.default.iter().map(code).collect::<Vec<_>>());
    add("Example", &data.example.iter().map(code).collect::<Vec<_>>());
    text
}

fn allowed(schema: &Schema) -> Vec<String> {
    match &schema.schema_kind {
        SchemaKind::Type(Type::String(text)) => {
            text.enumeration.iter().flatten().map(|value| format!("`{value}`")).collect()
        }
        SchemaKind::Type(Type::Integer(number)) => {
            number.enumeration.iter().flatten().map(|value| format!("`{value}`")).collect()
        }
        _ => Vec::new(),
    }
}

fn range(schema: &Schema) -> Vec<String> {
    let bounds = |minimum: Option<String>, maximum: Option<String>| {
        let minimum = minimum.map(|value| format!("at least {value}"));
        minimum.into_iter().chain(maximum.map(|value| format!("at most {value}"))).collect()
    };
    match &schema.schema_kind {
        SchemaKind::Type(Type::Integer(number)) => bounds(
            number.minimum.map(|value| value.to_string()),
            number.maximum.map(|value| value.to_string()),
        ),
        SchemaKind::Type(Type::Number(number)) => bounds(
            number.minimum.map(|value| value.to_string()),
            number.maximum.map(|value| value.to_string()),
        ),
        SchemaKind::Type(Type::String(text)) => bounds(
            text.min_length.map(|length| format!("{length} characters")),
            text.max_length.map(|length| format!("{length} characters")),
        ),
        _ => Vec::new(),
    }
}

fn code(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        value => format!("`{value}`"),
    }
}
