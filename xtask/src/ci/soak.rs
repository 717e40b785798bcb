//! The soak test as a step of CI: a process beside other steps.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command};

use anyhow::{Context, Result};

use crate::Outcome;

/// A running soak test. Dropping it ends the process.
pub(super) struct Soak {
    process: Child,
    output: PathBuf,
}

impl Soak {
    /// Starts the soak test that the step `tests` built: `cargo run` would build it with other features.
    pub(super) fn start() -> Result<Self> {
        let program =
            std::env::current_exe()?.with_file_name(format!("soak{}", std::env::consts::EXE_SUFFIX));
        // The output would be mixed with that of other steps.
        let output = program.with_extension("log");
        let file = File::create(&output).with_context(|| format!("can't create {}", output.display()))?;
        let process = Command::new(&program)
            .args(["--seconds", "60", "--seed", "1"])
            .stderr(file.try_clone()?)
            .stdout(file)
            .spawn()
            .with_context(|| format!("can't run {}", program.display()))?;
        Ok(Self { process, output })
    }

    /// Waits for the end of the soak test and prints its output.
    pub(super) fn finish(mut self) -> Result<Outcome> {
        let status = self.process.wait()?;
        println!("{}", std::fs::read_to_string(&self.output)?);
        Ok(if status.success() { Outcome::Pass } else { Outcome::Fail })
    }
}

impl Drop for Soak {
    fn drop(&mut self) {
        // Fails for a process that has ended.
        let _ = self.process.kill();
    }
}
