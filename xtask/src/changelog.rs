use semver::Version;

/// The file, from the root.
pub(crate) const FILE: &str = "CHANGELOG.md";

/// Says whether the changelog tells of something that breaks, in what is not released yet or in a version.
pub(crate) fn says_what_breaks(changelog: &str, version: &Version) -> bool {
    let sections = [section(changelog, "Unreleased"), section(changelog, &version.to_string())];
    sections.into_iter().flatten().any(|lines| lines.lines().any(|line| line.starts_with("- Breaking:")))
}

/// Says whether a version has a section with a date, as a release needs.
pub(crate) fn is_dated(changelog: &str, version: &Version) -> bool {
    let heading = format!("## {version} - ");
    changelog.lines().filter_map(|line| line.strip_prefix(&heading)).any(|date| {
        let parts: Vec<_> = date.trim().split('-').collect();
        let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
        parts.iter().map(|part| part.len()).eq([4, 2, 2]) && parts.iter().all(is_number)
    })
}

/// Returns what stands under a heading of the second level that begins with a name.
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
    fn what_breaks_is_looked_for_in_the_section_of_its_version() {
        assert!(says_what_breaks(CHANGELOG, &Version::new(0, 2, 0)));
        assert!(!says_what_breaks(CHANGELOG, &Version::new(0, 3, 0)), "an old break excuses no new one");
        assert!(!says_what_breaks(CHANGELOG, &Version::new(0, 1, 0)));
    }

    #[test]
    fn a_release_has_a_date() {
        assert!(is_dated(CHANGELOG, &Version::new(0, 2, 0)));
        assert!(!is_dated(CHANGELOG, &Version::new(0, 1, 0)));
        assert!(!is_dated("## 0.2.0 - soon", &Version::new(0, 2, 0)));
    }
}
