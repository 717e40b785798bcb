use std::fmt;
use std::time::Duration;

/// The rows of the table.
#[derive(Default)]
pub(crate) struct Report(Vec<Row>);

struct Row {
    scenario: String,
    requests: Count,
    slowest: Duration,
    goal: &'static str,
}

/// How many requests there were, and how many there may be.
#[derive(Clone, Copy)]
pub(crate) struct Count {
    pub(crate) seen: usize,
    pub(crate) allowed: usize,
}

impl Report {
    pub(crate) fn add(
        &mut self,
        scenario: impl Into<String>,
        requests: Count,
        slowest: Duration,
        goal: &'static str,
    ) {
        self.0.push(Row { scenario: scenario.into(), requests, slowest, goal });
    }

    /// Says whether every count is what it must be.
    pub(crate) fn is_fine(&self) -> bool {
        self.0.iter().all(|row| (1..=row.requests.allowed).contains(&row.requests.seen))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| scenario | requests | at most | slowest call | goal |")?;
        writeln!(f, "|---|---:|---:|---:|---|")?;
        for Row { scenario, requests, slowest, goal } in &self.0 {
            let slowest = format!("{:.3} ms", slowest.as_secs_f64() * 1_000.0);
            writeln!(f, "| {scenario} | {} | {} | {slowest} | {goal} |", requests.seen, requests.allowed)?;
        }
        Ok(())
    }
}
