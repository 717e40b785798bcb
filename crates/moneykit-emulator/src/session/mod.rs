//! A session: clients, tokens, a clock, stubs, faults and a journal of its own.

pub(crate) mod clients;
pub(crate) mod clock;
pub(crate) mod config;
pub(crate) mod faults;
pub(crate) mod journal;
pub(crate) mod rate_limit;
pub(crate) mod registry;
pub(crate) mod request_counts;
pub(crate) mod state;
pub(crate) mod stubs;
pub(crate) mod tokens;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use self::clients::RegisteredClient;
use self::clock::ClockStatus;
use self::config::Unmatched;
use self::faults::{Fault, FaultTarget, Faults};
use self::journal::{JournalPage, RequestFilter};
use self::rate_limit::RateLimits;
use self::request_counts::RequestCounts;
use self::state::{SessionState, SettingsChange};
use self::stubs::{Stub, StubStatus};
use crate::config_error::ConfigError;

/// A handle to a session of an [`Emulator`](crate::Emulator): a MoneyKit API with clients, tokens, a clock, stubs, faults
/// and a journal of its own.
///
/// An emulator has a default session, to which it dereferences, and named ones that
/// [`Emulator::create_session`](crate::Emulator::create_session) creates. Tests that run in parallel against one
/// emulator do not affect each other if each has its own session.
///
/// Clones are handles to the same session. They can be used in any thread, inside or outside of an async runtime.
///
/// `Debug` shows the URL, the client IDs and the request counts, and never a secret or a token.
#[derive(Clone)]
pub struct Session {
    url: Arc<str>,
    state: Arc<SessionState>,
}

impl Session {
    pub(crate) fn new(url: impl Into<Arc<str>>, state: Arc<SessionState>) -> Self {
        Self { url: url.into(), state }
    }

    /// Returns the base URL, such as `http://127.0.0.1:40123`, or `http://127.0.0.1:40123/s/my-test` for a named
    /// session. It has no trailing slash: append `/auth/token`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns to the state in which the session started: its clients, stubs, faults, rate limits and settings. Tokens,
    /// the journal and the counts are cleared, and the clock shows the real time.
    pub fn reset(&self) {
        self.state.reset();
    }
}

/// # Clients and tokens
impl Session {
    /// Registers a client, or replaces the one with the same ID. Tokens of the replaced one stay valid.
    ///
    /// # Errors
    ///
    /// Fails if the ID, the secret or a scope is invalid.
    pub fn add_client(&self, client: &RegisteredClient) -> Result<(), ConfigError> {
        self.state.clients.register(client).map(|_| ())
    }

    /// Removes a client. Its tokens stay valid. Returns false if there is none with this ID.
    pub fn remove_client(&self, id: &str) -> bool {
        self.state.clients.remove(id)
    }

    /// Returns the registered clients, sorted by ID.
    pub fn clients(&self) -> Vec<RegisteredClient> {
        self.state.clients.list()
    }

    /// Sets the lifetime of tokens that are issued from now on. A client's own lifetime takes precedence.
    pub fn set_token_lifetime(&self, lifetime: Duration) {
        self.state.change_settings(SettingsChange { token_lifetime: Some(lifetime), unmatched: None });
    }

    /// Issues a token to a registered client, without a token request. It is not counted. Without a scope, it grants all
    /// that the client is allowed.
    ///
    /// # Errors
    ///
    /// Fails if the client is not registered, or is not allowed the scope.
    pub fn issue_token(&self, client_id: &str, scope: Option<&str>) -> Result<String, ConfigError> {
        Ok(self.state.issue_token(client_id, scope, None)?.access_token)
    }

    /// Returns the point in time at which a token expires, on the clock of [`now`](Self::now). Returns `None` if the
    /// token was never issued, has been revoked, or expired so long ago that it is forgotten.
    pub fn token_expires_at(&self, token: &str) -> Option<Duration> {
        self.state.tokens.expires_at(token)
    }

    /// Revokes a token. Returns false if it is unknown.
    ///
    /// Requests that use a revoked token are rejected with 401 and `api_error.auth.unauthorized`.
    pub fn revoke_token(&self, token: &str) -> bool {
        self.state.tokens.revoke(token)
    }

    /// Revokes every token issued so far. Tokens issued after this call are valid.
    pub fn revoke_tokens(&self) {
        self.state.tokens.revoke_all();
    }
}

/// # The clock
impl Session {
    /// Advances the session's clock, so that tests can let tokens expire without sleeping. Several calls add up.
    pub fn advance(&self, by: Duration) {
        self.state.clock.advance(by);
    }

    /// Returns the time since the session started by its own clock: the real time plus every
    /// [`advance`](Self::advance).
    ///
    /// A client under test that uses this as its clock stays in step with the emulator.
    pub fn now(&self) -> Duration {
        self.state.clock.now()
    }

    /// Returns the state of the clock, with the time of day.
    pub fn clock(&self) -> ClockStatus {
        self.state.clock.status()
    }

    /// Sets the time of day, as the time since 1970-01-01T00:00:00Z. The clock continues from there, unless it is frozen.
    ///
    /// # Errors
    ///
    /// Fails if the time is before the start of the session.
    pub fn set_unix_time(&self, time: Duration) -> Result<(), ConfigError> {
        self.state.clock.set(time)
    }

    /// Stops the clock. It can still be advanced and set.
    pub fn freeze_clock(&self) {
        self.state.clock.freeze();
    }

    /// Lets a frozen clock continue from where it stands.
    pub fn resume_clock(&self) {
        self.state.clock.resume();
    }
}

/// # Stubs, faults and rate limits
impl Session {
    /// Adds a stub, or replaces the one with the same ID, and returns its ID. Of the stubs that match a request, the one
    /// added last responds.
    ///
    /// # Errors
    ///
    /// Fails if no request could match the stub, or if its response is invalid.
    pub fn add_stub(&self, stub: Stub) -> Result<String, ConfigError> {
        self.state.stubs.add(stub)
    }

    /// Removes a stub. Returns false if there is none with this ID.
    pub fn remove_stub(&self, id: &str) -> bool {
        self.state.stubs.remove(id)
    }

    /// Removes all stubs.
    pub fn clear_stubs(&self) {
        self.state.stubs.clear();
    }

    /// Returns the stubs in the order in which they are matched: the newest first.
    pub fn stubs(&self) -> Vec<StubStatus> {
        self.state.stubs.list()
    }

    /// Sets the response to requests that match no stub.
    pub fn set_unmatched(&self, unmatched: Unmatched) {
        self.state.change_settings(SettingsChange { token_lifetime: None, unmatched: Some(unmatched) });
    }

    /// Injects a fault into the next `requests` token requests.
    ///
    /// Several calls queue up. When the queue has no more for a request, the random faults of
    /// [`EmulatorBuilder::faults`](crate::EmulatorBuilder::faults) or [`set_faults`](Self::set_faults) apply again.
    pub fn fail_next(&self, requests: usize, fault: Fault) {
        self.state.faults.fail_next(FaultTarget::TOKEN_ENDPOINT, requests, fault);
    }

    /// Injects a fault into the next `requests` requests to the target.
    ///
    /// # Errors
    ///
    /// Fails if the fault changes a token and the target is another than the token endpoint.
    pub fn fail_next_for(
        &self,
        target: FaultTarget,
        requests: usize,
        fault: Fault,
    ) -> Result<(), ConfigError> {
        target.validate(&fault)?;
        self.state.faults.fail_next(target, requests, fault);
        Ok(())
    }

    /// Replaces the random faults and clears the queue of [`fail_next`](Self::fail_next). With [`Faults::default`],
    /// no request fails any longer.
    ///
    /// # Errors
    ///
    /// Fails if a fault changes a token and its target is another than the token endpoint.
    pub fn set_faults(&self, faults: &Faults) -> Result<(), ConfigError> {
        self.state.faults.replace(faults)
    }

    /// Replaces the rate limits. Their buckets are full at first.
    ///
    /// # Errors
    ///
    /// Fails if a capacity is zero, or a rate is negative or not finite.
    pub fn set_rate_limits(&self, limits: RateLimits) -> Result<(), ConfigError> {
        self.state.rate_limiter.replace(limits, self.state.clock.now())
    }
}

/// # The journal
impl Session {
    /// Returns the number of requests handled so far, by kind and outcome.
    pub fn request_counts(&self) -> RequestCounts {
        self.state.counters.snapshot()
    }

    /// Returns the requests in the journal that match the filter.
    ///
    /// ```
    /// use moneykit_emulator::{Emulator, RequestFilter, StatusCode};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = Emulator::builder().start()?;
    /// let http = reqwest::blocking::Client::builder().no_proxy().build()?;
    /// http.get(format!("{}/links/lnk_1", emulator.url())).send()?;
    ///
    /// let unauthorized = RequestFilter::new().path("/links/{link_id}")?.status(StatusCode::UNAUTHORIZED);
    /// assert_eq!(emulator.requests(&unauthorized).requests[0].path, "/links/lnk_1");
    /// # Ok(())
    /// # }
    /// ```
    pub fn requests(&self, filter: &RequestFilter) -> JournalPage {
        self.state.journal.page(filter)
    }

    /// Returns the number of requests in the journal that match the filter.
    pub fn count_requests(&self, filter: &RequestFilter) -> usize {
        self.state.journal.count(filter)
    }

    /// Blocks the thread until at least `count` requests in the journal match the filter, or the time is over, and
    /// returns those that match. Async code uses [`wait_for_requests`](Self::wait_for_requests).
    pub fn wait_for_requests_blocking(
        &self,
        filter: &RequestFilter,
        count: usize,
        timeout: Duration,
    ) -> JournalPage {
        self.state.journal.wait(filter, count, timeout)
    }

    /// Waits until at least `count` requests in the journal match the filter, and returns those that match.
    ///
    /// This method is cancel safe, so it can be combined with a timeout. It works in every async runtime.
    pub async fn wait_for_requests(&self, filter: &RequestFilter, count: usize) -> JournalPage {
        self.state.journal.wait_async(filter, count).await
    }

    /// Removes all requests from the journal. [`request_counts`](Self::request_counts) does not change.
    pub fn clear_requests(&self) {
        self.state.journal.clear();
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("url", &self.url)
            .field("clients", &self.state.clients.ids())
            .field("token_lifetime", &self.state.settings().token_lifetime)
            .field("request_counts", &self.request_counts())
            .finish_non_exhaustive()
    }
}
