//! The credentials of a command, with their token: from the cache on disk, or from the client.

use std::cell::OnceCell;
use std::sync::Arc;
use std::time::Duration;

use moneykit::token_store::TokenStore;
use moneykit::{AccessToken, Client, ClientBuilder, Credentials, FileCredentials};
use tokio::runtime::Runtime;
use tracing::debug;

use crate::cache::{StoredToken, TokenFile};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::secret::SecretOrigin;
use crate::settings::{CredentialArgs, Settings};
use crate::store::{self, SharedToken};
use crate::terminal::Terminal;

/// The credentials of a command, and what it needs to get a token for them.
pub(crate) struct Session<'a> {
    terminal: &'a Terminal,
    settings: Settings,
    credentials: Credentials,
    /// `None` if the cache is not used.
    file: Option<TokenFile>,
    /// The store that takes the place of the cache on disk.
    store: Option<Arc<dyn TokenStore>>,
    /// Started only for requests: a cached token needs none.
    runtime: OnceCell<Runtime>,
}

/// Where the tokens of a command are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caching {
    /// In the store that the user chose, or else on disk.
    All,
    /// In the store alone.
    StoreOnly,
    /// Nowhere.
    None,
}

impl Caching {
    /// Returns what the option `--no-cache` chooses.
    pub(crate) fn unless(no_cache: bool) -> Self {
        if no_cache { Self::None } else { Self::All }
    }
}

/// For how long a token must remain valid.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Validity {
    AtLeast(Duration),
    /// For a request and its retries, with a client that does not refresh the token meanwhile.
    OfOneRequest,
}

impl<'a> Session<'a> {
    /// Resolves the settings, and reads the secret.
    pub(crate) fn open(
        args: &CredentialArgs,
        caching: Caching,
        terminal: &'a Terminal,
    ) -> Result<Self, Failure> {
        let settings = Settings::resolve(args)?;
        let credentials = settings.credentials()?;
        let store = settings.store.as_ref().filter(|_| caching != Caching::None);
        let store = store.map(store::open).transpose()?;
        let uses_file = caching == Caching::All && store.is_none();
        let file = if uses_file { Self::file_of(&settings, &credentials) } else { None };
        Ok(Self { terminal, settings, credentials, file, store, runtime: OnceCell::new() })
    }

    /// Returns the file of the cache for these settings.
    pub(crate) fn file_of(settings: &Settings, credentials: &Credentials) -> Option<TokenFile> {
        TokenFile::of(credentials, &settings.url.value, settings.scope())
    }

    pub(crate) fn client_id(&self) -> &str {
        self.credentials.client_id().as_str()
    }

    pub(crate) fn file(&self) -> Option<&TokenFile> {
        self.file.as_ref()
    }

    /// Returns the cached token if it remains valid for long enough.
    pub(crate) fn cached(&self, validity: Validity) -> Option<StoredToken> {
        let token = self.file.as_ref()?.load().unwrap_or_else(|hint| {
            self.terminal.hint(&hint);
            None
        });
        token.filter(|token| validity.is_satisfied_by(token))
    }

    /// Returns a token that remains valid for long enough, from the cache or else from the server. Of many
    /// processes, one requests the token, and the others wait for it.
    ///
    /// Returns the client as well if it has requested the token.
    pub(crate) fn token(&self, validity: Validity) -> Result<(StoredToken, Option<Client>), Failure> {
        if let Some(token) = self.cached(validity) {
            return Ok((token, None));
        }
        let _lock = self.file.as_ref().map(TokenFile::lock);
        if let Some(token) = self.reload(validity) {
            return Ok((token, None));
        }
        let client = self.client(None)?;
        let token = self.block_on(async {
            match validity {
                Validity::AtLeast(duration) => client.access_token_valid_for(duration).await,
                Validity::OfOneRequest => {
                    let token = client.access_token().await?;
                    // Only a store returns a token that is not new.
                    client.access_token_valid_for(token.lifetime() / 5).await
                }
            }
        })?;
        if let Some(store) = client.token_status().store.filter(|store| !store.is_available()) {
            let why = store.last_error.unwrap_or_default();
            self.terminal.hint(&format!("the token is not shared, because the token store failed: {why}"));
        }
        let token = token.map_err(|error| self.failure(error))?;
        let stored = self.store(&token)?;
        Ok((stored, Some(client)))
    }

    /// Reads the cache once more, now that no other process writes it. What is wrong with it has been said.
    fn reload(&self, validity: Validity) -> Option<StoredToken> {
        self.file.as_ref()?.load().ok().flatten().filter(|token| validity.is_satisfied_by(token))
    }

    /// Writes a token to the cache.
    pub(crate) fn store(&self, token: &AccessToken) -> Result<StoredToken, Failure> {
        let stored = StoredToken::of(token)
            .ok_or_else(|| Failure::new(Exit::Unexpected, "the access token has no expiry; report this"))?;
        if let Some(file) = &self.file {
            match file.store(&stored) {
                Ok(()) => debug!("the token is cached"),
                Err(error) => self.terminal.hint(&format!(
                    "the token is not cached, because {} cannot be written ({error}); correct that, or use --no-cache",
                    file.path().display()
                )),
            }
        }
        Ok(stored)
    }

    /// Returns the token in the store; `None` if there is no store.
    pub(crate) fn shared_token(&self) -> Result<Option<SharedToken>, Failure> {
        let Some(store) = &self.store else { return Ok(None) };
        let client = self.client(None)?;
        Ok(Some(SharedToken::of(&client, &self.credentials, self.settings.scope(), Arc::clone(store))?))
    }

    /// Builds a client, which starts with a token that is known already.
    pub(crate) fn client(&self, token: Option<&StoredToken>) -> Result<Client, Failure> {
        let mut builder = self.client_builder();
        if token.is_some() || self.store.is_some() {
            // The shortest window: see `Validity::OfOneRequest`.
            builder = builder.refresh_window(Duration::ZERO);
        }
        if let Some(token) = token {
            builder = builder.initial_token(token.access_token.as_str(), token.expiry(), token.lifetime());
        }
        builder.build().map_err(|error| self.failure(error))
    }

    /// Builds a client for a command that runs for long: a secret file is read again for each token refresh, so that its
    /// secret can be rotated.
    pub(crate) fn long_lived_client(&self) -> Result<Client, Failure> {
        let mut builder = self.client_builder();
        if let Some(SecretOrigin::File(path)) = self.settings.secret.as_ref().map(|secret| &secret.value) {
            let file = FileCredentials::new(self.credentials.client_id().clone(), path);
            builder = builder.credentials_provider(file.map_err(|error| self.failure(error))?);
        }
        builder.build().map_err(|error| self.failure(error))
    }

    fn client_builder(&self) -> ClientBuilder {
        let builder = self.settings.client_builder(&self.credentials);
        match &self.store {
            Some(store) => builder.token_store(Arc::clone(store)),
            None => builder,
        }
    }

    /// Converts an error of the client; adds the sources of the settings if they may be the reason.
    pub(crate) fn failure(&self, error: moneykit::Error) -> Failure {
        self.settings.explain(error.into())
    }

    /// Runs a future.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> Result<F::Output, Failure> {
        let runtime = if let Some(runtime) = self.runtime.get() {
            runtime
        } else {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
                    let message = format!("cannot start the runtime ({error}); free some file descriptors");
                    Failure::new(Exit::Unexpected, message)
                })?;
            self.runtime.get_or_init(|| runtime)
        };
        Ok(runtime.block_on(future))
    }

    /// Returns a text without the secret and this token, for texts of a server.
    pub(crate) fn redact(&self, text: &str, token: &StoredToken) -> String {
        let mut text = text.to_owned();
        for secret in [self.credentials.client_secret().expose_secret(), token.access_token.as_str()] {
            text = text.replace(secret, "[redacted]");
            // As JSON has it, which may differ by escapes.
            if let Ok(quoted) = serde_json::to_string(secret) {
                text = text.replace(quoted.trim_matches('"'), "[redacted]");
            }
        }
        text
    }
}

impl Validity {
    fn is_satisfied_by(self, token: &StoredToken) -> bool {
        let required = match self {
            Self::AtLeast(duration) => duration,
            // In the last tenth of the lifetime, the client refreshes the token in the background, and this process would
            // end before it could store the new one.
            Self::OfOneRequest => token.lifetime() / 5,
        };
        let remaining = token.expires_in();
        !remaining.is_zero() && remaining >= required
    }
}
