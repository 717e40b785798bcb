//! Which tokens of a store serve which purpose.

use subtle::ConstantTimeEq;

use super::StoredToken;
use crate::time::Moment;
use crate::token::AccessToken;
use crate::token::cache::{CachePolicy, MinValidity, Purpose, RefreshReason};

/// Returns the token if it serves the purpose: it is usable, it is neither the one to be replaced nor one that the API
/// rejected, and it remains valid for long enough. `sent` is when it was loaded.
pub(super) fn accept(
    stored: &StoredToken,
    sent: Moment,
    purpose: &Purpose,
    policy: &CachePolicy,
    now: Moment,
) -> Option<AccessToken> {
    let unwanted = [purpose.replaces.as_ref(), purpose.rejected.as_ref().map(|rejected| &rejected.token)];
    let value = stored.expose_secret();
    let is_unwanted = |token: &AccessToken| token.expose_secret().as_bytes().ct_eq(value.as_bytes()).into();
    if unwanted.into_iter().flatten().any(is_unwanted) {
        return None;
    }
    // No token is used for longer than the maximum, whatever a store says.
    let lifetime = stored.lifetime().min(policy.max_lifetime);
    let age = lifetime.saturating_sub(stored.remaining());
    let token = AccessToken::from_elsewhere(value.into(), lifetime, sent, age).ok()?;
    let remaining = token.remaining(now);
    let is_sufficient = match purpose.min_validity {
        MinValidity::AtLeast(wanted) => remaining >= wanted,
        MinValidity::ExpiryMargin => true,
    };
    // A refresh must not shorten the life of the current token.
    let is_longer = |current: &AccessToken| remaining > current.remaining(now);
    let is_progress =
        purpose.reason != RefreshReason::Early || purpose.replaces.as_ref().is_none_or(is_longer);
    (remaining > policy.margin_of(lifetime) && is_sufficient && is_progress).then_some(token)
}
