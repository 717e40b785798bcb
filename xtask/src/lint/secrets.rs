use moneykit_contract::{Kind, child};
use serde_json::Value;

use super::context::{Diagnostic, LintContext};

/// What names of secrets end in.
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
/// What ends so and is none: a place in a list.
const HARMLESS: [&str; 3] = ["page_token", "continuation_token", "sync_token"];

/// Every property whose name says that it is secret is `format: password`: a type that no log shows.
///
/// The name's last words decide, whether joined by `_`, `-` or capitals, and in the plural as well:
/// `access_token` and `apiKeys`, but not `token_type`. Only text is meant: `has_password` may be a boolean.
pub(super) fn secrets(context: &LintContext<'_>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let properties = context.places.iter().filter(|place| place.kind == Kind::Schema);
    for place in properties.filter(|place| place.field == "properties" && is_secret(&place.name)) {
        let mut open = Vec::new();
        find_open_text(context, place.pointer.clone(), place.value, &mut Vec::new(), &mut open);
        diagnostics.extend(open.into_iter().map(|pointer| {
            Diagnostic::new(
                pointer,
                format!("`{}` is called a secret, and not marked as one", place.name),
                "add `format: password`; or give it another name, if it is no secret",
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
    let mut was_small = false;
    for letter in name.chars() {
        if letter.is_uppercase() && was_small {
            snake.push('_');
        }
        was_small = letter.is_lowercase() || letter.is_ascii_digit();
        snake.extend(if letter == '-' { vec!['_'] } else { letter.to_lowercase().collect() });
    }
    snake
}

/// Finds the strings that a schema is made of and that are no passwords. Objects name their own properties.
fn find_open_text<'a>(
    context: &LintContext<'a>,
    pointer: String,
    schema: &'a Value,
    seen: &mut Vec<String>,
    found: &mut Vec<String>,
) {
    let Some((pointer, schema)) = context.resolve(pointer, schema) else { return };
    if seen.contains(&pointer) {
        return;
    }
    seen.push(pointer.clone());
    if let Some(items) = schema.get("items") {
        find_open_text(context, child(&pointer, "items"), items, seen, found);
    }
    for keyword in ["allOf", "oneOf", "anyOf"] {
        let parts = schema.get(keyword).and_then(Value::as_array).into_iter().flatten().enumerate();
        for (number, part) in parts {
            let pointer = child(&child(&pointer, keyword), &number.to_string());
            find_open_text(context, pointer, part, seen, found);
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
    fn names_of_secrets_are_told_from_the_rest() {
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
