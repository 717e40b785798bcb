//! Finds the operations that use a component schema of a document.

use std::collections::{BTreeSet, HashMap, HashSet};

use moneykit_contract::METHODS;
use serde_json::Value;

const SCHEMAS: &str = "#/components/schemas/";

/// The component schemas of a document, with the operations that use each, directly or through other components.
pub(crate) struct Uses {
    by_schema: HashMap<String, BTreeSet<String>>,
}

impl Uses {
    pub(crate) fn of(root: &Value) -> Self {
        let mut uses = Self { by_schema: HashMap::new() };
        let mut known: HashMap<&str, Vec<&str>> = HashMap::new();
        let paths = root["paths"].as_object().into_iter().flatten();
        for (path, item) in paths.filter(|(path, _)| !path.starts_with("x-")) {
            for method in METHODS.into_iter().filter(|method| item.get(method).is_some()) {
                let operation = format!("{} {path}", method.to_uppercase());
                let mut open: Vec<&str> = references(&item[method]);
                open.extend(item.get("parameters").into_iter().flat_map(references));
                let mut seen: HashSet<&str> = HashSet::new();
                while let Some(reference) = open.pop() {
                    if !seen.insert(reference) {
                        continue;
                    }
                    if let Some(name) = reference.strip_prefix(SCHEMAS) {
                        uses.by_schema.entry(name.to_owned()).or_default().insert(operation.clone());
                    }
                    let inner = known.entry(reference).or_insert_with(|| {
                        let target = moneykit_contract::follow(root, reference);
                        target.map(|(_, target)| references(target)).unwrap_or_default()
                    });
                    open.extend(inner.iter().copied());
                }
            }
        }
        uses
    }

    /// Returns the operations that use a schema, such as `POST /auth/token`.
    pub(crate) fn operations(&self, schema: &str) -> BTreeSet<String> {
        self.by_schema.get(schema).cloned().unwrap_or_default()
    }

    /// Returns the names of the schemas that operations use.
    pub(crate) fn schemas(&self) -> impl Iterator<Item = &str> {
        self.by_schema.keys().map(String::as_str)
    }
}

/// Lists the references in a value.
fn references(value: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                open.extend(fields.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_is_used_by_each_operation_that_reaches_it() {
        let refer = |name: &str| json!({ "$ref": format!("{SCHEMAS}{name}") });
        let root = json!({
            "paths": {
                "/a": { "get": { "responses": { "200": refer("A") } } },
                "/b": { "parameters": [refer("B")], "post": {} },
            },
            "components": { "schemas": { "A": { "items": refer("B") }, "B": { "not": refer("A") }, "C": {} } },
        });

        let uses = Uses::of(&root);

        let both = BTreeSet::from(["GET /a".to_owned(), "POST /b".to_owned()]);
        assert_eq!(uses.operations("A"), both);
        assert_eq!(uses.operations("B"), both);
        assert!(uses.operations("C").is_empty());
    }
}
