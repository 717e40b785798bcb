//! The promises of the trait, as tests that any implementation can run.

use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use super::{Lease, StoreError, StoreKey, StoredToken, TokenStore};
use crate::auth::{Credentials, Scopes};
use crate::sync::{self, Instant};

/// Checks that a store keeps the promises of [`TokenStore`], in about five seconds. For the tests of an implementation.
///
/// It uses keys of its own, so the store may be in use. It needs a tokio runtime with timers, whose time may be paused.
///
/// # Errors
///
/// Returns the first promise that is broken, or the error of the call that failed.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), moneykit::token_store::StoreError> {
/// use moneykit::token_store::{InMemoryTokenStore, conformance};
///
/// conformance::run(&InMemoryTokenStore::new()).await?;
/// # Ok(())
/// # }
/// ```
pub async fn run(store: &dyn TokenStore) -> Result<(), StoreError> {
    // The values of tokens and secrets must differ from those of every other run.
    let run = fastrand::u128(..);
    let checks = Checks { store, run };
    checks.a_published_token_is_loaded().await?;
    checks.keys_share_nothing().await?;
    checks.one_member_holds_the_lease().await?;
    checks.a_lease_lapses().await?;
    checks.a_renewed_lease_lasts().await?;
    checks.an_older_lease_does_not_replace_a_newer_token().await?;
    checks.one_token_is_invalidated().await?;
    checks.a_token_expires().await
}

/// Long enough for several calls to a store on a loaded machine.
const LONG: Duration = Duration::from_secs(60);
/// The duration of a lease, or the life of a token, that the checks outlast.
const SHORT: Duration = Duration::from_millis(300);
const LIFETIME: Duration = Duration::from_secs(3600);

struct Checks<'a> {
    store: &'a dyn TokenStore,
    run: u128,
}

impl Checks<'_> {
    async fn a_published_token_is_loaded(&self) -> Result<(), StoreError> {
        let key = self.key("load", None)?;
        check(self.store.load(&key).await?.is_none(), "`load` returns a token that nobody published")?;
        let lease = self.acquire(&key).await?;
        let values = ["a".to_owned(), "x".repeat(16 * 1024), "\"quotes\", \0, \n and ünïcödé".to_owned()];
        for value in values {
            // A lease may publish more than once.
            self.publish(&key, &lease, &token(&value)).await?;
            let loaded = self.load(&key).await?;
            check(loaded.expose_secret() == value, "`load` returns another value than was published")?;
            check(loaded.lifetime() == LIFETIME, "`load` returns another lifetime than was published")?;
            let passed = (LIFETIME / 2).checked_sub(loaded.remaining());
            check(
                passed.is_some_and(|passed| passed < LONG),
                "the remaining life of a loaded token is not that of the published one, less the time since",
            )?;
        }
        self.store.release(&key, &lease).await
    }

    async fn keys_share_nothing(&self) -> Result<(), StoreError> {
        let (key, other) = (self.key("keys", None)?, self.key("keys", Some("a"))?);
        let lease = self.acquire(&key).await?;
        self.publish(&key, &lease, &token("of one key")).await?;
        check(self.store.load(&other).await?.is_none(), "`load` returns the token of another key")?;
        let others = self.store.acquire(&other, LONG).await?;
        check(others.is_some(), "a lease keeps the lease of another key from being acquired")?;
        self.store.invalidate(&other, &other.digest("of one key")).await?;
        self.load(&key).await.map(drop)
    }

    async fn one_member_holds_the_lease(&self) -> Result<(), StoreError> {
        let key = self.key("lease", None)?;
        let leases = all((0..8).map(|_| self.store.acquire(&key, LONG)).collect()).await;
        let leases = leases.into_iter().collect::<Result<Vec<_>, _>>()?;
        let mut held = leases.into_iter().flatten();
        let (Some(lease), None) = (held.next(), held.next()) else {
            return Err("of several concurrent calls of `acquire`, not exactly one returned a lease".into());
        };
        check(self.store.acquire(&key, LONG).await?.is_none(), "`acquire` returns a lease that is held")?;
        let foreign = Lease::new(lease.fence(), "another holder");
        self.store.release(&key, &foreign).await?;
        check(self.store.acquire(&key, LONG).await?.is_none(), "`release` ends the lease of another holder")?;
        check(!self.store.renew(&key, &foreign, LONG).await?, "`renew` extends the lease of another holder")?;

        self.store.release(&key, &lease).await?;
        check(!self.store.renew(&key, &lease, LONG).await?, "`renew` extends a lease that was released")?;
        let next = self.acquire(&key).await?;
        check(
            next.fence() > lease.fence(),
            "the fence of a lease is not higher than that of the one before",
        )?;
        check(next.holder() != lease.holder(), "two leases have the same holder")?;
        self.store.release(&key, &lease).await?;
        check(
            self.store.acquire(&key, LONG).await?.is_none(),
            "`release` of a lease that ended before ends its successor",
        )
    }

    async fn a_lease_lapses(&self) -> Result<(), StoreError> {
        let key = self.key("lapse", None)?;
        let lapsed =
            self.store.acquire(&key, SHORT).await?.ok_or("`acquire` of a new key returns no lease")?;
        sync::sleep(2 * SHORT).await;
        check(!self.store.renew(&key, &lapsed, LONG).await?, "`renew` extends a lease that has lapsed")?;
        let next = self.acquire(&key).await?;
        check(next.fence() > lapsed.fence(), "the fence of a lease is not higher than that of a lapsed one")?;
        check(
            !self.store.renew(&key, &lapsed, LONG).await?,
            "`renew` of a lapsed lease extends its successor",
        )?;
        self.store.release(&key, &lapsed).await?;
        check(
            self.store.acquire(&key, LONG).await?.is_none(),
            "`release` of a lapsed lease ends its successor",
        )?;
        self.publish(&key, &lapsed, &token("late")).await?;
        let loaded = self.load(&key).await?;
        check(loaded.expose_secret() == "late", "a lapsed lease publishes another token than it is given")
    }

    async fn a_renewed_lease_lasts(&self) -> Result<(), StoreError> {
        const DURATION: Duration = Duration::from_secs(1);

        let key = self.key("renew", None)?;
        let acquired = Instant::now();
        let lease =
            self.store.acquire(&key, DURATION).await?.ok_or("`acquire` of a new key returns no lease")?;
        sync::sleep(DURATION * 6 / 10).await;
        let renewed = Instant::now();
        let is_renewed = self.store.renew(&key, &lease, DURATION).await?;
        // A machine that is this slow proves nothing.
        check(is_renewed || acquired.elapsed() > DURATION, "`renew` returns false for a lease that is held")?;
        sync::sleep(DURATION * 6 / 10).await;
        let taken = self.store.acquire(&key, DURATION).await?;
        check(
            taken.is_none() || !is_renewed || renewed.elapsed() > DURATION,
            "a renewed lease ends when it would have ended without the renewal",
        )?;
        sync::sleep(DURATION).await;
        let taken = taken.or(self.store.acquire(&key, DURATION).await?);
        check(taken.is_some(), "a renewed lease does not lapse")
    }

    async fn an_older_lease_does_not_replace_a_newer_token(&self) -> Result<(), StoreError> {
        let key = self.key("fence", None)?;
        let older = self.acquire(&key).await?;
        self.publish(&key, &older, &token("first")).await?;
        self.store.release(&key, &older).await?;
        let newer = self.acquire(&key).await?;
        self.publish(&key, &older, &token("second")).await?;
        self.publish(&key, &newer, &token("third")).await?;
        check(
            !self.store.publish(&key, &older, &token("fourth")).await?,
            "`publish` returns true for a lease with a lower fence than the published token's",
        )?;
        let loaded = self.load(&key).await?;
        check(loaded.expose_secret() == "third", "an older lease replaced the token of a newer one")?;
        self.publish(&key, &newer, &token("fifth")).await
    }

    async fn one_token_is_invalidated(&self) -> Result<(), StoreError> {
        let key = self.key("invalidate", None)?;
        let lease = self.acquire(&key).await?;
        self.store.invalidate(&key, &key.digest("dead")).await?;
        self.publish(&key, &lease, &token("alive")).await?;
        self.store.invalidate(&key, &key.digest("dead")).await?;
        let loaded = self.load(&key).await?;
        check(loaded.expose_secret() == "alive", "`invalidate` changes another token than the one it names")?;
        self.store.invalidate(&key, &key.digest("alive")).await?;
        check(self.store.load(&key).await?.is_none(), "`load` returns a token that was invalidated")?;
        check(self.store.acquire(&key, LONG).await?.is_none(), "`invalidate` ends the lease")?;
        self.publish(&key, &lease, &token("next")).await?;
        self.load(&key).await?;
        self.store.release(&key, &lease).await?;
        let next = self.acquire(&key).await?;
        check(next.fence() > lease.fence(), "the fence of a lease is not higher than that of the one before")
    }

    async fn a_token_expires(&self) -> Result<(), StoreError> {
        let key = self.key("expiry", None)?;
        let lease = self.acquire(&key).await?;
        let with_life = |remaining| StoredToken::new("brief", LIFETIME, remaining);
        // Whether such a publication counts as accepted does not matter.
        self.store.publish(&key, &lease, &with_life(Duration::ZERO)).await?;
        check(self.store.load(&key).await?.is_none(), "`load` returns a token of which nothing remains")?;
        self.publish(&key, &lease, &with_life(LONG)).await?;
        self.load(&key).await?;
        self.publish(&key, &lease, &with_life(SHORT)).await?;
        sync::sleep(2 * SHORT).await;
        check(self.store.load(&key).await?.is_none(), "`load` returns a token that has expired")?;
        self.store.release(&key, &lease).await?;
        let next = self.acquire(&key).await?;
        check(
            next.fence() > lease.fence(),
            "the fence of a lease is not higher after the token has expired",
        )?;
        self.store.release(&key, &next).await
    }

    /// Returns a key that no other check and no other run uses.
    fn key(&self, check: &str, scopes: Option<&str>) -> Result<StoreKey, StoreError> {
        let credentials = Credentials::new(format!("conformance-{check}"), format!("{:032x}", self.run))?;
        let scopes = scopes.map(Scopes::try_from).transpose()?;
        Ok(StoreKey::new(&credentials, "https://conformance.test", scopes.as_ref(), "1"))
    }

    async fn acquire(&self, key: &StoreKey) -> Result<Lease, StoreError> {
        let lease = self.store.acquire(key, LONG).await?;
        lease.ok_or_else(|| "`acquire` returns no lease although none is held".into())
    }

    async fn publish(&self, key: &StoreKey, lease: &Lease, token: &StoredToken) -> Result<(), StoreError> {
        let is_published = self.store.publish(key, lease, token).await?;
        check(is_published, "`publish` returns false although no token with a higher fence was published")
    }

    async fn load(&self, key: &StoreKey) -> Result<StoredToken, StoreError> {
        self.store.load(key).await?.ok_or_else(|| "`load` returns no token although one was published".into())
    }
}

fn token(value: &str) -> StoredToken {
    StoredToken::new(value, LIFETIME, LIFETIME / 2)
}

fn check(holds: bool, violation: &'static str) -> Result<(), StoreError> {
    if holds { Ok(()) } else { Err(violation.into()) }
}

/// Awaits several futures at once.
async fn all<T>(mut futures: Vec<Pin<Box<dyn Future<Output = T> + Send + '_>>>) -> Vec<T> {
    let mut outputs = Vec::new();
    std::future::poll_fn(|context| {
        futures.retain_mut(|future| match future.as_mut().poll(context) {
            Poll::Ready(output) => {
                outputs.push(output);
                false
            }
            Poll::Pending => true,
        });
        if futures.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    outputs
}
