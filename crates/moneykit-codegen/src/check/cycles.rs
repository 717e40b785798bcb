//! Rejects components that refer to themselves without a property or an item in between.

use std::collections::HashMap;

use moneykit_contract::{Kind, NodeRef};

use crate::error::Diagnostic;
use crate::index::{ContractIndex, parts};

/// Rejects components that refer to themselves by references and composition alone: they describe nothing, and
/// the generator would follow them until its stack overflows. A property or an item may refer to its owner: that
/// is a recursive type.
pub(super) fn cycles(index: &ContractIndex<'_>) -> Vec<Diagnostic> {
    let mut search = Search { index, visited: HashMap::new(), diagnostics: Vec::new() };
    // Another rule covers references in place of a security scheme.
    let components = index.nodes().filter(|node| node.is_component() && node.kind != Kind::SecurityScheme);
    for component in components {
        search.visit(component);
    }
    search.diagnostics
}

struct Search<'i, 'a> {
    index: &'i ContractIndex<'a>,
    /// The state of each visited node, by its JSON pointer.
    visited: HashMap<String, Visit>,
    diagnostics: Vec<Diagnostic>,
}

#[derive(Clone, Copy, PartialEq)]
enum Visit {
    InProgress,
    Done,
}

impl<'a> Search<'_, 'a> {
    fn visit(&mut self, node: &NodeRef<'a>) {
        if self.visited.contains_key(&node.pointer) {
            return;
        }
        self.visited.insert(node.pointer.clone(), Visit::InProgress);
        self.follow(node);
        self.visited.insert(node.pointer.clone(), Visit::Done);
    }

    fn follow(&mut self, node: &NodeRef<'a>) {
        let Some(reference) = node.target() else {
            parts(node).for_each(|part| self.follow(&part));
            return;
        };
        let Some(target) = self.index.target(reference) else { return };
        if self.visited.get(&target.pointer) == Some(&Visit::InProgress) {
            self.diagnostics.push(Diagnostic::new(
                self.index.target_position(node),
                format!("`{reference}` refers to itself: this reference closes the cycle"),
                "drop the reference, or move it into a property or the items of an array",
            ));
        } else {
            self.visit(&target);
        }
    }
}
