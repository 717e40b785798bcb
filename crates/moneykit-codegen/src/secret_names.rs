//! Finds the strings that are named like secrets and are not marked as secrets.

use std::collections::HashSet;

use moneykit_contract::{Document, Kind, child};
use serde_json::Value;

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

/// A string that is named like a secret and has no `format: password`, the format that becomes the secret type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnmarkedSecret {
    /// The name of the property.
    pub name: String,
    /// The JSON pointer (RFC 6901) to the schema of the string: that of the property, or one that it refers to.
    pub pointer: String,
}

/// Lists the strings that are named like secrets and have no `format: password`.
///
/// The last words of a property's name decide, in snake, kebab or camel case, singular or plural: `access_token` and
/// `apiKeys` match, `token_type` does not. Other types are not listed: `has_password` may be a boolean.
pub fn unmarked_secrets(document: &Document) -> Vec<UnmarkedSecret> {
    Search::of(document).unmarked
}

/// A search from every property that is named like a secret.
#[derive(Default)]
pub(crate) struct Search {
    pub(crate) unmarked: Vec<UnmarkedSecret>,
    /// The JSON pointers of the schemas and references that such properties consist of.
    pub(crate) visited: HashSet<String>,
}

impl Search {
    pub(crate) fn of(document: &Document) -> Self {
        let mut search = Self::default();
        let nodes = document.nodes();
        let properties = nodes.iter().filter(|node| node.kind == Kind::Schema && node.field == "properties");
        for property in properties.filter(|property| is_secret(&property.name)) {
            search.visit(document, &property.name, &property.pointer, &mut HashSet::new());
        }
        search
    }

    /// Visits a schema, but not its properties, which have their own names.
    fn visit(&mut self, document: &Document, name: &str, pointer: &str, seen: &mut HashSet<String>) {
        self.visited.insert(pointer.to_owned());
        let Some((pointer, schema)) = document.resolve(pointer) else { return };
        if !seen.insert(pointer.clone()) {
            return;
        }
        if schema.get("items").is_some() {
            self.visit(document, name, &child(&pointer, "items"), seen);
        }
        for keyword in ["allOf", "oneOf", "anyOf"] {
            let parts = schema.get(keyword).and_then(Value::as_array).map_or(0, Vec::len);
            for number in 0..parts {
                self.visit(document, name, &child(&child(&pointer, keyword), &number.to_string()), seen);
            }
        }
        if schema["type"] == "string" && schema["format"] != "password" {
            self.unmarked.push(UnmarkedSecret { name: name.to_owned(), pointer });
        }
    }
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
