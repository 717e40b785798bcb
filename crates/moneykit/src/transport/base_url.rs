//! The base URL of the API: its validation, and the rule that plaintext HTTP is for loopback hosts.

use std::borrow::Cow;
use std::fmt;

use url::{Host, Url};

use crate::auth::pasted_text_problem;
use crate::error::Problem;

/// The base URL of the API: an absolute URL without user information, query, fragment or trailing slash.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct BaseUrl {
    text: String,
    url: Url,
}

/// The name of the loopback host.
pub(super) const LOCALHOST: &str = "localhost";

/// The hosts that an `http` base URL may name. Requests to them, and the client secret, are not encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlaintextPolicy {
    LoopbackOnly,
    AllowAnyHost,
}

impl BaseUrl {
    /// Parses and checks a base URL. `setting` is its name in the error.
    pub(crate) fn parse(
        setting: impl Into<Cow<'static, str>>,
        text: &str,
        plaintext: PlaintextPolicy,
    ) -> Result<Self, Problem> {
        let setting = setting.into();
        let problem = |what: &str| Problem::new(setting.clone(), what);
        // The URL parser ignores some whitespace around a URL, and files end with a line break.
        let text = text.trim();
        if let Some(what) = text_problem(text) {
            return Err(problem(what));
        }
        let url = Url::parse(text).map_err(|error| {
            // The message does not quote the text, which may be a secret in the wrong variable.
            problem(&format!("is not a URL ({error}); use a URL such as https://api.moneykit.com"))
        })?;
        let Some(host) = url.host() else {
            return Err(problem("has no host; use a URL such as https://api.moneykit.com"));
        };
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&host) || plaintext == PlaintextPolicy::AllowAnyHost => {}
            "http" => {
                return Err(problem(
                    "uses http, which would expose the client secret to the network; use https (http is for \
                     `localhost`, 127.0.0.1 and [::1])",
                ));
            }
            _ => return Err(problem("has a scheme that is neither https nor http; use https")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(problem(
                "contains a user or password; remove it, and pass the client ID and secret as credentials",
            ));
        }
        if url.path().starts_with("//") {
            return Err(problem("has an empty path segment; check whether the scheme is in it twice"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(problem("contains a query or a fragment; remove what follows the path"));
        }
        Ok(Self { text: url.as_str().trim_end_matches('/').to_owned(), url })
    }

    /// Returns true if requests are not encrypted.
    pub(crate) fn is_plaintext(&self) -> bool {
        self.url.scheme() == "http"
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the base URL in parsed form, in which an empty path is `/`.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// Returns the problem of a text that the URL parser would accept or reject without naming it, with its remedy.
fn text_problem(text: &str) -> Option<&'static str> {
    let is_variable = |(at, _): (usize, &str)| {
        text[at + 1..].starts_with(|c: char| matches!(c, '{' | '(' | '_') || c.is_ascii_alphabetic())
    };
    if let Some(problem) = pasted_text_problem(text) {
        Some(problem)
    } else if text.contains(char::is_control) {
        Some("contains a control character, such as a line break; remove it")
    } else if text.match_indices('$').any(is_variable) || text.contains("{{") {
        Some(
            "contains what looks like a variable that was not expanded (`$…`); check the tool that sets it, and that the \
             variable is set",
        )
    } else {
        None
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        // Other names that end in `.localhost` (RFC 6761 §6.3) are looked up in DNS by some systems. The transport
        // resolves `localhost` itself.
        Host::Domain(name) => *name == LOCALHOST,
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_loses_its_trailing_slash_and_keeps_its_path() {
        for (text, expected) in [
            ("https://api.moneykit.com", "https://api.moneykit.com"),
            ("https://api.moneykit.com/", "https://api.moneykit.com"),
            ("HTTPS://API.MoneyKit.com:8443/gateway/mk/", "https://api.moneykit.com:8443/gateway/mk"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("http://localhost", "http://localhost"),
            ("http://LOCALHOST:80", "http://localhost"),
            ("http://127.1:8080", "http://127.0.0.1:8080"),
            (" https://api.moneykit.com\n", "https://api.moneykit.com"),
            ("https://api.moneykit.com/a$/b", "https://api.moneykit.com/a$/b"),
        ] {
            assert_eq!(
                BaseUrl::parse("base_url", text, PlaintextPolicy::LoopbackOnly).unwrap().as_str(),
                expected
            );
        }
    }

    #[test]
    fn an_invalid_base_url_is_rejected_with_a_remedy() {
        for (text, expected) in [
            ("", "is not a URL"),
            ("api.moneykit.com", "is not a URL"),
            ("https://https://api.moneykit.com", "the scheme is in it twice"),
            ("/auth", "is not a URL"),
            ("https://", "is not a URL"),
            ("mailto:someone@example.com", "has no host"),
            ("ftp://api.moneykit.com", "neither https nor http"),
            ("http://api.moneykit.com", "use https"),
            ("http://localhost.example.com", "use https"),
            ("http://moneykit.localhost", "use https"),
            ("http://localhost.", "use https"),
            ("http://0.0.0.0", "use https"),
            ("http://[::]", "use https"),
            ("http://[::ffff:127.0.0.1]", "use https"),
            ("http://127.0.0.1.pale.example", "use https"),
            ("http://localhost@pale.example", "use https"),
            ("\u{feff}https://pale.example", "byte order mark"),
            ("https://pale\u{200b}.example", "invisible"),
            ("\"https://pale.example\"", "quotation marks"),
            ("'https://pale.example'", "quotation marks"),
            ("${PALE_URL}", "not expanded"),
            ("%PALE_URL%", "not expanded"),
            ("https://${PALE_HOST}", "not expanded"),
            ("https://$PALE_HOST/v1", "not expanded"),
            ("https://api.moneykit.com/{{ pale }}", "not expanded"),
            ("https://pale\t.example", "control character"),
            ("https://api.moneykit.com/\r\npale", "control character"),
            ("https://id:pale-secret@api.moneykit.com", "user or password"),
            ("https://api.moneykit.com?key=pale-secret", "query or a fragment"),
            ("https://api.moneykit.com#top", "query or a fragment"),
            ("pale-secret", "is not a URL"),
        ] {
            let problem = BaseUrl::parse("MONEYKIT_URL", text, PlaintextPolicy::LoopbackOnly).unwrap_err();
            assert_eq!(problem.setting, "MONEYKIT_URL");
            assert!(problem.what.contains(expected), "{text}: {}", problem.what);
            assert!(!problem.what.contains("pale"), "{}", problem.what);
        }
    }

    #[test]
    fn plaintext_http_to_any_host_can_be_allowed() {
        assert!(BaseUrl::parse("base_url", "http://10.0.0.7:8080", PlaintextPolicy::AllowAnyHost).is_ok());
        assert!(BaseUrl::parse("base_url", "ftp://10.0.0.7", PlaintextPolicy::AllowAnyHost).is_err());
    }
}
