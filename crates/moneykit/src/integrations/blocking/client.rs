use std::fmt;
use std::time::Duration;

use http::{HeaderValue, Method};

use super::request::RequestBuilder;
use super::wait::wait;
use crate::client::ClientBuilder;
use crate::error::Error;
use crate::token::AccessToken;
use crate::token::TokenStatus;

/// Gets access tokens from MoneyKit and keeps them while they live, for code without `async`.
///
/// Make one for each set of credentials and share it between threads: cloning is cheap, and all clones use
/// the same token. So does the async client that it is [made from](Self::from) or that it
/// [holds](Self::as_async).
///
/// Every method that returns a `Result` waits, and fails in async code: see the [module](super).
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
/// # let builder = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
/// # let client = builder.build_blocking()?;
/// let threads: Vec<_> = (0..4)
///     .map(|_| {
///         let client = client.clone();
///         std::thread::spawn(move || client.authorization_header())
///     })
///     .collect();
/// for thread in threads {
///     let header = thread.join().expect("no call panics")?;
///     assert!(header.is_sensitive());
/// }
/// assert_eq!(client.token_status().flights, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client(crate::Client);

impl Client {
    /// Builds a client from the environment, as [`crate::Client::from_env`] does.
    ///
    /// ```
    /// match moneykit::blocking::Client::from_env() {
    ///     Ok(client) => println!("tokens come from {}", client.base_url()),
    ///     Err(error) => println!("{error}"), // names each variable that is missing or malformed
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// When a variable is missing, empty, not UTF-8 or malformed; the error names each one that is.
    pub fn from_env() -> Result<Self, Error> {
        crate::Client::from_env().map(Self)
    }

    /// Returns a token that is good for some time yet: the kept one, or the next. See
    /// [`crate::Client::access_token`] for how it is kept.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let builder = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
    /// # let client = builder.build_blocking()?;
    /// let token = client.access_token()?;
    /// assert!(client.access_token()?.expose_secret() == token.expose_secret());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// - whenever [`request_token`](Self::request_token) fails, after up to three tries for what
    ///   [may pass](Error::is_transient);
    /// - in async code ([`Error::is_blocking_in_async`]);
    /// - when the thread behind all blocking calls can't be started.
    pub fn access_token(&self) -> Result<AccessToken, Error> {
        wait(self.0.access_token())
    }

    /// Returns the `Authorization` header of [`access_token`](Self::access_token), marked sensitive.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token).
    pub fn authorization_header(&self) -> Result<HeaderValue, Error> {
        wait(self.0.authorization_header())
    }

    /// Returns a token that has at least `life` left, for work that takes longer than the usual margin.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let builder = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
    /// # let client = builder.build_blocking()?;
    /// let token = client.access_token_valid_for(Duration::from_secs(600))?;
    /// assert!(token.lifetime() >= Duration::from_secs(600));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token), and when the server's tokens do not live that long. A token
    /// that is good otherwise is not replaced more than once a second.
    pub fn access_token_valid_for(&self, life: Duration) -> Result<AccessToken, Error> {
        wait(self.0.access_token_valid_for(life))
    }

    /// Gets a token before the first request needs one, so that the first request does not wait.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token).
    pub fn warm_up(&self) -> Result<(), Error> {
        wait(self.0.warm_up())
    }

    /// Tells how the token stands: whether there is one, how long it lives, what went wrong last. It does not
    /// wait.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let builder = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
    /// # let client = builder.build_blocking()?;
    /// assert!(!client.token_status().has_token());
    /// client.warm_up()?;
    /// assert!(client.token_status().has_token());
    /// # Ok(())
    /// # }
    /// ```
    pub fn token_status(&self) -> TokenStatus {
        self.0.token_status()
    }

    /// Asks the server for a new token each time, and keeps nothing.
    ///
    /// # Errors
    ///
    /// As [`crate::Client::request_token`], and in async code ([`Error::is_blocking_in_async`]).
    pub fn request_token(&self) -> Result<AccessToken, Error> {
        wait(self.0.request_token())
    }

    /// Forgets a token that the API answered with a 401, so that the next caller gets a new one. It does not
    /// wait.
    ///
    /// It does nothing when another token has taken its place already, so many requests that fail at once
    /// cause one new token. Nor is a token replaced more than once a second, however often this is called.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let builder = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
    /// # let client = builder.build_blocking()?;
    /// let dead = client.access_token()?;
    /// client.invalidate(&dead);
    /// assert!(client.access_token()?.expose_secret() != dead.expose_secret());
    /// # Ok(())
    /// # }
    /// ```
    pub fn invalidate(&self, token: &AccessToken) {
        self.0.invalidate(token);
    }

    /// Puts the access token on a request of any HTTP library: `Authorization`, marked sensitive, in place of
    /// what was there; and `MoneyKit-Version` and `User-Agent` where they are absent.
    ///
    /// Where the request may go, and what to see to, says [`crate::Client::authorize`].
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let builder = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
    /// # let client = builder.build_blocking()?;
    /// let mut request = http::Request::get(format!("{}/links", client.base_url())).body(())?;
    /// client.authorize(&mut request)?;
    /// assert!(request.headers()["authorization"].is_sensitive());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the request goes elsewhere ([`Error::is_invalid_request`]), and as
    /// [`access_token`](Self::access_token). The request is as it was then.
    pub fn authorize<B>(&self, request: &mut http::Request<B>) -> Result<(), Error> {
        wait(self.0.authorize(request))
    }

    /// Returns the base URL of the API, without a trailing slash.
    pub fn base_url(&self) -> &str {
        self.0.base_url()
    }

    /// Returns the value of the `MoneyKit-Version` header, for requests that you make yourself.
    pub fn api_version(&self) -> &HeaderValue {
        self.0.api_version()
    }

    /// Returns the async side of this client, which uses the same token. Its [`raw`](crate::Client::raw)
    /// client is there alone.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let builder = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
    /// # let client = builder.build_blocking()?;
    /// let token = client.access_token()?;
    /// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    /// let same = runtime.block_on(client.as_async().access_token())?;
    /// assert!(same.expose_secret() == token.expose_secret());
    /// # Ok(())
    /// # }
    /// ```
    pub fn as_async(&self) -> &crate::Client {
        &self.0
    }

    /// Returns the async side of this client, as [`as_async`](Self::as_async) does, to keep.
    pub fn into_inner(self) -> crate::Client {
        self.0
    }
}

/// # Authenticated requests
///
/// Paths and their rules are those of the [async client](crate::Client#authenticated-requests).
impl Client {
    /// Starts an authenticated GET.
    pub fn get(&self, path: impl AsRef<str>) -> RequestBuilder {
        RequestBuilder::new(self.0.get(path))
    }

    /// Starts an authenticated POST.
    pub fn post(&self, path: impl AsRef<str>) -> RequestBuilder {
        RequestBuilder::new(self.0.post(path))
    }

    /// Starts an authenticated PUT.
    pub fn put(&self, path: impl AsRef<str>) -> RequestBuilder {
        RequestBuilder::new(self.0.put(path))
    }

    /// Starts an authenticated PATCH.
    pub fn patch(&self, path: impl AsRef<str>) -> RequestBuilder {
        RequestBuilder::new(self.0.patch(path))
    }

    /// Starts an authenticated DELETE.
    pub fn delete(&self, path: impl AsRef<str>) -> RequestBuilder {
        RequestBuilder::new(self.0.delete(path))
    }

    /// Starts an authenticated request.
    pub fn request(&self, method: Method, path: impl AsRef<str>) -> RequestBuilder {
        RequestBuilder::new(self.0.request(method, path))
    }
}

/// Two sides of one client: they share their token.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
/// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
/// client.warm_up().await?;
/// let blocking = moneykit::blocking::Client::from(client);
/// let answer = tokio::task::spawn_blocking(move || blocking.get("/links").send()).await??;
/// assert_eq!(answer.status(), 200);
/// assert_eq!(emulator.request_counts().token, 1);
/// # Ok(())
/// # }
/// ```
impl From<crate::Client> for Client {
    fn from(client: crate::Client) -> Self {
        Self(client)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.0).finish()
    }
}

impl ClientBuilder {
    /// Builds a client for code without `async`. It sends nothing and starts nothing before its first call.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let builder = moneykit::Client::builder().credentials("live_1", "your-client-secret");
    /// let client = builder.build_blocking()?;
    /// assert_eq!(client.base_url(), "https://api.moneykit.com");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    #[cfg_attr(docsrs, doc(cfg(feature = "blocking")))]
    pub fn build_blocking(self) -> Result<Client, Error> {
        self.build().map(Client)
    }
}
