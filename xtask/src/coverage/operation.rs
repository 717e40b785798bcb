//! An operation of a vendor's document, and how far it gets.

use std::collections::HashSet;

use moneykit_contract::{Document, METHODS, extract};
use serde_json::json;

pub(super) struct Operation {
    pub(super) path: String,
    pub(super) method: &'static str,
    /// The method and the path.
    pub(super) name: String,
    /// The id, or the words of the name.
    pub(super) id: String,
    pub(super) outcome: Outcome,
}

/// How far an operation gets.
#[derive(Clone, PartialEq)]
pub(super) enum Outcome {
    Generated,
    Compiled,
    /// The checks refuse it, with this message.
    Refused(String),
    /// The generator can't express it.
    Ungenerated(String),
    /// The generated source does not compile.
    Uncompiled(String),
}

impl Outcome {
    pub(super) fn is_good(&self) -> bool {
        matches!(self, Self::Generated | Self::Compiled)
    }

    pub(super) fn reason(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Generated | Self::Compiled => None,
            Self::Refused(reason) => Some(("refused", reason)),
            Self::Ungenerated(reason) => Some(("not generated", reason)),
            Self::Uncompiled(reason) => Some(("not compiled", reason)),
        }
    }
}

/// Lists the operations of a document.
pub(super) fn all(document: &Document) -> Vec<Operation> {
    let paths = document.root()["paths"].as_object().into_iter().flatten();
    let mut operations = Vec::new();
    for (path, item) in paths.filter(|(path, _)| !path.starts_with("x-")) {
        let item = match item["$ref"].as_str().and_then(|target| document.target(target)) {
            Some((_, target)) => target,
            None => item,
        };
        for method in METHODS.into_iter().filter(|method| item.get(method).is_some()) {
            let name = format!("{} {path}", method.to_uppercase());
            let id = item[method]["operationId"].as_str().map_or_else(|| name.clone(), str::to_owned);
            operations.push(Operation { path: path.clone(), method, name, id, outcome: Outcome::Generated });
        }
    }
    operations
}

/// Returns the folded names of the component schemas that an operation reaches.
pub(super) fn components(document: &Document, operation: &Operation) -> HashSet<String> {
    let paths = json!({ &operation.path: { operation.method: {} } });
    let root = json!({ "openapi": "3.0.3", "info": { "title": "", "version": "" }, "paths": paths });
    let Ok(selection) = Document::new("selection", root) else { return HashSet::new() };
    let subset = extract(document, &selection).document;
    let schemas = subset.root()["components"]["schemas"].as_object();
    schemas.into_iter().flatten().map(|(name, _)| super::folded(name)).collect()
}
