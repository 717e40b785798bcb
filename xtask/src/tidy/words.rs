//! Words that documentation and code must not use, because the field has a standard word for the same thing.

use anyhow::Result;

use crate::workspace::{files, relative, root};

/// A word and the reason why it must not come back. Matches whole words with the same capitalization.
const WORDS: [(&str, &str); 15] = [
    ("Says whether", "write `Returns true if`"),
    ("Tells whether", "write `Returns true if`"),
    ("Says what", "write `Returns`"),
    ("shall", "write `must`, or the present tense"),
    ("whoever", "name the caller, user or client"),
    ("Whoever", "name the caller, user or client"),
    ("endeavour", "write `refresh` or `attempt`"),
    ("Desk", "the shared state of the token cache is `State`"),
    ("Journey", "the task that gets a token is `RefreshTask`"),
    ("Ticket", "a caller that waits for a refresh is a `Waiter`"),
    ("Flight", "a refresh that callers share is `InFlightRefresh`"),
    ("Courier", "requests are sent by `AuthenticatedSender`"),
    ("Spare", "the copy of a request for a retry is `RetryRequest`"),
    ("Scissors", "the point at which a connection is cut is `Cutoff`"),
    ("CredentialPlacement", "OAuth calls it `ClientAuthMethod`"),
];

/// The files that may use the words, and the reason.
const EXCEPTIONS: [(&str, &str); 3] = [
    ("xtask/src/tidy/words.rs", "it lists the words"),
    ("CHANGELOG.md", "entries name items as they were called at the time"),
    ("crates/moneykit-gen/generated/client.rs", "its text comes from the contract"),
];

/// Returns a finding for each word in a Rust or Markdown file.
pub(super) fn check() -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for path in files(root(), Some("rs"))?.into_iter().chain(files(root(), Some("md"))?) {
        findings.extend(findings_in(&relative(&path), &std::fs::read_to_string(&path)?));
    }
    Ok(findings)
}

fn findings_in(path: &str, text: &str) -> Vec<String> {
    if EXCEPTIONS.iter().any(|(exception, _)| *exception == path) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for (word, reason) in WORDS.iter().filter(|(word, _)| has_word(line, word)) {
            findings.push(format!("{path}:{}: `{word}`: {reason}", number + 1));
        }
    }
    findings
}

fn has_word(line: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(word).any(|(start, _)| {
        !line[..start].ends_with(is_part) && !line[start + word.len()..].starts_with(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_reported_with_its_line_and_reason() {
        for (word, reason) in WORDS {
            let text = format!("//! A file.\n/// The thing: {word}.\n");
            assert_eq!(findings_in("src/a.rs", &text), [format!("src/a.rs:2: `{word}`: {reason}")]);
            assert!(EXCEPTIONS.iter().all(|(path, _)| findings_in(path, &text).is_empty()));
        }
    }

    #[test]
    fn a_part_of_a_word_is_not_reported() {
        for text in ["Desktop", "shallow", "TicketOffice", "spare", "marshall", "shall_not"] {
            assert!(findings_in("src/a.rs", text).is_empty(), "{text}");
        }
    }
}
