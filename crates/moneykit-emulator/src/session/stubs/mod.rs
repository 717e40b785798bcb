//! The stubs of a session.

mod compiled;
mod matching;
mod stub;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use stub::{BodyMatcher, Stub, StubResponse};

use self::compiled::CompiledStub;
pub(crate) use self::compiled::Reply;
#[cfg(feature = "contract")]
pub(crate) use self::matching::decode_query;
pub(crate) use self::matching::{MatchInput, percent_decode, percent_decode_path};
use crate::config_error::ConfigError;
use crate::contract::Contract;

/// The stubs of a session, from the oldest to the newest.
#[derive(Default)]
pub(crate) struct Stubs {
    list: Mutex<List>,
    /// The document that responses must fit.
    contract: Option<Contract>,
}

#[derive(Default)]
struct List {
    stubs: Vec<CompiledStub>,
    /// The number in the last ID that was generated.
    last_id: u64,
}

/// A stub in a session, and how often it was used.
#[derive(Clone, Debug, serde::Serialize)]
#[non_exhaustive]
pub struct StubStatus {
    /// The stub, with its ID.
    #[serde(flatten)]
    pub stub: Stub,
    /// The number of requests that it has responded to.
    pub matched: u64,
}

impl Stubs {
    pub(crate) fn new(stubs: &[Stub], contract: Option<Contract>) -> Result<Self, ConfigError> {
        let list = Self { list: Mutex::default(), contract };
        list.replace_all(stubs)?;
        Ok(list)
    }

    /// Replaces all stubs. If one of them is invalid, nothing changes.
    pub(crate) fn replace_all(&self, stubs: &[Stub]) -> Result<(), ConfigError> {
        let mut list = List::default();
        for stub in stubs {
            list.add(self.compile(stub.clone())?);
        }
        *self.lock() = list;
        Ok(())
    }

    /// Adds a stub, or replaces the one with the same ID. Returns its ID.
    pub(crate) fn add(&self, stub: Stub) -> Result<String, ConfigError> {
        let stub = self.compile(stub)?;
        Ok(self.lock().add(stub))
    }

    fn compile(&self, stub: Stub) -> Result<CompiledStub, ConfigError> {
        let stub = CompiledStub::new(stub)?;
        if let Some(contract) = &self.contract {
            stub.check(contract)?;
        }
        Ok(stub)
    }

    pub(crate) fn get(&self, id: &str) -> Option<StubStatus> {
        self.lock().stubs.iter().find(|stub| stub.id == id).map(CompiledStub::status)
    }

    /// Removes a stub. Returns false if there is none with this ID.
    pub(crate) fn remove(&self, id: &str) -> bool {
        let mut list = self.lock();
        let before = list.stubs.len();
        list.stubs.retain(|stub| stub.id != id);
        list.stubs.len() < before
    }

    pub(crate) fn clear(&self) {
        self.lock().stubs.clear();
    }

    /// Returns the stubs, the newest first, which is the order in which they are matched.
    pub(crate) fn list(&self) -> Vec<StubStatus> {
        self.lock().stubs.iter().rev().map(CompiledStub::status).collect()
    }

    /// Returns the response of the newest stub that matches the request.
    pub(crate) fn reply_to(&self, input: &MatchInput<'_>) -> Option<Reply> {
        let mut list = self.lock();
        let stub = list.stubs.iter_mut().rev().find(|stub| stub.matches(input).is_ok())?;
        Some(stub.next_reply())
    }

    /// Returns a description of the stub that comes closest to matching the request, and why it does not match.
    pub(crate) fn describe_nearest(&self, input: &MatchInput<'_>) -> Option<String> {
        let list = self.lock();
        let mismatches = list.stubs.iter().filter_map(|stub| Some((stub, stub.matches(input).err()?)));
        // Of stubs that are equally close, this is the newest.
        let (stub, mismatch) = mismatches.max_by_key(|(_, mismatch)| mismatch.closeness())?;
        Some(format!("the nearest stub is {:?} ({}), but {mismatch}", stub.id, stub.name()))
    }

    fn lock(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl List {
    fn add(&mut self, mut stub: CompiledStub) -> String {
        if stub.id.is_empty() {
            // An explicit ID may look like a generated one.
            while stub.id.is_empty() || self.stubs.iter().any(|other| other.id == stub.id) {
                self.last_id += 1;
                stub.id = format!("stub-{}", self.last_id);
            }
        }
        let id = stub.id.clone();
        self.stubs.retain(|other| other.id != id);
        self.stubs.push(stub);
        id
    }
}

#[cfg(test)]
mod tests;
