//! Tidy check: documentation and code do not use certain words for which the field has standard terms.

use anyhow::Result;

use crate::workspace::{files, relative, root};

/// The banned words and their replacements. Matches whole words with the same capitalization. Each is written in two
/// parts, so that a search for a word finds none here.
const WORDS: [(&str, &str); 15] = [
    (concat!("Says", " whether"), "write `Returns true if`"),
    (concat!("Tells", " whether"), "write `Returns true if`"),
    (concat!("Says", " what"), "write `Returns`"),
    (concat!("sh", "all"), "write `must`, or the present tense"),
    (concat!("who", "ever"), "name the caller, user or client"),
    (concat!("Who", "ever"), "name the caller, user or client"),
    (concat!("ende", "avour"), "write `refresh` or `attempt`"),
    (concat!("De", "sk"), "the shared state of the token cache is `State`"),
    (concat!("Jou", "rney"), "the task that gets a token is `RefreshTask`"),
    (concat!("Tic", "ket"), "a caller that waits for a refresh is a `Waiter`"),
    (concat!("Fli", "ght"), "a refresh that callers share is `InFlightRefresh`"),
    (concat!("Cou", "rier"), "requests are sent by `AuthenticatedSender`"),
    (concat!("Sp", "are"), "the copy of a request for a retry is `RetryRequest`"),
    (concat!("Scis", "sors"), "the point at which a connection is cut is `Cutoff`"),
    (concat!("Credentia", "lPlacement"), "OAuth calls it `ClientAuthMethod`"),
];

/// The files that may use the words, and the reason.
const EXCEPTIONS: [(&str, &str); 2] = [
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
