//! Access tokens: redacted, zeroed on drop, with a ready-made header.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use crossbeam_utils::CachePadded;
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::time::Moment;

/// An access token (RFC 6749 §1.4), which every request to the API carries.
///
/// Its `Debug` output is redacted, its memory is zeroed when the last clone is dropped, and cloning it is cheap.
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
    /// `None` for a token that was not requested.
    lifetime: Option<Duration>,
    /// When the request was sent that the lifetime counts from, or when a token of another client became known.
    since: Moment,
    /// How old a token of another client was then. A moment before both clocks' zero could not say it.
    age: Option<Duration>,
}

impl AccessToken {
    /// Creates a token from a token response; `requested` is when its request was sent. Returns what is wrong with
    /// the value if it is not usable.
    pub(crate) fn new(
        value: SecretString,
        lifetime: Duration,
        requested: Moment,
    ) -> Result<Self, &'static str> {
        Self::with_age(value, Some(lifetime), requested, None)
    }

    /// Creates a token that this client did not request, and that was `age` old at `since`. Returns what is wrong with
    /// the value if it is not usable.
    pub(crate) fn from_elsewhere(
        value: SecretString,
        lifetime: Duration,
        since: Moment,
        age: Duration,
    ) -> Result<Self, &'static str> {
        Self::with_age(value, Some(lifetime), since, Some(age))
    }

    /// Creates a token whose lifetime is not known. Returns what is wrong with the value if it is not usable.
    pub(crate) fn with_unknown_lifetime(value: SecretString) -> Result<Self, &'static str> {
        Self::with_age(value, None, Moment::new(Duration::ZERO, Duration::ZERO), None)
    }

    fn with_age(
        value: SecretString,
        lifetime: Option<Duration>,
        since: Moment,
        age: Option<Duration>,
    ) -> Result<Self, &'static str> {
        if value.expose_secret().is_empty() {
            return Err("is empty");
        }
        let authorization = bearer(&value).ok_or("contains a character that no header can carry")?;
        Ok(Self(Arc::new(Inner { value, authorization, lifetime, since, age })))
    }

    /// Returns the token's value. The returned string is not redacted.
    pub fn expose_secret(&self) -> &str {
        self.0.value.expose_secret()
    }

    /// Returns the value of the `Authorization` header: `Bearer` and the token (RFC 6750 §2.1). It is marked
    /// sensitive, so HTTP libraries neither log nor index it.
    pub fn authorization_header(&self) -> &HeaderValue {
        &self.0.authorization
    }

    /// Returns the token type, which is always `bearer`. Responses with another type are errors.
    pub fn token_type(&self) -> &'static str {
        "bearer"
    }

    /// Returns the lifetime that the server stated (`expires_in`), in whole seconds. It counts from the time at
    /// which the token request was sent. Returns [`Duration::MAX`] for a
    /// [static token](crate::ClientBuilder::static_token), whose lifetime is not known.
    pub fn lifetime(&self) -> Duration {
        self.0.lifetime.unwrap_or(Duration::MAX)
    }

    /// Returns when the token expires, by the wall clock of the client that requested it. Returns `None` for a
    /// [static token](crate::ClientBuilder::static_token), whose lifetime is not known, and for a time that
    /// [`SystemTime`] cannot represent.
    ///
    /// The client replaces a token before it expires. Pass this time to whatever else stores the token.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
    /// use std::time::{Duration, SystemTime};
    ///
    /// let token = client.access_token().await?;
    /// let expires_at = token.expires_at().expect("the server states a lifetime");
    /// assert!(expires_at > SystemTime::now() + Duration::from_secs(3500));
    /// # Ok(())
    /// # }
    /// ```
    pub fn expires_at(&self) -> Option<SystemTime> {
        let lifetime = self.0.lifetime?;
        let remaining = lifetime.saturating_sub(self.age());
        UNIX_EPOCH.checked_add(self.0.since.wall().checked_add(remaining)?)
    }

    /// Returns when the token request was sent. The lifetime counts from then: the server's clock was running
    /// before the response arrived. For a token from elsewhere, returns when it became known; it had an
    /// [age](Self::age) then.
    pub(crate) fn since(&self) -> Moment {
        self.0.since
    }

    /// Returns how much of the lifetime had passed at [`since`](Self::since).
    pub(crate) fn age(&self) -> Duration {
        self.0.age.unwrap_or_default()
    }

    /// Returns true if another client requested the token.
    pub(crate) fn is_from_elsewhere(&self) -> bool {
        self.0.age.is_some()
    }

    /// Returns how much of the lifetime is left at a moment, by the clock that advanced further.
    pub(crate) fn remaining(&self, now: Moment) -> Duration {
        let monotonic = now.monotonic().saturating_sub(self.0.since.monotonic());
        let passed = monotonic.max(now.wall().saturating_sub(self.0.since.wall()));
        self.lifetime().saturating_sub(self.age()).saturating_sub(passed)
    }

    /// Returns true if both are clones of one token, without comparing values.
    pub(crate) fn ptr_eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Returns a copy of the header that shares no memory with the first, not even a reference count.
    pub(crate) fn unshared_header(&self) -> HeaderValue {
        bearer(&self.0.value).unwrap_or_else(|| self.0.authorization.clone())
    }
}

/// Returns the header in memory that is zeroed when its last clone is dropped.
fn bearer(value: &SecretString) -> Option<HeaderValue> {
    /// The text with its reference count in cache lines of their own, so that threads which clone different copies do
    /// not contend.
    struct Text(CachePadded<Zeroizing<Vec<u8>>>);

    impl AsRef<[u8]> for Text {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }

    const SCHEME: &[u8] = b"Bearer ";

    let value = value.expose_secret().as_bytes();
    // RFC 6749 §A.12 allows a space as well, but in a header a space ends the token.
    if !value.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    // Allocated in its full size: a buffer that grows leaves copies of the secret behind.
    let mut text = Zeroizing::new(Vec::with_capacity(SCHEME.len() + value.len()));
    text.extend_from_slice(SCHEME);
    text.extend_from_slice(value);
    let mut header = HeaderValue::from_maybe_shared(Bytes::from_owner(Text(text.into()))).ok()?;
    header.set_sensitive(true);
    Some(header)
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("AccessToken");
        debug.field("value", &format_args!("[redacted]")).field("token_type", &self.token_type());
        match self.0.lifetime {
            Some(lifetime) => debug.field("lifetime", &lifetime).finish(),
            None => debug.finish_non_exhaustive(),
        }
    }
}
