//! The builder of a client: collects settings and reports every invalid one at once.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use super::env::Environment;
use super::{Client, env};
use crate::auth::{
    ClientAuthMethod, ClientId, ClientSecret, Credentials, CredentialsProvider, CredentialsSource,
    InvalidCredential, Scopes, pasted_text_problem,
};
use crate::defaults;
use crate::error::{Error, Problem};
use crate::retry::{Retries, RetryPolicy};
use crate::time::{Clock, Jitter, Moment, SystemClock};
#[cfg(feature = "token-store")]
use crate::token::store::{SharedFetch, TokenStore};
use crate::token::{AccessToken, CachePolicy, Memory, TokenCache, TokenFetcher};
use crate::transport::{
    self, BaseUrl, CONTRACT_API_VERSION, CONTRACT_BASE_URL, CommonHeaders, PlaintextPolicy, Server, Transport,
};

/// A builder for a [`Client`]. Only credentials are required.
///
/// Settings are checked by [`build`](Self::build), which reports every invalid one at once.
///
/// ```
/// use std::time::Duration;
///
/// use moneykit::{Client, ClientAuthMethod};
///
/// # fn main() -> Result<(), moneykit::Error> {
/// let client = Client::builder()
///     .credentials("live_1", "your-client-secret")
///     .auth_method(ClientAuthMethod::ClientSecretBasic)
///     .request_timeout(Duration::from_secs(60))
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct ClientBuilder {
    /// Errors are reported by `build`, since a later call may replace an invalid value.
    pub(super) credentials: Option<Result<CredentialsSource, Vec<Problem>>>,
    auth_method: ClientAuthMethod,
    pub(super) scopes: Option<Result<Scopes, Vec<Problem>>>,
    initial_token: Option<InitialToken>,
    base_url: UncheckedUrl,
    plaintext: PlaintextPolicy,
    api_version: String,
    user_agent: String,
    http: HttpSource,
    connect_timeout: Option<Duration>,
    token_attempt_timeout: Duration,
    request_timeout: Duration,
    max_response_body_bytes: usize,
    retry_policy: Option<RetryPolicy>,
    policy: CachePolicy,
    #[cfg(feature = "token-store")]
    token_store: Option<StoreSetting>,
    clock: Arc<dyn Clock>,
    jitter_seed: Option<u64>,
    /// What is wrong with a configuration, apart from its credentials, scopes and base URL.
    pub(super) config_problems: Vec<Problem>,
}

/// A base URL that is checked once it is known whether plain http is allowed.
struct UncheckedUrl {
    setting: Cow<'static, str>,
    text: Result<String, Problem>,
}

/// A token that was obtained before the client existed.
struct InitialToken {
    value: SecretString,
    expires_at: SystemTime,
    lifetime: Duration,
}

/// The store that is asked for tokens.
#[cfg(feature = "token-store")]
struct StoreSetting(Arc<dyn TokenStore>);

/// The origin of the HTTP client.
enum HttpSource {
    Default,
    Builder(Box<reqwest::ClientBuilder>),
    Shared(Transport),
}

/// # Identity
impl ClientBuilder {
    /// Sets the client ID and the client secret, as strings or as [`ClientId`] and [`ClientSecret`].
    pub fn credentials<I, S>(mut self, client_id: I, client_secret: S) -> Self
    where
        I: TryInto<ClientId, Error: Into<InvalidCredential>>,
        S: TryInto<ClientSecret, Error: Into<InvalidCredential>>,
    {
        let credentials = Credentials::new(client_id, client_secret);
        self.credentials = Some(credentials.map(CredentialsSource::Fixed).map_err(Error::into_problems));
        self
    }

    /// Sets a provider that returns the credentials before each token refresh, for credentials that rotate while the
    /// client runs. It replaces the credentials of [`credentials`](Self::credentials) and
    /// [`read_env`](Self::read_env).
    pub fn credentials_provider(mut self, provider: impl CredentialsProvider) -> Self {
        self.credentials = Some(Ok(CredentialsSource::Provided(Box::new(provider))));
        self
    }

    /// Reads the credentials and the base URL from environment variables, as
    /// [`read_env_with_prefix`](Self::read_env_with_prefix) does with the prefix `MONEYKIT`: `MONEYKIT_CLIENT_ID`,
    /// `MONEYKIT_CLIENT_SECRET` or `MONEYKIT_CLIENT_SECRET_FILE`, and `MONEYKIT_URL`.
    pub fn read_env(self) -> Self {
        self.read_env_with_prefix(env::PREFIX)
    }

    /// Reads the credentials and the base URL from environment variables whose names begin with a prefix of your own,
    /// for example `ACME_MONEYKIT`. Reads the environment now; nothing else in this crate reads it.
    ///
    /// | variable | content |
    /// |---|---|
    /// | `ACME_MONEYKIT_CLIENT_ID` | the client ID |
    /// | `ACME_MONEYKIT_CLIENT_SECRET` | the client secret, or instead: |
    /// | `ACME_MONEYKIT_CLIENT_SECRET_FILE` | the path of a file with the client secret, as Docker and Kubernetes mount it |
    /// | `ACME_MONEYKIT_URL` | the base URL, which is optional |
    ///
    /// A file is read now, and again for each token refresh, so that a rotated secret is used: see
    /// [`FileCredentials`](crate::FileCredentials). To set both the secret and a file is an error.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), moneykit::Error> {
    /// let production = moneykit::Client::from_env_with_prefix("ACME_MONEYKIT")?;
    /// let sandbox = moneykit::Client::builder().read_env_with_prefix("ACME_MONEYKIT_SANDBOX").build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn read_env_with_prefix(mut self, prefix: &str) -> Self {
        let environment = Environment::read(prefix);
        self.credentials = Some(environment.credentials);
        if let Some((name, text)) = environment.base_url {
            self.base_url = UncheckedUrl { setting: name.into(), text };
        }
        self
    }

    /// Sets a token that is sent with every request, instead of credentials. It replaces what other methods set, and
    /// they replace it. It is for tests that need no token endpoint, and for tools that are given a token.
    ///
    /// The client sends no token request: the token is used for ever, its expiry is not known, and a 401 is returned.
    /// [`Client::invalidate`] does nothing, and [`Client::request_token`] is an error.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let url = emulator.url();
    /// # let issuer = moneykit::Client::builder().credentials("id", "secret").base_url(url).build()?;
    /// # let token = issuer.access_token().await?.expose_secret().to_owned();
    /// let client = moneykit::Client::builder().static_token(token).base_url(url).build()?;
    /// assert!(client.token_status().is_usable());
    /// assert_eq!(client.get("/links").send().await?.status(), 200);
    /// # emulator.revoke_tokens();
    /// # assert_eq!(client.get("/links").send().await?.status(), 401);
    /// # Ok(())
    /// # }
    /// ```
    pub fn static_token(mut self, token: impl Into<String>) -> Self {
        self.credentials = Some(Ok(CredentialsSource::StaticToken(token.into().into())));
        self
    }

    /// Sets how token requests authenticate the client. Default: [`ClientAuthMethod::ClientSecretPost`].
    pub fn auth_method(mut self, auth_method: ClientAuthMethod) -> Self {
        self.auth_method = auth_method;
        self
    }

    /// Sets the scopes of tokens: as [`Scopes`], as a text with names that are separated by single spaces, or as an
    /// array, a slice or a vector of names. Default: every action that the application is allowed.
    ///
    /// ```
    /// use moneykit::{Client, Scopes};
    ///
    /// # fn main() -> Result<(), moneykit::Error> {
    /// let builder = || Client::builder().credentials("live_1", "your-client-secret");
    /// builder().scopes("accounts transactions").build()?;
    /// builder().scopes(["accounts", "transactions"]).build()?;
    /// builder().scopes(vec!["accounts".to_owned(), "transactions".to_owned()]).build()?;
    /// builder().scopes(Scopes::new(["accounts", "transactions"])?).build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn scopes(mut self, scopes: impl TryInto<Scopes, Error: Into<Error>>) -> Self {
        self.scopes = Some(scopes.try_into().map_err(|error| error.into().into_problems()));
        self
    }
}

/// # Endpoint
impl ClientBuilder {
    /// Sets the base URL of the API. Default: `https://api.moneykit.com`.
    ///
    /// It may have a path, but no user, query or fragment. The scheme must be `https`, or `http` for a loopback
    /// host: `localhost`, or a literal address such as `127.0.0.1` or `[::1]`. Requests to an `http` URL use no proxy.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = UncheckedUrl { setting: "base_url".into(), text: Ok(url.into()) };
        self
    }

    /// Allows an `http` base URL whose host is not a loopback host.
    ///
    /// Anyone on the network path can then read and change the client secret and the access tokens. A proxy is not used.
    pub fn dangerously_allow_unencrypted_http_to_any_host(mut self) -> Self {
        self.plaintext = PlaintextPolicy::AllowAnyHost;
        self
    }

    /// Sets the `MoneyKit-Version` header of every request. Default: the version of the contract, `2023-02-18`.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.api_version = version.into();
        self
    }

    /// Sets the `User-Agent` header of every request. Default: `moneykit-rust/` and this crate's version.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }
}

/// # Timeouts
impl ClientBuilder {
    /// Sets the timeout for establishing a connection. Default: 5 seconds, or that of your own
    /// [`http_client_builder`](Self::http_client_builder).
    ///
    /// A shared [`transport`](Self::transport) has its own; setting both is an error.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// Sets the timeout of one attempt of a token request, from connecting to the last byte. Default: 10 seconds.
    ///
    /// Responses are bounded in size as well: a body to 64 KiB after decompression, a head to 100 headers and about
    /// 400 KiB.
    pub fn token_attempt_timeout(mut self, timeout: Duration) -> Self {
        self.token_attempt_timeout = timeout;
        self
    }

    /// Sets the timeout of a token refresh, including retries. Default: 30 seconds.
    ///
    /// No caller waits for longer. A caller that needs less can cancel: the refresh still serves the others.
    pub fn token_timeout(mut self, timeout: Duration) -> Self {
        self.policy.timeout = timeout;
        self
    }

    /// Sets the timeout of one request to the API, from connecting to the last byte. Default: 30 seconds.
    ///
    /// It applies to requests without a [timeout of their own](crate::RequestBuilder::timeout) and to those of the
    /// [raw client](Client::raw). Waiting for a token is bounded by [`token_timeout`](Self::token_timeout), and a
    /// request that is sent again after a 401 has the full timeout again.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }
}

/// # Responses
impl ClientBuilder {
    /// Sets the maximum size of a response body that [`Response::json`](crate::Response::json),
    /// [`text`](crate::Response::text) or [`bytes`](crate::Response::bytes) reads, in bytes after decompression. Default:
    /// 64 MiB. `usize::MAX` removes the limit.
    ///
    /// [`chunk`](crate::Response::chunk) and [`bytes_stream`](crate::Response::bytes_stream) have no limit.
    pub fn max_response_body_bytes(mut self, max: usize) -> Self {
        self.max_response_body_bytes = max;
        self
    }
}

/// # Retries
impl ClientBuilder {
    /// Sets the policy by which failed requests to the API are retried. Default: they are not retried.
    ///
    /// It applies to idempotent requests; [`RetryPolicy`] lists what is retried. It does not apply to the
    /// [raw client](Client::raw), nor to token requests, which have [`token_max_attempts`](Self::token_max_attempts).
    ///
    /// Whatever the policy, an idempotent request whose body is not a stream is sent once more, at once, if a connection
    /// that had been idle closed before the response: servers close idle connections at any time.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = Some(policy);
        self
    }
}

/// # Token caching
impl ClientBuilder {
    /// Sets the token with which the cache starts: one that was obtained before, perhaps by another process. Pass the
    /// values of [`AccessToken::expires_at`] and [`AccessToken::lifetime`] that were stored with it.
    ///
    /// From then on it is a cached token like any other: it is refreshed before it expires, and a 401 may replace it. A
    /// token that has expired, by the wall clock, is ignored. Without it, the first request obtains a token.
    ///
    /// It must be a token of the same credentials, scopes and base URL. It is for short-lived processes such as
    /// command-line tools. What stores the token must protect it like a password.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let builder = || moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
    /// let token = builder().build()?.access_token().await?;
    /// let expires_at = token.expires_at().expect("the server states a lifetime");
    ///
    /// let client = builder().initial_token(token.expose_secret(), expires_at, token.lifetime()).build()?;
    /// assert_eq!(client.access_token().await?.expose_secret(), token.expose_secret());
    /// assert_eq!(emulator.request_counts().token, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn initial_token(mut self, token: impl Into<String>, expiry: SystemTime, lifetime: Duration) -> Self {
        self.initial_token = Some(InitialToken { value: token.into().into(), expires_at: expiry, lifetime });
        self
    }

    /// Sets a store through which this client shares its token with other processes that have the same credentials,
    /// base URL, scopes and API version. Default: none, the token is in the memory of this client alone.
    ///
    /// Where the client would request a token, it looks into the store first. One of the processes requests the token,
    /// and the others wait for it, no longer than a token request may take. A cached token is returned without asking
    /// the store. If the store fails, or takes longer than 250 ms, the client requests a token of its own, and does not
    /// ask the store for a while: up to 1 second after the first failure, doubled after each further one up to 1
    /// minute. [`TokenStatus::store`](crate::TokenStatus::store) tells how it does.
    ///
    /// A client with a [static token](Self::static_token), and [`Client::request_token`], do not use it.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// use moneykit::Client;
    /// use moneykit::token_store::InMemoryTokenStore;
    ///
    /// let store = InMemoryTokenStore::new(); // in a fleet, a store on a server
    /// let builder = || Client::builder().credentials("id", "secret").base_url(emulator.url());
    /// let (one, other) = (builder().token_store(store.clone()).build()?, builder().token_store(store).build()?);
    ///
    /// one.warm_up().await?;
    /// other.warm_up().await?;
    /// assert_eq!(emulator.request_counts().token, 1);
    /// assert!(other.token_status().store.is_some_and(|store| store.is_available()));
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "token-store")]
    #[cfg_attr(docsrs, doc(cfg(feature = "token-store")))]
    pub fn token_store(mut self, store: impl TokenStore) -> Self {
        self.token_store = Some(StoreSetting(Arc::new(store)));
        self
    }

    /// Sets the maximum number of attempts of a token refresh, for failures that are
    /// [transient](Error::is_transient). Default: 3.
    ///
    /// An idle connection that the server closed is not a failure: the request is sent again at once on another
    /// connection, and both count as one attempt.
    pub fn token_max_attempts(mut self, max_attempts: NonZeroU32) -> Self {
        self.policy.retry.max_attempts = max_attempts.get();
        self
    }

    /// Sets how long before its expiry a token is no longer returned. Default: 10 seconds. It is capped at a tenth
    /// of the token's lifetime.
    pub fn expiry_margin(mut self, margin: Duration) -> Self {
        self.policy.expiry_margin = margin;
        self
    }

    /// Sets how long before its expiry a token is refreshed in the background. Default: 5 minutes. It is capped at
    /// a fifth of the token's lifetime, and extended by a random part of up to a tenth of it, so that clients which
    /// started together do not refresh together.
    pub fn refresh_window(mut self, window: Duration) -> Self {
        self.policy.refresh_window = window;
        self
    }
}

/// # HTTP
impl ClientBuilder {
    /// Sets the builder of the HTTP client: root certificates, proxy, connection pool. It replaces a
    /// [`transport`](Self::transport) that was set before. Redirects are disabled, whatever the builder's policy.
    ///
    /// A proxy of the builder is used. The environment's is not, so that its variables do not change where requests go;
    /// pass a transport [with the environment's proxy](Transport::with_env_proxy) to
    /// [`transport`](Self::transport) to use it. A proxy cannot be combined with an `http` base URL.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use moneykit::{Client, reqwest};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let proxy = reqwest::Proxy::https("http://proxy.internal:3128")?;
    /// let settings = reqwest::Client::builder()
    ///     .proxy(proxy.basic_auth("teller", "its-password"))
    ///     .pool_idle_timeout(Duration::from_secs(30))
    ///     .tcp_keepalive(Duration::from_secs(15));
    /// let client = Client::builder().credentials("live_1", "your-client-secret").http_client_builder(settings).build()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A server certificate of a private authority, trusted in addition to those of the system:
    ///
    /// ```
    /// use moneykit::{Client, reqwest};
    ///
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))]
    /// fn client(authority_pem: &[u8]) -> Result<Client, Box<dyn std::error::Error>> {
    ///     let authority = reqwest::Certificate::from_pem(authority_pem)?;
    ///     let settings = reqwest::Client::builder().no_proxy().tls_certs_merge([authority]);
    ///     Ok(Client::builder().read_env().http_client_builder(settings).build()?)
    /// }
    /// ```
    ///
    /// Certificates are verified. No setting of this crate changes that; a `reqwest::ClientBuilder` can, and
    /// anyone on the network path could then read the client secret.
    pub fn http_client_builder(mut self, builder: reqwest::ClientBuilder) -> Self {
        self.http = HttpSource::Builder(Box::new(builder));
        self
    }

    /// Sets a transport that other clients share. It replaces an
    /// [`http_client_builder`](Self::http_client_builder) that was set before.
    ///
    /// By default each client has a transport of its own, with its own connections, and takes some milliseconds to load
    /// the root certificates. Each further client on a shared transport costs a few KiB.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.http = HttpSource::Shared(transport);
        self
    }
}

/// # Tests
impl ClientBuilder {
    /// Sets the clock by which tokens expire, such as a [`ManualClock`](crate::ManualClock) in tests. Default:
    /// [`SystemClock`].
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the seed of the jitter in refresh times and retry delays. Default: random.
    pub fn jitter_seed(mut self, seed: u64) -> Self {
        self.jitter_seed = Some(seed);
        self
    }
}

/// # Building
impl ClientBuilder {
    pub(crate) fn new() -> Self {
        Self {
            credentials: None,
            auth_method: ClientAuthMethod::default(),
            scopes: None,
            initial_token: None,
            base_url: UncheckedUrl { setting: "base_url".into(), text: Ok(CONTRACT_BASE_URL.to_owned()) },
            plaintext: PlaintextPolicy::LoopbackOnly,
            api_version: CONTRACT_API_VERSION.to_owned(),
            user_agent: defaults::USER_AGENT.to_owned(),
            http: HttpSource::Default,
            connect_timeout: None,
            token_attempt_timeout: defaults::TOKEN_ATTEMPT_TIMEOUT,
            request_timeout: defaults::REQUEST_TIMEOUT,
            max_response_body_bytes: defaults::MAX_RESPONSE_BODY_BYTES,
            retry_policy: None,
            policy: CachePolicy::default(),
            #[cfg(feature = "token-store")]
            token_store: None,
            clock: Arc::new(SystemClock),
            jitter_seed: None,
            config_problems: Vec::new(),
        }
    }

    /// Builds the client. Sends nothing: the first token is requested when it is needed.
    ///
    /// # Errors
    ///
    /// Returns a configuration error ([`Error::is_configuration`]) that lists every invalid setting with its
    /// remedy, or the error of [`Transport::new`].
    pub fn build(self) -> Result<Client, Error> {
        let mut problems = self.config_problems;
        let credentials = self.credentials.unwrap_or_else(|| {
            Err(vec![Problem::new("credentials", "are not set; call `credentials` or `read_env`")])
        });
        let credentials = credentials.map_err(|invalid| problems.extend(invalid)).ok();
        let scopes = self.scopes.transpose().map_err(|invalid| problems.extend(invalid)).ok().flatten();
        let mut report = |problem| problems.push(problem);

        let UncheckedUrl { setting, text } = self.base_url;
        let base_url = text.and_then(|text| BaseUrl::parse(setting, &text, self.plaintext));
        let base_url = base_url.map_err(&mut report).ok();
        let api_version = header("api_version", &self.api_version).map_err(&mut report).ok();
        let user_agent = header("user_agent", &self.user_agent).map_err(&mut report).ok();
        for (setting, timeout) in [
            ("connect_timeout", self.connect_timeout),
            ("token_attempt_timeout", Some(self.token_attempt_timeout)),
            ("request_timeout", Some(self.request_timeout)),
            ("token_timeout", Some(self.policy.timeout)),
        ] {
            if timeout == Some(Duration::ZERO) {
                report(Problem::new(setting, "is zero; set a positive duration"));
            }
        }
        if self.max_response_body_bytes == 0 {
            report(Problem::new(
                "max_response_body_bytes",
                "is zero; set the size of the largest expected body",
            ));
        }
        if base_url.as_ref().is_some_and(BaseUrl::is_plaintext)
            && let Some(setting) = self.http.setting_with_proxy()
        {
            report(Problem::new(
                setting,
                "has a proxy, or takes it from the environment, and the base URL uses http, which a proxy can read; \
                 remove the proxy, or use https",
            ));
        }
        if matches!(self.http, HttpSource::Shared(_)) && self.connect_timeout.is_some() {
            report(Problem::new(
                "connect_timeout",
                "cannot change a finished transport; set it on the builder that makes the transport",
            ));
        }
        if let Some(known) = credentials.as_ref().and_then(CredentialsSource::known)
            && let Err(error) = self.auth_method.check(&known)
        {
            error.into_problems().into_iter().for_each(&mut report);
        }
        let static_token = match &credentials {
            Some(CredentialsSource::StaticToken(token)) => static_token(token).map_err(&mut report).ok(),
            _ => None,
        };
        let initial_token = self.initial_token.and_then(|initial| {
            let token = initial.unexpired(self.clock.now()).transpose();
            token.map_err(|what| problems.push(Problem::new("initial_token", what))).ok().flatten()
        });
        let (Some(credentials), Some(base_url), Some(api_version), Some(user_agent), true) =
            (credentials, base_url, api_version, user_agent, problems.is_empty())
        else {
            return Err(Error::configuration(problems));
        };
        let is_plaintext = base_url.is_plaintext();
        let transport = self.http.into_transport(self.connect_timeout, self.request_timeout, is_plaintext)?;
        let headers = CommonHeaders { api_version, user_agent };
        let retries = Retries::new(self.retry_policy, self.jitter_seed, Arc::clone(&self.clock));
        let (timeout, max_body) = (self.request_timeout, self.max_response_body_bytes);
        let server = Arc::new(Server::new(transport, base_url, headers, timeout, max_body, retries));
        let jitter_seed = self.jitter_seed.unwrap_or_else(|| fastrand::u64(..));
        #[cfg(feature = "token-store")]
        let shared = self.token_store.map(|StoreSetting(store)| {
            // As long as a request of its own may take, but with time left for that.
            let wait_limit = self.token_attempt_timeout.min(self.policy.timeout / 2);
            SharedFetch::new(store, Arc::clone(&self.clock), self.policy.clone(), wait_limit, !jitter_seed)
        });
        let fetcher = Arc::new(TokenFetcher {
            server: Arc::clone(&server),
            credentials,
            auth_method: self.auth_method,
            scopes,
            attempt_timeout: self.token_attempt_timeout,
            rejection_cooldown: self.policy.cooldown.rejected,
            clock: Arc::clone(&self.clock),
            memory: Memory::default(),
            #[cfg(feature = "token-store")]
            shared,
        });
        let jitter = Jitter::seeded(jitter_seed);
        let source = Arc::clone(&fetcher) as _;
        let tokens = match (static_token, initial_token) {
            (Some(token), _) => TokenCache::with_static_token(token, source, self.clock, self.policy, jitter),
            (None, Some(token)) => {
                TokenCache::with_initial_token(token, source, self.clock, self.policy, jitter)
            }
            (None, None) => TokenCache::new(source, self.clock, self.policy, jitter),
        };
        Ok(Client::new(server, fetcher, Arc::new(tokens)))
    }
}

impl HttpSource {
    fn into_transport(
        self,
        connect_timeout: Option<Duration>,
        request_timeout: Duration,
        is_plaintext: bool,
    ) -> Result<Transport, Error> {
        let transport = match self {
            Self::Default => {
                let timeout = connect_timeout.unwrap_or(defaults::CONNECT_TIMEOUT);
                Transport::replaceable(move || default_http_client(timeout).timeout(request_timeout))
            }
            Self::Builder(builder) => {
                let builder = match connect_timeout {
                    Some(timeout) => builder.connect_timeout(timeout),
                    None => *builder,
                };
                let builder = builder.timeout(request_timeout);
                if is_plaintext { Transport::direct(builder) } else { Transport::new(builder) }
            }
            Self::Shared(transport) => return Ok(transport),
        };
        Ok(transport?.assume_timeout(request_timeout))
    }

    /// Returns the name of the setting by which requests may go through a proxy.
    fn setting_with_proxy(&self) -> Option<&'static str> {
        match self {
            Self::Default => None,
            Self::Builder(builder) => transport::has_proxy(builder).then_some("http_client_builder"),
            Self::Shared(transport) => transport.may_use_proxy().then_some("transport"),
        }
    }
}

/// Returns the settings of the default HTTP client.
fn default_http_client(connect_timeout: Duration) -> reqwest::ClientBuilder {
    /// A dead HTTP/2 connection that a request waits for is closed after both of them together.
    const PING_INTERVAL: Duration = Duration::from_secs(10);
    const PING_TIMEOUT: Duration = Duration::from_secs(5);

    // Requests must not change when another crate enables a feature of reqwest.
    let builder = reqwest::Client::builder().no_gzip().no_brotli().no_deflate().no_zstd();
    let builder = builder.no_proxy().connect_timeout(connect_timeout);
    builder.http2_keep_alive_interval(PING_INTERVAL).http2_keep_alive_timeout(PING_TIMEOUT)
}

impl InitialToken {
    /// Returns the token, `None` if it has expired, or what is wrong with it.
    fn unexpired(self, now: Moment) -> Option<Result<AccessToken, &'static str>> {
        // A time before 1970 has passed.
        let expires_at = self.expires_at.duration_since(UNIX_EPOCH).unwrap_or_default();
        if expires_at <= now.wall() {
            return None;
        }
        // The lifetime counts from the token's request. A token of the future would outlive its lifetime.
        let requested = expires_at.saturating_sub(self.lifetime).min(now.wall());
        let age = now.wall().saturating_sub(requested);
        Some(AccessToken::from_elsewhere(self.value, self.lifetime, now, age).map_err(|what| match what {
            "is empty" => "is empty; omit it, or set a token that was obtained before",
            _ => "contains a character that no header can carry; omit it, or set the token alone",
        }))
    }
}

impl fmt::Debug for InitialToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InitialToken([redacted])")
    }
}

#[cfg(feature = "token-store")]
impl fmt::Debug for StoreSetting {
    // Addresses of servers may hold passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenStore")
    }
}

impl fmt::Debug for HttpSource {
    // The caller's default headers may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "Default",
            Self::Builder(_) => "Builder(..)",
            Self::Shared(_) => "Shared(..)",
        })
    }
}

impl fmt::Debug for UncheckedUrl {
    // The text is not checked yet: it may be a secret in the wrong variable.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UncheckedUrl").field("setting", &self.setting).finish_non_exhaustive()
    }
}

fn header(setting: &'static str, text: &str) -> Result<HeaderValue, Problem> {
    if text.is_empty() {
        return Err(Problem::new(setting, "is empty; omit it to use the default"));
    }
    HeaderValue::from_str(text).map_err(|_| {
        Problem::new(setting, "contains a character that no header can carry; use visible ASCII")
    })
}

/// Checks a token that was not requested.
fn static_token(token: &SecretString) -> Result<AccessToken, Problem> {
    let text = token.expose_secret();
    let what = if text.is_empty() {
        "is empty; set the token"
    } else if text.starts_with("Bearer ") {
        "begins with `Bearer `; set the token alone"
    } else if let Some(problem) = pasted_text_problem(text) {
        problem
    } else {
        let token = AccessToken::with_unknown_lifetime(token.clone());
        return token.map_err(|_| {
            Problem::new(
                "static_token",
                "contains a space, a line break or another character that no header can carry; remove it",
            )
        });
    };
    Err(Problem::new("static_token", what))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a duration as the README writes it.
    fn text(duration: Duration) -> String {
        match duration.as_secs() {
            seconds if seconds % 60 == 0 && seconds >= 120 => format!("{} min", seconds / 60),
            seconds => format!("{seconds} s"),
        }
    }

    #[test]
    fn the_readme_states_the_defaults() {
        let readme = include_str!("../../../../README.md");
        for (setting, default) in [
            ("auth_method", format!("`{:?}`", ClientAuthMethod::default())),
            ("base_url", format!("`{CONTRACT_BASE_URL}`")),
            ("api_version", format!("`{CONTRACT_API_VERSION}`")),
            ("connect_timeout", text(defaults::CONNECT_TIMEOUT)),
            ("token_attempt_timeout", text(defaults::TOKEN_ATTEMPT_TIMEOUT)),
            ("token_timeout", text(defaults::TOKEN_TIMEOUT)),
            ("request_timeout", text(defaults::REQUEST_TIMEOUT)),
            ("max_response_body_bytes", format!("{} MiB", defaults::MAX_RESPONSE_BODY_BYTES >> 20)),
            ("token_max_attempts", defaults::MAX_ATTEMPTS.to_string()),
            ("expiry_margin", text(defaults::EXPIRY_MARGIN)),
            ("refresh_window", text(defaults::REFRESH_WINDOW)),
        ] {
            let row = format!("| `{setting}` | {default} |");
            assert!(readme.contains(&row), "README.md has no row `{row}`");
        }
    }
}
