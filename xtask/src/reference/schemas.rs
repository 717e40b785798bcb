//! Schemas as Markdown tables and phrases.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::{anchor, one_line};

/// Renders the fields of a schema and its parts as a table, or returns `None` if it has no fields.
///
/// Schemas are in JSON, so that one traversal covers every kind.
pub(super) fn fields(schema: &Value) -> Option<String> {
    let mut rows = Vec::new();
    collect(schema, "", &mut rows);
    if rows.is_empty() {
        return None;
    }
    let mut table = "| field | type | meaning |\n|---|---|---|\n".to_owned();
    for row in rows {
        let _ = writeln!(table, "{row}");
    }
    Some(table)
}

/// Returns the type of a schema in words, with a link if it is a named schema.
pub(super) fn type_name(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        return format!("[{name}](#{})", anchor(name));
    }
    let several = |keyword: &str, words: &str| {
        let parts = schema[keyword].as_array()?;
        Some(format!("{words} {}", parts.iter().map(type_name).collect::<Vec<_>>().join(", ")))
    };
    let name = match schema["type"].as_str() {
        Some("array") => match &schema["items"] {
            Value::Null => "array".to_owned(),
            items => format!("array of {}", type_name(items)),
        },
        Some("object") => match &schema["additionalProperties"] {
            values @ Value::Object(_) => format!("object with values of {}", type_name(values)),
            _ => "object".to_owned(),
        },
        Some(name) => match schema["format"].as_str() {
            Some("password") => format!("{name}, secret"),
            Some(format) => format!("{name}, {format}"),
            None => name.to_owned(),
        },
        None => several("oneOf", "one of")
            .or_else(|| several("anyOf", "any of"))
            .or_else(|| several("allOf", "all of"))
            .or_else(|| schema.get("not").map(|not| format!("anything but {}", type_name(not))))
            .unwrap_or_else(|| "anything".to_owned()),
    };
    let null = if schema["nullable"] == true { " or null" } else { "" };
    format!("{name}{null}")
}

/// Returns the description, limits and example of a schema.
pub(super) fn describe(schema: &Value) -> String {
    [one_line(schema["description"].as_str()), limits(schema)]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns the limits and example of a schema.
pub(super) fn limits(schema: &Value) -> String {
    let mut sentences = Vec::new();
    let mut add = |label: &str, values: Vec<String>| {
        if !values.is_empty() {
            sentences.push(format!("{label}: {}.", values.join(", ")));
        }
    };
    add("Allowed", schema["enum"].as_array().into_iter().flatten().map(code).collect());
    add("Range", range(schema));
    add("Pattern", schema.get("pattern").map(code).into_iter().collect());
    add("Default", schema.get("default").map(code).into_iter().collect());
    add("Example", schema.get("example").map(code).into_iter().collect());
    let items = schema.get("items").map(limits).filter(|items| !items.is_empty());
    sentences.extend(items.map(|items| format!("Of the items: {items}")));
    sentences.join(" ")
}

/// Collects the fields of a schema, including those of composed schemas and array items.
fn collect(schema: &Value, prefix: &str, rows: &mut Vec<String>) {
    if schema["type"] == "object" {
        collect_properties(schema, prefix, rows);
    }
    for keyword in ["allOf", "oneOf", "anyOf"] {
        for part in schema[keyword].as_array().into_iter().flatten() {
            collect(part, prefix, rows);
        }
    }
    if let Some(items) = schema.get("items") {
        collect(items, &format!("{}[].", prefix.trim_end_matches('.')), rows);
    }
}

fn collect_properties(schema: &Value, prefix: &str, rows: &mut Vec<String>) {
    let none = Map::new();
    let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (name, property) in schema["properties"].as_object().unwrap_or(&none) {
        let is_required = required.iter().any(|known| known == name);
        let required = if is_required { "**required.** " } else { "" };
        rows.push(format!(
            "| `{prefix}{name}` | {} | {required}{} |",
            type_name(property),
            describe(property)
        ));
        collect(property, &format!("{prefix}{name}."), rows);
    }
}

fn range(schema: &Value) -> Vec<String> {
    let mut bounds = Vec::new();
    for (keyword, words, unit) in [
        ("minimum", "at least", ""),
        ("maximum", "at most", ""),
        ("minLength", "at least", " characters"),
        ("maxLength", "at most", " characters"),
        ("minItems", "at least", " items"),
        ("maxItems", "at most", " items"),
        ("multipleOf", "a multiple of", ""),
    ] {
        if let Some(bound) = schema.get(keyword) {
            let words =
                match (keyword, schema["exclusiveMinimum"] == true, schema["exclusiveMaximum"] == true) {
                    ("minimum", true, _) => "more than",
                    ("maximum", _, true) => "less than",
                    _ => words,
                };
            let bound = bound.to_string();
            bounds.push(format!("{words} {}{unit}", bound.strip_suffix(".0").unwrap_or(&bound)));
        }
    }
    bounds
}

/// Formats a value as code in a table cell.
fn code(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    format!("`{}`", text.replace('|', "\\|"))
}
