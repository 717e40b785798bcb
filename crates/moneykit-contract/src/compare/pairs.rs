//! The pairs of schemas that a comparison meets.
//!
//! Each pair is compared once for each direction, however many operations reach it. What contains what is recorded, so
//! that [`reach`](super::reach) can tell which operations a change affects.

use std::collections::HashMap;

use super::schemas::Schema;
use crate::change::{Change, Direction, Location};

/// The index of a pair.
pub(super) type PairId = usize;

/// The nodes of a schema, by their addresses. A node that counts without its alternatives is another one.
pub(super) type SchemaKey = Vec<(usize, bool)>;

/// All pairs, and the parts of operations that they begin at.
#[derive(Default)]
pub(super) struct Pairs<'a> {
    ids: HashMap<(SchemaKey, SchemaKey, Direction), PairId>,
    all: Vec<SchemaPair<'a>>,
    /// The pairs that are not compared yet; the next one is the last.
    open: Vec<PairId>,
    /// The pairs found in the pair that is being compared.
    found: Vec<PairId>,
    /// The bodies, parameters and headers, each with its pair.
    pub(super) roots: Vec<(Location, PairId)>,
}

/// Two schemas in a direction, and what was found in them.
pub(super) struct SchemaPair<'a> {
    pub(super) schemas: (Schema<'a>, Schema<'a>),
    pub(super) direction: Direction,
    /// The changes of the schemas themselves. The paths of their locations begin at this pair.
    pub(super) changes: Vec<Change>,
    /// The pairs of inner schemas, with their paths.
    pub(super) inner: Vec<(String, PairId)>,
}

impl<'a> Pairs<'a> {
    /// Adds a pair unless it is known, and returns its index.
    pub(super) fn add(
        &mut self,
        keys: (SchemaKey, SchemaKey),
        schemas: (&Schema<'a>, &Schema<'a>),
        direction: Direction,
    ) -> PairId {
        let next = self.all.len();
        let id = *self.ids.entry((keys.0, keys.1, direction)).or_insert(next);
        if id == next {
            self.all.push(SchemaPair {
                schemas: (schemas.0.clone(), schemas.1.clone()),
                direction,
                changes: Vec::new(),
                inner: Vec::new(),
            });
            self.found.push(id);
        }
        id
    }

    /// Returns a pair that is not compared yet: the first one found in the last one that was returned, so that pairs
    /// come in the order of the document.
    pub(super) fn next(&mut self) -> Option<PairId> {
        self.open.extend(self.found.drain(..).rev());
        self.open.pop()
    }

    pub(super) fn get(&self, id: PairId) -> &SchemaPair<'a> {
        &self.all[id]
    }

    pub(super) fn push_change(&mut self, id: PairId, change: Change) {
        self.all[id].changes.push(change);
    }

    pub(super) fn push_inner(&mut self, id: PairId, path: String, inner: PairId) {
        self.all[id].inner.push((path, inner));
    }

    pub(super) fn into_parts(self) -> (Vec<SchemaPair<'a>>, Vec<(Location, PairId)>) {
        (self.all, self.roots)
    }
}
