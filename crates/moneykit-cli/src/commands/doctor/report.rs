//! The checks of `moneykit doctor`, as lines for people and as JSON.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use moneykit_contract::EscapedLines;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::source::Setting;

/// The outcomes of all checks, in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct Report {
    settings: Map<String, Value>,
    checks: Vec<Check>,
}

/// The outcome of one check.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    name: &'static str,
    status: Status,
    message: String,
    notes: Vec<String>,
    #[serde(skip)]
    exit: Exit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Warning,
    Error,
    Skipped,
}

impl Report {
    pub(super) fn add(&mut self, check: Check) {
        self.checks.push(check);
    }

    /// Records the source of a setting; `value` is omitted if it is secret.
    pub(super) fn add_setting<T>(&mut self, name: &str, value: Option<&str>, setting: &Setting<T>) {
        let mut entry = json!({"source": setting.source, "shadows": setting.shadows});
        if let Some(value) = value {
            entry["value"] = value.into();
        }
        self.settings.insert(name.to_owned(), entry);
    }

    pub(super) fn has_failed(&self, name: &str) -> bool {
        self.checks.iter().any(|check| check.name == name && check.status == Status::Error)
    }

    /// Returns the exit code of the first failed check.
    pub(super) fn exit(&self) -> Exit {
        let failed = self.checks.iter().find(|check| check.status == Status::Error);
        failed.map_or(Exit::Success, |check| check.exit)
    }

    pub(super) fn to_json(&self) -> Value {
        let exit = self.exit();
        json!({
            "ok": exit == Exit::Success,
            "exit_code": exit as u8,
            "settings": self.settings,
            "checks": self.checks,
        })
    }

    pub(super) fn to_text(&self) -> String {
        let width = self.checks.iter().map(|check| check.name.len()).max().unwrap_or_default();
        let mut text = String::new();
        for Check { name, status, message, notes, .. } in &self.checks {
            let (mark, style) = status.mark();
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{style}{mark}{style:#} {name:width$}  {}", EscapedLines(message));
            for note in notes {
                let _ = writeln!(text, "  {:width$}  {}", "", EscapedLines(note));
            }
        }
        text
    }
}

impl Check {
    pub(super) fn passed(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, message: message.into(), notes: Vec::new(), exit: Exit::Success }
    }

    pub(super) fn warning(name: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        let notes = vec![remedy.into()];
        Self { status: Status::Warning, notes, ..Self::passed(name, message) }
    }

    pub(super) fn skipped(name: &'static str, message: impl Into<String>) -> Self {
        Self { status: Status::Skipped, ..Self::passed(name, message) }
    }

    pub(super) fn failed(name: &'static str, failure: &Failure) -> Self {
        let notes = failure.notes().to_vec();
        Self { status: Status::Error, notes, exit: failure.exit(), ..Self::passed(name, failure.message()) }
    }
}

impl Status {
    fn mark(self) -> (char, Style) {
        match self {
            Self::Ok => ('✓', AnsiColor::Green.on_default()),
            Self::Warning => ('!', AnsiColor::Yellow.on_default().bold()),
            Self::Error => ('✗', AnsiColor::Red.on_default().bold()),
            Self::Skipped => ('-', Style::new().dimmed()),
        }
    }
}
