//! The table of measurements and its limits.

use std::fmt;
use std::time::Duration;

/// The rows of the table.
#[derive(Default)]
pub(crate) struct Report(Vec<Row>);

struct Row {
    scenario: String,
    requests: RequestCount,
    slowest: Duration,
    goal: &'static str,
}

/// The number of token requests in a scenario, and its limit.
#[derive(Clone, Copy)]
pub(crate) struct RequestCount {
    pub(crate) actual: usize,
    pub(crate) limit: usize,
}

impl Report {
    pub(crate) fn add(
        &mut self,
        scenario: impl Into<String>,
        requests: RequestCount,
        slowest: Duration,
        goal: &'static str,
    ) {
        self.0.push(Row { scenario: scenario.into(), requests, slowest, goal });
    }

    /// Returns true if each scenario made at least one request and at most as many as its limit.
    pub(crate) fn passes(&self) -> bool {
        self.0.iter().all(|row| (1..=row.requests.limit).contains(&row.requests.actual))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| scenario | requests | at most | slowest call | goal |")?;
        writeln!(f, "|---|---:|---:|---:|---|")?;
        for Row { scenario, requests, slowest, goal } in &self.0 {
            let slowest = format!("{:.3} ms", slowest.as_secs_f64() * 1_000.0);
            writeln!(f, "| {scenario} | {} | {} | {slowest} | {goal} |", requests.actual, requests.limit)?;
        }
        Ok(())
    }
}
