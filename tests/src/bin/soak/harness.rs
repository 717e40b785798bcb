//! The emulator and the clients under test.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use moneykit::{Client, Error, Transport, reqwest};
use moneykit_emulator::Emulator;

use crate::clock::EmulatorClock;
use crate::faults::faults;
use crate::ledger::Ledger;

/// An emulator and its clients, which callers use and replace.
pub(crate) struct Harness {
    pub(crate) emulator: Arc<Emulator>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) http: reqwest::Client,
    transport: Transport,
    slots: Vec<Mutex<Arc<TrackedClient>>>,
    seeds: AtomicU64,
    is_stopped: AtomicBool,
}

/// A client that reports its status to the ledger when its last reference is dropped.
pub(crate) struct TrackedClient {
    pub(crate) client: Client,
    created_at: Duration,
    emulator: Arc<Emulator>,
    ledger: Arc<Ledger>,
}

pub(crate) const CLIENT_SECRET: &str = "soak-secret";
const CLIENTS: usize = 8;

impl Harness {
    pub(crate) fn start(seed: u64) -> Result<Self, Box<dyn std::error::Error>> {
        let emulator = (0..CLIENTS)
            .fold(Emulator::builder(), |builder, slot| builder.client(client_id(slot), CLIENT_SECRET))
            .token_lifetime(Duration::from_secs(30))
            .faults(faults(seed))
            .start()?;
        let emulator = Arc::new(emulator);
        let ledger = Arc::new(Ledger::default());
        let settings = || reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5));
        let (transport, seeds) = (Transport::new(settings())?, AtomicU64::new(seed));
        let create = |slot| TrackedClient::new(slot, seed, &emulator, &ledger, &transport);
        let slots: Result<_, Error> =
            (0..CLIENTS).map(|slot| Ok(Mutex::new(Arc::new(create(slot)?)))).collect();
        let slots = slots?;
        Ok(Self {
            emulator,
            ledger,
            http: settings().build()?,
            transport,
            slots,
            seeds,
            is_stopped: false.into(),
        })
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
        match TrackedClient::new(slot, seed, &self.emulator, &self.ledger, &self.transport) {
            Ok(tracked) => {
                *self.slots[slot].lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(tracked);
            }
            Err(error) => self.ledger.report_violation(&format!("building a client failed: {error}")),
        }
    }

    /// Advances the emulator's clock and revokes all tokens now and then.
    pub(crate) fn disturb(&self, rng: &mut fastrand::Rng) {
        // Less than the shortest token lifetime, so that no token has expired when it arrives.
        self.emulator.advance(Duration::from_millis(rng.u64(..1_000)));
        if rng.u32(..5) == 0 {
            self.emulator.revoke_tokens();
        }
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
        emulator: &Arc<Emulator>,
        ledger: &Arc<Ledger>,
        transport: &Transport,
    ) -> Result<Self, Error> {
        let client = Client::builder()
            .credentials(client_id(slot), CLIENT_SECRET)
            .base_url(emulator.url())
            .transport(transport.clone())
            .token_attempt_timeout(Duration::from_secs(1))
            .request_timeout(Duration::from_secs(2))
            .token_timeout(Duration::from_secs(3))
            .clock(Arc::new(EmulatorClock(Arc::clone(emulator))))
            .jitter_seed(seed)
            .build()?;
        let (created_at, emulator, ledger) = (emulator.now(), Arc::clone(emulator), Arc::clone(ledger));
        Ok(Self { client, created_at, emulator, ledger })
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
