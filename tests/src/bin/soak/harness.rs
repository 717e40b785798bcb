//! The emulator, the API in front of it, and the clients under test.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use moneykit::{Client, Error, Transport, reqwest};
use moneykit_emulator::{Emulator, Faults, JournalLimits};
use moneykit_tests::HttpServer;

use crate::api::Api;
use crate::clock::EmulatorClock;
use crate::faults::faults;
use crate::incidents::Incidents;
use crate::ledger::Ledger;

/// An emulator with an API, and the clients that callers use and replace.
pub(crate) struct Harness {
    pub(crate) emulator: Arc<Emulator>,
    pub(crate) api: Arc<Api>,
    pub(crate) incidents: Incidents,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) http: reqwest::Client,
    server: HttpServer,
    transport: Transport,
    slots: Vec<Mutex<Arc<TrackedClient>>>,
    seeds: AtomicU64,
    is_stopped: AtomicBool,
}

/// A client that reports its status to the ledger when its last reference is dropped.
pub(crate) struct TrackedClient {
    pub(crate) client: Client,
    /// The client is never replaced, and no caller forces refreshes.
    pub(crate) is_steady: bool,
    /// How long its connection pool keeps idle connections.
    pub(crate) idle_timeout: Duration,
    created_at: Duration,
    emulator: Arc<Emulator>,
    ledger: Arc<Ledger>,
}

pub(crate) const CLIENT_SECRET: &str = "soak-secret";
/// How long the shared connection pool keeps idle connections, which may have died.
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the connection pools of clients without HTTP settings keep idle connections: reqwest's default.
const DEFAULT_IDLE_TIMEOUT: Duration = Duration::from_secs(90);
/// A full journal would count as memory that the clients use more and more of.
const JOURNAL: JournalLimits = JournalLimits { max_entries: 100, max_bytes: 1 << 20 };
const CLIENTS: usize = 8;
/// The clients from this slot on are steady.
const FIRST_STEADY: usize = 4;
/// The clients from this slot on have connection pools of their own.
const FIRST_UNSHARED: usize = 6;

impl Harness {
    pub(crate) fn start(seed: u64, ledger: Arc<Ledger>) -> Result<Self, Box<dyn std::error::Error>> {
        let emulator = (0..CLIENTS)
            .fold(Emulator::builder().journal(JOURNAL), |builder, slot| {
                builder.client(client_id(slot), CLIENT_SECRET)
            })
            .token_lifetime(Duration::from_secs(30))
            .faults(faults(seed))
            .start()?;
        let emulator = Arc::new(emulator);
        let api = Arc::new(Api::new(Arc::clone(&emulator), seed)?);
        let server = HttpServer::start(Arc::clone(&api))?;
        let settings = || {
            let builder = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5));
            builder.pool_idle_timeout(IDLE_TIMEOUT)
        };
        let (transport, seeds) = (Transport::new(settings())?, AtomicU64::new(seed));
        let create = |slot| TrackedClient::new(slot, seed, server.url(), &emulator, &ledger, &transport);
        let slots: Result<_, Error> =
            (0..CLIENTS).map(|slot| Ok(Mutex::new(Arc::new(create(slot)?)))).collect();
        let slots = slots?;
        Ok(Self {
            emulator,
            api,
            incidents: Incidents::default(),
            ledger,
            http: settings().build()?,
            server,
            transport,
            slots,
            seeds,
            is_stopped: false.into(),
        })
    }

    pub(crate) fn set_faults(&self, faults: &Faults) {
        self.emulator.set_faults(faults).expect("each fault suits its target, the token endpoint");
    }

    /// Returns a randomly chosen client and its slot.
    pub(crate) fn random_client(&self, rng: &mut fastrand::Rng) -> (usize, Arc<TrackedClient>) {
        let slot = rng.usize(..CLIENTS);
        (slot, self.client(slot))
    }

    /// Returns all clients.
    pub(crate) fn clients(&self) -> Vec<Arc<TrackedClient>> {
        (0..CLIENTS).map(|slot| self.client(slot)).collect()
    }

    /// Replaces the client in a slot by a new one.
    pub(crate) fn replace(&self, slot: usize) {
        let seed = self.seeds.fetch_add(1, Ordering::Relaxed);
        match TrackedClient::new(slot, seed, self.server.url(), &self.emulator, &self.ledger, &self.transport)
        {
            Ok(tracked) => {
                *self.slots[slot].lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(tracked);
            }
            Err(error) => self.ledger.report_violation(&format!("building a client failed: {error}")),
        }
    }

    /// Lets all connections die, and records that.
    pub(crate) fn silence_connections(&self) {
        self.server.silence_connections();
        self.incidents.record_dead_connections();
    }

    pub(crate) fn stop(&self) {
        self.is_stopped.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::SeqCst)
    }

    /// Records the emulator's request counts in the ledger.
    pub(crate) fn record_request_counts(&self) {
        self.ledger.record_request_counts(self.emulator.request_counts());
    }

    fn client(&self, slot: usize) -> Arc<TrackedClient> {
        Arc::clone(&self.slots[slot].lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl TrackedClient {
    fn new(
        slot: usize,
        seed: u64,
        base_url: &str,
        emulator: &Arc<Emulator>,
        ledger: &Arc<Ledger>,
        transport: &Transport,
    ) -> Result<Self, Error> {
        let builder = Client::builder()
            .credentials(client_id(slot), CLIENT_SECRET)
            .base_url(base_url)
            .token_attempt_timeout(Duration::from_secs(1))
            .request_timeout(Duration::from_secs(2))
            .token_timeout(Duration::from_secs(3))
            .clock(EmulatorClock(Arc::clone(emulator)))
            .jitter_seed(seed);
        let is_shared = slot < FIRST_UNSHARED;
        let builder = if is_shared { builder.transport(transport.clone()) } else { builder };
        Ok(Self {
            client: builder.build()?,
            is_steady: slot >= FIRST_STEADY,
            idle_timeout: if is_shared { IDLE_TIMEOUT } else { DEFAULT_IDLE_TIMEOUT },
            created_at: emulator.now(),
            emulator: Arc::clone(emulator),
            ledger: Arc::clone(ledger),
        })
    }

    /// Returns true if a failed refresh delays the next one.
    pub(crate) fn is_cooling_down(&self) -> bool {
        self.client.token_status().next_attempt_in.is_some()
    }
}

impl Drop for TrackedClient {
    fn drop(&mut self) {
        let age = self.emulator.now().saturating_sub(self.created_at);
        self.ledger.record_dropped_client(age, &self.client.token_status());
    }
}

pub(crate) fn client_id(slot: usize) -> String {
    format!("soak-{slot}")
}

/// Returns true if this is the ID of a steady client.
pub(crate) fn is_steady_client(id: &str) -> bool {
    (FIRST_STEADY..CLIENTS).any(|slot| client_id(slot) == id)
}
