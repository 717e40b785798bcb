//! The walk over a document that the rewrites share.

use moneykit_contract::{Kind, METHODS, resolve};
use serde_json::{Map, Value};

pub(crate) type Object = Map<String, Value>;

/// Visits every object that OpenAPI defines, each owner before the objects in it.
pub(crate) fn nodes(root: &mut Value, visit: &mut dyn FnMut(Kind, &mut Object)) {
    node(root, Kind::Document, visit);
}

fn node(value: &mut Value, kind: Kind, visit: &mut dyn FnMut(Kind, &mut Object)) {
    let Value::Object(fields) = &mut *value else { return };
    visit(kind, fields);
    for (child, kind) in kind.children_mut(value) {
        node(child, kind, visit);
    }
}

/// Visits every schema that is no reference, each owner before the schemas in it.
pub(super) fn schemas(root: &mut Value, visit: &mut dyn FnMut(&mut Object)) {
    nodes(root, &mut |kind, fields| {
        if kind == Kind::Schema && !is_reference(fields) {
            visit(fields);
        }
    });
}

/// Visits a schema and the schemas in it that are no references.
pub(super) fn schemas_in(schema: &mut Value, visit: &mut dyn FnMut(&mut Object)) {
    node(schema, Kind::Schema, &mut |kind, fields| {
        if kind == Kind::Schema && !is_reference(fields) {
            visit(fields);
        }
    });
}

/// An operation below `paths`.
pub(super) struct Operation {
    pub(super) path: String,
    pub(super) method: &'static str,
}

impl Operation {
    pub(super) fn get<'a>(&self, root: &'a Value) -> &'a Value {
        &root["paths"][&self.path][self.method]
    }

    pub(super) fn get_mut<'a>(&self, root: &'a mut Value) -> &'a mut Value {
        &mut root["paths"][&self.path][self.method]
    }

    /// Returns the id, which names the notes of the operation.
    pub(super) fn id(&self, root: &Value) -> String {
        self.get(root)["operationId"].as_str().unwrap_or_default().to_owned()
    }
}

/// Lists the operations below `paths`.
pub(super) fn operations(root: &Value) -> Vec<Operation> {
    let items = root.get("paths").and_then(Value::as_object).into_iter().flatten();
    let items = items.filter(|(path, item)| !path.starts_with("x-") && item.is_object());
    let operations = items.flat_map(|(path, item)| {
        let methods = METHODS.into_iter().filter(|method| item.get(method).is_some_and(Value::is_object));
        methods.map(|method| Operation { path: path.clone(), method })
    });
    operations.collect()
}

pub(super) fn is_reference(fields: &Object) -> bool {
    fields.get("$ref").is_some_and(Value::is_string)
}

/// Returns the name in a reference to a component schema.
pub(super) fn schema_name(value: &Value) -> Option<&str> {
    value.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")
}

/// Returns a section of the components, which is created if it does not exist.
pub(super) fn section_mut<'a>(root: &'a mut Value, section: &str) -> Option<&'a mut Object> {
    let components = root.as_object_mut()?.entry("components").or_insert_with(|| Value::Object(Map::new()));
    let section = components.as_object_mut()?.entry(section).or_insert_with(|| Value::Object(Map::new()));
    section.as_object_mut()
}

/// Returns a name for a new component schema that no other has, regardless of case and punctuation.
pub(super) fn free_name(root: &Value, base: &str) -> String {
    let schemas = root.pointer("/components/schemas").and_then(Value::as_object);
    let known: Vec<String> =
        schemas.into_iter().flat_map(Map::keys).map(|name| crate::check::folded(name)).collect();
    let mut name = base.to_owned();
    let mut count = 1;
    while known.contains(&crate::check::folded(&name)) {
        count += 1;
        name = format!("{base}{count}");
    }
    name
}

/// Returns true if a value described by a schema is a single value: no array and no object.
pub(super) fn is_scalar(root: &Value, schema: &Value) -> bool {
    fn check(root: &Value, schema: &Value, depth: usize) -> bool {
        let Some(schema) = resolve(root, schema).filter(|_| depth < 20) else { return false };
        match schema.get("type").and_then(Value::as_str) {
            Some("object" | "array") => false,
            Some(_) => true,
            None => {
                let mut parts = ["allOf", "oneOf", "anyOf"]
                    .into_iter()
                    .filter_map(|keyword| schema.get(keyword).and_then(Value::as_array))
                    .flatten()
                    .peekable();
                parts.peek().is_some() && parts.all(|part| check(root, part, depth + 1))
            }
        }
    }
    check(root, schema, 0)
}
