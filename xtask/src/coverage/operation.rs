//! An operation of a vendor's document, and how far it gets.

use moneykit_codegen::{CoverageFailure, VendorOperation};
use moneykit_contract::Document;

pub(super) struct Operation {
    pub(super) vendor: VendorOperation,
    pub(super) outcome: Outcome,
}

impl Operation {
    /// Lists the operations of a document.
    pub(super) fn all(document: &Document) -> Vec<Self> {
        let operations = VendorOperation::all(document).into_iter();
        operations.map(|vendor| Self { vendor, outcome: Outcome::Generated }).collect()
    }
}

/// How far an operation gets, with the reason if it gets no further.
#[derive(Clone, PartialEq)]
pub(super) enum Outcome {
    Ungenerated(CoverageFailure),
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
            Self::Ungenerated(_) => Stage::None,
            Self::Generated | Self::Uncompiled(_) => Stage::Generated,
            Self::Compiled | Self::Unproven(_) => Stage::Compiled,
            Self::Proven => Stage::Proven,
        }
    }

    /// Returns the name of the failure and its reason, if the operation failed.
    pub(super) fn failure(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Generated | Self::Compiled | Self::Proven => None,
            Self::Ungenerated(failure) => Some(failure.describe()),
            Self::Uncompiled(reason) => Some(("not compiled", reason)),
            Self::Unproven(reason) => Some(("compiles, but the proof finds", reason)),
        }
    }

    pub(super) fn is_good(&self) -> bool {
        self.failure().is_none()
    }
}
