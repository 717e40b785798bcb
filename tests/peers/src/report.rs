use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One contestant's results in one scenario: a cell for each column.
#[derive(Default, Serialize, Deserialize)]
pub struct Row(Vec<Cell>);

#[derive(Serialize, Deserialize)]
struct Cell {
    column: String,
    text: String,
    /// What a ratio is formed of; None where a ratio would say nothing.
    number: Option<f64>,
}

impl Row {
    pub fn text(self, column: &str, text: impl Into<String>) -> Self {
        self.cell(column, text.into(), None)
    }

    /// A count for which fewer is better.
    pub fn count(self, column: &str, count: usize) -> Self {
        self.cell(column, count.to_string(), Some(count as f64))
    }

    pub fn number(self, column: &str, number: f64) -> Self {
        let text = if number >= 100.0 { format!("{number:.0}") } else { format!("{number:.1}") };
        self.cell(column, text, Some(number))
    }

    /// A duration in milliseconds; `cut_off` when it was still running at its bound.
    pub fn millis(self, column: &str, duration: Duration, cut_off: bool) -> Self {
        let millis = duration.as_secs_f64() * 1000.0;
        if cut_off {
            return self.cell(column, format!("> {millis:.0}"), Some(millis));
        }
        self.number(column, millis)
    }

    fn cell(mut self, column: &str, text: String, number: Option<f64>) -> Self {
        self.0.push(Cell { column: column.to_owned(), text, number });
        self
    }
}

/// Writes a table: a line for each name, each number beside its ratio to the first line's.
///
/// A row that failed is one cell that says so.
pub fn table(rows: &[(&str, Result<Row, String>)]) -> String {
    let finished = |row: &Result<Row, String>| row.as_ref().is_ok_and(|row| !row.0.is_empty());
    let columns: Vec<&str> = rows
        .iter()
        .find(|(_, row)| finished(row))
        .and_then(|(_, row)| row.as_ref().ok())
        .map(|row| row.0.iter().map(|cell| cell.column.as_str()).collect())
        .unwrap_or_default();
    let ours = rows.first().and_then(|(_, row)| row.as_ref().ok());

    let heads = if columns.is_empty() { vec!["", "result"] } else { [&[""], columns.as_slice()].concat() };
    let width = heads.len();
    let mut lines = vec![heads.into_iter().map(str::to_owned).collect()];
    for (index, (name, row)) in rows.iter().enumerate() {
        let mut line = vec![(*name).to_owned()];
        match row {
            Ok(row) => line.extend(columns.iter().map(|column| {
                let base = ours.filter(|_| index > 0);
                row.find(column).map_or_else(|| "–".to_owned(), |cell| cell.beside(base))
            })),
            Err(problem) => line.push(problem.clone()),
        }
        line.resize(width, "–".to_owned());
        lines.push(line);
    }
    align(&lines)
}

impl Row {
    fn find(&self, column: &str) -> Option<&Cell> {
        self.0.iter().find(|cell| cell.column == column)
    }
}

impl Cell {
    fn beside(&self, ours: Option<&Row>) -> String {
        let base = ours.and_then(|row| row.find(&self.column)).and_then(|cell| cell.number);
        match (self.number, base) {
            // Nothing is a multiple of zero.
            (Some(number), Some(base)) if base > 0.0 => {
                let ratio = number / base;
                let digits = usize::from(ratio < 100.0);
                // Of a duration that was cut off, only a lower bound is known.
                let bound = if self.text.starts_with("> ") { "> " } else { "" };
                format!("{} ({bound}{ratio:.digits$}×)", self.text)
            }
            _ => self.text.clone(),
        }
    }
}

fn align(lines: &[Vec<String>]) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |text: &str| text.chars().count();
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            lines.iter().filter_map(|line| line.get(column)).map(|text| width(text)).max().unwrap_or(0)
        })
        .collect();

    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        for (column, (cell, &wanted)) in line.iter().zip(&widths).enumerate() {
            let padding = " ".repeat(wanted.saturating_sub(width(cell)));
            // Names to the left, values to the right.
            let (left, right) = if column == 0 { ("", padding.as_str()) } else { (padding.as_str(), "") };
            text.push_str(&format!("| {left}{cell}{right} "));
        }
        text.push_str("|\n");
        if index == 0 {
            for (column, wanted) in widths.iter().enumerate() {
                let dashes = "-".repeat(wanted + 1);
                text.push_str(&if column == 0 { format!("|{dashes}-") } else { format!("|{dashes}:") });
            }
            text.push_str("|\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_stands_beside_its_ratio_to_the_first_row() {
        let row = |requests| Ok(Row::default().count("requests", requests).text("got", "a token"));
        let table = table(&[("ours", row(2)), ("theirs", row(5))]);
        assert_eq!(
            table,
            "|        | requests |     got |\n\
             |--------|---------:|--------:|\n\
             | ours   |        2 | a token |\n\
             | theirs | 5 (2.5×) | a token |\n"
        );
    }

    #[test]
    fn a_ratio_of_something_cut_off_is_a_lower_bound() {
        let ours = Row::default().millis("ms", Duration::from_millis(500), false);
        let theirs = Row::default().millis("ms", Duration::from_secs(5), true);
        assert!(table(&[("ours", Ok(ours)), ("theirs", Ok(theirs))]).contains("> 5000 (> 10.0×)"));
    }

    #[test]
    fn nothing_is_a_multiple_of_zero() {
        let row = |count| Ok(Row::default().count("errors", count));
        assert!(!table(&[("ours", row(0)), ("theirs", row(5))]).contains('×'));
    }

    #[test]
    fn a_row_that_failed_says_so_even_if_it_is_ours() {
        let failed = || Err("failed: it says nothing".to_owned());
        let fine = Ok(Row::default().count("requests", 1));
        assert_eq!(table(&[("ours", failed()), ("theirs", fine)]).matches("failed:").count(), 1);
        assert_eq!(table(&[("ours", failed()), ("theirs", failed())]).matches("failed:").count(), 2);
    }
}
