use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::clock::Clock;
use crate::error::Error;
use crate::token::AccessToken;

/// Keeps an access token for as long as it is good.
///
/// Callers queue at a lock, so that whoever finds no token fetches one and the others find that one.
#[derive(Debug)]
pub(crate) struct TokenCache {
    clock: Arc<dyn Clock>,
    kept: Mutex<Option<AccessToken>>,
}

/// No token is kept for longer, whatever lifetime the server gives it.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A token is given up this long before it ends, or a tenth of its lifetime where that is less: requests
/// take time, and a token must not die under way.
const MARGIN: Duration = Duration::from_secs(10);

impl TokenCache {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, kept: Mutex::new(None) }
    }

    /// Returns the kept token while it is good, and what `fetch` gives otherwise.
    pub(crate) async fn get(
        &self,
        fetch: impl AsyncFnOnce() -> Result<AccessToken, Error>,
    ) -> Result<AccessToken, Error> {
        let mut kept = self.kept.lock().await;
        if let Some(token) = kept.as_ref().filter(|token| self.is_good(token)) {
            return Ok(token.clone());
        }
        // A token that is dead on arrival serves the caller who asked for it; the next one asks again.
        let token = fetch().await?;
        *kept = Some(token.clone());
        Ok(token)
    }

    /// Forgets a token that the API rejected, unless another one has taken its place.
    pub(crate) async fn invalidate(&self, rejected: &AccessToken) {
        let mut kept = self.kept.lock().await;
        if kept.as_ref().is_some_and(|token| token.is(rejected)) {
            *kept = None;
        }
    }

    fn is_good(&self, token: &AccessToken) -> bool {
        let lifetime = token.lifetime().min(LONGEST);
        let age = self.clock.now().saturating_duration_since(token.requested());
        age < lifetime.saturating_sub(MARGIN.min(lifetime / 10))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Mutex as StdMutex;
    use std::time::Instant;

    use super::*;
    use crate::clock::SystemClock;

    /// A clock that stands still until it is told.
    #[derive(Debug)]
    struct ManualClock(StdMutex<Instant>);

    impl Clock for ManualClock {
        fn now(&self) -> Instant {
            *self.0.lock().unwrap()
        }
    }

    impl ManualClock {
        fn advance(&self, by: Duration) {
            *self.0.lock().unwrap() += by;
        }
    }

    struct Bench {
        clock: Arc<ManualClock>,
        cache: TokenCache,
        lifetime: Duration,
        fetches: Cell<u32>,
    }

    impl Bench {
        fn new(lifetime: Duration) -> Self {
            let clock = Arc::new(ManualClock(StdMutex::new(SystemClock.now())));
            Self { cache: TokenCache::new(Arc::clone(&clock) as _), clock, lifetime, fetches: Cell::new(0) }
        }

        async fn get(&self) -> AccessToken {
            let fetch = async || {
                self.fetches.set(self.fetches.get() + 1);
                let value = format!("token-{}", self.fetches.get());
                Ok(AccessToken::new(value.into(), self.lifetime, self.clock.now()).unwrap())
            };
            self.cache.get(fetch).await.unwrap()
        }
    }

    #[tokio::test]
    async fn a_token_is_kept_until_its_margin_and_no_longer() {
        for (lifetime, good_for) in [(3600, 3590), (60, 54), (10, 9), (u64::MAX, 24 * 3600 - 10)] {
            let bench = Bench::new(Duration::from_secs(lifetime));
            let first = bench.get().await;

            bench.clock.advance(Duration::from_secs(good_for - 1));
            assert!(bench.get().await.is(&first), "lifetime {lifetime}");
            bench.clock.advance(Duration::from_secs(1));
            assert!(!bench.get().await.is(&first), "lifetime {lifetime}");
            assert_eq!(bench.fetches.get(), 2);
        }
    }

    #[tokio::test]
    async fn a_token_without_a_lifetime_is_not_kept() {
        let bench = Bench::new(Duration::ZERO);

        bench.get().await;
        bench.get().await;
        assert_eq!(bench.fetches.get(), 2);
    }

    #[tokio::test]
    async fn a_failed_fetch_leaves_nothing_behind() {
        let bench = Bench::new(Duration::from_secs(60));

        let error = bench.cache.get(async || Err(Error::configuration(vec![]))).await.unwrap_err();
        assert!(error.is_configuration());
        assert_eq!(bench.get().await.value(), "token-1");
    }

    #[tokio::test]
    async fn invalidation_spares_the_token_that_came_after() {
        let bench = Bench::new(Duration::from_secs(60));
        let old = bench.get().await;

        bench.cache.invalidate(&old).await;
        let new = bench.get().await;
        bench.cache.invalidate(&old).await;

        assert!(bench.get().await.is(&new));
        assert_eq!(bench.fetches.get(), 2);
    }
}
