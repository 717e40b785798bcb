//! An operation of a vendor's document, and how far it gets.

use moneykit_contract::{Document, METHODS};

pub(super) struct Operation {
    pub(super) path: String,
    pub(super) method: &'static str,
    /// The method and the path, such as `POST /auth/token`.
    pub(super) name: String,
    /// The id, or the words of the name.
    pub(super) id: String,
    pub(super) outcome: Outcome,
}

/// How far an operation gets, with the reason if it gets no further.
#[derive(Clone, PartialEq)]
pub(super) enum Outcome {
    /// The checks refuse it.
    Refused(String),
    /// The generator can't express it.
    Ungenerated(String),
    Generated,
    /// The generated source does not compile.
    Uncompiled(String),
    Compiled,
    /// The generated types do not preserve a part of it.
    Unproven(String),
    Proven,
}

/// The stages that an operation can complete.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    None,
    Generated,
    Compiled,
    Proven,
}

impl Outcome {
    /// Returns the last stage that the operation completed.
    pub(super) fn stage(&self) -> Stage {
        match self {
            Self::Refused(_) | Self::Ungenerated(_) => Stage::None,
            Self::Generated | Self::Uncompiled(_) => Stage::Generated,
            Self::Compiled | Self::Unproven(_) => Stage::Compiled,
            Self::Proven => Stage::Proven,
        }
    }

    /// Returns the name of the failure and its reason, if the operation failed.
    pub(super) fn failure(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Generated | Self::Compiled | Self::Proven => None,
            Self::Refused(reason) => Some(("refused", reason)),
            Self::Ungenerated(reason) => Some(("not generated", reason)),
            Self::Uncompiled(reason) => Some(("not compiled", reason)),
            Self::Unproven(reason) => Some(("compiles, but the proof finds", reason)),
        }
    }

    pub(super) fn is_good(&self) -> bool {
        self.failure().is_none()
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
