//! The summary of all scenarios: the behavior that a user of each subject sees.

use crate::report::Row;
use crate::scenarios::{SERVER_DELAY, Scenario, cancellation, created, outage, refresh, stampede};

type Rows = Vec<(&'static str, Result<Row, String>)>;

/// Returns one row per subject, from the results of all scenarios.
pub fn rows(results: &[(Scenario, Rows)]) -> Rows {
    let names = results.first().map(|(_, rows)| rows.iter().map(|(name, _)| *name)).into_iter().flatten();
    names.map(|name| (name, Ok(row(name, results)))).collect()
}

fn row(subject: &str, results: &[(Scenario, Rows)]) -> Row {
    let not_run = "–".to_owned();
    // The row of a scenario, or the text to show instead.
    let find = |scenario: Scenario| {
        let rows = results.iter().find(|(other, _)| *other == scenario).map(|(_, rows)| rows);
        let row = rows.into_iter().flatten().find(|(name, _)| *name == subject).map(|(_, row)| row.as_ref());
        row.unwrap_or(Err(&not_run)).map_err(String::clone)
    };
    let cell = |scenario: Scenario, text: &dyn Fn(&Row) -> Option<String>| match find(scenario) {
        Ok(row) => text(row).unwrap_or_else(|| "–".to_owned()),
        Err(error) => error,
    };
    Row::default()
        .text(
            "a 201 response is",
            cell(Scenario::Created, &|row| row.text_of(created::RESULT).map(str::to_owned)),
        )
        .text(
            "requests of 1,000 callers at a cold start",
            cell(Scenario::Stampede, &|row| row.text_of(stampede::REQUESTS).map(str::to_owned)),
        )
        .text(
            "callers at a refresh",
            cell(Scenario::Refresh, &|row| row.number_of(refresh::SLOWEST_CALL).map(wait)),
        )
        .text(
            "when the first caller is cancelled",
            cell(Scenario::FirstCallerCancelled, &|row| {
                row.number_of(cancellation::REQUESTS).map(requests_after_cancellation)
            }),
        )
        .text(
            "while refreshes fail, callers get",
            cell(Scenario::FailingRefresh, &|row| row.text_of(outage::RESULT).map(str::to_owned)),
        )
}

/// Describes the wait of callers at a refresh whose slowest call took this number of milliseconds.
fn wait(slowest_call: f64) -> String {
    // A caller that waits for the server takes at least its delay; everything shorter is the scheduler.
    if slowest_call < SERVER_DELAY.as_secs_f64() * 1000.0 / 2.0 {
        "do not wait".to_owned()
    } else {
        format!("wait {slowest_call:.0} ms")
    }
}

fn requests_after_cancellation(requests: f64) -> String {
    match requests {
        1.0 => "its request continues".to_owned(),
        2.0 => "the request starts over".to_owned(),
        _ => format!("{requests:.0} requests"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_names_the_behavior_in_each_scenario() {
        let results = [
            (Scenario::Created, vec![("a", Ok(Row::default().text(created::RESULT, "refused")))]),
            (Scenario::Stampede, vec![("a", Ok(Row::default().count(stampede::REQUESTS, 7)))]),
            (Scenario::Refresh, vec![("a", Err("n/a: no cache".to_owned()))]),
        ];
        let row = row("a", &results);

        assert_eq!(row.text_of("a 201 response is"), Some("refused"));
        assert_eq!(row.text_of("requests of 1,000 callers at a cold start"), Some("7"));
        assert_eq!(row.text_of("callers at a refresh"), Some("n/a: no cache"));
    }

    #[test]
    fn callers_wait_if_the_slowest_call_takes_as_long_as_the_server() {
        assert_eq!(wait(0.4), "do not wait");
        assert_eq!(wait(55.4), "wait 55 ms");
    }
}
