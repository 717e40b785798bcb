//! The configuration file.

use std::io;
use std::path::Path;

use super::{files, invalid};
use crate::session::config::SessionConfig;

/// Reads a file in YAML, of which JSON is a part.
pub(super) fn read(path: &Path) -> io::Result<SessionConfig> {
    parse(&files::read(path)?).map_err(|message| invalid(format!("{}: {message}", path.display())))
}

fn parse(text: &str) -> Result<SessionConfig, String> {
    // The error would quote lines of the file, which contains secrets.
    let options = serde_saphyr::options! { with_snippet: false, strict_booleans: true };
    // A document without content is null, as one that consists of `---` and comments.
    let config = serde_saphyr::from_str_with_options::<Option<SessionConfig>>(text, options);
    let config = config.map_err(|error| error.to_string())?.unwrap_or_default();
    // The file can be fixed best if all of it is checked before the emulator starts.
    crate::session::state::SessionState::new(&config, None).map_err(|error| error.to_string())?;
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = r"
clients:
  - id: my-id
    secret: pale-secret
    scopes: [accounts]
    token_lifetime_ms: 60000
token_lifetime_ms: 120000
unmatched: fail
stubs:
  - id: link
    request:
      method: GET
      path: /links/{link_id}
      body: { contains_json: { a: 1 } }
    responses:
      - status: 503
      - status: 200
        json: { link_id: lnk_1 }
faults:
  seed: 7
  rules:
    - one_in: 10
      fault: { type: status, status: 503, retry_after_ms: 1000 }
    - target: /links/*
      one_in: 50
      fault: { type: delay, delay_ms: 100 }
rate_limits:
  token_endpoint: { capacity: 10, refill_per_second: 0.5 }
journal:
  max_entries: 100
";

    #[test]
    fn every_setting_can_be_in_the_file() {
        let config = parse(EXAMPLE).unwrap();
        assert_eq!(config.clients[0].id(), "my-id");
        assert_eq!((config.stubs.len(), config.journal.max_entries), (1, 100));
        assert!(config.rate_limits.token_endpoint.is_some());
        assert!(parse(r#"{"clients": [{"id": "a", "secret": "b"}]}"#).is_ok(), "JSON is YAML");
        for empty in ["", "# all of it is a comment", "---\n", "null"] {
            assert!(parse(empty).unwrap().clients.is_empty(), "{empty}");
        }
    }

    #[test]
    fn errors_have_a_position_or_a_name_and_no_secret() {
        for (old, new, expected) in [
            ("unmatched: fail", "unmatchd: fail", "unmatchd"),
            ("unmatched: fail", "unmatchd: fail", "line 8"),
            ("secret: pale-secret", "secret: [pale-secret]", "must be a string"),
            ("secret: pale-secret", "secert: pale-secret", "secert"),
            ("method: GET", "method: G T", "the stub for G T /links/{link_id}"),
            ("capacity: 10", "capacity: 0", "rate limit of token_endpoint"),
            ("type: delay", "type: lifetime", "lifetime_ms"),
        ] {
            let text = EXAMPLE.replace(old, new);
            assert_ne!(text, EXAMPLE, "{old}");
            let error = parse(&text).unwrap_err();
            assert!(error.contains(expected), "{new}: {error}");
            assert!(!error.contains("pale"), "{new}: {error}");
        }
    }
}
