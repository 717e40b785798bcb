//! How a session starts.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clients::RegisteredClient;
use super::faults::Faults;
use super::journal::JournalLimits;
use super::rate_limit::RateLimits;
use super::stubs::Stub;
use crate::{milliseconds, object};

/// The ID of the client that is registered if no other is.
pub const DEFAULT_CLIENT_ID: &str = "live_5c739a369515e10fc9e0";

/// The secret of the client that is registered if no other is.
///
/// It is not confidential: only emulators accept it.
pub const DEFAULT_CLIENT_SECRET: &str = "emulator-client-secret";

/// The default lifetime of access tokens: one hour, as in the contract's example.
pub const DEFAULT_TOKEN_LIFETIME: Duration = Duration::from_secs(3600);

/// How a session starts, and what [`Session::reset`](crate::Session::reset) returns to.
///
/// In JSON and YAML it has the fields `clients`, `token_lifetime_ms`, `stubs`, `unmatched`, `faults`, `rate_limits` and
/// `journal`, all optional. `control.openapi.yaml` describes them.
///
/// `Debug` shows client IDs and scopes. It redacts client secrets and the bodies of stubs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[must_use = "a configuration does nothing until a session starts with it"]
pub struct SessionConfig {
    #[serde(deserialize_with = "object::list")]
    pub(crate) clients: Vec<RegisteredClient>,
    #[serde(rename = "token_lifetime_ms", with = "milliseconds")]
    pub(crate) token_lifetime: Duration,
    #[serde(deserialize_with = "object::list")]
    pub(crate) stubs: Vec<Stub>,
    pub(crate) unmatched: Unmatched,
    #[serde(deserialize_with = "object::deserialize")]
    pub(crate) faults: Faults,
    #[serde(deserialize_with = "object::deserialize")]
    pub(crate) rate_limits: RateLimits,
    #[serde(deserialize_with = "object::deserialize")]
    pub(crate) journal: JournalLimits,
}

/// The response to a request that has a valid token and matches no stub.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unmatched {
    /// 200, with a description of the request.
    #[default]
    Echo,
    /// 404 with `emulator_error.no_stub`. The message names the nearest stub and why it does not match.
    Fail,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            clients: Vec::new(),
            token_lifetime: DEFAULT_TOKEN_LIFETIME,
            stubs: Vec::new(),
            unmatched: Unmatched::default(),
            faults: Faults::default(),
            rate_limits: RateLimits::default(),
            journal: JournalLimits::default(),
        }
    }
}

impl SessionConfig {
    /// Returns the default configuration: one client, [`DEFAULT_CLIENT_ID`], and tokens with a lifetime of one hour.
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers a client. Without any, [`DEFAULT_CLIENT_ID`] is registered with [`DEFAULT_CLIENT_SECRET`].
    pub fn client(mut self, client: RegisteredClient) -> Self {
        self.clients.push(client);
        self
    }

    /// Sets the lifetime of access tokens. The default is [`DEFAULT_TOKEN_LIFETIME`].
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// Adds a stub. Of those that match a request, the one added last responds.
    pub fn stub(mut self, stub: Stub) -> Self {
        self.stubs.push(stub);
        self
    }

    /// Sets the response to requests that match no stub. The default is [`Unmatched::Echo`].
    pub fn unmatched(mut self, unmatched: Unmatched) -> Self {
        self.unmatched = unmatched;
        self
    }

    /// Sets the random faults. By default there are none.
    pub fn faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// Sets the rate limits. By default there are none.
    pub fn rate_limits(mut self, limits: RateLimits) -> Self {
        self.rate_limits = limits;
        self
    }

    /// Sets the limits of the journal.
    pub fn journal(mut self, limits: JournalLimits) -> Self {
        self.journal = limits;
        self
    }

    /// Returns the clients to register.
    pub(crate) fn effective_clients(&self) -> Vec<RegisteredClient> {
        if self.clients.is_empty() {
            return vec![RegisteredClient::new(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)];
        }
        self.clients.clone()
    }
}
