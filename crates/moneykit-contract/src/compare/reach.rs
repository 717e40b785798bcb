//! Finds the parts of operations that a change of a schema affects.
//!
//! The cost grows with the schemas that contain a change, and not with the number of operations that use them: schemas
//! without one are left out, schemas that contain each other are treated as one, and the uses are handed down from
//! schema to schema as sets.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::pairs::{PairId, Pairs, SchemaPair};
use crate::change::{Change, Location, Use};

/// Returns the changes, each once, with its nearest location and with all of its uses.
pub(super) fn changes(direct: Vec<Change>, pairs: Pairs<'_>) -> Vec<Change> {
    let (mut pairs, mut roots) = pairs.into_parts();
    let dirty = dirty(&pairs);
    roots.retain(|(_, pair)| dirty[*pair]);
    let mut uses = Uses::default();
    let root_uses: Vec<usize> = roots.iter().map(|(location, _)| uses.add(location)).collect();
    let nearest = Nearest::new(&pairs, &roots, &dirty);
    let reached = reached(&pairs, &roots, &root_uses, &dirty);

    let mut merged = Merged::default();
    for change in direct {
        let set = change.location.operation.is_some().then(|| uses.add(&change.location));
        merged.add(change, &set.into_iter().collect::<Set>(), 0);
    }
    for id in 0..pairs.len() {
        let changes = std::mem::take(&mut pairs[id].changes);
        if changes.is_empty() {
            continue;
        }
        let Some((location, hops)) = nearest.location(&pairs, &roots, id) else { continue };
        for mut change in changes {
            let path = joined(&location.path, &change.location.path);
            change.location = Location { path, ..location.clone() };
            merged.add(change, &reached[id], hops);
        }
    }
    merged.into_changes(&uses)
}

/// Returns the path inside of another one.
fn joined(outer: &str, inner: &str) -> String {
    let is_property = !inner.is_empty() && !inner.starts_with(['[', '{', '<']);
    let dot = if is_property && !outer.is_empty() { "." } else { "" };
    format!("{outer}{dot}{inner}")
}

/// Returns for each pair whether it contains a change, directly or indirectly.
fn dirty(pairs: &[SchemaPair<'_>]) -> Vec<bool> {
    let mut outer: Vec<Vec<PairId>> = vec![Vec::new(); pairs.len()];
    for (id, pair) in pairs.iter().enumerate() {
        pair.inner.iter().for_each(|(_, inner)| outer[*inner].push(id));
    }
    let mut dirty: Vec<bool> = pairs.iter().map(|pair| !pair.changes.is_empty()).collect();
    let mut open: Vec<PairId> = (0..pairs.len()).filter(|id| dirty[*id]).collect();
    while let Some(id) = open.pop() {
        for outer in &outer[id] {
            if !dirty[*outer] {
                dirty[*outer] = true;
                open.push(*outer);
            }
        }
    }
    dirty
}

/// The shortest way to each pair from a part of an operation.
struct Nearest {
    ways: Vec<Option<Way>>,
}

/// The last step of a way from a part of an operation.
#[derive(Clone, Copy)]
struct Way {
    root: usize,
    /// The number of schemas in between.
    hops: usize,
    /// The pair before, and the index of the inner pair in it.
    before: Option<(PairId, usize)>,
}

impl Nearest {
    fn new(pairs: &[SchemaPair<'_>], roots: &[(Location, PairId)], dirty: &[bool]) -> Self {
        let mut ways = vec![None; pairs.len()];
        let mut open = VecDeque::new();
        for (root, (_, pair)) in roots.iter().enumerate() {
            if ways[*pair].is_none() {
                ways[*pair] = Some(Way { root, hops: 0, before: None });
                open.push_back(*pair);
            }
        }
        while let Some(id) = open.pop_front() {
            let Some(Way { root, hops, .. }) = ways[id] else { continue };
            for (index, (_, inner)) in pairs[id].inner.iter().enumerate() {
                if dirty[*inner] && ways[*inner].is_none() {
                    ways[*inner] = Some(Way { root, hops: hops + 1, before: Some((id, index)) });
                    open.push_back(*inner);
                }
            }
        }
        Self { ways }
    }

    /// Returns the nearest location of a pair, and the number of schemas in between.
    fn location(
        &self,
        pairs: &[SchemaPair<'_>],
        roots: &[(Location, PairId)],
        id: PairId,
    ) -> Option<(Location, usize)> {
        let Way { root, hops, mut before } = self.ways[id]?;
        let mut parts = Vec::with_capacity(hops);
        while let Some((outer, index)) = before {
            parts.push(pairs[outer].inner[index].0.as_str());
            before = self.ways[outer]?.before;
        }
        let location = &roots.get(root)?.0;
        let path = parts.into_iter().rev().fold(location.path.clone(), |path, part| joined(&path, part));
        Some((Location { path, ..location.clone() }, hops))
    }
}

/// Returns for each pair the uses from which it is reached.
fn reached(
    pairs: &[SchemaPair<'_>],
    roots: &[(Location, PairId)],
    root_uses: &[usize],
    dirty: &[bool],
) -> Vec<Set> {
    let (component_of, count) = components(pairs, dirty);
    let mut sets = vec![Set::default(); count];
    for ((_, pair), used) in roots.iter().zip(root_uses) {
        sets[component_of[*pair]].insert(*used);
    }
    let mut members: Vec<Vec<PairId>> = vec![Vec::new(); count];
    for id in (0..pairs.len()).filter(|id| dirty[*id]) {
        members[component_of[id]].push(id);
    }
    // A component is numbered after all components that it contains.
    for component in (0..count).rev() {
        let set = sets[component].clone();
        for (_, inner) in members[component].iter().flat_map(|id| &pairs[*id].inner) {
            if dirty[*inner] && component_of[*inner] != component {
                sets[component_of[*inner]].extend(&set);
            }
        }
    }
    (0..pairs.len())
        .map(|id| if dirty[id] { sets[component_of[id]].clone() } else { Set::default() })
        .collect()
}

/// Returns the strongly connected component of each pair with changes, and their number (Tarjan's algorithm, without
/// recursion).
fn components(pairs: &[SchemaPair<'_>], dirty: &[bool]) -> (Vec<usize>, usize) {
    const NONE: usize = usize::MAX;
    let mut component_of = vec![NONE; pairs.len()];
    let (mut order, mut low) = (vec![NONE; pairs.len()], vec![NONE; pairs.len()]);
    let (mut stack, mut visited, mut count) = (Vec::new(), 0, 0);
    for start in (0..pairs.len()).filter(|id| dirty[*id]) {
        if order[start] != NONE {
            continue;
        }
        // Each call of the recursive algorithm, with the next inner pair to visit.
        let mut calls = vec![(start, 0)];
        while let Some((id, next)) = calls.last_mut() {
            let id = *id;
            if *next == 0 {
                (order[id], low[id]) = (visited, visited);
                visited += 1;
                stack.push(id);
            }
            let inner = pairs[id].inner.get(*next).map(|(_, inner)| *inner);
            *next += 1;
            match inner {
                Some(inner) if !dirty[inner] => {}
                Some(inner) if order[inner] == NONE => calls.push((inner, 0)),
                Some(inner) if component_of[inner] == NONE => low[id] = low[id].min(order[inner]),
                Some(_) => {}
                None => {
                    calls.pop();
                    if let Some((outer, _)) = calls.last() {
                        low[*outer] = low[*outer].min(low[id]);
                    }
                    if low[id] == order[id] {
                        while let Some(member) = stack.pop() {
                            component_of[member] = count;
                            if member == id {
                                break;
                            }
                        }
                        count += 1;
                    }
                }
            }
        }
    }
    (component_of, count)
}

/// All uses of schemas with changes, in the order of the document.
#[derive(Default)]
struct Uses {
    list: Vec<Use>,
    indexes: HashMap<Use, usize>,
}

impl Uses {
    fn add(&mut self, location: &Location) -> usize {
        let used = Use {
            operation: location.operation.as_deref().unwrap_or_default().into(),
            part: location.part.as_str().into(),
        };
        let next = self.list.len();
        let index = *self.indexes.entry(used.clone()).or_insert(next);
        if index == next {
            self.list.push(used);
        }
        index
    }
}

/// A set of uses, as bits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Set(Vec<u64>);

impl Set {
    fn insert(&mut self, index: usize) {
        let word = index / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (index % 64);
    }

    fn extend(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word |= other;
        }
    }

    fn indexes(&self) -> impl Iterator<Item = usize> {
        let words = self.0.iter().enumerate();
        words.flat_map(|(i, word)| {
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| i * 64 + bit)
        })
    }
}

impl FromIterator<usize> for Set {
    fn from_iter<I: IntoIterator<Item = usize>>(indexes: I) -> Self {
        let mut set = Self::default();
        indexes.into_iter().for_each(|index| set.insert(index));
        set
    }
}

/// The changes found so far. A change that is found in several contexts is one change.
#[derive(Default)]
struct Merged {
    changes: Vec<(Change, Set, usize)>,
    indexes: HashMap<(&'static str, Option<crate::Direction>, crate::Revision, String, String), usize>,
}

impl Merged {
    /// Adds a change with its uses, and the number of schemas between its location and its operation.
    fn add(&mut self, change: Change, uses: &Set, hops: usize) {
        let key = (
            change.rule.id,
            change.location.direction,
            change.document,
            change.pointer.clone(),
            change.message.clone(),
        );
        let next = self.changes.len();
        let index = *self.indexes.entry(key).or_insert(next);
        match self.changes.get_mut(index) {
            None => self.changes.push((change, uses.clone(), hops)),
            Some((known, known_uses, known_hops)) => {
                known_uses.extend(uses);
                if hops < *known_hops {
                    known.location = change.location;
                    *known_hops = hops;
                }
            }
        }
    }

    fn into_changes(self, uses: &Uses) -> Vec<Change> {
        let mut lists: HashMap<Set, Arc<[Use]>> = HashMap::new();
        let with_uses = |(mut change, set, _): (Change, Set, usize)| {
            let list = || set.indexes().map(|index| uses.list[index].clone()).collect();
            change.uses = Arc::clone(lists.entry(set.clone()).or_insert_with(list));
            change
        };
        self.changes.into_iter().map(with_uses).collect()
    }
}
