//! The state of a session, which its handles and the request handlers share.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clients::{AuthError, Authorized, Clients};
use super::clock::Clock;
use super::config::{SessionConfig, Unmatched};
use super::faults::FaultPlan;
use super::journal::Journal;
use super::rate_limit::RateLimiter;
use super::request_counts::Counters;
use super::stubs::Stubs;
use super::tokens::{TokenStore, Validity};
use crate::config_error::ConfigError;
use crate::contract::Contract;
use crate::milliseconds;

/// The state of a session. It has no `Debug`, since most of it is secret.
pub(crate) struct SessionState {
    initial: SessionConfig,
    /// The document that the API follows. All sessions of an emulator have the same.
    pub(crate) contract: Option<Contract>,
    settings: Mutex<Settings>,
    pub(crate) clients: Clients,
    pub(crate) tokens: TokenStore,
    pub(crate) clock: Clock,
    pub(crate) stubs: Stubs,
    pub(crate) faults: FaultPlan,
    pub(crate) rate_limiter: RateLimiter,
    pub(crate) journal: Journal,
    pub(crate) counters: Counters,
}

/// The settings of a session that are single values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Settings {
    #[serde(rename = "token_lifetime_ms", with = "milliseconds")]
    pub(crate) token_lifetime: Duration,
    pub(crate) unmatched: Unmatched,
}

/// Changes of [`Settings`]. An absent value does not change.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SettingsChange {
    #[serde(rename = "token_lifetime_ms", with = "milliseconds::option")]
    pub(crate) token_lifetime: Option<Duration>,
    pub(crate) unmatched: Option<Unmatched>,
}

/// A token that was issued without a token request.
pub(crate) struct IssuedToken {
    pub(crate) access_token: String,
    pub(crate) number: u64,
    pub(crate) lifetime: Duration,
}

impl SessionState {
    pub(crate) fn new(config: &SessionConfig, contract: Option<Contract>) -> Result<Self, ConfigError> {
        let clock = Clock::start();
        Ok(Self {
            settings: Mutex::new(Settings::of(config)),
            clients: Clients::new(&config.effective_clients())?,
            tokens: TokenStore::default(),
            stubs: Stubs::new(&config.stubs, contract.clone())?,
            contract,
            faults: FaultPlan::new(&config.faults)?,
            rate_limiter: RateLimiter::new(config.rate_limits, clock.now())?,
            journal: Journal::new(config.journal),
            counters: Counters::default(),
            clock,
            initial: config.clone(),
        })
    }

    pub(crate) fn initial(&self) -> &SessionConfig {
        &self.initial
    }

    pub(crate) fn settings(&self) -> Settings {
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn change_settings(&self, change: SettingsChange) -> Settings {
        let mut settings = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
        settings.token_lifetime = change.token_lifetime.unwrap_or(settings.token_lifetime);
        settings.unmatched = change.unmatched.unwrap_or(settings.unmatched);
        *settings
    }

    /// Returns to the state in which the session started.
    pub(crate) fn reset(&self) {
        self.clock.reset();
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner) = Settings::of(&self.initial);
        self.tokens.reset();
        self.journal.clear();
        self.counters.reset();
        // The configuration was valid when the session started, so none of these fails.
        let _ = self.clients.replace_all(&self.initial.effective_clients());
        let _ = self.stubs.replace_all(&self.initial.stubs);
        let _ = self.faults.replace(&self.initial.faults);
        let _ = self.rate_limiter.replace(self.initial.rate_limits, self.clock.now());
    }

    /// Issues a token to a registered client.
    pub(crate) fn issue_token(
        &self,
        client_id: &str,
        scope: Option<&str>,
        lifetime: Option<Duration>,
    ) -> Result<IssuedToken, ConfigError> {
        let authorized = match self.clients.authorize_registered(client_id, scope) {
            None => {
                let message = format!("client {client_id:?} is not registered; register it, or use another");
                return Err(ConfigError::new(message));
            }
            Some(Err(AuthError::InvalidScope | AuthError::InvalidClient)) => {
                let message = format!("the scope is malformed, or client {client_id:?} is not allowed it");
                return Err(ConfigError::new(message));
            }
            Some(Ok(authorized)) => authorized,
        };
        let lifetime = lifetime.unwrap_or_else(|| self.lifetime_for(&authorized));
        let validity = Validity { lifetime, activation_delay: Duration::ZERO };
        let issued = self.tokens.issue(authorized.grant, self.clock.now(), validity);
        let (access_token, number) = issued.map_err(|error| {
            ConfigError::new(format!("the system's random number generator failed: {error}"))
        })?;
        Ok(IssuedToken { access_token, number, lifetime })
    }

    /// Returns the lifetime of a token for this client.
    pub(crate) fn lifetime_for(&self, authorized: &Authorized) -> Duration {
        authorized.token_lifetime.unwrap_or_else(|| self.settings().token_lifetime)
    }
}

impl Settings {
    fn of(config: &SessionConfig) -> Self {
        Self { token_lifetime: config.token_lifetime, unmatched: config.unmatched }
    }
}
