//! Tidy check: no test sleeps in real time or is ignored without a reason.

use anyhow::Result;

use crate::workspace::{files, relative, root};

/// Returns a finding for each banned call or attribute.
pub(super) fn check() -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for path in files(root(), Some("rs"))? {
        if !path.ends_with("generated/client.rs") {
            let name = relative(&path);
            findings.extend(findings_in(&name, &std::fs::read_to_string(&path)?));
        }
    }
    Ok(findings)
}

/// The files that may sleep, each with its reason.
const MAY_SLEEP: [&str; 6] = [
    // The emulator delays responses on request.
    "crates/moneykit-emulator/src/session/clock.rs",
    // The library waits between attempts; tests use simulated time.
    "crates/moneykit/src/sync.rs",
    // The proxy waits after a failure to accept a connection, which has no event at its end.
    "crates/moneykit-cli/src/commands/proxy/server.rs",
    // Simulated time.
    "crates/moneykit/src/token/simulated_time.rs",
    // Measurements and load in real time.
    "tests/peers/src/pause.rs",
    "tests/src/pause.rs",
];

const SLEEPS: [(&str, &str); 2] = [
    (concat!("thread::", "sleep"), "wait for an event or advance a test clock"),
    (concat!("time::", "sleep"), "wait for an event or advance a test clock"),
];
const BANNED: [(&str, &str); 3] = [
    (concat!("#[", "ignore]"), "add a reason: #[ignore = \"…\"]"),
    (concat!("/// ", "```ignore"), "examples must compile and run"),
    (concat!("//! ", "```ignore"), "examples must compile and run"),
];

fn findings_in(name: &str, text: &str) -> Vec<String> {
    let sleeps: &[_] = if MAY_SLEEP.contains(&name) { &[] } else { &SLEEPS };
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for (banned, why) in sleeps.iter().chain(&BANNED).filter(|(banned, _)| line.contains(banned)) {
            findings.push(format!("{name}:{}: `{banned}`: {why}", number + 1));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_files_may_sleep() {
        let text = concat!("tokio::", "time::", "sleep(delay).await;\n");

        assert!(MAY_SLEEP.iter().all(|name| findings_in(name, text).is_empty()));
        for other in ["tests/peers/src/lib.rs", "src/pause.rs", "crates/tests/peers/src/pause.rs"] {
            assert_eq!(findings_in(other, text).len(), 1, "{other}");
        }
        assert_eq!(findings_in(MAY_SLEEP[0], concat!("#[", "ignore]")).len(), 1);
    }
}
