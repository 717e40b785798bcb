use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

/// An access token: what every request to the API but the first carries.
///
/// It prints as redacted, is zeroed when its last clone is dropped, and cloning it is cheap.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
/// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
/// let token = client.access_token().await?;
///
/// println!("{token:?}"); // AccessToken { value: [redacted], token_type: "bearer", lifetime: 3600s }
/// let header = token.authorization_header(); // Authorization: Bearer …
/// assert!(header.is_sensitive());
/// # assert_eq!(header.to_str()?, format!("Bearer {}", token.value()));
/// # assert!(!format!("{token:?}").contains(token.value()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct AccessToken(Arc<Inner>);

struct Inner {
    value: SecretString,
    authorization: HeaderValue,
    lifetime: Duration,
    requested: Instant,
}

impl AccessToken {
    /// Makes a token of what the server sent; `requested` is when it was asked.
    ///
    /// The error says what is wrong with the value.
    pub(crate) fn new(
        value: SecretString,
        lifetime: Duration,
        requested: Instant,
    ) -> Result<Self, &'static str> {
        let text = value.expose_secret();
        if text.is_empty() {
            return Err("is empty");
        }
        // RFC 6749 §A.12 allows the space as well, but in a header a space would end the token.
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("has a character in it that no header can carry");
        }
        let mut authorization = HeaderValue::try_from(format!("Bearer {text}"))
            .map_err(|_| "has a character in it that no header can carry")?;
        authorization.set_sensitive(true);
        Ok(Self(Arc::new(Inner { value, authorization, lifetime, requested })))
    }

    /// Returns the token itself. What you do with it is no longer redacted.
    pub fn value(&self) -> &str {
        self.0.value.expose_secret()
    }

    /// Returns the value of the `Authorization` header that presents the token: `Bearer` and the token
    /// (RFC 6750 §2.1). It is marked sensitive, so that HTTP libraries do not log or index it.
    pub fn authorization_header(&self) -> &HeaderValue {
        &self.0.authorization
    }

    /// Returns the type of the token: always `bearer`. Any other type is refused when it comes.
    pub fn token_type(&self) -> &'static str {
        "bearer"
    }

    /// Returns how long the token lives, counted from when it was requested, in whole seconds, as the server
    /// said it (`expires_in`).
    pub fn lifetime(&self) -> Duration {
        self.0.lifetime
    }

    /// Returns when the token was asked for. Its lifetime is counted from then rather than from when the
    /// answer came, since the server's clock was running already.
    pub(crate) fn requested(&self) -> Instant {
        self.0.requested
    }

    /// Says whether two handles are of the same token, without looking at its value.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("value", &format_args!("[redacted]"))
            .field("token_type", &self.token_type())
            .field("lifetime", &self.lifetime())
            .finish()
    }
}
