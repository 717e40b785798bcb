//! Providers of credentials that rotate while a client runs.

use crate::auth::Credentials;

/// A provider of credentials that rotate while a client runs, such as a vault.
/// [`FileCredentials`](crate::FileCredentials) is one that reads the secret from a file.
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
/// # let url = emulator.url();
/// # #[derive(Clone)]
/// # struct Vault;
/// # impl Vault {
/// #     async fn read(&self, _: &str) -> std::io::Result<String> {
/// #         Ok("your-client-secret".to_owned())
/// #     }
/// # }
/// # let vault = Vault;
/// use moneykit::{Client, Credentials};
///
/// let client = Client::builder()
///     .credentials_provider(move || {
///         let vault = vault.clone();
///         async move {
///             let secret = vault.read("moneykit/client-secret").await?;
///             let credentials = Credentials::new("live_1", secret)?;
///             Ok::<_, Box<dyn std::error::Error + Send + Sync>>(credentials)
///         }
///     })
///     .base_url(url)
///     .build()?;
/// client.warm_up().await?;
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
