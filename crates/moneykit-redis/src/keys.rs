//! The names of keys and channels on the server.

use moneykit::token_store::StoreKey;

/// The keys of one token. The braces place all of them in one slot of a cluster, so that a script can use them
/// together.
pub(crate) struct Keys {
    pub(crate) token: String,
    pub(crate) lease: String,
    pub(crate) fence: String,
    /// The channel of hints. Channels are not keys, and take no memory.
    pub(crate) hint: String,
}

impl Keys {
    pub(crate) fn new(prefix: &str, key: &StoreKey) -> Self {
        let name = |part| format!("{prefix}:{{{}}}:{part}", key.name());
        Self { token: name("token"), lease: name("lease"), fence: name("fence"), hint: name("hint") }
    }
}
