//! The list of subjects, and a run of one subject in one scenario.

use std::time::Duration;

use tokio::runtime;
use tokio::time::timeout;

use crate::scenarios::Scenario;
use crate::server::{self, Server};
use crate::subjects::{Aliri, Aws, Azure, GcpAuth, Google, MoneyKit, Naive, OAuth2, Yup};
use crate::token_source::{BoxError, Result, TokenSource};
use crate::versions;

/// The maximum duration of a run, which only a subject that hangs exceeds.
pub const RUN_TIMEOUT: Duration = Duration::from_secs(30);

/// A run of one subject in one scenario.
///
/// Each run has a separate process; otherwise environment variables, statics and background tasks would affect
/// later runs.
pub struct Run {
    pub subject: Subject,
    pub scenario: Scenario,
}

impl Run {
    /// Parses `--subject NAME --scenario NAME`. Returns `None` for arguments that do not describe a run.
    pub fn parse(arguments: &[String]) -> Result<Option<Self>> {
        let [first, subject, second, scenario] = arguments else { return Ok(None) };
        if first != "--subject" || second != "--scenario" {
            return Ok(None);
        }
        let subject = Subject::ALL.into_iter().find(|known| known.name() == subject);
        let scenario = Scenario::named(scenario);
        match (subject, scenario) {
            (Some(subject), Some(scenario)) => Ok(Some(Self { subject, scenario })),
            _ => Err("unknown subject or scenario; run without arguments to see all of them".into()),
        }
    }

    /// Runs the scenario in this process, and prints its row as one line of JSON.
    pub fn execute(&self) -> Result<()> {
        match self.subject {
            Subject::MoneyKit => self.execute_with::<MoneyKit>(),
            Subject::Google => self.execute_with::<Google>(),
            Subject::Yup => self.execute_with::<Yup>(),
            Subject::GcpAuth => self.execute_with::<GcpAuth>(),
            Subject::Aws => self.execute_with::<Aws>(),
            Subject::Azure => self.execute_with::<Azure>(),
            Subject::Aliri => self.execute_with::<Aliri>(),
            Subject::OAuth2 => self.execute_with::<OAuth2>(),
            Subject::Naive => self.execute_with::<Naive>(),
        }
    }

    fn execute_with<T: TokenSource>(&self) -> Result<()> {
        let (listener, address) = server::listen()?;
        for (name, value) in T::env_vars(address) {
            // SAFETY: this process has no other thread yet that could read the environment.
            unsafe { std::env::set_var(name, value) };
        }
        let server = Server::start(listener, self.scenario.server_behavior::<T>())?;
        let runtime = runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let row = runtime
            .block_on(async { timeout(RUN_TIMEOUT, self.scenario.run::<T>(&server, address)).await })
            .map_err(|_| BoxError::from("timed out"))??;
        println!("{}", serde_json::to_string(&row)?);
        // Background tasks of the subject must not keep the process alive.
        runtime.shutdown_background();
        Ok(())
    }
}

/// The crates and implementations that are compared.
#[derive(Clone, Copy)]
pub enum Subject {
    MoneyKit,
    Google,
    Yup,
    GcpAuth,
    Aws,
    Azure,
    Aliri,
    OAuth2,
    Naive,
}

impl Subject {
    /// All subjects. Ratios in the report are relative to the first one.
    pub const ALL: [Self; 9] = [
        Self::MoneyKit,
        Self::Google,
        Self::Yup,
        Self::GcpAuth,
        Self::Aws,
        Self::Azure,
        Self::Aliri,
        Self::OAuth2,
        Self::Naive,
    ];

    pub fn name(self) -> &'static str {
        self.package().unwrap_or("naive")
    }

    /// Returns the version that this binary was built with, if the subject is a crate.
    pub fn version(self) -> Option<&'static str> {
        self.package().and_then(versions::of)
    }

    /// Returns true if the subject caches tokens.
    pub fn has_cache(self) -> bool {
        match self {
            Self::MoneyKit => MoneyKit::HAS_CACHE,
            Self::Google => Google::HAS_CACHE,
            Self::Yup => Yup::HAS_CACHE,
            Self::GcpAuth => GcpAuth::HAS_CACHE,
            Self::Aws => Aws::HAS_CACHE,
            Self::Azure => Azure::HAS_CACHE,
            Self::Aliri => Aliri::HAS_CACHE,
            Self::OAuth2 => OAuth2::HAS_CACHE,
            Self::Naive => Naive::HAS_CACHE,
        }
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
            Self::OAuth2 => OAuth2::CRATE,
            Self::Naive => Naive::CRATE,
        }
    }
}
