//! The scenarios that every subject runs through, one or two per file.

pub mod cancellation;
pub mod created;
mod hit;
pub mod outage;
pub mod refresh;
pub mod stampede;
mod tally;

use std::net::SocketAddr;
use std::time::Duration;

use http::StatusCode;

use crate::report::Row;
use crate::server::{Behavior, Outage, Server};
use crate::token_source::{Result, TokenSource};

/// The time that the server takes to respond.
pub const SERVER_DELAY: Duration = Duration::from_millis(50);

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    Created,
    Hit,
    Stampede,
    ShortLifetime,
    Refresh,
    FirstCallerCancelled,
    ShortTimeouts,
    One503,
    FailingRefresh,
}

impl Scenario {
    pub const ALL: [Self; 9] = [
        Self::Created,
        Self::Hit,
        Self::Stampede,
        Self::ShortLifetime,
        Self::Refresh,
        Self::FirstCallerCancelled,
        Self::ShortTimeouts,
        Self::One503,
        Self::FailingRefresh,
    ];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scenario| scenario.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Hit => "hit",
            Self::Stampede => "stampede",
            Self::ShortLifetime => "short-lifetime",
            Self::Refresh => "refresh",
            Self::FirstCallerCancelled => "first-caller-cancelled",
            Self::ShortTimeouts => "short-timeouts",
            Self::One503 => "one-503",
            Self::FailingRefresh => "failing-refresh",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Created => "created: a token response with the status 201",
            Self::Hit => "hit: a cached token, as an owned header value",
            Self::Stampede => "stampede: 1,000 concurrent callers, empty cache",
            Self::ShortLifetime => "short-lifetime: tokens that expire after 3 s, 100 busy callers, 7 s",
            Self::Refresh => "refresh: 100 busy callers at the cache's own refresh time, up to 10 s",
            Self::FirstCallerCancelled => {
                "first-caller-cancelled: the first caller is cancelled after 5 ms, 100 others wait"
            }
            Self::ShortTimeouts => "short-timeouts: 100 callers time out after 5 ms and call again, 1 s",
            Self::One503 => "one-503: the first response is a 503, all others are tokens, 10 callers",
            Self::FailingRefresh => {
                "failing-refresh: every refresh gets a 503, the cached token is valid, 10 callers"
            }
        }
    }

    /// Returns true if all subjects can run at once without affecting the results.
    pub fn can_run_concurrently(self) -> bool {
        // These scenarios mostly wait, and measure nothing shorter than tens of milliseconds.
        matches!(self, Self::Created | Self::One503 | Self::FailingRefresh)
    }

    /// Returns true if the scenario has no meaning without a cache.
    pub fn needs_cache(self) -> bool {
        matches!(self, Self::Hit | Self::ShortLifetime | Self::Refresh | Self::FailingRefresh)
    }

    /// Returns the behavior of the server in this scenario.
    pub fn server_behavior<T: TokenSource>(self) -> Behavior {
        const LONG: u64 = 3600;
        let (lifetime, outage) = match self {
            Self::Created | Self::Hit | Self::Stampede | Self::FirstCallerCancelled | Self::ShortTimeouts => {
                (LONG, Outage::Never)
            }
            Self::ShortLifetime => (3, Outage::Never),
            Self::Refresh => (T::LIFETIME_FOR_REFRESH, Outage::Never),
            Self::One503 => (LONG, Outage::FirstRequest),
            Self::FailingRefresh => {
                (T::LIFETIME_FOR_FAILING_REFRESH.unwrap_or(LONG), Outage::AllButFirstRequest)
            }
        };
        // In all other scenarios a 200, because some subjects accept nothing else.
        let success = if self == Self::Created { StatusCode::CREATED } else { StatusCode::OK };
        Behavior { delay: SERVER_DELAY, lifetime, success, outage }
    }

    pub async fn run<T: TokenSource>(self, server: &Server, address: SocketAddr) -> Result<Row> {
        match self {
            Self::Created => created::run::<T>(server, address).await,
            Self::Hit => hit::run::<T>(address).await,
            Self::Stampede => stampede::run::<T>(server, address).await,
            Self::ShortLifetime => refresh::short_lifetime::<T>(server, address).await,
            Self::Refresh => refresh::at_refresh_time::<T>(server, address).await,
            Self::FirstCallerCancelled => cancellation::first_caller_cancelled::<T>(server, address).await,
            Self::ShortTimeouts => cancellation::short_timeouts::<T>(server, address).await,
            Self::One503 => outage::one_503::<T>(server, address).await,
            Self::FailingRefresh => outage::failing_refresh::<T>(server, address).await,
        }
    }
}
