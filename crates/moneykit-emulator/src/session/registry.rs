//! The sessions of an emulator.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::config::SessionConfig;
use super::state::SessionState;
use crate::config_error::ConfigError;

/// The default session, whose paths have no prefix, and the named ones.
pub(crate) struct Sessions {
    default: Arc<SessionState>,
    named: RwLock<BTreeMap<String, Arc<SessionState>>>,
}

impl Sessions {
    pub(crate) fn new(default: SessionState) -> Self {
        Self { default: Arc::new(default), named: RwLock::default() }
    }

    pub(crate) fn default_session(&self) -> &Arc<SessionState> {
        &self.default
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<SessionState>> {
        self.named.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Creates a session, or replaces the one with this name. Without a configuration it has that of the default session.
    pub(crate) fn create(
        &self,
        name: &str,
        config: Option<&SessionConfig>,
    ) -> Result<(Arc<SessionState>, bool), CreateError> {
        let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if name.is_empty() || name.len() > 100 || !name.bytes().all(is_valid) || [".", ".."].contains(&name) {
            return Err(CreateError::Invalid(ConfigError::new(format!(
                "{name:?} is no name of a session; use 1 to 100 letters, digits, hyphens, dots, underscores or tildes"
            ))));
        }
        let config = config.unwrap_or(self.default.initial());
        let session =
            SessionState::new(config, self.default.contract.clone()).map_err(CreateError::Invalid)?;
        let session = Arc::new(session);
        let mut named = self.named.write().unwrap_or_else(PoisonError::into_inner);
        if named.len() >= MAX_SESSIONS && !named.contains_key(name) {
            return Err(CreateError::TooMany);
        }
        let is_new = named.insert(name.to_owned(), Arc::clone(&session)).is_none();
        Ok((session, is_new))
    }

    /// Removes a session. Returns false if there is none with this name.
    pub(crate) fn remove(&self, name: &str) -> bool {
        self.named.write().unwrap_or_else(PoisonError::into_inner).remove(name).is_some()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.named.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }
}

/// The maximum number of named sessions. Tests that create sessions and never remove them reach it some day, with an error
/// instead of a lack of memory.
pub(crate) const MAX_SESSIONS: usize = 10_000;

/// The reason why a session cannot be created.
pub(crate) enum CreateError {
    /// The name or the configuration is invalid.
    Invalid(ConfigError),
    /// There are [`MAX_SESSIONS`] already.
    TooMany,
}

impl From<CreateError> for ConfigError {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::Invalid(error) => error,
            CreateError::TooMany => Self::new(format!(
                "there are {MAX_SESSIONS} sessions, the maximum; remove those that are not used any more"
            )),
        }
    }
}
