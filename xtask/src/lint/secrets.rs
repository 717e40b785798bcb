//! Lint rule: properties that are named like secrets have `format: password`.

use moneykit_contract::{Kind, child};
use serde_json::Value;

use super::context::{Diagnostic, LintContext};

/// The last words in the names of secrets.
const WORDS: [&str; 9] = [
    "token",
    "secret",
    "password",
    "passphrase",
    "credential",
    "api_key",
    "access_key",
    "private_key",
    "secret_key",
];
/// Names with such endings that are no secrets: positions in a list.
const HARMLESS: [&str; 3] = ["page_token", "continuation_token", "sync_token"];

/// Reports string properties that are named like secrets and are not `format: password`, the type that logs redact.
///
/// The last words of the name decide, in snake, kebab or camel case, singular or plural: `access_token` and `apiKeys`
/// match, `token_type` does not. Other types are not reported: `has_password` may be a boolean.
pub(super) fn secrets(context: &LintContext<'_>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let properties = context.nodes.iter().filter(|node| node.kind == Kind::Schema);
    for node in properties.filter(|node| node.field == "properties" && is_secret(&node.name)) {
        let mut unmarked = Vec::new();
        find_unmarked_strings(context, &node.pointer, &mut Vec::new(), &mut unmarked);
        diagnostics.extend(unmarked.into_iter().map(|pointer| {
            Diagnostic::new(
                pointer,
                format!("`{}` is named like a secret and not marked as one", node.name),
                "add `format: password`, or rename it if it is no secret",
            )
        }));
    }
    diagnostics
}

fn is_secret(name: &str) -> bool {
    let name = in_snake_case(name);
    let name = name.strip_suffix('s').unwrap_or(&name);
    let ends_in = |words: &[&str]| {
        let ends_in = |word: &&str| {
            name.strip_suffix(*word).is_some_and(|start| start.is_empty() || start.ends_with('_'))
        };
        words.iter().any(ends_in)
    };
    ends_in(&WORDS) && !ends_in(&HARMLESS)
}

fn in_snake_case(name: &str) -> String {
    let mut snake = String::new();
    let mut was_lowercase = false;
    for letter in name.chars() {
        if letter.is_uppercase() && was_lowercase {
            snake.push('_');
        }
        was_lowercase = letter.is_lowercase() || letter.is_ascii_digit();
        snake.extend(if letter == '-' { vec!['_'] } else { letter.to_lowercase().collect() });
    }
    snake
}

/// Finds the strings in a schema that are not `format: password`, except for properties, which have their own names.
fn find_unmarked_strings(
    context: &LintContext<'_>,
    pointer: &str,
    seen: &mut Vec<String>,
    found: &mut Vec<String>,
) {
    let Some((pointer, schema)) = context.resolve(pointer) else { return };
    if seen.contains(&pointer) {
        return;
    }
    seen.push(pointer.clone());
    if schema.get("items").is_some() {
        find_unmarked_strings(context, &child(&pointer, "items"), seen, found);
    }
    for keyword in ["allOf", "oneOf", "anyOf"] {
        let parts = schema.get(keyword).and_then(Value::as_array).map_or(0, Vec::len);
        for number in 0..parts {
            let pointer = child(&child(&pointer, keyword), &number.to_string());
            find_unmarked_strings(context, &pointer, seen, found);
        }
    }
    if schema["type"] == "string" && schema["format"] != "password" {
        found.push(pointer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_recognized_by_name() {
        for name in [
            "access_token",
            "refresh_token",
            "token",
            "client_secret",
            "password",
            "newPassword",
            "api_key",
            "apiKey",
            "x-api-key",
            "api_keys",
            "PrivateKey",
            "credentials",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "token_type",
            "documentation_url",
            "secret_id",
            "key",
            "idempotency_key",
            "next_page_token",
            "nextPageToken",
            "tokenized",
            "secretary",
            "client_id",
            "",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
