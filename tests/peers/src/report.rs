//! The tables of the report: rows of cells, aligned for Markdown.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The results of one subject in one scenario, one cell per column.
#[derive(Default, Serialize, Deserialize)]
pub struct Row(Vec<Cell>);

#[derive(Serialize, Deserialize)]
struct Cell {
    column: String,
    text: String,
    /// The value that ratios are computed from, or `None` for text and for values without a meaningful ratio.
    number: Option<f64>,
}

impl Row {
    /// Adds a text.
    pub fn text(self, column: &str, text: impl Into<String>) -> Self {
        self.cell(column, text.into(), None)
    }

    /// Adds a count of which less is better.
    pub fn count(self, column: &str, count: usize) -> Self {
        self.cell(column, count.to_string(), Some(count as f64))
    }

    /// Adds a number of which less is better.
    pub fn number(self, column: &str, number: f64) -> Self {
        let text = if number >= 100.0 { format!("{number:.0}") } else { format!("{number:.1}") };
        self.cell(column, text, Some(number))
    }

    /// Adds a duration in milliseconds. If `timed_out` is true, the duration is a lower bound.
    pub fn millis(self, column: &str, duration: Duration, timed_out: bool) -> Self {
        let millis = duration.as_secs_f64() * 1000.0;
        if timed_out {
            return self.cell(column, format!("> {millis:.0}"), Some(millis));
        }
        self.number(column, millis)
    }

    fn cell(mut self, column: &str, text: String, number: Option<f64>) -> Self {
        self.0.push(Cell { column: column.to_owned(), text, number });
        self
    }
}

/// Returns a Markdown table with one line per subject. Each number stands next to its ratio to the first line's number.
///
/// The line of a failed run shows its error in the first cell.
pub fn table(rows: &[(&str, Result<Row, String>)]) -> String {
    let has_cells = |row: &Result<Row, String>| row.as_ref().is_ok_and(|row| !row.0.is_empty());
    let columns: Vec<&str> = rows
        .iter()
        .find(|(_, row)| has_cells(row))
        .and_then(|(_, row)| row.as_ref().ok())
        .map(|row| row.0.iter().map(|cell| cell.column.as_str()).collect())
        .unwrap_or_default();
    let baseline = rows.first().and_then(|(_, row)| row.as_ref().ok());

    let header = if columns.is_empty() { vec!["", "result"] } else { [&[""], columns.as_slice()].concat() };
    let width = header.len();
    let mut lines = vec![header.into_iter().map(str::to_owned).collect()];
    for (index, (name, row)) in rows.iter().enumerate() {
        let mut line = vec![(*name).to_owned()];
        match row {
            Ok(row) => line.extend(columns.iter().map(|column| {
                let baseline = baseline.filter(|_| index > 0);
                row.find(column).map_or_else(|| "–".to_owned(), |cell| cell.with_ratio_to(baseline))
            })),
            Err(error) => line.push(error.clone()),
        }
        line.resize(width, "–".to_owned());
        lines.push(line);
    }
    align(&lines)
}

impl Row {
    /// Returns the text in a column.
    pub fn text_of(&self, column: &str) -> Option<&str> {
        self.find(column).map(|cell| cell.text.as_str())
    }

    /// Returns the number in a column.
    pub fn number_of(&self, column: &str) -> Option<f64> {
        self.find(column)?.number
    }

    fn find(&self, column: &str) -> Option<&Cell> {
        self.0.iter().find(|cell| cell.column == column)
    }
}

impl Cell {
    /// Returns the cell's text, with the ratio to the same column of another row if both are numbers.
    fn with_ratio_to(&self, baseline: Option<&Row>) -> String {
        let baseline = baseline.and_then(|row| row.number_of(&self.column));
        match (self.number, baseline) {
            (Some(number), Some(baseline)) if baseline > 0.0 => {
                let ratio = number / baseline;
                let digits = usize::from(ratio < 100.0);
                // The duration of a call that timed out is a lower bound, and so is its ratio.
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
        for (column, (cell, &column_width)) in line.iter().zip(&widths).enumerate() {
            let padding = " ".repeat(column_width.saturating_sub(width(cell)));
            // The first column is aligned to the left, the others to the right.
            let (left, right) = if column == 0 { ("", padding.as_str()) } else { (padding.as_str(), "") };
            text.push_str(&format!("| {left}{cell}{right} "));
        }
        text.push_str("|\n");
        if index == 0 {
            for (column, column_width) in widths.iter().enumerate() {
                let dashes = "-".repeat(column_width + 1);
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
    fn a_number_has_its_ratio_to_the_first_row() {
        let row = |requests| Ok(Row::default().count("requests", requests).text("got", "a token"));
        let table = table(&[("baseline", row(2)), ("other", row(5))]);
        assert_eq!(
            table,
            "|          | requests |     got |\n\
             |----------|---------:|--------:|\n\
             | baseline |        2 | a token |\n\
             | other    | 5 (2.5×) | a token |\n"
        );
    }

    #[test]
    fn the_ratio_of_a_timed_out_duration_is_a_lower_bound() {
        let baseline = Row::default().millis("ms", Duration::from_millis(500), false);
        let other = Row::default().millis("ms", Duration::from_secs(5), true);
        assert!(table(&[("baseline", Ok(baseline)), ("other", Ok(other))]).contains("> 5000 (> 10.0×)"));
    }

    #[test]
    fn there_is_no_ratio_to_zero() {
        let row = |count| Ok(Row::default().count("errors", count));
        assert!(!table(&[("baseline", row(0)), ("other", row(5))]).contains('×'));
    }

    #[test]
    fn a_failed_row_shows_its_error_in_every_position() {
        let failed = || Err("failed: no error message".to_owned());
        let success = Ok(Row::default().count("requests", 1));
        assert_eq!(table(&[("baseline", failed()), ("other", success)]).matches("failed:").count(), 1);
        assert_eq!(table(&[("baseline", failed()), ("other", failed())]).matches("failed:").count(), 2);
    }
}
