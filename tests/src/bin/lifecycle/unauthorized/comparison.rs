//! The table of comparisons and its goals.

use std::fmt;
use std::ops::RangeInclusive;

use super::side::Seen;

/// The rows of the table.
#[derive(Default)]
pub(crate) struct Comparison(Vec<Row>);

struct Row {
    scenario: String,
    client: Seen,
    control: Seen,
    goal: Goal,
}

/// What the client must reach. At least 95 % of the control's 200s are always a part of it.
pub(super) struct Goal {
    text: &'static str,
    tokens: RangeInclusive<usize>,
    max_unauthorized: usize,
}

impl Goal {
    pub(super) fn new(text: &'static str) -> Self {
        Self { text, tokens: 1..=1, max_unauthorized: usize::MAX }
    }

    /// Sets the number of token requests.
    pub(super) fn tokens(self, tokens: RangeInclusive<usize>) -> Self {
        Self { tokens, ..self }
    }

    /// Sets the maximum number of 401s that callers get.
    pub(super) fn unauthorized(self, max_unauthorized: usize) -> Self {
        Self { max_unauthorized, ..self }
    }
}

impl Comparison {
    /// Adds what the callers of the client and of the control saw.
    pub(super) fn add(&mut self, scenario: String, goal: Goal, [client, control]: [Seen; 2]) {
        self.0.push(Row { scenario, client, control, goal });
    }

    /// Returns true if each scenario reached its goal.
    pub(crate) fn passes(&self) -> bool {
        self.0.iter().all(|row| row.outcome() == Outcome::Reached)
    }
}

/// Whether a scenario reached its goal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Reached,
    Missed,
    /// The control sent less than three quarters of its requests in time, so the counts measure the machine.
    MachineTooBusy,
}

impl Row {
    fn outcome(&self) -> Outcome {
        let Self { client, control, goal, .. } = self;
        if control.requests() * 4 < control.planned * 3 {
            return Outcome::MachineTooBusy;
        }
        let is_reached = client.successes * 100 >= control.successes * 95
            && client.unauthorized <= goal.max_unauthorized
            && client.failures == 0
            && goal.tokens.contains(&client.tokens);
        if is_reached { Outcome::Reached } else { Outcome::Missed }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reached => "yes",
            Self::Missed => "**no**",
            Self::MachineTooBusy => "machine too busy: run it alone",
        })
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "200s / 401s / other failures / slowest call / token requests in 10 s:\n")?;
        writeln!(f, "| scenario | client | control | goal | reached |")?;
        writeln!(f, "|---|---:|---:|---|---|")?;
        for row in &self.0 {
            let Row { scenario, client, control, goal } = row;
            let reached = row.outcome();
            writeln!(f, "| {scenario} | {client} | {control} | {} | {reached} |", goal.text)?;
        }
        Ok(())
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { successes, unauthorized, failures, slowest, tokens, .. } = self;
        let slowest = slowest.as_secs_f64() * 1_000.0;
        write!(f, "{successes} / {unauthorized} / {failures} / {slowest:.1} ms / {tokens}")
    }
}
