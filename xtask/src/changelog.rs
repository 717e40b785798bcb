//! The parts of the changelog that tasks check.

use semver::Version;

/// The path of the changelog from the root.
pub(crate) const FILE: &str = "CHANGELOG.md";

/// Returns true if the changelog declares a breaking change, unreleased or in a version.
pub(crate) fn declares_breaking(changelog: &str, version: &Version) -> bool {
    let sections = [section(changelog, "Unreleased"), section(changelog, &version.to_string())];
    sections.into_iter().flatten().any(|lines| lines.lines().any(|line| line.starts_with("- Breaking:")))
}

/// Returns true if a version has a section with a date, as a release requires.
pub(crate) fn is_dated(changelog: &str, version: &Version) -> bool {
    let heading = format!("## {version} - ");
    changelog.lines().filter_map(|line| line.strip_prefix(&heading)).any(|date| {
        let parts: Vec<_> = date.trim().split('-').collect();
        let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
        parts.iter().map(|part| part.len()).eq([4, 2, 2]) && parts.iter().all(is_number)
    })
}

/// Returns the section below the level-two heading that begins with a name.
fn section<'a>(changelog: &'a str, name: &str) -> Option<&'a str> {
    changelog.split("\n## ").find_map(|section| {
        let rest = section.strip_prefix(name)?;
        // 0.1.0 is not 0.1.01.
        rest.starts_with(['\n', ' ']).then_some(rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGELOG: &str = "# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.2.0 - 2026-11-23\n\n- Breaking: all.\n\n\
                             ## 0.1.0\n\n- First.\n";

    #[test]
    fn a_breaking_change_is_declared_unreleased_or_in_its_version() {
        assert!(declares_breaking(CHANGELOG, &Version::new(0, 2, 0)));
        assert!(!declares_breaking(CHANGELOG, &Version::new(0, 3, 0)), "0.3.0 has no section");
        assert!(!declares_breaking(CHANGELOG, &Version::new(0, 1, 0)));
    }

    #[test]
    fn only_a_date_makes_a_section_dated() {
        assert!(is_dated(CHANGELOG, &Version::new(0, 2, 0)));
        assert!(!is_dated(CHANGELOG, &Version::new(0, 1, 0)));
        assert!(!is_dated("## 0.2.0 - soon", &Version::new(0, 2, 0)));
    }
}
