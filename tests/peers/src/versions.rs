//! The versions of the crates and of the compiler, for the head of the report.

/// Returns the version of a crate that this binary was built with, from the lock file.
pub fn of(name: &str) -> Option<&'static str> {
    let name_line = format!("name = \"{name}\"");
    let mut lines = LOCK_FILE.lines().skip_while(|line| *line != name_line);
    lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
}

/// Returns the version of the compiler that this binary was built with.
pub fn compiler() -> &'static str {
    env!("PEERS_COMPILER")
}

const LOCK_FILE: &str = include_str!("../Cargo.lock");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_a_crate_is_read_from_the_lock_file() {
        assert!(of("yup-oauth2").is_some_and(|version| version.starts_with("12.")));
        assert_eq!(of("no-such-crate"), None);
    }
}
