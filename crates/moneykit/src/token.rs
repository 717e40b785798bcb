use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::clock::Moment;

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
/// # assert_eq!(header.to_str()?, format!("Bearer {}", token.expose_secret()));
/// # assert!(!format!("{token:?}").contains(token.expose_secret()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct AccessToken(Arc<Inner>);

struct Inner {
    value: SecretString,
    authorization: HeaderValue,
    lifetime: Duration,
    requested: Moment,
}

impl AccessToken {
    /// Makes a token of what the server sent; `requested` is when it was asked.
    ///
    /// The error says what is wrong with the value.
    pub(crate) fn new(
        value: SecretString,
        lifetime: Duration,
        requested: Moment,
    ) -> Result<Self, &'static str> {
        if value.expose_secret().is_empty() {
            return Err("is empty");
        }
        let authorization = bearer(&value).ok_or("has a character in it that no header can carry")?;
        Ok(Self(Arc::new(Inner { value, authorization, lifetime, requested })))
    }

    /// Returns the token itself. What you do with it is no longer redacted.
    pub fn expose_secret(&self) -> &str {
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
    pub(crate) fn requested(&self) -> Moment {
        self.0.requested
    }

    /// Says whether two handles are of the same token, without looking at its value.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Makes another copy of the header, which shares nothing with the first, not even a reference count.
    pub(crate) fn separate_header(&self) -> HeaderValue {
        bearer(&self.0.value).unwrap_or_else(|| self.0.authorization.clone())
    }
}

/// Writes the header, in memory that is zeroed when its last clone is dropped.
fn bearer(value: &SecretString) -> Option<HeaderValue> {
    /// Has cache lines of its own, and its reference count with it, so that threads which count references
    /// to different copies do not slow each other down.
    #[repr(align(128))]
    struct Text(Zeroizing<Vec<u8>>);

    impl AsRef<[u8]> for Text {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }

    const SCHEME: &[u8] = b"Bearer ";

    let value = value.expose_secret().as_bytes();
    // RFC 6749 §A.12 allows the space as well, but in a header a space would end the token.
    if !value.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    // At once in its full size: a buffer that grows leaves copies behind.
    let mut text = Zeroizing::new(Vec::with_capacity(SCHEME.len() + value.len()));
    text.extend_from_slice(SCHEME);
    text.extend_from_slice(value);
    let mut header = HeaderValue::from_maybe_shared(Bytes::from_owner(Text(text))).ok()?;
    header.set_sensitive(true);
    Some(header)
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
