//! Serializes parameters and forms in the styles of OpenAPI.

use serde::Serialize;
use serde_json::Value;

type Pairs = Vec<(String, String)>;

fn value(value: &impl Serialize) -> Result<Value, String> {
    serde_json::to_value(value).map_err(|_| "a parameter can't be serialized".to_owned())
}

/// Returns the text of a single value, or of a nested one as JSON.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn joined(items: &[Value], separator: &str) -> String {
    items.iter().filter(|item| !item.is_null()).map(text).collect::<Vec<_>>().join(separator)
}

/// Adds a value in the style `form` with `explode`.
pub fn form(pairs: &mut Pairs, name: &str, parameter: &impl Serialize) -> Result<(), String> {
    match value(parameter)? {
        Value::Null => {}
        Value::Array(items) => {
            let items = items.iter().filter(|item| !item.is_null());
            pairs.extend(items.map(|item| (name.to_owned(), text(item))));
        }
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(_, field)| !field.is_null());
            pairs.extend(fields.map(|(name, field)| (name, text(&field))));
        }
        single => pairs.push((name.to_owned(), text(&single))),
    }
    Ok(())
}

/// Adds a value as one pair, its items separated by a separator.
pub fn separated(
    pairs: &mut Pairs,
    name: &str,
    parameter: &impl Serialize,
    separator: &str,
) -> Result<(), String> {
    let text = match value(parameter)? {
        Value::Null => return Ok(()),
        Value::Array(items) => joined(&items, separator),
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(_, field)| !field.is_null());
            let items: Vec<Value> = fields.flat_map(|(name, field)| [Value::from(name), field]).collect();
            joined(&items, separator)
        }
        single => text(&single),
    };
    pairs.push((name.to_owned(), text));
    Ok(())
}

/// Adds a value in the style `deepObject`: `name[property]=value`, at any depth.
pub fn deep_object(pairs: &mut Pairs, name: &str, parameter: &impl Serialize) -> Result<(), String> {
    fn add(pairs: &mut Pairs, name: String, value: Value) {
        match value {
            Value::Null => {}
            Value::Object(fields) => {
                fields.into_iter().for_each(|(field, value)| add(pairs, format!("{name}[{field}]"), value));
            }
            Value::Array(items) => {
                let items = items.into_iter().enumerate();
                items.for_each(|(i, item)| add(pairs, format!("{name}[{i}]"), item));
            }
            single => pairs.push((name, text(&single))),
        }
    }
    add(pairs, name.to_owned(), value(parameter)?);
    Ok(())
}

/// Adds a value as JSON text.
pub fn json(pairs: &mut Pairs, name: &str, parameter: &impl Serialize) -> Result<(), String> {
    let value = value(parameter)?;
    if !value.is_null() {
        pairs.push((name.to_owned(), value.to_string()));
    }
    Ok(())
}

/// Returns a value in the style `simple`, for paths, headers and cookies. With `explode`, properties are written as
/// `property=value`.
pub fn simple(parameter: &impl Serialize, explode: bool) -> Result<String, String> {
    Ok(match value(parameter)? {
        Value::Array(items) => joined(&items, ","),
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(_, field)| !field.is_null());
            let separator = if explode { "=" } else { "," };
            fields
                .map(|(name, field)| format!("{name}{separator}{}", text(&field)))
                .collect::<Vec<_>>()
                .join(",")
        }
        Value::Null => String::new(),
        single => text(&single),
    })
}

/// Returns a value in the style `label` (RFC 6570 §3.2.5), for paths: `.a,b`, or `.a.b` with `explode`.
pub fn label(parameter: &impl Serialize, explode: bool) -> Result<String, String> {
    if !explode {
        return simple(parameter, false).map(|text| format!(".{text}"));
    }
    let items = exploded(&value(parameter)?, None);
    Ok(format!(".{}", items.join(".")))
}

/// Returns a value in the style `matrix` (RFC 6570 §3.2.7), for paths: `;name=a,b`, or `;name=a;name=b` with `explode`.
pub fn matrix(name: &str, parameter: &impl Serialize, explode: bool) -> Result<String, String> {
    if !explode {
        return simple(parameter, false).map(|text| format!(";{name}={text}"));
    }
    let items = exploded(&value(parameter)?, Some(name));
    Ok(format!(";{}", items.join(";")))
}

/// Lists the items of an array, the properties of an object as `property=value`, or a single value. All but properties
/// are preceded by the name, if there is one.
fn exploded(value: &Value, name: Option<&str>) -> Vec<String> {
    let named = |item: &Value| match name {
        Some(name) => format!("{name}={}", text(item)),
        None => text(item),
    };
    match value {
        Value::Array(items) => items.iter().filter(|item| !item.is_null()).map(named).collect(),
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(_, field)| !field.is_null());
            fields.map(|(property, field)| format!("{property}={}", text(field))).collect()
        }
        single => vec![named(single)],
    }
}

/// Returns a value as JSON text.
pub fn json_text(parameter: &impl Serialize) -> Result<String, String> {
    value(parameter).map(|value| value.to_string())
}

/// Returns the pairs of a form whose fields are not all single values. `styles` has the fields with another style
/// than `form`.
pub fn form_body(body: &impl Serialize, styles: &[(&str, &str)]) -> Result<Pairs, String> {
    let mut pairs = Pairs::new();
    let Value::Object(fields) = value(body)? else { return Err("a form must be an object".to_owned()) };
    for (name, field) in fields {
        let style = styles.iter().find(|(known, _)| *known == name).map(|(_, style)| *style);
        match style {
            Some("deep_object") => deep_object(&mut pairs, &name, &field)?,
            Some("json") => json(&mut pairs, &name, &field)?,
            Some("comma") => separated(&mut pairs, &name, &field, ",")?,
            Some("space") => separated(&mut pairs, &name, &field, " ")?,
            Some("pipe") => separated(&mut pairs, &name, &field, "|")?,
            _ => form(&mut pairs, &name, &field)?,
        }
    }
    Ok(pairs)
}
