//! Providers of credentials that rotate while a client runs.

use std::fmt;

use crate::auth::Credentials;

/// A provider of credentials that rotate while a client runs: a file that is replaced, a vault that rotates its
/// secrets.
///
/// The client calls it before each token refresh, so a new secret is used without a restart. When the server rejects
/// the credentials, the client calls it again: if the credentials have changed, the client repeats the token request
/// at once. Until they change, each call that needs a token starts a refresh that calls the provider, one refresh at a
/// time. The provider should therefore be fast, and cache credentials that are slow to obtain.
///
/// A closure that returns a future is a provider:
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = moneykit_emulator::Emulator::builder().client("live_1", "your-client-secret").start()?;
/// # let folder = std::env::temp_dir().join(format!("moneykit-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("secret");
/// # std::fs::write(&path, "your-client-secret\n")?;
/// # let url = emulator.url();
/// use moneykit::{Client, Credentials};
///
/// let client = Client::builder()
///     .credentials_provider(move || {
///         let path = path.clone();
///         async move {
///             let secret = std::fs::read_to_string(path)?;
///             let credentials = Credentials::new("live_1", secret.trim_end())?;
///             Ok::<_, Box<dyn std::error::Error + Send + Sync>>(credentials)
///         }
///     })
///     .base_url(url)
///     .build()?;
/// client.warm_up().await?;
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok(())
/// # }
/// ```
pub trait CredentialsProvider: Send + Sync + 'static {
    /// Returns the credentials to use now.
    ///
    /// An error fails the token refresh: its callers receive a [transient](crate::Error::is_transient)
    /// [`Error`](crate::Error) with the provider's error as its source, so it must not contain a secret.
    fn credentials(&self) -> CredentialsFuture<'_>;
}

/// The future that a [`CredentialsProvider`] returns.
pub type CredentialsFuture<'a> = std::pin::Pin<
    Box<dyn Future<Output = Result<Credentials, Box<dyn std::error::Error + Send + Sync>>> + Send + 'a>,
>;

impl<F, R, E> CredentialsProvider for F
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Future<Output = Result<Credentials, E>> + Send + 'static,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn credentials(&self) -> CredentialsFuture<'_> {
        let credentials = self();
        Box::pin(async move { credentials.await.map_err(Into::into) })
    }
}

/// The origin of a client's credentials.
pub(crate) enum CredentialsSource {
    Fixed(Credentials),
    Provided(Box<dyn CredentialsProvider>),
}

impl fmt::Debug for CredentialsSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(credentials) => credentials.fmt(f),
            Self::Provided(_) => f.write_str("CredentialsProvider"),
        }
    }
}
