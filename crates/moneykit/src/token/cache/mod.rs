//! The token cache: returns the current token, and starts the refresh that replaces it.

mod cached_token;
mod evidence;
mod policy;
mod purpose;
mod refresh;
mod refused_targets;
mod report;
mod shards;
mod spacing;
mod state;
mod status;
mod unauthorized;

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use http::HeaderValue;

use crate::error::{Error, Kind};
use crate::metrics;
use crate::sync::{self, AbortHandle, ArcSwapOption, Mutex, MutexGuard};
use crate::time::{Clock, Jitter, Moment};
use crate::token::AccessToken;
#[cfg(feature = "token-store")]
use crate::token::store::StoreStatus;
pub(crate) use cached_token::MinValidity;
use cached_token::{CachedToken, Phase};
pub(crate) use policy::{CachePolicy, rejection_cooldown};
pub(crate) use purpose::Purpose;
#[cfg(feature = "token-store")]
pub(crate) use purpose::RefreshReason;
#[cfg(not(feature = "token-store"))]
use purpose::RefreshReason;
use purpose::RejectedToken;
use refresh::{Launch, Outcome, Waiter};
use report::AfterRefresh;
pub(crate) use report::Labels;
use shards::{Counter, ShardIndex, Sharded};
use state::{Cooldown, State};
use status::Availability;
pub use status::TokenStatus;
use unauthorized::TargetIndex;

/// Caches an access token and refreshes it in time.
///
/// There are two paths through it. A *hit* loads the current token atomically and reads the clock; it takes no
/// lock and allocates nothing. Everything else is decided in [`State`], under a lock that is held for a few
/// instructions and never across an await. No code of the application runs under it: clocks, subscribers, metrics
/// recorders and the runtime's hooks may call back into the client.
pub(crate) struct TokenCache(Arc<Shared>);

/// The part that callers share with the refresh task. The task holds this rather than the cache, so that dropping
/// the cache ends the task.
struct Shared {
    current: ArcSwapOption<CachedToken>,
    state: Mutex<State>,
    hits: Sharded<Counter>,
    clock: Arc<dyn Clock>,
    source: Arc<dyn TokenSource>,
    policy: CachePolicy,
    jitter: Jitter,
    targets: TargetIndex,
    /// The current token was not requested, and remains the current one whatever happens.
    is_static: bool,
}

/// A source of new tokens.
pub(crate) trait TokenSource: Send + Sync {
    /// Obtains a new token for this purpose; makes one attempt.
    fn fetch<'a>(&'a self, purpose: &'a Purpose) -> BoxFuture<'a, Result<AccessToken, Error>>;

    /// Returns true if rejected credentials may be replaced before their cool-down ends. Such a source does not
    /// send rejected credentials again by itself.
    fn credentials_may_change(&self) -> bool {
        false
    }

    /// Returns what is known of the store that the source asks; `None` without a store.
    #[cfg(feature = "token-store")]
    fn store_status(&self) -> Option<StoreStatus> {
        None
    }

    /// Returns how logs, spans and metrics name this source.
    fn labels(&self) -> Labels {
        Labels::default()
    }
}

/// A boxed future that can move between threads.
pub(crate) type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a caller without a usable token does next.
enum Action {
    Return(Result<AccessToken, Error>),
    Wait(Waiter),
    Start(Launch),
}

impl TokenCache {
    pub(crate) fn new(
        source: Arc<dyn TokenSource>,
        clock: Arc<dyn Clock>,
        policy: CachePolicy,
        jitter: Jitter,
    ) -> Self {
        Self::starting_with(None, false, source, clock, policy, jitter)
    }

    /// Creates a cache that returns one token for ever and requests no other. `source` names it in logs and metrics.
    pub(crate) fn with_static_token(
        token: AccessToken,
        source: Arc<dyn TokenSource>,
        clock: Arc<dyn Clock>,
        policy: CachePolicy,
        jitter: Jitter,
    ) -> Self {
        let cached = CachedToken::permanent(token);
        Self::starting_with(Some(cached), true, source, clock, policy, jitter)
    }

    /// Creates a cache that has a token from the start, which was requested before.
    pub(crate) fn with_initial_token(
        token: AccessToken,
        source: Arc<dyn TokenSource>,
        clock: Arc<dyn Clock>,
        policy: CachePolicy,
        jitter: Jitter,
    ) -> Self {
        let cached = CachedToken::new(token, &policy, &jitter);
        Self::starting_with(Some(cached), false, source, clock, policy, jitter)
    }

    fn starting_with(
        cached: Option<CachedToken>,
        is_static: bool,
        source: Arc<dyn TokenSource>,
        clock: Arc<dyn Clock>,
        policy: CachePolicy,
        jitter: Jitter,
    ) -> Self {
        let current = ArcSwapOption::empty();
        current.store(cached.map(Arc::new));
        Self(Arc::new(Shared {
            current,
            is_static,
            state: Mutex::default(),
            hits: Sharded::new(Counter::default),
            clock,
            source,
            policy,
            jitter,
            targets: TargetIndex::new(),
        }))
    }

    /// Returns the current token if it is usable, otherwise the next one.
    #[inline]
    pub(crate) async fn token(&self) -> Result<AccessToken, Error> {
        self.token_for(MinValidity::ExpiryMargin).await
    }

    /// Returns the `Authorization` header of [`token`](Self::token).
    pub(crate) async fn header(&self) -> Result<HeaderValue, Error> {
        if let Some(header) = self.cached_header() {
            return Ok(header);
        }
        let token = Box::pin(self.0.next(MinValidity::ExpiryMargin)).await?;
        Ok(token.authorization_header().clone())
    }

    /// Returns the header of the current token if that is usable.
    #[inline]
    pub(crate) fn cached_header(&self) -> Option<HeaderValue> {
        let current = self.0.current.load();
        let cached = current.as_ref()?;
        let shard = self.0.hit(cached, MinValidity::ExpiryMargin)?;
        // The clone comes last: passing the header through one more function moves it once more, which costs as
        // much as reading the clock.
        Some(cached.header(shard))
    }

    /// Returns a token that remains valid for at least `validity`.
    pub(crate) async fn token_valid_for(&self, validity: Duration) -> Result<AccessToken, Error> {
        self.token_for(MinValidity::AtLeast(validity)).await
    }

    #[inline]
    async fn token_for(&self, min_validity: MinValidity) -> Result<AccessToken, Error> {
        match self.cached_token(min_validity) {
            Some(token) => Ok(token),
            // Boxed to keep the hot path's future small.
            None => Box::pin(self.0.next(min_validity)).await,
        }
    }

    #[inline]
    fn cached_token(&self, min_validity: MinValidity) -> Option<AccessToken> {
        let current = self.0.current.load();
        let cached = current.as_ref()?;
        self.0.hit(cached, min_validity)?;
        Some(cached.token().clone())
    }

    /// Drops a token that the caller knows to be dead, unless another one has replaced it. While the spacing of
    /// forced refreshes holds its successor back, the token stays in use as suspect.
    pub(crate) fn invalidate(&self, rejected: &AccessToken) {
        if self.0.is_static {
            return;
        }
        metrics::rejection(metrics::Rejected::AccessToken);
        let now = self.0.clock.now();
        let mut state = self.0.state();
        let current = self.0.current.load();
        let Some(cached) = current.as_ref().filter(|cached| cached.token().ptr_eq(rejected)) else { return };
        cached.evidence().mark_suspect();
        // Callers join a refresh that is running already.
        if state.in_progress().is_some() || state.forced_refresh_delay(now, false).is_zero() {
            self.0.current.store(None);
            state.invalidated = true;
        }
        state.rejected = Some(RejectedToken { token: rejected.clone(), is_dead: true });
    }

    /// Starts an early refresh at once.
    #[cfg(test)]
    pub(crate) fn refresh_now(&self) {
        let now = self.0.clock.now();
        let started = self.0.start_refresh(
            &mut self.0.state(),
            RefreshReason::Early,
            MinValidity::ExpiryMargin,
            Duration::ZERO,
            now,
        );
        let _ = started.expect("there is a runtime").launch();
    }

    /// Lets the next caller in the refresh window decide whether a refresh starts.
    #[cfg(test)]
    pub(crate) fn withdraw_claim(&self) {
        self.0.withdraw_claim();
    }

    /// Awaits a token request that bypasses the cache, for as long as a refresh may take.
    pub(crate) async fn within_timeout(
        &self,
        request: impl Future<Output = Result<AccessToken, Error>>,
    ) -> Result<AccessToken, Error> {
        // A timer panics outside of a runtime.
        if !sync::has_runtime() {
            return Err(Kind::NoRuntime.into());
        }
        let limit = self.0.policy.timeout;
        if !sync::has_timers() {
            return Err(Kind::IncompleteRuntime.into());
        }
        match sync::timeout(limit, sync::catch_panic(request)).await {
            Some(Ok(outcome)) => unexpired(outcome?, self.0.clock.now()),
            Some(Err(panicked)) => Err(refresh::panic_error(panicked)),
            None => Err(Kind::Timeout { limit }.into()),
        }
    }

    /// Returns a snapshot of the cache.
    pub(crate) fn status(&self) -> TokenStatus {
        let now = self.0.clock.now();
        let status = self.status_at(now);
        if let Some(expires_in) = status.expires_in {
            metrics::token_expires_in(self.0.source.labels().client_id, expires_in);
        }
        status
    }

    fn status_at(&self, now: Moment) -> TokenStatus {
        #[cfg(feature = "token-store")]
        let store = self.0.source.store_status();
        let state = self.0.state();
        let current = self.0.current.load_full();
        let unexpired = current.as_deref().filter(|cached| cached.is_unexpired(now));
        let known_expiry = unexpired.filter(|_| !self.0.is_static);
        TokenStatus {
            #[cfg(feature = "token-store")]
            store,
            availability: if self.0.returns_at_once(&state, current.as_deref(), now) {
                Availability::AtOnce
            } else if unexpired.is_some() {
                Availability::AfterRefresh
            } else {
                Availability::NoToken
            },
            next_attempt_in: state.cooldown_at(now).map(|cooldown| cooldown.remaining(now)),
            expires_in: known_expiry.map(|cached| cached.remaining(now)),
            in_refresh_window: unexpired.is_some_and(|cached| cached.phase(now) != Phase::Fresh),
            suspect: unexpired.is_some_and(|cached| cached.evidence().is_suspect()),
            refreshing: state.in_progress().is_some(),
            refreshed_at: state.refreshed_at.map(|wall| std::time::UNIX_EPOCH + wall),
            last_error: state.last_error.clone(),
            refreshes: state.refreshes,
            recovered_requests: state.recovered_requests,
            cache_hits: self.0.hits.iter().map(Counter::get).sum(),
        }
    }
}

/// Nobody is left who could use the refresh's token.
impl Drop for TokenCache {
    fn drop(&mut self) {
        let refresh = self.0.state().refresh.take();
        if let Some(refresh) = refresh {
            refresh.abort();
        }
    }
}

impl Shared {
    /// Counts a hit and returns the caller's shard if the current token satisfies `min_validity`. Starts a
    /// background refresh if the token is in its refresh window.
    #[inline]
    fn hit(self: &Arc<Self>, cached: &CachedToken, min_validity: MinValidity) -> Option<ShardIndex> {
        let now = self.clock.now();
        match cached.phase(now) {
            Phase::Fresh => {}
            Phase::RefreshDue => {
                if self.refresh_early(cached, now) {
                    return None;
                }
            }
            Phase::Expired => return None,
        }
        if min_validity != MinValidity::ExpiryMargin && !cached.satisfies(min_validity, now) {
            return None;
        }
        let shard = ShardIndex::current();
        self.hits.get(shard).increment();
        metrics::cache_hit();
        Some(shard)
    }

    /// Starts the background refresh of a token in its refresh window, for the first caller to notice. Returns true
    /// if this caller is to try a successor that the API did not know yet.
    #[cold]
    fn refresh_early(self: &Arc<Self>, cached: &CachedToken, now: Moment) -> bool {
        if !cached.claim_refresh(now, self.policy.timeout) {
            return false;
        }
        let mut state = self.state();
        // The token may have been replaced since the caller loaded it.
        let current = self.current.load();
        let is_current = current.as_ref().is_some_and(|current| current.token().ptr_eq(cached.token()));
        if !is_current || state.in_progress().is_some() {
            return false;
        }
        if state.disputes.schedule_probe(cached, now) {
            return true;
        }
        // A failed refresh holds the claim until its cool-down ends, but a lost one withdraws it.
        if let Some(cooldown) = state.cooldown_at(now) {
            cached.hold_refresh(now.monotonic().saturating_add(cooldown.remaining(now)));
            return false;
        }
        let delay = state.earliest_refresh.saturating_sub(now.monotonic());
        let launch =
            self.start_refresh(&mut state, RefreshReason::Early, MinValidity::ExpiryMargin, delay, now);
        drop(state);
        match launch {
            Some(launch) => drop(launch.launch()),
            // This caller has no runtime. The next one may have, but not each of a thousand calls should check.
            None => cached.hold_refresh(now.monotonic().saturating_add(self.policy.min_refresh_interval)),
        }
        false
    }

    /// Returns a token that satisfies `min_validity` from the refresh in progress, or from a new one.
    async fn next(self: &Arc<Self>, min_validity: MinValidity) -> Result<AccessToken, Error> {
        /// A refresh is lost when its runtime shuts down. Losing this many in a row is no coincidence.
        const MAX_LOST_REFRESHES: u32 = 3;

        for _ in 0..MAX_LOST_REFRESHES {
            let waiter = match self.next_action(min_validity) {
                Action::Return(outcome) => return outcome,
                Action::Wait(waiter) => waiter,
                Action::Start(launch) => launch.launch(),
            };
            if let Some(outcome) = self.wait_for(&waiter).await {
                return self.receive(outcome, min_validity);
            }
        }
        Err(Kind::RuntimeShutdown.into())
    }

    /// Waits for the outcome of a refresh; returns `None` if the refresh was lost.
    async fn wait_for(&self, waiter: &Waiter) -> Option<Outcome> {
        // The refresh bounds itself, but its runtime may be blocked, by a server that floods it for example, while
        // this one is not. The next caller starts another refresh; this one has waited for long enough.
        let limit = self.policy.timeout.saturating_add(self.policy.min_refresh_interval * 2);
        if !sync::has_timers() {
            return Some(Err(Kind::IncompleteRuntime.into()));
        }
        match sync::timeout(limit, waiter.outcome()).await {
            Some(Some(outcome)) => Some(outcome),
            Some(None) => {
                self.discard_lost_refresh(waiter);
                None
            }
            None => {
                self.discard_lost_refresh(waiter);
                Some(Err(Kind::Timeout { limit: self.policy.timeout }.into()))
            }
        }
    }

    /// Returns true if [`next_action`](Self::next_action) would return a token to a caller who needs no more than the
    /// expiry margin.
    fn returns_at_once(&self, state: &State, current: Option<&CachedToken>, now: Moment) -> bool {
        let is_usable = |cached: &CachedToken| cached.satisfies(MinValidity::ExpiryMargin, now);
        if current.is_some_and(is_usable) || state.disputes.candidate().is_some_and(is_usable) {
            return true;
        }
        // During a cool-down, a token within its expiry margin is better than none.
        state.in_progress().is_none()
            && self.cooldown_in_effect(state, now).is_some()
            && current.is_some_and(|cached| cached.is_unexpired(now))
    }

    /// Returns the cool-down in which callers do not start a refresh.
    fn cooldown_in_effect<'s>(&self, state: &'s State, now: Moment) -> Option<&'s Cooldown> {
        // The source itself does not send rejected credentials again before they change.
        let is_checked_by_source =
            |cooldown: &Cooldown| cooldown.error.is_rejection() && self.source.credentials_may_change();
        state.cooldown_at(now).filter(|cooldown| !is_checked_by_source(cooldown))
    }

    /// Decides what a caller without a usable token does, one caller at a time.
    fn next_action(self: &Arc<Self>, min_validity: MinValidity) -> Action {
        let now = self.clock.now();
        let mut state = self.state();
        if let Some(probe) = state.disputes.take_probe().filter(|probe| probe.satisfies(min_validity, now)) {
            return Action::Return(Ok(probe.token().clone()));
        }
        let current = self.current.load_full();
        // A refresh may have finished since the caller looked.
        if let Some(cached) = current.as_deref().filter(|cached| cached.satisfies(min_validity, now)) {
            return Action::Return(Ok(cached.token().clone()));
        }
        if let Some(candidate) = state.disputes.promote_candidate(min_validity, now) {
            let token = candidate.token().clone();
            self.current.store(Some(candidate));
            return Action::Return(Ok(token));
        }
        if let Some(refresh) = state.in_progress() {
            return Action::Wait(refresh.join());
        }
        if let Some(cooldown) = self.cooldown_in_effect(&state, now) {
            return Action::Return(self.fall_back(min_validity, cooldown.error_at(now), now));
        }
        let reason = match current.as_deref() {
            Some(cached) if cached.phase(now) != Phase::Expired => RefreshReason::MinValidity,
            Some(_) => RefreshReason::Expired,
            None if state.invalidated => RefreshReason::Invalidated,
            None => RefreshReason::Initial,
        };
        let delay = match reason {
            RefreshReason::Invalidated => state.forced_refresh_delay(now, false),
            _ => state.earliest_refresh.saturating_sub(now.monotonic()),
        };
        match self.start_refresh(&mut state, reason, min_validity, delay, now) {
            Some(launch) => Action::Start(launch),
            None => Action::Return(Err(Kind::NoRuntime.into())),
        }
    }

    /// Records a refresh that sends its first request after `delay`; returns `None` outside of a runtime. The caller
    /// launches it after releasing the lock; other callers can join it at once.
    fn start_refresh(
        self: &Arc<Self>,
        state: &mut State,
        reason: RefreshReason,
        min_validity: MinValidity,
        delay: Duration,
        now: Moment,
    ) -> Option<Launch> {
        if !sync::has_runtime() {
            return None;
        }
        let replaces = self.current.load_full().map(|cached| cached.token().clone());
        let purpose = Purpose::new(reason, min_validity, replaces, state.rejected.clone());
        let (refresh, mut launch) = refresh::prepare(Arc::clone(self), state.refreshes, purpose, delay);
        if reason.is_forced() {
            // Spaces forced refreshes, however often the API rejects their tokens.
            state.earliest_refresh =
                now.monotonic().saturating_add(delay).saturating_add(self.policy.min_refresh_interval);
        }
        if reason == RefreshReason::Invalidated {
            state.disputes.spacing.forced(now.monotonic().saturating_add(delay));
        }
        state.invalidated = false;
        state.refreshes += 1;
        launch.replaced = state.refresh.replace(refresh);
        Some(launch)
    }

    /// Records the task of a refresh that was launched. Returns it if the refresh is no longer in progress.
    fn attach(&self, id: u64, task: Option<AbortHandle>) -> Option<AbortHandle> {
        let mut state = self.state();
        match state.refresh.as_mut().filter(|refresh| refresh.id() == id) {
            Some(refresh) => {
                refresh.attach(task);
                None
            }
            None => task,
        }
    }

    /// Records the outcome of a refresh, before its waiters learn of it. Returns `None` if the refresh was discarded.
    fn finish_refresh(&self, id: u64, outcome: &Outcome) -> Option<AfterRefresh> {
        let now = self.clock.now();
        let mut state = self.state();
        // A refresh that was discarded may finish all the same, once its runtime moves again.
        if !state.is_in_progress(id) {
            return None;
        }
        let reason = state.refresh.take().map(|refresh| refresh.reason());
        let replaced = match outcome {
            Ok(token) => {
                if reason == Some(RefreshReason::Invalidated) {
                    state.disputes.spacing.obtained(token);
                }
                let replaced = state.succeeded(token, now, &self.policy);
                // A token with no lifetime serves the waiters of this refresh and nobody else.
                if !token.lifetime().is_zero() {
                    let cached = CachedToken::new(token.clone(), &self.policy, &self.jitter);
                    state.disputes.replaced(self.current.load_full(), now);
                    self.current.store(Some(Arc::new(cached)));
                }
                replaced
            }
            Err(error) => {
                let (until, replaced) = state.failed(error, now, &self.policy, &self.jitter);
                if let Some(cached) = self.current.load().as_ref() {
                    cached.hold_refresh(until);
                }
                replaced
            }
        };
        let current = self.current.load();
        let unexpired = current.as_ref().filter(|cached| cached.is_unexpired(now));
        let after = AfterRefresh {
            expires_in: unexpired.map(|cached| cached.remaining(now)),
            next_attempt_in: state
                .cooldown_at(now)
                .map(|cooldown| cooldown.remaining(now))
                .unwrap_or_default(),
        };
        drop(state);
        drop(replaced);
        Some(after)
    }

    /// Returns the token of a finished refresh if it satisfies `min_validity`.
    fn receive(&self, outcome: Outcome, min_validity: MinValidity) -> Result<AccessToken, Error> {
        let now = self.clock.now();
        let token = match outcome {
            Ok(token) => token,
            Err(error) => return self.fall_back(min_validity, error, now),
        };
        let token = unexpired(token, now)?;
        match min_validity {
            MinValidity::AtLeast(wanted) if token.remaining(now) < wanted => {
                Err(Kind::LifetimeTooShort { lifetime: token.lifetime(), wanted }.into())
            }
            MinValidity::AtLeast(_) | MinValidity::ExpiryMargin => Ok(token),
        }
    }

    /// Returns the current token if it has not expired, otherwise the error: a token within its expiry margin is
    /// better than none.
    fn fall_back(&self, min_validity: MinValidity, error: Error, now: Moment) -> Result<AccessToken, Error> {
        let current = self.current.load();
        let is_allowed = min_validity == MinValidity::ExpiryMargin;
        match current.as_ref().filter(|cached| is_allowed && cached.is_unexpired(now)) {
            Some(cached) => Ok(cached.token().clone()),
            None => Err(error),
        }
    }

    /// Removes a refresh whose runtime did not complete it.
    fn discard_lost_refresh(&self, waiter: &Waiter) {
        let mut state = self.state();
        let lost = if state.is_in_progress(waiter.refresh_id()) { state.refresh.take() } else { None };
        drop(state);
        if let Some(lost) = lost {
            lost.abort();
        }
    }

    /// Lets the next caller in the refresh window decide whether a refresh starts. Takes no lock.
    fn withdraw_claim(&self) {
        if let Some(current) = self.current.load().as_ref() {
            current.hold_refresh(Duration::ZERO);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds this lock panics, and each field is valid by itself.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns an error for a token that expired on its way: the machine was suspended, or the response took longer than the
/// token lives. A lifetime of zero is the server's way to say that a token is for immediate use.
fn unexpired(token: AccessToken, now: Moment) -> Result<AccessToken, Error> {
    if token.lifetime().is_zero() || !token.remaining(now).is_zero() {
        return Ok(token);
    }
    Err(Kind::ExpiredOnArrival.into())
}

/// Returns for how long a token is cached.
#[cfg(any(test, fuzzing))]
pub(crate) fn cached_for(token: &AccessToken) -> Duration {
    let since = token.since();
    CachedToken::new(token.clone(), &CachePolicy::default(), &Jitter::seeded(0)).remaining(since)
}

#[cfg(test)]
mod tests;
