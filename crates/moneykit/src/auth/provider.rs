use std::fmt;

use crate::auth::Credentials;

/// Where a client's credentials come from, for those that change while it runs: a file that is replaced, a vault
/// that rotates its secrets.
///
/// It is asked before each flight, so a new secret is used without a restart. When the server rejects the
/// credentials, it is asked again: if they have changed since, the request is repeated at once. While they have not,
/// it is asked by whoever needs a token, one at a time; so it should be quick, and keep what is slow to get.
///
/// A function is one:
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = moneykit_emulator::Emulator::builder().client("live_1", "your-client-secret").start()?;
/// # let folder = std::env::temp_dir().join(format!("moneykit-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("secret");
/// # std::fs::write(&path, "your-client-secret\n")?;
/// # let emulated = emulator.url();
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
///     .base_url(emulated)
///     .build()?;
/// client.warm_up().await?;
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok(())
/// # }
/// ```
pub trait CredentialsProvider: Send + Sync + 'static {
    /// Returns the credentials to use now.
    ///
    /// An error is told to whoever waits for a token, as the source of one that
    /// [may pass](crate::Error::is_transient); keep secrets out of it.
    fn credentials(&self) -> CredentialsFuture<'_>;
}

/// What a [`CredentialsProvider`] returns.
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

/// How a client comes by its credentials.
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
