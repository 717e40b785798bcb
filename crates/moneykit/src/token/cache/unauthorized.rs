//! What a 401 from the API means for the token that its request carried.
//!
//! A 401 says that one request with one token was refused. It does not say that the token is dead: an endpoint may
//! require another scope, or a replica may not know a fresh token yet. So a 401 is evidence, which the rules of
//! [`Shared::judge`] weigh.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use super::cached_token::CachedToken;
use super::purpose::{RefreshReason, RejectedToken};
use super::refresh::{Launch, Waiter};
use super::refused_targets::RefusedTargets;
use super::spacing::Spacing;
use super::state::State;
use super::{MinValidity, Shared, TokenCache, report};
use crate::defaults::{
    DEAD_TOKEN_STRIKES, FORCED_REFRESH_PATIENCE, PROBE_PAUSE, YOUNG_TOKEN_AGE, YOUNG_TOKEN_DELAY,
    YOUNG_TOKEN_JITTER,
};
use crate::evidence::{SentRequest, Unauthorized, UnauthorizedCause};
use crate::metrics;
use crate::sync::{self, ArcSwapOption};
use crate::time::Moment;

/// The part of the state that 401s change.
#[derive(Default)]
pub(super) struct Disputes {
    /// The token that the current one replaced, for as long as the current one is not proven.
    predecessor: Option<Arc<CachedToken>>,
    /// A token that the API does not know yet, while its predecessor serves.
    candidate: Option<Candidate>,
    pub(super) spacing: Spacing,
    refused: RefusedTargets,
    strikes: Strikes,
}

/// A new token that met a 401 before any success, while its predecessor still worked.
struct Candidate {
    token: Arc<CachedToken>,
    /// When the predecessor took over again, by the monotonic clock.
    since: Duration,
    /// The pause before the next request that tries it.
    pause: Duration,
    /// The next caller tries it.
    probe_due: bool,
}

/// The 401s that a token met in a row, by order of sending.
#[derive(Default)]
struct Strikes {
    count: u32,
    /// When the first of them was sent.
    since: Duration,
}

/// The verdict on a 401.
enum Decision {
    Return,
    Resend(Arc<CachedToken>),
    /// Send again after this delay, with whatever token is current by then.
    ResendAfter(Duration),
    Wait(Waiter),
    Start(Launch),
}

impl Decision {
    /// Returns the value of the field `decision` in logs.
    fn name(&self) -> &'static str {
        match self {
            Self::Return => "return",
            Self::Resend(_) => "resend",
            Self::ResendAfter(_) => "resend_later",
            Self::Wait(_) => "wait_for_refresh",
            Self::Start(_) => "refresh",
        }
    }
}

/// Hashes of the refused targets, to be looked up without a lock.
pub(super) struct TargetIndex {
    hasher: RandomState,
    refused: ArcSwapOption<Vec<u64>>,
}

impl TokenCache {
    /// Returns the present by the monotonic clock.
    pub(crate) fn now(&self) -> Duration {
        self.0.clock.now().monotonic()
    }

    /// Records that a request succeeded.
    pub(crate) fn succeeded(&self, request: &SentRequest<'_>) {
        let current = self.0.current.load();
        match current.as_ref().filter(|cached| cached.carries(request.authorization)) {
            Some(cached) => cached.evidence().record_success(request.sent),
            None => self.0.succeeded_with_another(request),
        }
        self.0.targets.forget_if_refused(request, || self.0.state());
    }

    /// Decides what happens to a request that met a 401, and waits for a new token if it needs one.
    pub(crate) async fn unauthorized(
        &self,
        request: &SentRequest<'_>,
        cause: UnauthorizedCause,
    ) -> Unauthorized {
        metrics::rejection(metrics::Rejected::AccessToken);
        if self.0.is_static {
            return Unauthorized::Return;
        }
        match self.0.weigh(request, cause) {
            Decision::Return => Unauthorized::Return,
            Decision::Resend(cached) => Unauthorized::Resend(cached.token().authorization_header().clone()),
            Decision::ResendAfter(delay) => {
                sync::sleep(delay).await;
                match self.header().await {
                    Ok(header) => Unauthorized::Resend(header),
                    Err(error) => Unauthorized::Failed(error),
                }
            }
            Decision::Wait(waiter) => self.wait_for_successor(waiter).await,
            Decision::Start(launch) => self.wait_for_successor(launch.launch()).await,
        }
    }

    async fn wait_for_successor(&self, waiter: Waiter) -> Unauthorized {
        match self.0.wait_for(&waiter).await {
            Some(Ok(token)) => Unauthorized::Resend(token.authorization_header().clone()),
            Some(Err(error)) => Unauthorized::Failed(error),
            // The refresh was lost with its runtime: the next caller starts another.
            None => Unauthorized::Return,
        }
    }

    /// Records a 401 of a request that cannot be sent again. Waits for nothing.
    pub(crate) fn record_unauthorized(&self, request: &SentRequest<'_>, cause: UnauthorizedCause) {
        metrics::rejection(metrics::Rejected::AccessToken);
        if self.0.is_static {
            return;
        }
        if let Decision::Start(launch) = self.0.weigh(request, cause) {
            drop(launch.launch());
        }
    }

    /// Records that a request which was sent again succeeded.
    pub(crate) fn resend_succeeded(&self, request: &SentRequest<'_>) {
        self.succeeded(request);
        let mut state = self.0.state();
        state.recovered_requests += 1;
        if self.0.is_from_forced_refresh(&state, request) {
            state.disputes.spacing.confirm();
        }
    }

    /// Records that a request which was sent again met a 401 as well.
    pub(crate) fn resend_unauthorized(&self, request: &SentRequest<'_>) {
        metrics::rejection(metrics::Rejected::AccessToken);
        let now = self.now();
        let mut state = self.0.state();
        if !self.0.is_from_forced_refresh(&state, request) {
            return;
        }
        let is_first = state.disputes.spacing.back_off();
        let pause = state.disputes.spacing.delay(now, false);
        state.disputes.refused.insert(self.0.targets.hash(request), now);
        self.0.targets.publish(&state.disputes.refused);
        drop(state);
        if is_first {
            report::fresh_token_rejected(&*self.0.source, request, pause);
        }
    }
}

impl Shared {
    /// Weighs a 401, and reports a token that becomes suspect.
    fn weigh(self: &Arc<Self>, request: &SentRequest<'_>, cause: UnauthorizedCause) -> Decision {
        let decision = self.judge(request, cause, self.clock.now());
        report::unauthorized(request, decision.name());
        if matches!(decision, Decision::Start(_)) {
            report::suspect_token(&*self.source, request);
        }
        decision
    }

    /// Decides what a 401 means. The rules, in the order in which a 401 meets them:
    ///
    /// 1. Its token was replaced meanwhile: the request is sent again with the current one.
    /// 2. A request that was sent later succeeded with the same token: the 401 is about something else.
    /// 3. The target is known to refuse fresh tokens as well: the 401 is about the target.
    /// 4. The token is new and has had no success: the API may not know it yet. Its predecessor serves again, or the
    ///    request is sent again a little later.
    /// 5. The token is suspect: one refresh, shared by all who met a 401. While the spacing of forced refreshes holds
    ///    it back, 401s are returned.
    fn judge(self: &Arc<Self>, request: &SentRequest<'_>, cause: UnauthorizedCause, now: Moment) -> Decision {
        let mut state = self.state();
        let Some(current) = self.current.load_full() else {
            return self.join_or_refresh(&mut state, now, false);
        };
        if let Some(decision) = state.disputes.probe_failed(request, &current, now) {
            return decision;
        }
        if !current.carries(request.authorization) {
            return Decision::Resend(current);
        }
        let is_definite = cause == UnauthorizedCause::Expired;
        if !is_definite {
            if current.evidence().succeeded_after(request.sent) {
                return Decision::Return;
            }
            if state.disputes.refused.contains(self.targets.hash(request), now.monotonic()) {
                return Decision::Return;
            }
        }
        let strikes = state.disputes.strikes.record(request.sent, &current);
        let is_proven = current.evidence().is_proven();
        if !is_proven && !is_definite {
            if let Some(predecessor) = self.restore_predecessor(&mut state, &current, now) {
                return Decision::Resend(predecessor);
            }
            let token = current.token();
            let age = token.age() + now.monotonic().saturating_sub(token.since().monotonic());
            if age < YOUNG_TOKEN_AGE && !state.disputes.spacing.is_from_forced_refresh(current.token()) {
                return Decision::ResendAfter(YOUNG_TOKEN_DELAY + self.jitter.up_to(YOUNG_TOKEN_JITTER));
            }
        }
        current.evidence().mark_suspect();
        state.rejected = Some(RejectedToken { token: current.token().clone(), is_dead: is_definite });
        self.join_or_refresh(&mut state, now, is_proven && strikes >= DEAD_TOKEN_STRIKES)
    }

    /// Joins the refresh in progress, or starts one unless that is held back.
    fn join_or_refresh(self: &Arc<Self>, state: &mut State, now: Moment, is_dead: bool) -> Decision {
        if let Some(refresh) = state.in_progress() {
            return Decision::Wait(refresh.join());
        }
        let delay = state.forced_refresh_delay(now, is_dead);
        if delay > FORCED_REFRESH_PATIENCE || state.cooldown_at(now).is_some() {
            return Decision::Return;
        }
        match self.start_refresh(state, RefreshReason::Invalidated, MinValidity::ExpiryMargin, delay, now) {
            Some(launch) => Decision::Start(launch),
            None => Decision::Return,
        }
    }

    /// Lets the predecessor of an unproven token serve again, if it still can.
    fn restore_predecessor(
        &self,
        state: &mut State,
        unproven: &Arc<CachedToken>,
        now: Moment,
    ) -> Option<Arc<CachedToken>> {
        let predecessor = state.disputes.predecessor.take()?;
        if !predecessor.satisfies(MinValidity::ExpiryMargin, now) || predecessor.evidence().is_suspect() {
            return None;
        }
        let (pause, _) = PROBE_PAUSE;
        let restored = Arc::new(predecessor.with_refresh_due(now));
        restored.hold_refresh(now.monotonic().saturating_add(pause));
        state.disputes.candidate =
            Some(Candidate { token: Arc::clone(unproven), since: now.monotonic(), pause, probe_due: false });
        self.current.store(Some(Arc::clone(&restored)));
        Some(restored)
    }

    /// Records a success of a request whose token is not the current one.
    #[cold]
    fn succeeded_with_another(&self, request: &SentRequest<'_>) {
        let mut state = self.state();
        let disputes = &mut state.disputes;
        if disputes.candidate.as_ref().is_some_and(|candidate| candidate.token.carries(request.authorization))
        {
            // The API knows the new token by now.
            let candidate = disputes.candidate.take().expect("checked in the line above").token;
            candidate.evidence().record_success(request.sent);
            self.current.store(Some(candidate));
        }
    }

    fn is_from_forced_refresh(&self, state: &State, request: &SentRequest<'_>) -> bool {
        let current = self.current.load();
        current.as_ref().is_some_and(|cached| {
            cached.carries(request.authorization)
                && state.disputes.spacing.is_from_forced_refresh(cached.token())
        })
    }
}

impl Disputes {
    /// Records that a refresh replaced `old`.
    pub(super) fn replaced(&mut self, old: Option<Arc<CachedToken>>, now: Moment) {
        self.candidate = None;
        self.predecessor =
            old.filter(|old| !old.evidence().is_suspect() && old.satisfies(MinValidity::ExpiryMargin, now));
        self.strikes = Strikes::default();
    }

    /// Returns true if a caller must try the candidate now; `current` is its predecessor.
    pub(super) fn schedule_probe(&mut self, current: &CachedToken, now: Moment) -> bool {
        let Some(candidate) = &mut self.candidate else { return false };
        candidate.probe_due = true;
        current.hold_refresh(now.monotonic().saturating_add(candidate.pause));
        true
    }

    /// Returns the candidate for a caller that is to try it.
    pub(super) fn take_probe(&mut self) -> Option<Arc<CachedToken>> {
        let candidate = self.candidate.as_mut()?;
        std::mem::take(&mut candidate.probe_due).then(|| Arc::clone(&candidate.token))
    }

    /// Returns the candidate.
    pub(super) fn candidate(&self) -> Option<&CachedToken> {
        self.candidate.as_ref().map(|candidate| &*candidate.token)
    }

    /// Returns the candidate, which is then no longer one, if it satisfies `min_validity`.
    pub(super) fn promote_candidate(
        &mut self,
        min_validity: MinValidity,
        now: Moment,
    ) -> Option<Arc<CachedToken>> {
        self.candidate.take_if(|candidate| candidate.token.satisfies(min_validity, now)).map(|c| c.token)
    }

    /// Returns what happens to a request that carried the candidate; `None` if it carried another token.
    fn probe_failed(
        &mut self,
        request: &SentRequest<'_>,
        current: &Arc<CachedToken>,
        now: Moment,
    ) -> Option<Decision> {
        let candidate = self.candidate.as_mut()?;
        if !candidate.token.carries(request.authorization) {
            return None;
        }
        // Requests that were sent before the predecessor took over say nothing new.
        if request.sent >= candidate.since {
            let (_, longest) = PROBE_PAUSE;
            candidate.pause = (candidate.pause * 2).min(longest);
            current.hold_refresh(now.monotonic().saturating_add(candidate.pause));
        }
        Some(Decision::Resend(Arc::clone(current)))
    }
}

impl Strikes {
    /// Counts a 401 and returns how many there were in a row.
    fn record(&mut self, sent: Duration, cached: &CachedToken) -> u32 {
        if self.count == 0 || cached.evidence().succeeded_after(self.since) {
            *self = Self { count: 0, since: sent };
        }
        self.count += 1;
        self.count
    }
}

impl TargetIndex {
    pub(super) fn new() -> Self {
        Self { hasher: RandomState::new(), refused: ArcSwapOption::empty() }
    }

    fn hash(&self, request: &SentRequest<'_>) -> u64 {
        self.hasher.hash_one(request.target)
    }

    fn publish(&self, refused: &RefusedTargets) {
        let targets = refused.targets();
        self.refused.store((!targets.is_empty()).then(|| Arc::new(targets)));
    }

    /// Forgets that the target of a successful request was refused. Takes the lock only if it was.
    fn forget_if_refused<'a>(
        &self,
        request: &SentRequest<'_>,
        state: impl FnOnce() -> sync::MutexGuard<'a, State>,
    ) {
        let refused = self.refused.load();
        let Some(refused) = refused.as_ref() else { return };
        let target = self.hash(request);
        if refused.contains(&target) {
            let mut state = state();
            state.disputes.refused.remove(target);
            self.publish(&state.disputes.refused);
        }
    }
}
