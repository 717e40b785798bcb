//! The table of measurements and its limits.

use std::fmt;
use std::time::Duration;

use crate::fleet::Observed;

/// The rows of the table.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
    /// Lines below the table.
    notes: Vec<String>,
}

pub(crate) struct Row {
    pub(crate) scenario: &'static str,
    pub(crate) has_store: bool,
    pub(crate) time: Duration,
    pub(crate) requests: u64,
    /// The numbers of token requests that are as they should be.
    pub(crate) limits: (u64, u64),
    /// The commands that the server received, unless it was down.
    pub(crate) commands: Option<u64>,
    pub(crate) bytes: Option<u64>,
    pub(crate) observed: Observed,
    /// The number of calls that may fail.
    pub(crate) permitted_failures: usize,
}

impl Report {
    pub(crate) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Returns true if each scenario kept its limits, and no more calls failed than may.
    pub(crate) fn passes(&self) -> bool {
        self.rows.iter().all(Row::passes)
    }
}

impl Row {
    fn passes(&self) -> bool {
        let (min, max) = self.limits;
        (min..=max).contains(&self.requests) && self.observed.failures.len() <= self.permitted_failures
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| scenario | store | token requests | permitted | p50 of first token | p99 | Redis commands | per second \
             | KB | calls served | failed | |"
        )?;
        writeln!(f, "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|")?;
        for row in &self.rows {
            let (min, max) = row.limits;
            let permitted = if min == max { max.to_string() } else { format!("{min} to {max}") };
            let per_second = row.commands.map(|commands| commands * 1000 / millis(row.time));
            writeln!(
                f,
                "| {} | {} | {} | {permitted} | {} | {} | {} | {} | {} | {} | {} | {} |",
                row.scenario,
                if row.has_store { "yes" } else { "no" },
                row.requests,
                percentile(&row.observed.first_tokens, 50),
                percentile(&row.observed.first_tokens, 99),
                row.commands.map(|commands| commands.to_string()).unwrap_or_default(),
                per_second.map(|rate| rate.to_string()).unwrap_or_default(),
                row.bytes.map(|bytes| (bytes / 1000).to_string()).unwrap_or_default(),
                row.observed.served,
                row.observed.failures.len(),
                if row.passes() { "ok" } else { "FAILED" },
            )?;
        }
        for note in &self.notes {
            writeln!(f, "\n{note}")?;
        }
        for row in &self.rows {
            for failure in row.observed.failures.iter().take(3) {
                writeln!(f, "\n{}: {failure}", row.scenario)?;
            }
        }
        Ok(())
    }
}

fn percentile(times: &[Duration], percent: usize) -> String {
    let mut times = times.to_vec();
    times.sort();
    let rank = (times.len() * percent).div_ceil(100);
    match times.get(rank.saturating_sub(1)) {
        Some(time) => format!("{:.0} ms", time.as_secs_f64() * 1000.0),
        None => String::new(),
    }
}

/// At least one, to divide by.
fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1)
}
