//! What the emulator's handle and its handlers share.

use crate::answers::Answers;
use crate::clients::Clients;
use crate::clock::Clock;
use crate::fault::FaultPlan;
use crate::requests::Counters;
use crate::token_store::TokenStore;

/// The state behind one emulator. No `Debug`: most of it is secrets.
pub(crate) struct Shared {
    pub(crate) answers: Answers,
    pub(crate) clients: Clients,
    pub(crate) tokens: TokenStore,
    pub(crate) clock: Clock,
    pub(crate) counters: Counters,
    pub(crate) faults: FaultPlan,
}
