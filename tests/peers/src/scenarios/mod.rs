//! What every contestant goes through. Each file is one scenario, or two of a kind.

mod hit;
mod impatience;
mod outage;
mod refresh;
mod stampede;
mod tally;

use std::net::SocketAddr;
use std::time::Duration;

use crate::report::Row;
use crate::server::{Outage, Rules, Server};
use crate::token_source::{Result, TokenSource};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    Hit,
    Stampede,
    ShortLife,
    Refresh,
    LeaderDropped,
    GivingUp,
    One503,
    FailingRefresh,
}

impl Scenario {
    pub const ALL: [Self; 8] = [
        Self::Hit,
        Self::Stampede,
        Self::ShortLife,
        Self::Refresh,
        Self::LeaderDropped,
        Self::GivingUp,
        Self::One503,
        Self::FailingRefresh,
    ];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scenario| scenario.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Stampede => "stampede",
            Self::ShortLife => "short-life",
            Self::Refresh => "refresh",
            Self::LeaderDropped => "leader-dropped",
            Self::GivingUp => "giving-up",
            Self::One503 => "one-503",
            Self::FailingRefresh => "failing-refresh",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Hit => "hit: a kept token, up to an owned header value",
            Self::Stampede => "stampede: 1,000 callers at once and no token",
            Self::ShortLife => "short-life: tokens that live 3 s, 100 busy callers, 7 s",
            Self::Refresh => "refresh: 100 busy callers at the cache's own refresh point, up to 10 s",
            Self::LeaderDropped => "leader-dropped: the first caller is cancelled after 5 ms, 100 wait",
            Self::GivingUp => "giving-up: 100 callers that each give up after 5 ms and ask again, 1 s",
            Self::One503 => "one-503: the first answer is a 503, every later one is fine, 10 callers",
            Self::FailingRefresh => "failing-refresh: 503s only, while the old token lives, 10 callers",
        }
    }

    /// Tells whether it may run beside others without its figures changing.
    pub fn is_quiet(self) -> bool {
        matches!(self, Self::One503 | Self::FailingRefresh)
    }

    /// Returns how the server behaves in it.
    pub fn rules<T: TokenSource>(self) -> Rules {
        const LONG: u64 = 3600;
        let (lifetime, outage) = match self {
            Self::Hit | Self::Stampede | Self::LeaderDropped | Self::GivingUp => (LONG, Outage::Never),
            Self::ShortLife => (3, Outage::Never),
            Self::Refresh => (T::REFRESHES_AFTER_THREE_SECONDS, Outage::Never),
            Self::One503 => (LONG, Outage::FirstRequest),
            Self::FailingRefresh => (T::OUTLIVES_ITS_REFRESH.unwrap_or(LONG), Outage::AllButFirstRequest),
        };
        Rules { delay: Duration::from_millis(50), lifetime, outage }
    }

    pub async fn run<T: TokenSource>(self, server: &Server, address: SocketAddr) -> Result<Row> {
        match self {
            Self::Hit => hit::run::<T>(address).await,
            Self::Stampede => stampede::run::<T>(server, address).await,
            Self::ShortLife => refresh::short_life::<T>(server, address).await,
            Self::Refresh => refresh::own_point::<T>(server, address).await,
            Self::LeaderDropped => impatience::leader_dropped::<T>(server, address).await,
            Self::GivingUp => impatience::giving_up::<T>(server, address).await,
            Self::One503 => outage::one_503::<T>(server, address).await,
            Self::FailingRefresh => outage::failing_refresh::<T>(server, address).await,
        }
    }
}
