//! Path templates: paths with parameters in braces, each of which a value replaces as one segment.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::target;

/// A path with parameters, such as `/links/{link_id}/accounts`.
#[derive(Debug, Clone)]
pub(super) struct PathTemplate {
    template: String,
    /// The template with the values that are known so far. Encoded values have no braces.
    path: String,
}

/// All characters except for the unreserved ones (RFC 3986 §2.3), which need no encoding anywhere in a URL.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl PathTemplate {
    /// Parses a path that has braces. Returns `None` for any other path.
    ///
    /// Errors name the remedy and quote nothing, because a path may hold secrets.
    pub(super) fn parse(path: &str) -> Option<Result<Self, &'static str>> {
        if !path.bytes().any(is_brace) {
            return None;
        }
        let (before_query, query) = match path.split_once('?') {
            Some((before_query, query)) => (before_query, Some(query)),
            None => (path, None),
        };
        // Braces have no meaning in a query.
        before_query.bytes().any(is_brace).then(|| Self::parse_template(before_query, query))
    }

    fn parse_template(path: &str, query: Option<&str>) -> Result<Self, &'static str> {
        if query.is_some() {
            return Err("a path with parameters (`{…}`) cannot contain a query; call `query` instead of `?`");
        }
        let mut rest = path;
        while let Some((literal, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or(("{", ""));
            if literal.contains('}') || name.contains('{') {
                return Err(UNBALANCED);
            }
            if !is_name(name) {
                return Err(
                    "the path has braces around something that is not the name of a parameter, which consists of \
                     letters, digits, `_`, `-` and `.`; write a literal brace as `%7B` or `%7D`",
                );
            }
            rest = after;
        }
        if rest.contains('}') {
            return Err(UNBALANCED);
        }
        let slash = if path.starts_with('/') || target::is_absolute(path) { "" } else { "/" };
        let template = [slash, path].concat();
        Ok(Self { path: template.clone(), template })
    }

    /// Returns the template as it names the path in traces.
    pub(super) fn as_str(&self) -> &str {
        &self.template
    }

    pub(super) fn into_template(self) -> String {
        self.template
    }

    /// Replaces a parameter by its value.
    pub(super) fn set(&mut self, name: &str, value: &dyn fmt::Display) -> Result<(), String> {
        let placeholder = format!("{{{name}}}");
        let problem = |problem: &str| Err(format!("the path parameter {} {problem}", shown(name)));
        if !self.template.contains(&placeholder) {
            return problem("is not in the path; correct the name, or add it to the path in braces");
        }
        if !self.path.contains(&placeholder) {
            return problem("is set twice; set it once");
        }
        let value = match segment(&value.to_string()) {
            Ok(value) => value,
            Err(reason) => return problem(reason),
        };
        self.path = self.path.replace(&placeholder, &value);
        Ok(())
    }

    /// Returns the path with the values of all parameters.
    pub(super) fn path(&self) -> Result<&str, String> {
        match self.path.split_once('{').and_then(|(_, rest)| rest.split_once('}')) {
            Some((name, _)) => {
                Err(format!("the path parameter `{name}` has no value; set it with `path(\"{name}\", …)`"))
            }
            None => Ok(&self.path),
        }
    }
}

/// Returns a value as one segment of a path, percent-encoded, or the problem with its remedy, as a predicate.
pub(crate) fn segment(value: &str) -> Result<String, &'static str> {
    match value {
        "" => return Err("is empty, which would name another path; set it to a value"),
        "." | ".." => {
            return Err(
                "is `.` or `..`, which servers resolve to another path and which cannot be percent-encoded; set it to \
                 another value",
            );
        }
        _ => {}
    }
    let value = utf8_percent_encode(value, RESERVED).to_string();
    // A server or a gateway may decode the slashes of a value before it resolves dot segments, or decode it twice.
    if target::check_path(&format!("/-{value}")).is_err() || target::check_path(&value).is_err() {
        return Err(
            "has a value that servers may read as another path: it has a `.` or `..` segment, starts with a slash, \
             contains a control character, or is percent-encoded already; set it to the plain value",
        );
    }
    Ok(value)
}

const UNBALANCED: &str = "the path has a brace without its counterpart; write a parameter as `{name}`, and a literal brace as \
    `%7B` or `%7D`";

/// Returns the error of a parameter for a path that has none.
pub(super) fn no_template(name: &str) -> String {
    format!("the path parameter {} is not in the path; write it there in braces", shown(name))
}

/// Returns a name for messages. What is not the name of a parameter may be its value.
fn shown(name: &str) -> String {
    if is_name(name) { format!("`{name}`") } else { "with an invalid name".to_owned() }
}

fn is_name(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (1..=64).contains(&text.len()) && text.bytes().all(is_part)
}

fn is_brace(byte: u8) -> bool {
    matches!(byte, b'{' | b'}')
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;
    use crate::transport::{BaseUrl, PlaintextPolicy};

    fn template(path: &str) -> PathTemplate {
        PathTemplate::parse(path).unwrap().unwrap()
    }

    fn expanded(value: &dyn fmt::Display) -> Result<String, String> {
        let mut template = template("/links/{id}/accounts");
        template.set("id", value)?;
        template.path().map(str::to_owned)
    }

    #[test]
    fn a_value_is_encoded_as_one_segment() {
        for (value, encoded) in [
            ("lnk_123", "lnk_123"),
            ("AZaz09-._~", "AZaz09-._~"),
            ("a/b", "a%2Fb"),
            ("a\\b", "a%5Cb"),
            ("a?b#c", "a%3Fb%23c"),
            ("100%", "100%25"),
            ("a;b=c", "a%3Bb%3Dc"),
            ("a b+c&d", "a%20b%2Bc%26d"),
            ("{id}", "%7Bid%7D"),
            ("user@example.com:1", "user%40example.com%3A1"),
            ("é", "%C3%A9"),
            ("...", "..."),
            ("a..b", "a..b"),
        ] {
            assert_eq!(expanded(&value), Ok(format!("/links/{encoded}/accounts")), "{value}");
        }
        assert_eq!(expanded(&7), Ok("/links/7/accounts".to_owned()));
    }

    proptest! {
        // A fixed seed, so that the test fails only when the code changes.
        #![proptest_config(ProptestConfig {
            cases: 2_000,
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(7),
            ..ProptestConfig::default()
        })]

        #[test]
        fn every_value_is_one_segment_or_an_error(
            value in prop_oneof!["[-./\\\\%;?#{}@: 2eEfF\u{ff0e}]{0,9}", "[!-~]{0,12}", "(?s).{0,9}"],
        ) {
            let mut template = template("/links/{id}/accounts");
            if template.set("id", &value).is_ok() {
                let base = "https://api.moneykit.com/gateway";
                let base = BaseUrl::parse("base_url", base, PlaintextPolicy::LoopbackOnly).unwrap();
                let url = target::resolve(&base, template.path().unwrap()).unwrap();
                let segments: Vec<_> = url.path_segments().unwrap().collect();
                let decoded = percent_decode_str(segments[2]).decode_utf8().unwrap();
                prop_assert_eq!(&segments[..2], &["gateway", "links"]);
                prop_assert_eq!(&*decoded, &value);
                prop_assert_eq!(&segments[3..], &["accounts"]);
                prop_assert!(url.query().is_none() && url.fragment().is_none());
            }
        }
    }

    #[test]
    fn a_value_that_servers_may_read_as_another_path_is_rejected() {
        for (value, reason) in [
            ("", "`id` is empty"),
            (".", "`id` is `.` or `..`"),
            ("..", "`id` is `.` or `..`"),
            ("../admin", "`id` has a value"),
            ("a/../b", "`id` has a value"),
            ("a\\..\\b", "`id` has a value"),
            ("..;", "`id` has a value"),
            ("..?a", "`id` has a value"),
            ("..#a", "`id` has a value"),
            ("..\u{200b}", "`id` has a value"),
            ("\u{2025}", "`id` has a value"),
            ("%2e%2e", "`id` has a value"),
            ("a%2Fb", "`id` has a value"),
            ("/evil.example", "`id` has a value"),
            ("\u{ff0e}\u{ff0e}", "`id` has a value"),
            ("a\nb", "`id` has a value"),
            ("a\0", "`id` has a value"),
        ] {
            let error = expanded(&value).unwrap_err();
            assert!(error.contains(reason), "{value}: {error}");
            assert!(value.len() < 3 || !error.contains(value), "{value}: {error}");
        }
    }

    #[test]
    fn a_path_without_braces_is_no_template() {
        for path in ["", "/links", "/links/lnk_1?page=2", r#"/links?filter={"a":1}"#] {
            assert!(PathTemplate::parse(path).is_none(), "{path}");
        }
    }

    #[test]
    fn a_malformed_template_is_rejected() {
        for (path, reason) in [
            ("/links/{id", "counterpart"),
            ("/links/id}", "counterpart"),
            ("/links/{id}}", "counterpart"),
            ("/links/{{id}}", "counterpart"),
            ("/links/{a{b}}", "counterpart"),
            ("/}{", "counterpart"),
            ("/links/{}", "not the name"),
            ("/links/{a b}", "not the name"),
            ("/links/{a/b}", "not the name"),
            ("/links/{pale@example.com}", "not the name"),
            ("/links/{id}?page=2", "call `query`"),
            ("/links/{id}?", "call `query`"),
        ] {
            let error = PathTemplate::parse(path).unwrap().unwrap_err();
            assert!(error.contains(reason) && !error.contains("pale"), "{path}: {error}");
        }
    }

    #[test]
    fn each_parameter_is_set_once() {
        let mut template = template("links/{link_id}/accounts/{account_id}");
        assert_eq!(template.as_str(), "/links/{link_id}/accounts/{account_id}");
        assert!(template.path().unwrap_err().contains("`path(\"link_id\", …)`"));
        template.set("link_id", &"{account_id}").unwrap();
        assert!(template.path().unwrap_err().contains("account_id"));

        for (name, reason) in [
            ("link_id", "`link_id` is set twice"),
            ("id", "`id` is not in"),
            ("pale@b.c", "with an invalid name"),
        ] {
            let error = template.set(name, &1).unwrap_err();
            assert!(error.contains(reason) && !error.contains("pale"), "{error}");
        }
        template.set("account_id", &"b").unwrap();
        assert_eq!(template.path(), Ok("/links/%7Baccount_id%7D/accounts/b"));
    }
}
