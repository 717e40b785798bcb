//! What the system knows of a running program, and its end.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;

/// A program that is stopped when this value is dropped.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn spawn(command: &mut Command) -> Self {
        Self(command.spawn().expect("nginx is installed"))
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Returns the CPU time of the program and of the workers that it forked, to the nanosecond.
    pub(crate) fn cpu_time(&self) -> Duration {
        let workers =
            fs::read_to_string(format!("/proc/{0}/task/{0}/children", self.id())).unwrap_or_default();
        let ids = workers.split_whitespace().filter_map(|id| id.parse().ok());
        ids.chain([self.id()]).map(cpu_time).sum()
    }

    /// Returns the resident memory in bytes.
    pub(crate) fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
        kilobytes * 1024
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // nginx's master stops its workers only if it is asked to.
        let _ = Command::new("kill").arg(self.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// Returns the CPU time of the threads of a program. `/proc/ID/stat` counts in hundredths of a second.
fn cpu_time(id: u32) -> Duration {
    let threads = fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    let nanoseconds = threads.filter_map(|thread| {
        let schedstat = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        schedstat.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}

/// Returns the path of the tool, which is built beside this program.
pub(crate) fn moneykit() -> PathBuf {
    let path = std::env::current_exe().unwrap().with_file_name("moneykit");
    assert!(path.exists(), "{} is missing: run `cargo build --release -p moneykit-cli`", path.display());
    path
}
