//! Reads the test cases in the folders under `tests`.

use std::path::Path;

use serde_json::{Value, json};

/// Returns the cases in a folder under `tests`, with their file names.
pub(crate) fn cases(folder: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut files: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path).unwrap();
        let options = serde_saphyr::options! { strict_booleans: true };
        let case = serde_saphyr::from_str_with_options(&text, options);
        (path.display().to_string(), case.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    };
    files.iter().map(|path| read(path)).collect()
}

/// Returns the complete document of a case. Cases omit the fields that every document has.
pub(crate) fn complete(part: &Value, version: &str) -> Value {
    let mut document = json!({ "openapi": version, "info": { "title": "t", "version": "1" }, "paths": {} });
    for (name, value) in part.as_object().unwrap() {
        document[name] = value.clone();
    }
    document
}

pub(crate) fn strings(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().map(|item| item.as_str().unwrap()).collect()
}
