//! The scenarios: a cold start, refreshes, rolling restarts, a revocation, and a server that is killed and comes back.

use std::error::Error;
use std::time::{Duration, Instant};

use moneykit_emulator::{Emulator, Fault};

use crate::fleet::Fleet;
use crate::member::{CLIENT_ID, CLIENT_SECRET};
use crate::redis_server::RedisServer;
use crate::report::{Report, Row};

pub(crate) struct Scenarios {
    processes: usize,
    lifetime: Duration,
    lifetimes: u32,
    emulator: Emulator,
    redis: RedisServer,
    report: Report,
}

/// Every process sends a request within this time.
const REVOCATION: Duration = Duration::from_secs(3);

/// The numbers of permitted token requests.
type Limits = (u64, u64);

impl Scenarios {
    pub(crate) fn new(processes: usize, lifetime: Duration, lifetimes: u32) -> Result<Self, Box<dyn Error>> {
        let emulator =
            Emulator::builder().client(CLIENT_ID, CLIENT_SECRET).token_lifetime(lifetime).start()?;
        // A token endpoint far away.
        emulator.fail_next(usize::MAX, Fault::Delay(Duration::from_millis(100)));
        Ok(Self {
            processes,
            lifetime,
            lifetimes,
            emulator,
            redis: RedisServer::start()?,
            report: Report::default(),
        })
    }

    pub(crate) fn run(&mut self) -> Result<Report, Box<dyn Error>> {
        self.with_store()?;
        self.without_store()?;
        Ok(std::mem::take(&mut self.report))
    }

    fn with_store(&mut self) -> Result<(), Box<dyn Error>> {
        let each = self.processes as u64;
        let mut fleet = Fleet::start(self.emulator.url(), Some(&self.redis.url()), self.processes)?;
        self.measure("cold start", true, &mut fleet, |_| (1, 1), |_, fleet| fleet.go())?;
        let refreshing = self.lifetime * self.lifetimes;
        let work = |_: &mut Self, fleet: &mut Fleet| -> Result<(), Box<dyn Error>> {
            fleet.run_for(refreshing);
            Ok(())
        };
        let limits = self.one_per_lifetime();
        self.measure("refreshes", true, &mut fleet, &limits, work)?;
        let memory = self.redis.memory_of_keys()?;
        self.report.note(format!("The keys of one token take {memory} bytes of the server's memory."));
        self.measure("rolling restart, ten at a time", true, &mut fleet, &limits, |_, fleet| fleet.roll(10))?;

        self.settle(&mut fleet);
        let revocation = |scenarios: &mut Self, fleet: &mut Fleet| {
            scenarios.emulator.revoke_tokens();
            fleet.run_for(REVOCATION);
            Ok(())
        };
        // A refresh may have been due anyway.
        self.measure("revocation", true, &mut fleet, |time| (1, 1 + limits(time).1), revocation)?;

        let outage = |scenarios: &mut Self, fleet: &mut Fleet| {
            scenarios.redis.kill();
            fleet.run_for(scenarios.lifetime * 3 / 2);
            Ok(())
        };
        let on_its_own = |time| (each, each * limits(time).1);
        self.measure("Redis killed", true, &mut fleet, on_its_own, outage)?;
        self.redis.restart()?;
        // Processes whose cool-down is not over request a token of their own once more.
        let lifetime = self.lifetime;
        let recovery = |_: &mut Self, fleet: &mut Fleet| -> Result<(), Box<dyn Error>> {
            fleet.run_for(lifetime);
            Ok(())
        };
        self.measure("Redis back, first lifetime", true, &mut fleet, |_| (1, each), recovery)?;
        self.measure("Redis back, afterwards", true, &mut fleet, &limits, work)
    }

    /// Waits until no token was requested for two seconds, so that each process has had successes with the current one: a 401
    /// with a token that never had a success says that the API does not know the token yet.
    fn settle(&self, fleet: &mut Fleet) {
        let mut requests = None;
        while requests != Some(self.emulator.request_counts().token) {
            requests = Some(self.emulator.request_counts().token);
            fleet.run_for(Duration::from_secs(2));
        }
    }

    fn without_store(&mut self) -> Result<(), Box<dyn Error>> {
        let each = self.processes as u64;
        let mut fleet = Fleet::start(self.emulator.url(), None, self.processes)?;
        self.measure("cold start", false, &mut fleet, |_| (each, each), |_, fleet| fleet.go())?;
        let refreshing = self.lifetime * self.lifetimes;
        let limits = self.one_per_lifetime();
        let for_each = |time| (each, each * limits(time).1);
        let work = |_: &mut Self, fleet: &mut Fleet| -> Result<(), Box<dyn Error>> {
            fleet.run_for(refreshing);
            Ok(())
        };
        self.measure("refreshes", false, &mut fleet, for_each, work)?;
        let restarts = |_: &mut Self, fleet: &mut Fleet| fleet.roll(10);
        // One at the start of each process, and the refreshes meanwhile.
        let started_and_refreshed = |time| (each, each + for_each(time).1);
        self.measure("rolling restart, ten at a time", false, &mut fleet, started_and_refreshed, restarts)?;
        // A 401 with a token that never had a success says that the API does not know the token yet.
        fleet.run_for(Duration::from_secs(1));
        let revocation = |scenarios: &mut Self, fleet: &mut Fleet| {
            scenarios.emulator.revoke_tokens();
            fleet.run_for(REVOCATION);
            Ok(())
        };
        self.measure("revocation", false, &mut fleet, for_each, revocation)
    }

    /// Permits one token request per lifetime: a token is refreshed after seven tenths of its lifetime at the earliest.
    fn one_per_lifetime(&self) -> impl Fn(Duration) -> Limits + use<> {
        let shortest = self.lifetime * 7 / 10;
        move |time| (0, u64::try_from(time.as_nanos().div_ceil(shortest.as_nanos())).unwrap_or(u64::MAX))
    }

    fn measure(
        &mut self,
        scenario: &'static str,
        has_store: bool,
        fleet: &mut Fleet,
        limits: impl Fn(Duration) -> Limits,
        run: impl FnOnce(&mut Self, &mut Fleet) -> Result<(), Box<dyn Error>>,
    ) -> Result<(), Box<dyn Error>> {
        let requests = self.emulator.request_counts().token;
        let work = self.redis.work();
        let started = Instant::now();
        run(self, fleet)?;
        let time = started.elapsed();
        let done = self.redis.work();
        self.report.add(Row {
            scenario,
            has_store,
            time,
            requests: self.emulator.request_counts().token - requests,
            limits: limits(time),
            commands: done.commands.checked_sub(work.commands).filter(|_| has_store),
            bytes: done.bytes.checked_sub(work.bytes).filter(|_| has_store),
            observed: fleet.take_observed(),
            // A token that is revoked before its first success counts as one that the API does not know yet.
            permitted_failures: if scenario == "revocation" { self.processes / 20 } else { 0 },
        });
        Ok(())
    }
}
