use std::time::Duration;

use tokio::runtime;
use tokio::time::timeout;

use crate::peers::{Aliri, Aws, Azure, GcpAuth, Google, MoneyKit, Naive, Yup};
use crate::scenarios::Scenario;
use crate::server::{self, Server};
use crate::token_source::{Failure, Result, TokenSource};
use crate::versions;

/// One token cache in one scenario: what a child process runs, because environment variables, statics and
/// tasks that outlive their owner would otherwise leak from one run into the next.
pub struct Contestant {
    pub peer: Peer,
    pub scenario: Scenario,
}

/// No scenario comes near this; a peer that does hangs.
pub const BOUND: Duration = Duration::from_secs(30);

impl Contestant {
    /// Reads `--peer NAME --scenario NAME`. Anything else is not for a child process.
    pub fn parse(arguments: &[String]) -> Result<Option<Self>> {
        let [first, peer, second, scenario] = arguments else { return Ok(None) };
        if first != "--peer" || second != "--scenario" {
            return Ok(None);
        }
        let peer = Peer::ALL.into_iter().find(|known| known.name() == peer);
        let scenario = Scenario::named(scenario);
        match (peer, scenario) {
            (Some(peer), Some(scenario)) => Ok(Some(Self { peer, scenario })),
            _ => Err("there is no such peer or scenario; run without arguments to see them all".into()),
        }
    }

    /// Runs it and prints its row as one line of JSON.
    pub fn run(&self) -> Result<()> {
        match self.peer {
            Peer::MoneyKit => self.run_as::<MoneyKit>(),
            Peer::Google => self.run_as::<Google>(),
            Peer::Yup => self.run_as::<Yup>(),
            Peer::GcpAuth => self.run_as::<GcpAuth>(),
            Peer::Aws => self.run_as::<Aws>(),
            Peer::Azure => self.run_as::<Azure>(),
            Peer::Aliri => self.run_as::<Aliri>(),
            Peer::Naive => self.run_as::<Naive>(),
        }
    }

    fn run_as<T: TokenSource>(&self) -> Result<()> {
        let (listener, address) = server::listen()?;
        for (name, value) in T::environment(address) {
            // SAFETY: this process has no other thread yet that could read the environment.
            unsafe { std::env::set_var(name, value) };
        }
        let server = Server::start(listener, self.scenario.rules::<T>())?;
        let runtime = runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let row = runtime
            .block_on(async { timeout(BOUND, self.scenario.run::<T>(&server, address)).await })
            .map_err(|_| Failure::from("did not end in time"))??;
        println!("{}", serde_json::to_string(&row)?);
        // Whatever a peer still has in the background must not keep the process alive.
        runtime.shutdown_background();
        Ok(())
    }
}

#[derive(Clone, Copy)]
pub enum Peer {
    MoneyKit,
    Google,
    Yup,
    GcpAuth,
    Aws,
    Azure,
    Aliri,
    Naive,
}

impl Peer {
    /// Ours first: the ratios are to the first.
    pub const ALL: [Self; 8] = [
        Self::MoneyKit,
        Self::Google,
        Self::Yup,
        Self::GcpAuth,
        Self::Aws,
        Self::Azure,
        Self::Aliri,
        Self::Naive,
    ];

    pub fn name(self) -> &'static str {
        self.package().unwrap_or("naive")
    }

    /// Returns the version that this binary was built with, where it is a crate.
    pub fn version(self) -> Option<&'static str> {
        self.package().and_then(versions::of)
    }

    fn package(self) -> Option<&'static str> {
        match self {
            Self::MoneyKit => MoneyKit::CRATE,
            Self::Google => Google::CRATE,
            Self::Yup => Yup::CRATE,
            Self::GcpAuth => GcpAuth::CRATE,
            Self::Aws => Aws::CRATE,
            Self::Azure => Azure::CRATE,
            Self::Aliri => Aliri::CRATE,
            Self::Naive => Naive::CRATE,
        }
    }
}
