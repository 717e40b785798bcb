//! The table of a scenario: medians of its rounds.

use std::fmt;
use std::time::Duration;

use crate::load::{Measurement, Scenario};

/// The measurements of a scenario.
pub(crate) struct Report {
    scenario: Scenario,
    rows: Vec<(&'static str, Vec<Measurement>)>,
}

/// The medians of a subject.
struct Medians {
    requests_per_second: f64,
    p50: f64,
    p99: f64,
    cpu: f64,
}

impl Report {
    pub(crate) fn new(scenario: Scenario) -> Self {
        Self { scenario, rows: Vec::new() }
    }

    /// Adds a round of a subject.
    pub(crate) fn add(&mut self, subject: &'static str, measurement: Measurement) {
        match self.rows.iter_mut().find(|(name, _)| *name == subject) {
            Some((_, measurements)) => measurements.push(measurement),
            None => self.rows.push((subject, vec![measurement])),
        }
    }

    fn medians(&self, subject: &str) -> Option<Medians> {
        let (_, measurements) = self.rows.iter().find(|(name, _)| *name == subject)?;
        let of = |value: fn(&Measurement) -> f64| median(measurements.iter().map(value).collect());
        Some(Medians {
            requests_per_second: of(|measurement| measurement.requests_per_second),
            p50: of(|measurement| microseconds(measurement.p50)),
            p99: of(|measurement| microseconds(measurement.p99)),
            cpu: of(|measurement| microseconds(measurement.cpu)),
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, {} client(s)\n", self.scenario.name, self.scenario.clients)?;
        writeln!(
            f,
            "| subject | requests/s | p50 µs | p99 µs | CPU µs/request |\n|---|---:|---:|---:|---:|"
        )?;
        for (subject, _) in &self.rows {
            let Some(Medians { requests_per_second, p50, p99, cpu }) = self.medians(subject) else {
                continue;
            };
            writeln!(f, "| {subject} | {requests_per_second:.0} | {p50:.1} | {p99:.1} | {cpu:.1} |")?;
        }
        if let (Some(nginx), Some(moneykit)) = (self.medians("nginx"), self.medians("moneykit")) {
            let duration = nginx.requests_per_second / moneykit.requests_per_second;
            let (p50, p99, cpu) =
                (moneykit.p50 / nginx.p50, moneykit.p99 / nginx.p99, moneykit.cpu / nginx.cpu);
            writeln!(f, "| moneykit ÷ nginx | {duration:.2} (time) | {p50:.2} | {p99:.2} | {cpu:.2} |")?;
        }
        Ok(())
    }
}

/// Returns the median of at least one number.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

fn microseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
