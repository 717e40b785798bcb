/// How much memory the process has, second by second.
#[derive(Default)]
pub(crate) struct Memory(Vec<u64>);

impl Memory {
    /// Takes note of the memory that is resident now, where the system says it.
    pub(crate) fn measure(&mut self) {
        // proc_pid_statm(5): the second number is the resident set, in pages of 4 KiB on the machines that CI
        // has.
        let pages = std::fs::read_to_string("/proc/self/statm").ok();
        let pages = pages.as_deref().and_then(|pages| pages.split(' ').nth(1)?.parse::<u64>().ok());
        self.0.extend(pages.map(|pages| pages * 4_096));
    }

    /// Returns the most memory after a third of the time, when all has warmed up, and at the end; each over a
    /// sixth of the time.
    pub(crate) fn growth(&self) -> Option<(u64, u64)> {
        let sixth = self.0.len() / 6;
        let early = self.0.iter().skip(2 * sixth).take(sixth).max()?;
        let late = self.0.iter().rev().take(sixth).max()?;
        Some((*early, *late))
    }
}
