//! Patterns of paths: templates such as `/links/{link_id}`, and prefixes such as `/links/*`.

use std::fmt;

use http::uri::PathAndQuery;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::session::stubs::percent_decode_path;

/// A pattern that is compared with the path of a request, segment by segment after percent-decoding: clients differ in what
/// they encode.
///
/// | Pattern | Matches | Does not match |
/// |---|---|---|
/// | `/links/lnk_1` | `/links/lnk_1`, `/links/lnk%5F1` | `/links/lnk_1/` |
/// | `/links/{link_id}` | `/links/lnk_1`, `/links/a%2Fb` | `/links`, `/links/`, `/links/a/b` |
/// | `/links/*` | `/links/lnk_1`, `/links/`, `/links/a/b` | `/links` |
/// | `/*` | every path | |
///
/// A parameter in braces stands for one whole, non-empty segment. A `*` stands for the rest of the path and can only be
/// the last segment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct PathPattern {
    text: String,
    segments: Vec<Segment>,
    matches_rest: bool,
}

#[derive(Clone, PartialEq, Eq)]
enum Segment {
    /// The decoded segment.
    Literal(String),
    Parameter,
}

impl PathPattern {
    pub(crate) fn parse(text: &str) -> Result<Self, ConfigError> {
        let invalid =
            |reason: &str| Err(ConfigError::new(format!("the path pattern {text:?} is invalid: {reason}")));
        let Some(path) = text.strip_prefix('/') else { return invalid("it must start with a slash") };
        if !text.parse::<PathAndQuery>().is_ok_and(|parsed| parsed.path() == text) {
            return invalid("pass a percent-encoded path that starts with a slash and has no query");
        }
        let (path, matches_rest) = match path.strip_suffix('*') {
            Some("") => ("", true),
            Some(prefix) if prefix.ends_with('/') => (&prefix[..prefix.len() - 1], true),
            _ => (path, false),
        };
        let mut segments = Vec::new();
        // The pattern `/*` has no segment before the `*`, and the path `/` has an empty one.
        if !(matches_rest && path.is_empty()) {
            for segment in path.split('/') {
                let name = segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}'));
                segments.push(match name {
                    Some(name) if !name.is_empty() && !name.contains(['{', '}']) => Segment::Parameter,
                    _ if segment.contains(['{', '}']) => {
                        return invalid("a parameter such as {id} must be a whole segment and have a name");
                    }
                    _ if segment.contains('*') => {
                        return invalid("`*` can only be the last segment; use {id} for one segment");
                    }
                    _ => Segment::Literal(percent_decode_path(segment)),
                });
            }
        }
        Ok(Self { text: text.to_owned(), segments, matches_rest })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn matches(&self, path: &str) -> bool {
        let Some(path) = path.strip_prefix('/') else { return false };
        let mut actual = path.split('/');
        let is_prefix =
            self.segments.iter().all(|segment| actual.next().is_some_and(|actual| segment.matches(actual)));
        is_prefix && actual.next().is_some() == self.matches_rest
    }

    /// Returns the number of leading segments that match, for finding the pattern that is closest to a path.
    pub(crate) fn common_segments(&self, path: &str) -> usize {
        let actual = path.strip_prefix('/').unwrap_or(path).split('/');
        let pairs = self.segments.iter().zip(actual);
        pairs.take_while(|(segment, actual)| segment.matches(actual)).count()
    }
}

impl Segment {
    fn matches(&self, actual: &str) -> bool {
        match self {
            Self::Literal(expected) if actual.contains('%') => *expected == percent_decode_path(actual),
            Self::Literal(expected) => expected == actual,
            Self::Parameter => !actual.is_empty(),
        }
    }
}

impl fmt::Debug for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl TryFrom<String> for PathPattern {
    type Error = ConfigError;

    fn try_from(text: String) -> Result<Self, ConfigError> {
        Self::parse(&text)
    }
}

impl From<PathPattern> for String {
    fn from(pattern: PathPattern) -> Self {
        pattern.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_match_one_segment_and_an_asterisk_matches_the_rest() {
        let cases: &[(&str, &[&str], &[&str])] = &[
            ("/", &["/"], &["/a", ""]),
            ("/a:b/%c3%A4+", &["/a%3Ab/%C3%a4+", "/a:b/ä%2B"], &["/a:b/%C3%A4 ", "/a/b"]),
            ("/a%2Fb", &["/a%2fb"], &["/a/b"]),
            ("/links", &["/links"], &["/links/", "/link", "/links/a", "/Links"]),
            ("/links/", &["/links/"], &["/links", "/links/a"]),
            ("/links/{id}", &["/links/a", "/links/a%2Fb"], &["/links", "/links/", "/links/a/b"]),
            ("/links/{id}/sync", &["/links/a/sync"], &["/links/sync", "/links//sync"]),
            ("/links/*", &["/links/", "/links/a", "/links/a/b"], &["/links", "/link/a"]),
            ("/{any}/*", &["/a/", "/a/b/c"], &["/a", "//a"]),
            ("/*", &["/", "/a", "/a/b"], &[]),
        ];
        for (pattern, matching, other) in cases {
            let pattern = PathPattern::parse(pattern).unwrap();
            for path in *matching {
                assert!(pattern.matches(path), "{pattern:?} {path}");
            }
            for path in *other {
                assert!(!pattern.matches(path), "{pattern:?} {path}");
            }
        }
    }

    #[test]
    fn invalid_patterns_are_rejected_with_the_reason() {
        for (pattern, reason) in [
            ("", "start with a slash"),
            ("links", "start with a slash"),
            ("*", "start with a slash"),
            ("/links?page=2", "no query"),
            ("/links of mine", "percent-encoded"),
            ("/links/{}", "have a name"),
            ("/links/{a}.json", "whole segment"),
            ("/links/{a", "whole segment"),
            ("/links*", "last segment"),
            ("/*/links", "last segment"),
        ] {
            let error = PathPattern::parse(pattern).unwrap_err().to_string();
            assert!(error.contains(reason), "{pattern}: {error}");
        }
    }
}
