//! Brings parameters to the styles and locations that the generator knows.

use std::collections::{BTreeMap, HashSet};

use heck::ToPascalCase;
use moneykit_contract::resolve;
use serde_json::{Value, json};

use super::walk::{Object, Operation, free_name, is_scalar, operations, schema_name, section_mut};
use crate::check::snake_case;
use crate::wire::{Location, Parameter, Style, Wire};

/// Writes every parameter of an operation at the operation, in a location and a style that the generator knows, and
/// notes what it is on the wire.
///
/// Headers that OpenAPI reserves are dropped: `Accept`, `Content-Type` and `Authorization` (OpenAPI 3.0.3, "Parameter
/// Object").
pub(super) fn parameters(root: &mut Value, wire: &mut Wire) {
    hide_structs(root, wire);
    let mut by_path: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
    for operation in operations(root) {
        by_path.entry(operation.path.clone()).or_default().push(operation);
    }
    for (path, operations) in by_path {
        let rewritten: Vec<Rewritten> =
            operations.iter().map(|operation| rewritten(root, operation)).collect();
        if rewritten.iter().all(|one| !one.is_changed) {
            continue;
        }
        // The names of shared parameters depend on the other parameters of each operation.
        if let Some(item) = root["paths"][&path].as_object_mut() {
            item.shift_remove("parameters");
        }
        for (operation, rewritten) in operations.iter().zip(rewritten) {
            let id = operation.id(root);
            for (name, note) in rewritten.notes {
                wire.operation(&id).parameters.insert(name, note);
            }
            if let Some(fields) = operation.get_mut(root).as_object_mut() {
                fields.insert("parameters".to_owned(), Value::Array(rewritten.parameters));
            }
        }
    }
}

/// Lets a stand-in describe each parameter that becomes a struct: the generator takes structs in bodies only. The
/// generated source has the struct in place of the stand-in.
fn hide_structs(root: &mut Value, wire: &mut Wire) {
    for operation in operations(root) {
        let pascal = operation.id(root).to_pascal_case();
        let owners = [format!("/paths/{}/parameters", operation.path.replace('~', "~0").replace('/', "~1"))];
        let own = format!("{}/{}/parameters", owners[0].trim_end_matches("/parameters"), operation.method);
        for list in [&owners[0], &own] {
            let count = root.pointer(list).and_then(Value::as_array).map_or(0, Vec::len);
            for i in 0..count {
                hide_struct(root, wire, &format!("{list}/{i}"), &pascal);
            }
        }
    }
}

fn hide_struct(root: &mut Value, wire: &mut Wire, pointer: &str, pascal: &str) {
    let Some(parameter) = root.pointer(pointer).and_then(|written| resolve(root, written)).cloned() else {
        return;
    };
    let content = parameter.get("content").and_then(Value::as_object);
    let in_content = content.and_then(|content| content.values().next()?.get("schema"));
    let schema = parameter.get("schema").or(in_content).cloned().unwrap_or_default();
    let is_struct = super::unions::flattened(root, &schema).is_some_and(|object| {
        object.get("type").is_some_and(|kind| kind == "object") && object.contains_key("properties")
    });
    let is_hidden = schema_name(&schema).is_some_and(|name| wire.stand_ins.contains_key(name));
    if !is_struct || is_hidden {
        return;
    }
    let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
    let component = if let Some(component) = schema_name(&schema) {
        component.to_owned()
    } else {
        let component = free_name(root, &format!("{pascal}{}", snake_case(name).to_pascal_case()));
        let Some(schemas) = section_mut(root, "schemas") else { return };
        schemas.insert(component.clone(), schema);
        component
    };
    let stand_in = free_name(root, &format!("{component}Parameter"));
    if let Some(schemas) = section_mut(root, "schemas") {
        schemas.insert(stand_in.clone(), json!({ "type": "object" }));
    }
    let mut parameter = parameter;
    let reference = json!({ "$ref": format!("#/components/schemas/{stand_in}") });
    match parameter
        .get_mut("content")
        .and_then(Value::as_object_mut)
        .and_then(|content| content.values_mut().next())
    {
        Some(media) => media["schema"] = reference,
        None => parameter["schema"] = reference,
    }
    if let Some(written) = root.pointer_mut(pointer) {
        *written = parameter;
    }
    wire.stand_ins.insert(stand_in, component);
}

/// The parameters of an operation, with those of its path.
struct Rewritten {
    parameters: Vec<Value>,
    notes: Vec<(String, Parameter)>,
    is_changed: bool,
}

fn rewritten(root: &Value, operation: &Operation) -> Rewritten {
    let list = |owner: &Value| owner.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
    let own = list(operation.get(root));
    let key = |parameter: &Value| {
        let parameter = resolve(root, parameter)?;
        Some((parameter.get("name")?.clone(), parameter.get("in")?.clone()))
    };
    let mut parameters = list(&root["paths"][&operation.path]);
    // A parameter of the operation overrides one of its path.
    parameters.retain(|shared| !own.iter().any(|own| key(own).is_some() && key(own) == key(shared)));
    parameters.extend(own);

    let takes_body = operation.get(root).get("requestBody").is_some();
    let mut rewriter = Rewriter { root, taken: HashSet::new(), takes_body, notes: Vec::new() };
    let (parameters, is_changed) = rewriter.all(parameters);
    Rewritten { parameters, notes: rewriter.notes, is_changed }
}

struct Rewriter<'a> {
    root: &'a Value,
    /// The names that are taken in Rust.
    taken: HashSet<String>,
    takes_body: bool,
    notes: Vec<(String, Parameter)>,
}

impl Rewriter<'_> {
    /// Returns the rewritten parameters, and true if one of them was changed.
    fn all(&mut self, parameters: Vec<Value>) -> (Vec<Value>, bool) {
        let mut is_changed = false;
        let mut rewritten = Vec::new();
        for parameter in parameters {
            let definition = resolve(self.root, &parameter).and_then(Value::as_object).cloned();
            let Some(mut definition) = definition else {
                rewritten.push(parameter);
                continue;
            };
            if is_reserved_header(&definition) {
                is_changed = true;
                continue;
            }
            if self.one(&mut definition) {
                is_changed = true;
                rewritten.push(Value::Object(definition));
            } else {
                rewritten.push(parameter);
            }
        }
        (rewritten, is_changed)
    }

    /// Rewrites one parameter. Returns true if it was changed.
    fn one(&mut self, parameter: &mut Object) -> bool {
        let text = |parameter: &Object, field: &str| {
            parameter.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let name = text(parameter, "name");
        let location = match text(parameter, "in").as_str() {
            "path" => Location::Path,
            "query" => Location::Query,
            "header" => Location::Header,
            "cookie" => Location::Cookie,
            _ => return false,
        };
        let mut is_changed = false;
        if location == Location::Path && parameter.get("required") != Some(&Value::Bool(true)) {
            parameter.insert("required".to_owned(), Value::Bool(true));
            is_changed = true;
        }
        let is_json = take_content(parameter);
        is_changed |= is_json;
        let style = if is_json { Style::Json } else { style(self.root, parameter, location) };
        for field in ["style", "explode", "allowReserved", "allowEmptyValue"] {
            let is_default = field == "explode" && style == Style::Plain;
            if !is_default && (style != Style::Plain || location == Location::Cookie) {
                is_changed |= parameter.shift_remove(field).is_some();
            }
        }
        if location == Location::Cookie {
            parameter.insert("in".to_owned(), json!("header"));
            is_changed = true;
        }

        let model_name = self.free_name(&name, location);
        if model_name != name || style != Style::Plain || location == Location::Cookie {
            parameter.insert("name".to_owned(), json!(model_name));
            self.notes.push((model_name.clone(), Parameter { name, location, style }));
            is_changed = true;
        }
        is_changed
    }

    /// Returns a name that no other parameter and no method of the request builder has in Rust.
    fn free_name(&mut self, name: &str, location: Location) -> String {
        let is_free = |taken: &HashSet<String>, snake: &str| {
            !(taken.contains(snake)
                || ["new", "send"].contains(&snake)
                || (self.takes_body && ["body", "body_map"].contains(&snake)))
        };
        let snake = snake_case(name);
        if is_free(&self.taken, &snake) || location == Location::Path {
            self.taken.insert(snake);
            return name.to_owned();
        }
        let location = match location {
            Location::Path | Location::Query => "query",
            Location::Header => "header",
            Location::Cookie => "cookie",
        };
        let mut free = format!("{snake}_{location}");
        let mut count = 1;
        while !is_free(&self.taken, &free) {
            count += 1;
            free = format!("{snake}_{location}{count}");
        }
        self.taken.insert(free.clone());
        free
    }
}

fn is_reserved_header(parameter: &Object) -> bool {
    let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
    parameter.get("in").is_some_and(|location| location == "header")
        && ["accept", "content-type", "authorization"].contains(&name.to_ascii_lowercase().as_str())
}

/// Replaces the content of a parameter by its schema. Returns true if there was one.
fn take_content(parameter: &mut Object) -> bool {
    let Some(content) = parameter.get("content").and_then(Value::as_object) else { return false };
    let Some((media_type, content)) = content.iter().next() else { return false };
    if !media_type.contains("json") || parameter.contains_key("schema") {
        return false;
    }
    let schema = content.get("schema").cloned().unwrap_or_else(|| json!({}));
    parameter.shift_remove("content");
    parameter.insert("schema".to_owned(), schema);
    true
}

/// Returns the style that a parameter needs: `Plain` if the generator does it.
fn style(root: &Value, parameter: &Object, location: Location) -> Style {
    let schema = parameter.get("schema").cloned().unwrap_or_default();
    let default = if matches!(location, Location::Query | Location::Cookie) { "form" } else { "simple" };
    let style = parameter.get("style").and_then(Value::as_str).unwrap_or(default);
    let explode = parameter.get("explode").and_then(Value::as_bool).unwrap_or(style == "form");
    match (location, style) {
        (Location::Path, "label") => return Style::Label { explode },
        (Location::Path, "matrix") => return Style::Matrix { explode },
        // The generator reports the style.
        (Location::Path, style) if style != "simple" => return Style::Plain,
        _ => {}
    }
    let is_array = resolve(root, &schema).is_some_and(|schema| schema["type"] == "array");
    let items_are_scalar =
        is_array && resolve(root, &schema).is_some_and(|schema| is_scalar(root, &schema["items"]));
    match (location, style) {
        (_, "deepObject") => Style::DeepObject,
        (Location::Query, "spaceDelimited") if !explode => Style::Space,
        (Location::Query, "pipeDelimited") if !explode => Style::Pipe,
        (Location::Query, _) if is_scalar(root, &schema) => Style::Plain,
        (Location::Query, _) if items_are_scalar && explode => Style::Plain,
        (Location::Query, _) if explode => Style::Form,
        // The generator writes these with `Display`, which for dates is not what serde writes.
        (Location::Path | Location::Header, _) if prints_as_it_serializes(root, &schema) => Style::Plain,
        (Location::Path | Location::Header, _) if explode => Style::Pairs,
        _ => Style::Comma,
    }
}

/// Returns true if `Display` of the type is the text that serde writes.
fn prints_as_it_serializes(root: &Value, schema: &Value) -> bool {
    let Some(definition) = resolve(root, schema) else { return true };
    let kind = definition.get("type").and_then(Value::as_str).unwrap_or_default();
    let is_nullable = definition.get("nullable") == Some(&Value::Bool(true));
    let format = definition.get("format").and_then(Value::as_str).unwrap_or_default();
    ["string", "integer", "number", "boolean"].contains(&kind) && !is_nullable && format != "date-time"
}
