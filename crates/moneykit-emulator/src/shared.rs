//! State that the emulator's handle and its request handlers share.

use crate::clients::Clients;
use crate::clock::Clock;
use crate::fault::FaultPlan;
use crate::request_counts::Counters;
use crate::stubs::Stubs;
use crate::token_store::TokenStore;

/// The state of one emulator. It has no `Debug`, since most of it is secret.
pub(crate) struct Shared {
    pub(crate) stubs: Stubs,
    pub(crate) clients: Clients,
    pub(crate) tokens: TokenStore,
    pub(crate) clock: Clock,
    pub(crate) counters: Counters,
    pub(crate) faults: FaultPlan,
}
