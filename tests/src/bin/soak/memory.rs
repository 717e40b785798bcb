//! Samples of the process's resident memory.

/// The resident memory of the process, one sample per second.
#[derive(Default)]
pub(crate) struct Memory(Vec<u64>);

impl Memory {
    /// Adds a sample of the resident memory, on systems that have `/proc`.
    pub(crate) fn sample(&mut self) {
        // proc_pid_statm(5): the second number is the resident set, in pages of 4 KiB on CI's machines.
        let pages = std::fs::read_to_string("/proc/self/statm").ok();
        let pages = pages.as_deref().and_then(|pages| pages.split(' ').nth(1)?.parse::<u64>().ok());
        self.0.extend(pages.map(|pages| pages * 4_096));
    }

    /// Returns the peak memory in bytes early and late in the run: in the sixth of the run that begins after one
    /// third, when caches are warm, and in the last sixth.
    pub(crate) fn peaks(&self) -> Option<(u64, u64)> {
        let sixth = self.0.len() / 6;
        let early = self.0.iter().skip(2 * sixth).take(sixth).max()?;
        let late = self.0.iter().rev().take(sixth).max()?;
        Some((*early, *late))
    }
}
