use anyhow::Result;

use crate::workspace::{files, relative, root};

/// No test waits for the clock on the wall, is skipped in silence, or counts on a port being free.
pub(super) fn check() -> Result<Vec<String>> {
    let mut objections = Vec::new();
    for path in files(root(), "rs")? {
        if !path.ends_with("generated/client.rs") {
            let name = relative(&path).to_string();
            objections.extend(objections_to(&name, &std::fs::read_to_string(&path)?));
        }
    }
    Ok(objections)
}

/// The files that may sleep, and why.
const MAY_SLEEP: [&str; 6] = [
    // A server that is slow when it is told to be.
    "crates/moneykit-emulator/src/clock.rs",
    // The library waits between its tries; tests move its time.
    "crates/moneykit/src/sync.rs",
    // A server on simulated time.
    "crates/moneykit/src/token_cache/tests/world.rs",
    // Measurements of what people wait for.
    "tests/peers/src/pause.rs",
    "tests/src/bin/lifecycle/pause.rs",
    // Load that goes on for as long as it is told to.
    "tests/src/bin/soak/pause.rs",
];

const SLEEPS: [(&str, &str); 2] = [
    (concat!("thread::", "sleep"), "tests wait for events, or move a clock of their own"),
    (concat!("time::", "sleep"), "tests wait for events, or move a clock of their own"),
];
const BANNED: [(&str, &str); 3] = [
    (concat!("#[", "ignore]"), "say why: #[ignore = \"…\"]"),
    (concat!("/// ", "```ignore"), "examples compile and run"),
    (concat!("//! ", "```ignore"), "examples compile and run"),
];

fn objections_to(name: &str, text: &str) -> Vec<String> {
    let sleeps: &[_] = if MAY_SLEEP.contains(&name) { &[] } else { &SLEEPS };
    let mut objections = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for (banned, why) in sleeps.iter().chain(&BANNED).filter(|(banned, _)| line.contains(banned)) {
            objections.push(format!("{name}:{}: `{banned}`: {why}", number + 1));
        }
    }
    objections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_files_may_sleep_and_no_other() {
        let text = concat!("tokio::", "time::", "sleep(delay).await;\n");

        assert!(MAY_SLEEP.iter().all(|name| objections_to(name, text).is_empty()));
        for other in ["tests/peers/src/lib.rs", "src/pause.rs", "crates/tests/peers/src/pause.rs"] {
            assert_eq!(objections_to(other, text).len(), 1, "{other}");
        }
        assert_eq!(objections_to(MAY_SLEEP[0], concat!("#[", "ignore]")).len(), 1);
    }
}
