use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use crate::base_url::{BaseUrl, Encryption};
use crate::client::Client;
use crate::clock::{Clock, SystemClock};
use crate::credentials::{ClientAuthMethod, ClientId, ClientSecret, Credentials, InvalidCredential};
use crate::credentials_provider::{CredentialsProvider, CredentialsSource};
use crate::environment::{self, Environment};
use crate::error::{Error, Problem};
use crate::jitter::Jitter;
use crate::scope::Scopes;
use crate::token_cache::CachePolicy;
use crate::token_requests::check_auth_method;
use crate::transport::{CommonHeaders, DEFAULT_API_VERSION, DEFAULT_BASE_URL, Endpoint, Transport};

/// Describes a [`Client`]. Only credentials are needed.
///
/// Nothing is checked before [`build`](Self::build), which reports everything that is wrong at once.
#[derive(Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct ClientBuilder {
    /// The last of several calls counts, so a mistake waits here until nobody can correct it any more.
    credentials: Option<Result<CredentialsSource, Vec<Problem>>>,
    placement: ClientAuthMethod,
    scopes: Option<Result<Scopes, Vec<Problem>>>,
    base_url: GivenUrl,
    encryption: Encryption,
    api_version: String,
    user_agent: String,
    http: Http,
    connect_timeout: Option<Duration>,
    token_attempt_timeout: Duration,
    request_timeout: Duration,
    policy: CachePolicy,
    clock: Arc<dyn Clock>,
    jitter_seed: Option<u64>,
}

/// A base URL that is checked once it is known whether encryption is waived.
struct GivenUrl {
    setting: &'static str,
    text: Result<String, Problem>,
}

impl fmt::Debug for GivenUrl {
    // People paste secrets into the wrong variable, and this text is not checked yet.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GivenUrl").field("setting", &self.setting).finish_non_exhaustive()
    }
}

#[derive(Debug)]
enum Http {
    Default,
    Settings(Box<reqwest::ClientBuilder>),
    Shared(Transport),
}

impl ClientBuilder {
    pub(crate) fn new() -> Self {
        Self {
            credentials: None,
            placement: ClientAuthMethod::default(),
            scopes: None,
            base_url: GivenUrl { setting: "base_url", text: Ok(DEFAULT_BASE_URL.to_owned()) },
            encryption: Encryption::Required,
            api_version: DEFAULT_API_VERSION.to_owned(),
            user_agent: concat!("moneykit-rust/", env!("CARGO_PKG_VERSION")).to_owned(),
            http: Http::Default,
            connect_timeout: None,
            token_attempt_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            policy: CachePolicy::default(),
            clock: Arc::new(SystemClock),
            jitter_seed: None,
        }
    }

    /// Sets the client ID and the client secret, as text or as [`ClientId`] and [`ClientSecret`].
    pub fn credentials<I, S>(mut self, client_id: I, client_secret: S) -> Self
    where
        I: TryInto<ClientId, Error: Into<InvalidCredential>>,
        S: TryInto<ClientSecret, Error: Into<InvalidCredential>>,
    {
        let credentials = Credentials::new(client_id, client_secret);
        self.credentials = Some(credentials.map(CredentialsSource::Fixed).map_err(Error::into_problems));
        self
    }

    /// Sets where the credentials come from, for those that change while the client runs. It replaces what
    /// [`credentials`](Self::credentials) and [`read_env`](Self::environment) set.
    pub fn credentials_provider(mut self, provider: impl CredentialsProvider) -> Self {
        self.credentials = Some(Ok(CredentialsSource::Provided(Box::new(provider))));
        self
    }

    /// Takes the credentials from `MONEYKIT_CLIENT_ID` and `MONEYKIT_CLIENT_SECRET`, and the base URL from
    /// `MONEYKIT_URL` where that is set. They are read now, and only because you asked.
    pub fn read_env(mut self) -> Self {
        let environment = Environment::read();
        self.credentials = Some(environment.credentials.map(CredentialsSource::Fixed));
        if let Some(text) = environment.base_url.transpose() {
            self.base_url = GivenUrl { setting: environment::URL, text };
        }
        self
    }

    /// Sets where token requests carry the credentials. Default: [`ClientAuthMethod::ClientSecretPost`].
    pub fn auth_method(mut self, placement: ClientAuthMethod) -> Self {
        self.placement = placement;
        self
    }

    /// Sets what tokens shall allow, as [`Scopes`] or as names separated by single spaces. Default: every
    /// action that the application is allowed.
    pub fn scopes(mut self, scopes: impl TryInto<Scopes, Error: Into<Error>>) -> Self {
        self.scopes = Some(scopes.try_into().map_err(|error| error.into().into_problems()));
        self
    }

    /// Sets where the API is. Default: `https://api.moneykit.com`.
    ///
    /// It may have a path, but no user, query or fragment. It is `https`, or `http` to a loopback host.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = GivenUrl { setting: "base_url", text: Ok(url.into()) };
        self
    }

    /// Allows an `http` base URL whose host is not this machine.
    ///
    /// Client secret and access tokens are then readable and changeable by everybody between here and there.
    pub fn dangerously_allow_unencrypted_http_to_any_host(mut self) -> Self {
        self.encryption = Encryption::Waived;
        self
    }

    /// Sets the `MoneyKit-Version` header of every request. Default: the version of the contract,
    /// `2023-02-18`.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.api_version = version.into();
        self
    }

    /// Sets the `User-Agent` header of every request. Default: `moneykit-rust/` and this crate's version.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Builds the transport from your own HTTP settings: root certificates, proxy, pool.
    ///
    /// Redirects stay off whatever they say. It replaces what [`transport`](Self::transport) set.
    ///
    /// Without it, no proxy is used, so that nothing but the code decides where requests go. Pass
    /// `reqwest::Client::builder()` to use the proxy that the environment names.
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
    /// A server whose certificate comes from an authority of your own, beside those that the system trusts:
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
    /// Certificates are verified. No setting of this crate changes that; your own HTTP settings could, and
    /// whoever is in between would then read the client secret.
    pub fn http_client_builder(mut self, settings: reqwest::ClientBuilder) -> Self {
        self.http = Http::Settings(Box::new(settings));
        self
    }

    /// Uses a transport that other clients use as well. It replaces what [`http_client_builder`](Self::http_client_builder) set.
    ///
    /// Without it each client has one of its own, which means connections of its own, and some milliseconds
    /// for the certificates that the system trusts. With it a further client costs a few kibibytes.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.http = Http::Shared(transport);
        self
    }

    /// Sets how long making a connection may take. Default: 5 seconds, or what your own HTTP settings say.
    ///
    /// A transport that was built before keeps its own; setting both is an error.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// Sets how long one token request may take, from connecting to the last byte, whatever the server does
    /// meanwhile. Default: 10 seconds.
    ///
    /// Answers have bounds of another kind as well: a body is read up to 64 KiB, counted as it is when
    /// inflated, and a head of more than 100 headers or about 400 KiB is refused.
    pub fn token_attempt_timeout(mut self, timeout: Duration) -> Self {
        self.token_attempt_timeout = timeout;
        self
    }

    /// Sets how long one request to the API may take, from connecting to the last byte: yours, unless it
    /// [sets another time](crate::RequestBuilder::timeout), and those of the [raw client](Client::raw).
    /// Default: 30 seconds.
    ///
    /// Waiting for a token is bounded by [`token_timeout`](Self::token_timeout), and a request that is sent
    /// again after a 401 gets its time again.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// Sets how long getting a token may take with all its tries. Default: 30 seconds.
    ///
    /// No caller waits for longer. A caller with less patience can go away: the others are still served.
    pub fn token_timeout(mut self, timeout: Duration) -> Self {
        self.policy.flight = timeout;
        self
    }

    /// Sets how many times a token is asked for, in all, when failures [may pass](Error::is_transient).
    /// Default: 3.
    ///
    /// A kept connection that the server closes before it answers is no failure: the request goes out once
    /// more at once, on another connection, and that counts as one try.
    pub fn max_attempts(mut self, max_attempts: NonZeroU32) -> Self {
        self.policy.retry.max_attempts = max_attempts.get();
        self
    }

    /// Sets how long before its end a token is given up. Default: 10 seconds. It is never more than a tenth
    /// of the token's lifetime.
    pub fn expiry_margin(mut self, margin: Duration) -> Self {
        self.policy.margin = margin;
        self
    }

    /// Sets how long before its end a token is refreshed in the background. Default: 5 minutes. It is never
    /// more than a fifth of the token's lifetime, and moved ahead by chance by up to a tenth of it, so that
    /// clients which started together do not ask together.
    pub fn refresh_window(mut self, window: Duration) -> Self {
        self.policy.window = window;
        self
    }

    /// Sets the clock by which tokens expire. For tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets what chance starts from: when tokens are refreshed and failures tried again. For tests.
    pub fn jitter_seed(mut self, seed: u64) -> Self {
        self.jitter_seed = Some(seed);
        self
    }

    /// Builds the client. It sends nothing: the first token is requested when it is first asked for.
    ///
    /// # Errors
    ///
    /// A configuration error ([`Error::is_configuration`]) that lists each setting that can't be used and
    /// what to do about it; or what [`Transport::new`] fails with.
    pub fn build(self) -> Result<Client, Error> {
        let mut problems = Vec::new();
        let missing = || {
            let what = "are not set; call `credentials`, or `read_env` to read them there";
            Err(vec![problem("credentials", what)])
        };
        let credentials = self.credentials.unwrap_or_else(missing);
        let credentials = credentials.map_err(|mistakes| problems.extend(mistakes)).ok();
        let scopes = self.scopes.transpose().map_err(|mistakes| problems.extend(mistakes)).ok().flatten();
        let mut note = |problem| problems.push(problem);

        let GivenUrl { setting, text } = self.base_url;
        let base_url = text.and_then(|text| BaseUrl::parse(setting, &text, self.encryption));
        let base_url = base_url.map_err(&mut note).ok();
        let api_version = header("api_version", &self.api_version).map_err(&mut note).ok();
        let user_agent = header("user_agent", &self.user_agent).map_err(&mut note).ok();
        for (setting, timeout) in [
            ("connect_timeout", self.connect_timeout),
            ("token_attempt_timeout", Some(self.token_attempt_timeout)),
            ("request_timeout", Some(self.request_timeout)),
            ("token_timeout", Some(self.policy.flight)),
        ] {
            if timeout == Some(Duration::ZERO) {
                note(problem(setting, "is zero; give it the time that a good connection needs"));
            }
        }
        if matches!(self.http, Http::Shared(_)) && self.connect_timeout.is_some() {
            note(problem(
                "connect_timeout",
                "can't change a finished transport; set it on the builder that makes it",
            ));
        }
        let placement = self.placement;
        if let Some(CredentialsSource::Fixed(credentials)) = &credentials
            && let Err(error) = check_auth_method(credentials, placement)
        {
            error.into_problems().into_iter().for_each(&mut note);
        }
        match (credentials, base_url, api_version, user_agent) {
            (Some(credentials), Some(base_url), Some(api_version), Some(user_agent))
                if problems.is_empty() =>
            {
                let transport = self.http.into_transport(self.connect_timeout, self.request_timeout)?;
                let endpoint = Endpoint {
                    kept: transport.kept(&base_url),
                    transport,
                    base_url,
                    headers: CommonHeaders { api_version, user_agent },
                    placement,
                    scopes,
                    token_attempt_timeout: self.token_attempt_timeout,
                    request_timeout: self.request_timeout,
                    clock: self.clock,
                };
                let jitter = Jitter::seeded(self.jitter_seed.unwrap_or_else(|| fastrand::u64(..)));
                Ok(Client::new(endpoint, credentials, self.policy, jitter))
            }
            _ => Err(Error::configuration(problems)),
        }
    }
}

impl Http {
    fn into_transport(
        self,
        connect_timeout: Option<Duration>,
        request_timeout: Duration,
    ) -> Result<Transport, Error> {
        const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

        let settings = match self {
            Self::Default => {
                let timeout = connect_timeout.unwrap_or(CONNECT_TIMEOUT);
                // What is sent must not change when another crate switches on a feature of reqwest's.
                let http = reqwest::Client::builder().no_gzip().no_brotli().no_deflate().no_zstd();
                http.no_proxy().connect_timeout(timeout)
            }
            Self::Settings(settings) => match connect_timeout {
                Some(timeout) => settings.connect_timeout(timeout),
                None => *settings,
            },
            Self::Shared(transport) => return Ok(transport),
        };
        Transport::with_timeout(settings, request_timeout)
    }
}

fn header(setting: &'static str, text: &str) -> Result<HeaderValue, Problem> {
    if text.is_empty() {
        return Err(problem(setting, "is empty; leave it out to get the default"));
    }
    HeaderValue::from_str(text)
        .map_err(|_| problem(setting, "has a character in it that no header can carry; use visible ASCII"))
}

fn problem(setting: &'static str, what: &str) -> Problem {
    Problem { setting, what: what.to_owned() }
}
