//! 401s from the API as evidence: the rules one by one, and whole scenarios beside a client that never invalidates.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderValue, Method};

use super::harness::{Harness, Reply, SECOND, advance, sleep};
use crate::evidence::{SentRequest, Unauthorized, UnauthorizedCause};
use crate::token::AccessToken;

const MS: Duration = Duration::from_millis(1);

/// A cache, and an API that responds after a millisecond.
#[derive(Clone)]
struct Api {
    harness: Arc<Harness>,
    accepts: Arc<dyn Fn(&Call<'_>) -> bool + Send + Sync>,
    never_invalidates: bool,
    tally: Arc<Tally>,
}

/// A request as the API sees it.
struct Call<'a> {
    /// The number of its token.
    token: usize,
    /// The time since that was issued.
    age: Duration,
    now: Duration,
    path: &'a str,
}

#[derive(Default)]
struct Tally {
    successes: AtomicUsize,
    unauthorized: AtomicUsize,
    slowest: Mutex<Duration>,
}

impl Tally {
    fn took(&self, time: Duration) {
        let mut slowest = self.slowest.lock().unwrap();
        *slowest = time.max(*slowest);
    }
}

impl Api {
    fn new(accepts: impl Fn(&Call<'_>) -> bool + Send + Sync + 'static) -> Self {
        let harness = Arc::new(Harness::new(3600 * SECOND));
        harness.server.set_delay(30 * MS);
        Self { harness, accepts: Arc::new(accepts), never_invalidates: false, tally: Arc::default() }
    }

    /// Returns the same without the handling of 401s.
    fn control(mut self) -> Self {
        self.never_invalidates = true;
        self
    }

    /// Sends one request as the client does; returns true if it succeeds.
    async fn call(&self, path: &str) -> bool {
        let cache = &self.harness.cache;
        let authorization = cache.header().await.unwrap();
        let target = (&Method::GET, path);
        let sent = cache.now();
        let request = SentRequest { authorization: &authorization, sent, target };
        if self.respond(&authorization, path).await {
            cache.succeeded(&request);
            return true;
        }
        if self.never_invalidates {
            return false;
        }
        match cache.unauthorized(&request, UnauthorizedCause::Unknown).await {
            Unauthorized::Resend(authorization) => {
                let request = SentRequest { authorization: &authorization, sent: cache.now(), target };
                let accepted = self.respond(&authorization, path).await;
                if accepted {
                    cache.resend_succeeded(&request);
                } else {
                    cache.resend_unauthorized(&request);
                }
                accepted
            }
            Unauthorized::Return | Unauthorized::Failed(_) => false,
        }
    }

    async fn respond(&self, authorization: &HeaderValue, path: &str) -> bool {
        sleep(MS).await;
        let number: usize = authorization.to_str().unwrap().rsplit('-').next().unwrap().parse().unwrap();
        let issued = self.harness.server.requested_at()[number - 1] + 30 * MS;
        let now = self.harness.cache.now();
        (self.accepts)(&Call { token: number, age: now.saturating_sub(issued), now, path })
    }

    /// Sends requests to one path, one after the other with a pause, until `end`.
    fn caller(&self, path: &'static str, pause: Duration, end: Duration) -> tokio::task::JoinHandle<()> {
        let api = self.clone();
        tokio::spawn(async move {
            while api.harness.cache.now() < end {
                let started = api.harness.cache.now();
                let outcome =
                    if api.call(path).await { &api.tally.successes } else { &api.tally.unauthorized };
                outcome.fetch_add(1, Ordering::Relaxed);
                let took = api.harness.cache.now() - started;
                api.tally.took(took);
                sleep(pause).await;
            }
        })
    }

    /// Sends requests at a fixed rate whose outcome nobody counts.
    fn noise(&self, path: impl Fn(usize) -> String + Send + 'static, every: Duration, end: Duration) {
        let api = self.clone();
        tokio::spawn(async move {
            for number in 0.. {
                sleep(every).await;
                if api.harness.cache.now() >= end {
                    break;
                }
                let (api, path) = (api.clone(), path(number));
                tokio::spawn(async move { api.call(&path).await });
            }
        });
    }

    /// Runs callers of `/good` for some time and returns what they saw.
    async fn run(&self, callers: usize, pause: Duration, length: Duration) -> Seen {
        let callers: Vec<_> = (0..callers).map(|_| self.caller("/good", pause, length)).collect();
        for caller in callers {
            caller.await.unwrap();
        }
        Seen {
            successes: self.tally.successes.load(Ordering::Relaxed),
            unauthorized: self.tally.unauthorized.load(Ordering::Relaxed),
            slowest: *self.tally.slowest.lock().unwrap(),
            tokens: self.harness.request_count(),
        }
    }

    fn evidence_of(&self, token: &AccessToken) -> Evidence<'_> {
        Evidence { api: self, authorization: token.authorization_header().clone() }
    }
}

/// Sends single requests with one token, for tests of single rules.
struct Evidence<'a> {
    api: &'a Api,
    authorization: HeaderValue,
}

impl Evidence<'_> {
    fn request<'a>(&'a self, path: &'a str, sent: Duration) -> SentRequest<'a> {
        SentRequest { authorization: &self.authorization, sent, target: (&Method::GET, path) }
    }

    fn succeeds(&self) {
        let cache = &self.api.harness.cache;
        cache.succeeded(&self.request("/good", cache.now()));
    }

    async fn unauthorized(&self, path: &str) -> Unauthorized {
        let cache = &self.api.harness.cache;
        cache.unauthorized(&self.request(path, cache.now()), UnauthorizedCause::Unknown).await
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Seen {
    successes: usize,
    unauthorized: usize,
    slowest: Duration,
    tokens: usize,
}

fn api() -> Api {
    Api::new(|_| true)
}

fn header(outcome: &Unauthorized) -> &str {
    match outcome {
        Unauthorized::Resend(header) => header.to_str().unwrap().strip_prefix("Bearer ").unwrap(),
        Unauthorized::Return => "returned",
        Unauthorized::Failed(_) => "failed",
    }
}

#[tokio::test(start_paused = true)]
async fn a_suspect_token_stays_in_use_for_callers_without_a_401() {
    let api = api();
    let token = api.harness.token().await;
    let evidence = api.evidence_of(&token);
    evidence.succeeds();
    advance(SECOND).await;

    let (api_of_task, sent) = (api.clone(), api.harness.cache.now());
    let header_of_task = evidence.authorization.clone();
    let refresh = tokio::spawn(async move {
        let request = SentRequest { authorization: &header_of_task, sent, target: (&Method::GET, "/bad") };
        header(&api_of_task.harness.cache.unauthorized(&request, UnauthorizedCause::Unknown).await).to_owned()
    });
    tokio::task::yield_now().await;

    assert!(api.harness.token_now().ptr_eq(&token));
    assert!(api.harness.cache.status().suspect);
    assert_eq!(refresh.await.unwrap(), "token-2");
    assert!(!api.harness.cache.status().suspect);
}

#[tokio::test(start_paused = true)]
async fn a_401_of_a_replaced_token_is_sent_again_with_the_current_one() {
    let api = api();
    let old = api.harness.token().await;
    api.harness.cache.invalidate(&old);
    api.harness.token().await;

    assert_eq!(header(&api.evidence_of(&old).unauthorized("/x").await), "token-2");
    assert_eq!(api.harness.request_count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_later_success_with_the_same_token_refutes_a_401() {
    let api = api();
    let evidence = api.evidence_of(&api.harness.token().await);
    let sent = api.harness.cache.now();
    advance(5 * MS).await;
    evidence.succeeds();

    let request = evidence.request("/bad", sent);
    let outcome = api.harness.cache.unauthorized(&request, UnauthorizedCause::Unknown).await;
    assert_eq!(header(&outcome), "returned");
    assert_eq!(api.harness.request_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_is_replaced_whatever_the_evidence() {
    let api = api();
    let evidence = api.evidence_of(&api.harness.token().await);
    let sent = api.harness.cache.now();
    advance(5 * MS).await;
    evidence.succeeds();

    let request = evidence.request("/x", sent);
    let outcome = api.harness.cache.unauthorized(&request, UnauthorizedCause::Expired).await;
    assert_eq!(header(&outcome), "token-2");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_refuses_a_fresh_token_too_is_remembered_for_a_minute_and_until_a_success() {
    let api = Api::new(|call| call.path != "/bad");
    for _ in 0..3 {
        api.call("/good").await;
        advance(SECOND).await;
    }
    assert!(!api.call("/bad").await);
    assert_eq!(api.harness.request_count(), 2);
    for _ in 0..50 {
        advance(SECOND).await;
        api.call("/good").await;
        assert!(!api.call("/bad").await);
    }
    assert_eq!(api.harness.request_count(), 2);

    let current = api.evidence_of(&api.harness.token_now());
    api.harness.cache.succeeded(&current.request("/bad", api.harness.cache.now()));
    advance(SECOND).await;
    assert!(!api.call("/bad").await);
    assert_eq!(api.harness.request_count(), 3, "its next 401 counts again");
}

#[tokio::test(start_paused = true)]
async fn an_unproven_token_gives_way_to_its_living_predecessor() {
    let api = Api::new(|call| call.token == 1 || call.age >= 10 * SECOND);
    assert!(api.call("/good").await);
    // Into the refresh window of the first token, but not past its margin.
    advance(3400 * SECOND).await;
    assert!(api.call("/good").await);
    advance(100 * MS).await;
    assert_eq!(api.harness.request_count(), 2);
    for _ in 0..100 {
        assert!(api.call("/good").await, "no caller sees a 401");
        advance(100 * MS).await;
    }
    for _ in 0..100 {
        assert!(api.call("/good").await);
        advance(100 * MS).await;
    }
    assert_eq!(api.harness.request_count(), 2);
    assert_eq!(api.harness.token_now().expose_secret(), "token-2", "it is known by now");
}

#[tokio::test(start_paused = true)]
async fn a_young_token_without_a_predecessor_is_tried_again_before_it_is_replaced() {
    let api = Api::new(|call| call.age >= 90 * MS);
    assert!(api.call("/good").await);
    assert_eq!(api.harness.request_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn forced_refreshes_back_off_while_new_tokens_meet_the_401_too() {
    let api = Api::new(|call| call.path == "/good");
    let mut number = 0;
    while api.harness.cache.now() < 130 * SECOND {
        api.call("/good").await;
        advance(100 * MS).await;
        // Each target is another one, so none is known to refuse.
        number += 1;
        api.call(&format!("/bad/{number}")).await;
    }
    // After 1, 2, 4, 8, 16, 32 and 60 seconds.
    assert!((6..=9).contains(&api.harness.request_count()), "{}", api.harness.request_count());
}

#[tokio::test(start_paused = true)]
async fn a_failed_forced_refresh_leaves_the_token_in_use() {
    let api = api();
    let evidence = api.evidence_of(&api.harness.token().await);
    evidence.succeeds();
    advance(10 * SECOND).await;
    api.harness.server.set_default(Reply::Status(403));

    assert_eq!(header(&evidence.unauthorized("/x").await), "failed");
    assert_eq!(header(&evidence.unauthorized("/x").await), "returned", "during the cool-down");
    assert_eq!(api.harness.token_now().expose_secret(), "token-1");
}

/// Runs a scenario with the rules and with the control.
async fn compare(
    accepts: impl Fn(&Call<'_>) -> bool + Clone + Send + Sync + 'static,
    callers: usize,
    set_up: impl Fn(&Api),
) -> (Seen, Seen) {
    let mut seen = Vec::new();
    for is_control in [false, true] {
        let api = Api::new(accepts.clone());
        let api = if is_control { api.control() } else { api };
        // Each run has a clock that begins with it.
        api.harness.cache.now();
        set_up(&api);
        seen.push(api.run(callers, 20 * MS, 10 * SECOND).await);
    }
    let control = seen.pop().unwrap();
    (seen.pop().unwrap(), control)
}

fn assert_goodput(name: &str, (rules, control): &(Seen, Seen)) {
    println!("{name}: {rules:?}, control {control:?}");
    assert!(rules.successes * 100 >= control.successes * 95, "{name}: {rules:?}, control {control:?}");
}

#[tokio::test(start_paused = true)]
async fn endpoints_that_always_refuse_do_not_starve_the_others() {
    for every in [50 * MS, 200 * MS, SECOND] {
        let seen = compare(
            |call| call.path == "/good",
            10,
            move |api| api.noise(|_| "/bad".to_owned(), every, 10 * SECOND),
        )
        .await;
        assert_goodput(&format!("noise every {every:?}"), &seen);
        assert!(seen.0.tokens <= 5, "{seen:?}");
    }
    let seen = compare(
        |call| call.path == "/good",
        10,
        |api| api.noise(|number| format!("/bad/{number}"), 10 * MS, 10 * SECOND),
    )
    .await;
    assert_goodput("a thousand of them", &seen);
    assert!(seen.0.tokens <= 5, "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn an_api_that_learns_of_tokens_late_is_waited_for() {
    for late in [100 * MS, 2 * SECOND] {
        let seen = compare(move |call| call.age >= late, 10, |_| {}).await;
        assert_goodput(&format!("cold, {late:?} late"), &seen);

        let seen = compare(
            move |call| call.token == 1 || call.age >= late,
            10,
            |api| {
                let cache = Arc::clone(&api.harness.cache);
                tokio::spawn(async move {
                    sleep(2 * SECOND).await;
                    cache.refresh_now();
                });
            },
        )
        .await;
        assert_goodput(&format!("after a refresh, {late:?} late"), &seen);
        assert_eq!(seen.0.unauthorized, 0, "{seen:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn random_401s_cost_little() {
    let random = Arc::new(Mutex::new(fastrand::Rng::with_seed(7)));
    let outage = 2 * SECOND..8 * SECOND;
    let seen =
        compare(move |call| !outage.contains(&call.now) || random.lock().unwrap().bool(), 10, |_| {}).await;
    assert_goodput("half of all for six seconds", &seen);
    assert!(seen.0.slowest <= 2 * MS + 30 * MS + 15 * MS, "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn revoked_tokens_are_replaced_once_each_and_every_request_succeeds() {
    let api = {
        let dead = Arc::new(Mutex::new(HashSet::new()));
        let known = Arc::clone(&dead);
        let api = Api::new(move |call| !known.lock().unwrap().contains(&call.token));
        let of_task = api.clone();
        tokio::spawn(async move {
            for second in 0..3 {
                sleep(if second == 0 { 3 * SECOND } else { SECOND }).await;
                dead.lock().unwrap().extend(1..=of_task.harness.request_count());
            }
        });
        api
    };
    let seen = api.run(200, 20 * MS, 10 * SECOND).await;

    assert_eq!(seen.unauthorized, 0, "{seen:?}");
    assert_eq!(seen.tokens, 4, "{seen:?}");
    assert!(seen.slowest <= 2 * MS + 30 * MS + 15 * MS, "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_revocation_amid_noise_is_healed_within_one_request_of_each_caller() {
    let dead = Arc::new(Mutex::new(HashSet::new()));
    let known = Arc::clone(&dead);
    let api = Api::new(move |call| call.path == "/good" && !known.lock().unwrap().contains(&call.token));
    api.noise(|_| "/bad".to_owned(), 50 * MS, 10 * SECOND);
    let of_task = api.clone();
    tokio::spawn(async move {
        sleep(6 * SECOND).await;
        dead.lock().unwrap().extend(1..=of_task.harness.request_count());
    });
    let seen = api.run(10, 20 * MS, 10 * SECOND).await;

    assert!(seen.unauthorized <= 10, "{seen:?}");
    assert!(seen.tokens <= 4, "{seen:?}");
}
