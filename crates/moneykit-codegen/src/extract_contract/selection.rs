//! Finds the operations that a caller names.

use moneykit_contract::{Document, METHODS, resolve};
use serde_json::{Map, Value, json};

use crate::error::{Diagnostic, Error};

/// An operation of the vendor's document.
struct Operation<'a> {
    method: &'static str,
    path: &'a str,
    id: Option<&'a str>,
    /// The reference to another document that stands for the operation or its path item.
    elsewhere: Option<&'a str>,
}

const BUNDLE: &str = "bundle the document into one file first, such as with `npx @redocly/cli bundle`";

/// Returns a document with the named operations, in the order of the vendor's document, and nothing else.
pub(super) fn select(vendor: &Document, names: &[impl AsRef<str>]) -> Result<Document, Error> {
    let operations = operations(vendor.root());
    let mut diagnostics = Vec::new();
    if names.is_empty() {
        let message = "no operation is named";
        diagnostics.push(Diagnostic::new(None, message, "name one by its `operationId`, or as `GET /path`"));
    }
    let mut is_selected = vec![false; operations.len()];
    for name in names.iter().map(AsRef::as_ref) {
        let found = operations.iter().enumerate().filter(|(_, operation)| operation.is_named(name));
        match found.map(|(index, _)| index).collect::<Vec<_>>()[..] {
            [index] => {
                is_selected[index] = true;
                if let Some(target) = operations[index].elsewhere {
                    let message = format!("the operation `{name}` is in another file, `{target}`");
                    diagnostics.push(Diagnostic::new(None, message, BUNDLE));
                }
            }
            [] => diagnostics.push(unknown(name, &operations)),
            ref several => {
                let several = several.iter().map(|index| format!("`{}`", operations[*index].name()));
                diagnostics.push(Diagnostic::new(
                    None,
                    format!("several operations have the id `{name}`"),
                    format!("name one of them: {}", several.collect::<Vec<_>>().join(", ")),
                ));
            }
        }
    }
    if !diagnostics.is_empty() {
        return Err(Error::new(vendor.name(), diagnostics));
    }
    let mut paths = Map::new();
    for (operation, _) in operations.iter().zip(is_selected).filter(|(_, is_selected)| *is_selected) {
        let item = paths.entry(operation.path).or_insert_with(|| json!({}));
        item[operation.method] = json!({});
    }
    let root = json!({ "openapi": "3.0.3", "info": { "title": "", "version": "" }, "paths": paths });
    super::document(vendor, root)
}

fn operations(root: &Value) -> Vec<Operation<'_>> {
    let items = root.get("paths").and_then(Value::as_object).into_iter().flatten();
    let items = items.filter(|(path, _)| path.starts_with('/'));
    let operations = items.flat_map(|(path, item)| {
        let target = resolve(root, item);
        let item_elsewhere = elsewhere(item);
        METHODS.into_iter().filter_map(move |method| {
            // A path item in another file can have every method.
            let operation = item.get(method).or_else(|| target.and_then(|target| target.get(method)));
            let operation = operation.or_else(|| item_elsewhere.map(|_| item))?;
            let id = operation.get("operationId").and_then(Value::as_str);
            Some(Operation { method, path, id, elsewhere: elsewhere(operation) })
        })
    });
    operations.collect()
}

/// Returns the reference to another document in the place of an object.
fn elsewhere(value: &Value) -> Option<&str> {
    let reference = value.get("$ref").and_then(Value::as_str)?;
    (!reference.starts_with('#')).then_some(reference)
}

impl Operation<'_> {
    fn name(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }

    fn is_named(&self, name: &str) -> bool {
        match method_and_path(name) {
            Some((method, path)) => self.method.eq_ignore_ascii_case(method) && self.path == path,
            None => self.id == Some(name),
        }
    }
}

fn method_and_path(name: &str) -> Option<(&str, &str)> {
    let (method, path) = name.split_once(' ')?;
    let path = path.trim_start();
    path.starts_with('/').then_some((method, path))
}

/// The number of names that a diagnostic suggests.
const SUGGESTIONS: usize = 3;

fn unknown(name: &str, operations: &[Operation<'_>]) -> Diagnostic {
    let message = format!("the document has no operation `{name}`");
    let known: Vec<String> = match method_and_path(name) {
        Some(_) => operations.iter().map(Operation::name).collect(),
        None => operations.iter().filter_map(|operation| operation.id.map(str::to_owned)).collect(),
    };
    let plain = |name: &str| name.replace(['_', '-'], "").to_lowercase();
    let mut rated: Vec<(f64, String)> = known
        .into_iter()
        .map(|known| (strsim::normalized_damerau_levenshtein(&plain(name), &plain(&known)), known))
        .filter(|(similarity, _)| *similarity > 0.4)
        .collect();
    // The sort is stable: equally similar names stay in the order of the document.
    rated.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let nearest: Vec<_> = rated.iter().take(SUGGESTIONS).map(|(_, known)| format!("`{known}`")).collect();
    let help = match &nearest[..] {
        [] if operations.iter().any(|operation| operation.elsewhere.is_some()) => {
            format!("some of its operations are in other files: {BUNDLE}")
        }
        [] => {
            format!("name one of its {} operations by its `operationId`, or as `GET /path`", operations.len())
        }
        nearest => format!("did you mean {}?", nearest.join(" or ")),
    };
    Diagnostic::new(None, message, help)
}
