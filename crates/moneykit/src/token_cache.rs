mod flight;
mod kept;
mod policy;
mod shards;
mod status;

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use http::HeaderValue;

use crate::clock::{Clock, Moment};
use crate::error::{Error, Kind};
use crate::jitter::Jitter;
use crate::meter;
use crate::sync::{self, ArcSwapOption, AtomicU64, Mutex, Ordering};
use crate::token::AccessToken;
use flight::{Cause, Flight, Outcome};
pub(crate) use kept::Wanted;
use kept::{Kept, Phase};
pub(crate) use policy::CachePolicy;
use shards::{Sharded, Thread};
pub use status::TokenStatus;

/// Keeps an access token, and gets the next one in time.
///
/// There are two ways through it. Nearly every call finds a good token by one atomic load and a look at the
/// clock: a *hit*, which takes no lock and allocates nothing. Everything else happens under a lock that is
/// held for some instructions and never across an await, by the rules of [`Desk`].
pub(crate) struct TokenCache(Arc<Shared>);

/// What callers and the flight share. The flight holds this, not the cache, so that the cache can end it.
struct Shared {
    current: ArcSwapOption<Kept>,
    desk: Mutex<Desk>,
    hits: Sharded<Counter>,
    clock: Arc<dyn Clock>,
    source: Arc<dyn TokenSource>,
    policy: CachePolicy,
    jitter: Jitter,
}

/// Where a new token comes from: one request, without any retry.
pub(crate) trait TokenSource: Send + Sync {
    fn request(&self) -> BoxFuture<'_, Result<AccessToken, Error>>;

    /// Says whether a rejection may be over before its rest is: for credentials that can change meanwhile. The
    /// source then sees to it by itself that it does not send what was rejected.
    fn forgets_rejections(&self) -> bool {
        false
    }
}

/// A future that can be moved between threads, as trait objects return it.
pub(crate) type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What is decided one caller at a time: whether a flight starts, and what came of the last.
#[derive(Default)]
struct Desk {
    /// The flight that is under way. It leaves by itself when it lands.
    flight: Option<Flight>,
    /// The failure that keeps flights off for a while.
    rest: Option<Rest>,
    /// Failures since the last success.
    failures: u32,
    /// No flight sends its request before this, by the monotonic clock.
    not_before: Duration,
    /// The API has rejected a token since the last flight started.
    forced: bool,
    flights: u64,
    /// When the last token came, by the wall clock.
    refreshed: Option<Duration>,
    last_error: Option<Error>,
}

/// Flights are off until a time of the monotonic clock, and why.
struct Rest {
    until: Duration,
    error: Error,
}

/// What a caller without a good token does next.
enum Step {
    Done(Result<AccessToken, Error>),
    Wait(flight::Ticket),
}

impl TokenCache {
    pub(crate) fn new(
        source: Arc<dyn TokenSource>,
        clock: Arc<dyn Clock>,
        policy: CachePolicy,
        jitter: Jitter,
    ) -> Self {
        Self(Arc::new(Shared {
            current: ArcSwapOption::empty(),
            desk: Mutex::default(),
            hits: Sharded::new(Counter::default),
            clock,
            source,
            policy,
            jitter,
        }))
    }

    /// Returns the kept token while it is good, and the next one otherwise.
    #[inline]
    pub(crate) async fn token(&self) -> Result<AccessToken, Error> {
        self.token_for(Wanted::Margin).await
    }

    /// Returns the `Authorization` header of [`token`](Self::token).
    pub(crate) async fn header(&self) -> Result<HeaderValue, Error> {
        match self.kept_header() {
            Some(header) => Ok(header),
            None => Ok(Box::pin(self.0.next(Wanted::Margin)).await?.authorization_header().clone()),
        }
    }

    /// Returns the header of the kept token, if that is good.
    #[inline]
    pub(crate) fn kept_header(&self) -> Option<HeaderValue> {
        let current = self.0.current.load();
        let kept = current.as_ref()?;
        let thread = self.0.hit(kept, Wanted::Margin)?;
        // The clone comes last: a header that passes through one more function is moved once more, which
        // costs as much as reading the clock.
        Some(kept.header(thread))
    }

    /// Returns a token with at least `life` left.
    pub(crate) async fn token_valid_for(&self, life: Duration) -> Result<AccessToken, Error> {
        self.token_for(Wanted::Life(life)).await
    }

    #[inline]
    async fn token_for(&self, wanted: Wanted) -> Result<AccessToken, Error> {
        match self.kept_token(wanted) {
            Some(token) => Ok(token),
            // Boxed, so that the way of every call does not carry the room of the rare one.
            None => Box::pin(self.0.next(wanted)).await,
        }
    }

    #[inline]
    fn kept_token(&self, wanted: Wanted) -> Option<AccessToken> {
        let current = self.0.current.load();
        let kept = current.as_ref()?;
        self.0.hit(kept, wanted)?;
        Some(kept.token().clone())
    }

    /// Forgets a token that the API rejected, unless another one has taken its place.
    pub(crate) fn invalidate(&self, rejected: &AccessToken) {
        self.forget(|current| current.is(rejected));
    }

    /// Forgets the token that a rejected request carried in its `Authorization` header, unless another one has
    /// taken its place.
    pub(crate) fn reject(&self, authorization: &HeaderValue) {
        self.forget(|current| current.authorization_header() == authorization);
    }

    fn forget(&self, is_rejected: impl FnOnce(&AccessToken) -> bool) {
        let mut desk = self.0.desk();
        let current = self.0.current.load();
        if current.as_ref().is_some_and(|kept| is_rejected(kept.token())) {
            self.0.current.store(None);
            desk.forced = true;
            meter::rejected(meter::Rejected::AccessToken);
        }
    }

    /// Tells how things stand.
    pub(crate) fn status(&self) -> TokenStatus {
        let now = self.0.clock.now();
        let desk = self.0.desk();
        let current = self.0.current.load_full();
        let alive = current.as_deref().filter(|kept| kept.is_alive(now));
        TokenStatus {
            expires_in: alive.map(|kept| kept.remaining(now)),
            in_refresh_window: alive.is_some_and(|kept| kept.phase(now) != Phase::Fresh),
            refreshing: desk.flight.is_some(),
            last_refresh: desk.refreshed.map(|wall| std::time::UNIX_EPOCH + wall),
            last_error: desk.last_error.clone(),
            flights: desk.flights,
            hits: self.0.hits.iter().map(Counter::get).sum(),
        }
    }
}

/// With the cache goes whoever could have used what a flight brings.
impl Drop for TokenCache {
    fn drop(&mut self) {
        if let Some(flight) = self.0.desk().flight.take() {
            flight.abort();
        }
    }
}

impl Shared {
    /// Says whether the kept token is what a caller wants; that is a hit, counted for the thread that it
    /// returns. In its refresh window this also sees to it that the next token is on its way; nobody waits
    /// for that.
    #[inline]
    fn hit(self: &Arc<Self>, kept: &Kept, wanted: Wanted) -> Option<Thread> {
        let now = self.clock.now();
        match kept.phase(now) {
            Phase::Fresh => {}
            Phase::Window => self.refresh_ahead(kept, now),
            Phase::Past => return None,
        }
        if wanted != Wanted::Margin && !kept.is_good_for(wanted, now) {
            return None;
        }
        let thread = Thread::current();
        self.hits.of(thread).add_one();
        meter::hit();
        Some(thread)
    }

    /// Starts the refresh of a token in its window, for the first caller to come by.
    #[cold]
    fn refresh_ahead(self: &Arc<Self>, kept: &Kept, now: Moment) {
        if !kept.claim_refresh(now, self.policy.flight) {
            return;
        }
        let mut desk = self.desk();
        // The token may have been replaced since it was looked at.
        let is_current = self.current.load().as_ref().is_some_and(|current| current.token().is(kept.token()));
        // After a failure the claim is held for as long as flights are off, so that need not be looked at here.
        if !is_current || desk.flight.is_some() {
            return;
        }
        if self.take_off(&mut desk, Cause::Window, now).is_none() {
            // This caller has no runtime. The next one may have, but not each of a thousand calls needs to find out.
            kept.hold_refresh(now.monotonic() + self.policy.interval);
        }
    }

    /// Returns a token that is good for what is wanted, from the flight that is under way or from a new one.
    async fn next(self: &Arc<Self>, wanted: Wanted) -> Result<AccessToken, Error> {
        /// A flight is lost when its runtime ends. Losing this many in a row is no accident.
        const LOSSES: u32 = 3;

        for _ in 0..LOSSES {
            let ticket = match self.step(wanted) {
                Step::Done(outcome) => return outcome,
                Step::Wait(ticket) => ticket,
            };
            // The flight bounds itself; but the runtime that it is on may stand still while ours does not.
            let limit = self.policy.flight.saturating_add(self.policy.interval * 2);
            if let Some(outcome) = sync::timeout(limit, ticket.outcome()).await.flatten() {
                return self.arrive(outcome, wanted);
            }
            self.give_up(&ticket);
        }
        Err(Kind::Abandoned.into())
    }

    /// Decides, for one caller at a time, what a caller without a good token does.
    fn step(self: &Arc<Self>, wanted: Wanted) -> Step {
        let now = self.clock.now();
        let mut desk = self.desk();
        let current = self.current.load_full();
        // A flight may have landed between the look at the token and this one.
        if let Some(kept) = current.as_deref().filter(|kept| kept.is_good_for(wanted, now)) {
            return Step::Done(Ok(kept.token().clone()));
        }
        if let Some(flight) = &desk.flight {
            flight.hurry();
            return Step::Wait(flight.ticket());
        }
        if let Some(rest) = desk.resting(now).filter(|rest| !self.may_be_over(rest)) {
            return Step::Done(self.fall_back(wanted, rest.error.clone(), now));
        }
        let cause = match current.as_deref() {
            Some(kept) if kept.phase(now) != Phase::Past => Cause::Wanted,
            Some(_) => Cause::Expired,
            None if desk.forced => Cause::Invalidated,
            None => Cause::Cold,
        };
        match self.take_off(&mut desk, cause, now) {
            Some(ticket) => Step::Wait(ticket),
            None => Step::Done(Err(Kind::NoRuntime.into())),
        }
    }

    /// Starts a flight; `None` when there is no runtime to start it on.
    fn take_off(self: &Arc<Self>, desk: &mut Desk, cause: Cause, now: Moment) -> Option<flight::Ticket> {
        let wait = desk.not_before.saturating_sub(now.monotonic());
        let flight = Flight::start(Arc::clone(self), desk.flights, cause, wait)?;
        let ticket = flight.ticket();
        meter::flight(cause.name());
        if cause.is_forced() {
            // The one after this waits, however often the API rejects what this one brings.
            desk.not_before = now.monotonic() + wait + self.policy.interval;
        }
        desk.forced = false;
        desk.flights += 1;
        if let Some(lost) = desk.flight.replace(flight) {
            lost.abort();
        }
        Some(ticket)
    }

    /// Takes in what a flight brought, before its callers hear of it.
    fn land(&self, number: u64, outcome: &Outcome) {
        let now = self.clock.now();
        let mut desk = self.desk();
        // A flight that was given up may land all the same, when the runtime that it is on moves again.
        if desk.flight.as_ref().is_none_or(|flight| flight.number() != number) {
            return;
        }
        desk.flight = None;
        match outcome {
            Ok(token) => {
                desk.failures = 0;
                desk.rest = None;
                desk.forced = false;
                desk.refreshed = Some(now.wall());
                if token.lifetime() <= self.policy.short {
                    let next = token.requested().monotonic() + self.policy.interval;
                    desk.not_before = desk.not_before.max(next);
                }
                // A token that is dead on arrival serves those who waited for it, and nobody else.
                if !token.lifetime().is_zero() {
                    let kept = Kept::new(token.clone(), &self.policy, &self.jitter);
                    self.current.store(Some(Arc::new(kept)));
                }
            }
            Err(error) => {
                desk.failures = desk.failures.saturating_add(1);
                let until = now.monotonic() + self.policy.cool_down.after(desk.failures, error, &self.jitter);
                desk.rest = Some(Rest { until, error: error.clone() });
                desk.last_error = Some(error.clone());
                if let Some(kept) = self.current.load().as_ref() {
                    kept.hold_refresh(until);
                }
            }
        }
    }

    /// Gives a caller what the flight brought, as far as it is what the caller wanted.
    fn arrive(&self, outcome: Outcome, wanted: Wanted) -> Result<AccessToken, Error> {
        let now = self.clock.now();
        let token = match outcome {
            Ok(token) => token,
            Err(error) => return self.fall_back(wanted, error, now),
        };
        let age = now.monotonic().saturating_sub(token.requested().monotonic());
        match wanted {
            Wanted::Life(life) if token.lifetime().saturating_sub(age) < life => {
                Err(Kind::TooShort { lifetime: token.lifetime(), wanted: life }.into())
            }
            Wanted::Life(_) | Wanted::Margin => Ok(token),
        }
    }

    /// Returns the old token while it still lives, and the error otherwise: a token for its last seconds is
    /// better than none.
    fn fall_back(&self, wanted: Wanted, error: Error, now: Moment) -> Result<AccessToken, Error> {
        let current = self.current.load();
        match current.as_ref().filter(|kept| wanted == Wanted::Margin && kept.is_alive(now)) {
            Some(kept) => Ok(kept.token().clone()),
            None => Err(error),
        }
    }

    /// Clears away a flight that its runtime did not carry through.
    fn give_up(&self, ticket: &flight::Ticket) {
        let mut desk = self.desk();
        if desk.flight.as_ref().is_some_and(|flight| flight.number() == ticket.number())
            && let Some(lost) = desk.flight.take()
        {
            lost.abort();
        }
    }

    /// Says whether a rest may be over before its time, because what was rejected may have changed.
    fn may_be_over(&self, rest: &Rest) -> bool {
        rest.error.is_rejection() && self.source.forgets_rejections()
    }

    fn desk(&self) -> sync::MutexGuard<'_, Desk> {
        // Nothing that holds this lock panics, and a desk that was left half way is still true in its parts.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    /// Returns the failure that keeps flights off at a moment.
    fn resting(&self, now: Moment) -> Option<&Rest> {
        self.rest.as_ref().filter(|rest| now.monotonic() < rest.until)
    }
}

/// Says for how long a token would be kept.
#[cfg(any(test, fuzzing))]
pub(crate) fn kept_for(token: &AccessToken) -> Duration {
    let requested = token.requested();
    Kept::new(token.clone(), &CachePolicy::default(), &Jitter::seeded(0)).remaining(requested)
}

/// Counts what one thread after another does, in a cache line of its own.
#[derive(Default)]
#[repr(align(128))]
struct Counter(AtomicU64);

impl Counter {
    fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests;
