//! Examples of requests as `curl` commands.

use serde_json::Value;

/// Returns an example of a request as a shell command.
pub(super) fn curl(method: &str, url: &str, media_type: &str, body: &Value) -> String {
    let mut words = vec![format!("curl --request {} {url}", method.to_uppercase())];
    if let ("application/x-www-form-urlencoded", Value::Object(fields)) = (media_type, body) {
        // Without credentials in the form, they belong in the header.
        if !fields.contains_key("client_id") {
            words.push("--user \"$MONEYKIT_CLIENT_ID:$MONEYKIT_CLIENT_SECRET\"".to_owned());
        }
        for (name, value) in fields {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            words.push(format!("--data-urlencode {}", quoted(&format!("{name}={value}"))));
        }
    } else {
        words.push(format!("--header {}", quoted(&format!("Content-Type: {media_type}"))));
        words.push(format!("--data {}", quoted(&body.to_string())));
    }
    words.join(" \\\n  ")
}

/// Quotes a word for a POSIX shell if necessary.
fn quoted(word: &str) -> String {
    let is_plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "=_-./:".contains(c));
    if is_plain { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_form_has_an_argument_for_each_field() {
        let form = json!({ "client_id": "a", "scope": "accounts transactions", "note": "it's" });
        let command = curl("post", "https://x.test/t", "application/x-www-form-urlencoded", &form);

        assert!(command.starts_with("curl --request POST https://x.test/t"));
        assert!(command.contains("--data-urlencode client_id=a"));
        assert!(command.contains("--data-urlencode 'scope=accounts transactions'"));
        assert!(command.contains(r"--data-urlencode 'note=it'\''s'"));
        assert!(!command.contains("--user"));
    }

    #[test]
    fn a_form_without_credentials_uses_the_header() {
        let command = curl(
            "post",
            "https://x.test/t",
            "application/x-www-form-urlencoded",
            &json!({ "grant_type": "x" }),
        );
        assert!(command.contains("--user"));
    }

    #[test]
    fn other_bodies_are_sent_unchanged() {
        let command = curl("put", "https://x.test/t", "application/json", &json!({ "a": 1 }));
        assert!(command.contains("--header 'Content-Type: application/json'"));
        assert!(command.contains(r#"--data '{"a":1}'"#));
    }
}
