//! The blocking client.

use std::fmt;
use std::time::Duration;

use http::{HeaderValue, Method};

use super::block_on::block_on;
use super::request::RequestBuilder;
use super::response::Response;
use crate::client::{ClientBuilder, ClientConfig};
use crate::error::Error;
use crate::token::{AccessToken, TokenStatus};

/// A client of the MoneyKit API that caches access tokens, for code without `async`.
///
/// Create one client for each set of credentials and share it between threads: cloning is cheap, and all clones
/// share one token cache. The [async client](Self::as_async) that it wraps shares the cache too.
///
/// Every method that returns a `Result`, except those that build a client, blocks the thread, and returns an error in
/// async code: see the [module documentation](super).
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
/// # let builder = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
/// # let client = builder.build_blocking()?;
/// let threads: Vec<_> = (0..4)
///     .map(|page| {
///         let client = client.clone();
///         std::thread::spawn(move || client.get("/links").query(&[("page", page)]).send())
///     })
///     .collect();
/// for thread in threads {
///     let response = thread.join().expect("no call panics")?;
///     assert_eq!(response.status(), 200);
/// }
/// assert_eq!(client.token_status().refreshes, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client(crate::Client);

impl Client {
    /// Returns a builder, whose [`build_blocking`](ClientBuilder::build_blocking) builds a blocking client.
    pub fn builder() -> ClientBuilder {
        crate::Client::builder()
    }

    /// Builds a client from environment variables, as [`crate::Client::from_env`] does.
    ///
    /// ```
    /// match moneykit::blocking::Client::from_env() {
    ///     Ok(client) => println!("sending requests to {}", client.base_url()),
    ///     Err(error) => println!("{error}"), // names each variable that is missing or malformed
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns a configuration error ([`Error::is_configuration`]) that names every variable which is missing,
    /// empty, not UTF-8 or malformed.
    pub fn from_env() -> Result<Self, Error> {
        crate::Client::from_env().map(Self)
    }

    /// Builds a client from environment variables with a prefix of your own, as
    /// [`crate::Client::from_env_with_prefix`] does.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`from_env`](Self::from_env).
    pub fn from_env_with_prefix(prefix: &str) -> Result<Self, Error> {
        crate::Client::from_env_with_prefix(prefix).map(Self)
    }

    /// Builds a client from settings that the application has read, as [`crate::Client::from_config`] does.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`ClientBuilder::build`].
    pub fn from_config(config: ClientConfig) -> Result<Self, Error> {
        crate::Client::from_config(config).map(Self)
    }

    /// Builds a client that sends a token which it is given, as [`crate::Client::with_static_token`] does.
    ///
    /// ```
    /// # fn main() -> Result<(), moneykit::Error> {
    /// let client = moneykit::blocking::Client::with_static_token("a-token")?;
    /// assert_eq!(client.access_token()?.expose_secret(), "a-token");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of [`crate::Client::with_static_token`].
    pub fn with_static_token(token: impl Into<String>) -> Result<Self, Error> {
        crate::Client::with_static_token(token).map(Self)
    }

    /// Returns an access token that has not expired: the cached one, or else a new one. Blocks only if the cache
    /// has no usable token.
    ///
    /// [`crate::Client::access_token`] describes the cache.
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
    /// Returns an error if:
    ///
    /// - [`request_token`](Self::request_token) fails; [transient](Error::is_transient) failures are retried, up to
    ///   [`token_max_attempts`](ClientBuilder::token_max_attempts);
    /// - the call is made in async code ([`Error::is_blocking_in_async`]);
    /// - the background thread of blocking clients cannot be started.
    pub fn access_token(&self) -> Result<AccessToken, Error> {
        block_on(self.0.access_token())
    }

    /// Returns the `Authorization` header of [`access_token`](Self::access_token), marked sensitive.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`access_token`](Self::access_token).
    pub fn authorization_header(&self) -> Result<HeaderValue, Error> {
        block_on(self.0.authorization_header())
    }

    /// Returns a token that stays valid for at least `validity`, for work that takes longer than the
    /// [expiry margin](ClientBuilder::expiry_margin).
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
    /// Returns the errors of [`access_token`](Self::access_token), and an error if the lifetime of the server's
    /// tokens is shorter than `validity`. A token that has not expired is replaced at most once a second.
    pub fn access_token_valid_for(&self, validity: Duration) -> Result<AccessToken, Error> {
        block_on(self.0.access_token_valid_for(validity))
    }

    /// Fetches a token ahead of the first request, so that the first request does not wait for one.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`access_token`](Self::access_token).
    pub fn warm_up(&self) -> Result<(), Error> {
        block_on(self.0.warm_up())
    }

    /// Returns a snapshot of the token cache: whether it holds a token, the token's expiry, and the last error.
    /// Does not block.
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

    /// Requests a new token from the server and bypasses the cache.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`crate::Client::request_token`], and an error in async code
    /// ([`Error::is_blocking_in_async`]).
    pub fn request_token(&self) -> Result<AccessToken, Error> {
        block_on(self.0.request_token())
    }

    /// Removes from the cache a token that the API rejected with a 401, so that the next caller gets a new one.
    /// Does not block.
    ///
    /// It does nothing if another token has already replaced this one, so many requests that fail at once cause
    /// one refresh. However often it is called, the token is replaced at most once a second.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let builder = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
    /// # let client = builder.build_blocking()?;
    /// let rejected = client.access_token()?;
    /// client.invalidate(&rejected);
    /// assert!(client.access_token()?.expose_secret() != rejected.expose_secret());
    /// # Ok(())
    /// # }
    /// ```
    pub fn invalidate(&self, token: &AccessToken) {
        self.0.invalidate(token);
    }

    /// Adds the access token to a request of another HTTP library. Sets `Authorization`, marked sensitive, and
    /// replaces an existing value; adds `MoneyKit-Version` and `User-Agent` if they are absent.
    ///
    /// [`crate::Client::authorize`] lists the rules for the request's URI and for your HTTP library.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let builder = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
    /// # let client = builder.build_blocking()?;
    /// let mut request = http::Request::get(format!("{}/links", client.base_url())).body(())?;
    /// let token = client.authorize(&mut request)?;
    /// assert!(request.headers()["authorization"].is_sensitive());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the request's URI is not below the base URL ([`Error::is_invalid_request`]), and the
    /// errors of [`access_token`](Self::access_token). The request is then unchanged.
    pub fn authorize<B>(&self, request: &mut http::Request<B>) -> Result<AccessToken, Error> {
        block_on(self.0.authorize(request))
    }

    /// Returns the base URL of the API, without a trailing slash.
    pub fn base_url(&self) -> &str {
        self.0.base_url()
    }

    /// Returns the value of the `MoneyKit-Version` header, for requests that you send by other means.
    pub fn api_version(&self) -> &HeaderValue {
        self.0.api_version()
    }

    /// Returns the async client, which shares the token cache. The [`raw`](crate::Client::raw) client is available
    /// only there.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let builder = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
    /// # let client = builder.build_blocking()?;
    /// let token = client.access_token()?;
    /// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    /// let shared = runtime.block_on(client.as_async().access_token())?;
    /// assert!(shared.expose_secret() == token.expose_secret());
    /// # Ok(())
    /// # }
    /// ```
    pub fn as_async(&self) -> &crate::Client {
        &self.0
    }

    /// Converts this client into the async client.
    pub fn into_inner(self) -> crate::Client {
        self.0
    }
}

/// # Authenticated requests
///
/// The [async client](crate::Client#authenticated-requests) describes which paths are valid.
impl Client {
    /// Returns a builder for an authenticated GET request.
    pub fn get(&self, path: impl AsRef<str>) -> RequestBuilder {
        RequestBuilder::new(self.0.get(path))
    }

    /// Returns a builder for an authenticated HEAD request.
    pub fn head(&self, path: impl AsRef<str>) -> RequestBuilder {
        RequestBuilder::new(self.0.head(path))
    }

    /// Returns a builder for an authenticated POST request.
    pub fn post(&self, path: impl AsRef<str>) -> RequestBuilder {
        RequestBuilder::new(self.0.post(path))
    }

    /// Returns a builder for an authenticated PUT request.
    pub fn put(&self, path: impl AsRef<str>) -> RequestBuilder {
        RequestBuilder::new(self.0.put(path))
    }

    /// Returns a builder for an authenticated PATCH request.
    pub fn patch(&self, path: impl AsRef<str>) -> RequestBuilder {
        RequestBuilder::new(self.0.patch(path))
    }

    /// Returns a builder for an authenticated DELETE request.
    pub fn delete(&self, path: impl AsRef<str>) -> RequestBuilder {
        RequestBuilder::new(self.0.delete(path))
    }

    /// Returns a builder for an authenticated request.
    pub fn request(&self, method: Method, path: impl AsRef<str>) -> RequestBuilder {
        RequestBuilder::new(self.0.request(method, path))
    }

    /// Sends a request of reqwest's with the access token and the common headers, and blocks until the response's headers
    /// have arrived. [`crate::Client::execute`] describes how the request is treated.
    ///
    /// It is a request of reqwest's async client, as its `build` method returns it. Building one needs no runtime.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let builder = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
    /// # let client = builder.build_blocking()?;
    /// use moneykit::{http, reqwest};
    ///
    /// let url = format!("{}/links", client.base_url()).parse()?;
    /// let response = client.execute(reqwest::Request::new(http::Method::GET, url))?;
    /// assert_eq!(response.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of [`RequestBuilder::send`].
    pub fn execute(&self, request: reqwest::Request) -> Result<Response, Error> {
        block_on(self.0.execute(request)).map(Response::new)
    }
}

/// Wraps an async client. Both share the token cache.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
/// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
/// client.warm_up().await?;
/// let blocking = moneykit::blocking::Client::from(client);
/// let response = tokio::task::spawn_blocking(move || blocking.get("/links").send()).await??;
/// assert_eq!(response.status(), 200);
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
    /// Builds a client for code without `async`. Sends nothing and starts no thread before the first call.
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
    /// Returns the errors of [`build`](Self::build).
    #[cfg_attr(docsrs, doc(cfg(feature = "blocking")))]
    pub fn build_blocking(self) -> Result<Client, Error> {
        self.build().map(Client)
    }
}
