use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use moneykit::{Client, Error, Transport, reqwest};
use moneykit_emulator::Emulator;

use crate::clock::EmulatorClock;
use crate::faults::faults;
use crate::ledger::Ledger;

/// The server, and its clients.
pub(crate) struct World {
    pub(crate) emulator: Arc<Emulator>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) http: reqwest::Client,
    transport: Transport,
    slots: Vec<Mutex<Arc<Held>>>,
    seeds: AtomicU64,
    stopped: AtomicBool,
}

/// A client, which settles its account with the ledger when the last who holds it lets go.
pub(crate) struct Held {
    pub(crate) client: Client,
    born: Duration,
    emulator: Arc<Emulator>,
    ledger: Arc<Ledger>,
}

pub(crate) const SECRET: &str = "soak-secret";
const CLIENTS: usize = 8;

impl World {
    pub(crate) fn start(seed: u64) -> Result<Self, Box<dyn std::error::Error>> {
        let emulator = (0..CLIENTS)
            .fold(Emulator::builder(), |builder, slot| builder.client(id(slot), SECRET))
            .token_lifetime(Duration::from_secs(30))
            .faults(faults(seed))
            .start()?;
        let emulator = Arc::new(emulator);
        let ledger = Arc::new(Ledger::default());
        let settings = || reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5));
        let (transport, seeds) = (Transport::new(settings())?, AtomicU64::new(seed));
        let make = |slot| Held::new(slot, seed, &emulator, &ledger, &transport);
        let slots: Result<_, Error> =
            (0..CLIENTS).map(|slot| Ok(Mutex::new(Arc::new(make(slot)?)))).collect();
        let slots = slots?;
        Ok(Self {
            emulator,
            ledger,
            http: settings().build()?,
            transport,
            slots,
            seeds,
            stopped: false.into(),
        })
    }

    /// Lends one of the clients.
    pub(crate) fn client(&self, chance: &mut fastrand::Rng) -> (usize, Arc<Held>) {
        let slot = chance.usize(..CLIENTS);
        (slot, self.held(slot))
    }

    /// Lends all of them.
    pub(crate) fn clients(&self) -> Vec<Arc<Held>> {
        (0..CLIENTS).map(|slot| self.held(slot)).collect()
    }

    /// Puts a new client in the place of one.
    pub(crate) fn replace(&self, slot: usize) {
        let seed = self.seeds.fetch_add(1, Ordering::Relaxed);
        match Held::new(slot, seed, &self.emulator, &self.ledger, &self.transport) {
            Ok(held) => *self.slots[slot].lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(held),
            Err(error) => self.ledger.object(&format!("no client could be built: {error}")),
        }
    }

    /// Does to the server what happens once in a while: time leaps, tokens are revoked.
    pub(crate) fn disturb(&self, chance: &mut fastrand::Rng) {
        // Short of the shortest life of a token, so that none is dead when it arrives.
        self.emulator.advance(Duration::from_millis(chance.u64(..1_000)));
        if chance.u32(..5) == 0 {
            self.emulator.revoke_tokens();
        }
    }

    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Tells the ledger what the server counted.
    pub(crate) fn note_requests(&self) {
        self.ledger.note_requests(self.emulator.request_counts());
    }

    fn held(&self, slot: usize) -> Arc<Held> {
        Arc::clone(&self.slots[slot].lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Held {
    fn new(
        slot: usize,
        seed: u64,
        emulator: &Arc<Emulator>,
        ledger: &Arc<Ledger>,
        transport: &Transport,
    ) -> Result<Self, Error> {
        let client = Client::builder()
            .credentials(id(slot), SECRET)
            .base_url(emulator.url())
            .transport(transport.clone())
            .token_attempt_timeout(Duration::from_secs(1))
            .request_timeout(Duration::from_secs(2))
            .token_timeout(Duration::from_secs(3))
            .clock(Arc::new(EmulatorClock(Arc::clone(emulator))))
            .jitter_seed(seed)
            .build()?;
        let (born, emulator, ledger) = (emulator.now(), Arc::clone(emulator), Arc::clone(ledger));
        Ok(Self { client, born, emulator, ledger })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let lived = self.emulator.now().saturating_sub(self.born);
        self.ledger.settle(lived, &self.client.token_status());
    }
}

pub(crate) fn id(slot: usize) -> String {
    format!("soak-{slot}")
}
