//! The scenarios of 401s: each with a client that handles them, and with a control that never reports one.

mod comparison;
mod side;

use std::sync::Mutex;
use std::time::Duration;

use moneykit_tests::pause;

use crate::api::Accepts;
use crate::server::Server;
pub(crate) use comparison::Comparison;
use comparison::Goal;
use side::{Caller, Load, Seen, Side};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
/// The load, unless a scenario has another.
const TEN_CALLERS: Load = Load { callers: 10, pause: Duration::from_millis(20) };
/// Many callers with a longer pause, so that a small machine can carry the load of client, control and servers.
const MANY_CALLERS: Load = Load { callers: 200, pause: Duration::from_millis(100) };
/// The path that callers request.
const GOOD: &str = "/good";

/// Measures all scenarios.
pub(crate) async fn measure() -> Comparison {
    let mut comparison = Comparison::default();
    refused_endpoints(&mut comparison).await;
    late_tokens(&mut comparison).await;
    random_unauthorized(&mut comparison).await;
    revocations(&mut comparison).await;
    revocation_amid_noise(&mut comparison).await;
    comparison
}

/// Endpoints that always respond with 401, beside those that callers use.
async fn refused_endpoints(comparison: &mut Comparison) {
    let accepts = || -> Box<Accepts> { Box::new(|call| call.path == GOOD) };
    let goal = || Goal::new("at least 95 % of the control's 200s, at most 5 token requests").tokens(1..=5);
    for every in [50 * MS, 200 * MS, SECOND] {
        let sides = compare(accepts, TEN_CALLERS, async |side| {
            side.request_repeatedly(|_| "/bad".to_owned(), every).await;
        })
        .await;
        comparison.add(format!("another endpoint refuses, every {every:?}"), goal(), sides);
    }
    let sides = compare(accepts, TEN_CALLERS, async |side| {
        side.request_repeatedly(|number| format!("/bad/{number}"), 10 * MS).await;
    })
    .await;
    comparison.add("a thousand such endpoints, every 10 ms another".to_owned(), goal(), sides);
}

/// The API learns of each token some time after it was issued.
async fn late_tokens(comparison: &mut Comparison) {
    for late in [100 * MS, 2 * SECOND] {
        let accepts = move || -> Box<Accepts> { Box::new(move |call| call.age >= late) };
        let goal = Goal::new("at least 95 % of the control's 200s, one token request").tokens(1..=1);
        let sides = compare(accepts, TEN_CALLERS, async |_| {}).await;
        comparison.add(format!("the API learns of the first token {late:?} late"), goal, sides);
    }
    for late in [100 * MS, 2 * SECOND] {
        let accepts = move || -> Box<Accepts> { Box::new(move |call| call.token == 0 || call.age >= late) };
        let goal = Goal::new("at least 95 % of the control's 200s, no 401, 2 token requests")
            .tokens(2..=2)
            .unauthorized(0);
        let sides = compare(accepts, TEN_CALLERS, async |side| {
            pause(2 * SECOND).await;
            // Into the refresh window, and far from the expiry margin of the predecessor.
            side.server.clock.advance(3_400 * SECOND);
        })
        .await;
        comparison.add(format!("the API learns of a refreshed token {late:?} late"), goal, sides);
    }
}

/// Half of all responses are 401, whatever the token.
async fn random_unauthorized(comparison: &mut Comparison) {
    let accepts = || -> Box<Accepts> {
        let rng = Mutex::new(fastrand::Rng::with_seed(7));
        Box::new(move |call| !(2 * SECOND..8 * SECOND).contains(&call.at) || rng.lock().unwrap().bool())
    };
    let goal = Goal::new("at least 95 % of the control's 200s; two round trips and 50 ms").tokens(1..=8);
    let sides = compare(accepts, TEN_CALLERS, async |_| {}).await;
    comparison.add("half of all responses are 401 for 6 s".to_owned(), goal, sides);
}

/// The API revokes the token of many callers.
async fn revocations(comparison: &mut Comparison) {
    for times in [1, 3] {
        let goal = Goal::new("no 401, one refresh each; two round trips and 50 ms")
            .tokens(times + 1..=times + 1)
            .unauthorized(0);
        let sides = compare(
            || Box::new(|_| true),
            MANY_CALLERS,
            async |side| {
                pause(3 * SECOND).await;
                for _ in 0..times {
                    side.revoke_tokens().await;
                }
            },
        )
        .await;
        let name = if times == 1 { "the token is revoked" } else { "the token is revoked thrice, 1 s apart" };
        comparison.add(format!("{name}, 200 callers"), goal, sides);
    }
}

/// The API revokes the token while another endpoint refuses.
async fn revocation_amid_noise(comparison: &mut Comparison) {
    let goal = Goal::new("at most one 401 for each caller, at most 5 token requests")
        .tokens(2..=5)
        .unauthorized(TEN_CALLERS.callers);
    let sides = compare(
        || Box::new(|call| call.path == GOOD),
        TEN_CALLERS,
        async |side| {
            let revocation = async {
                pause(6 * SECOND).await;
                side.revoke_tokens().await;
            };
            tokio::join!(side.request_repeatedly(|_| "/bad".to_owned(), 50 * MS), revocation);
        },
    )
    .await;
    comparison.add("another endpoint refuses, every 50ms, and the token is revoked".to_owned(), goal, sides);
}

/// Runs the client and the control at the same time, each with a server of its own. `disturb` runs beside the callers
/// of both.
async fn compare(accepts: impl Fn() -> Box<Accepts>, load: Load, disturb: impl AsyncFn(&Side)) -> [Seen; 2] {
    let run = async |caller: fn(&Server) -> Caller| {
        let side = Side::start(accepts(), caller);
        let (seen, ()) = tokio::join!(side.run(load), disturb(&side));
        seen
    };
    tokio::join!(run(Caller::client), run(Caller::control)).into()
}
