//! Authentication of operations: which of them take the bearer token, and which one issues it.

use moneykit_contract::{Kind, child};
use serde_json::Value;

use crate::index::{ContractIndex, Operation};

/// Returns true if one of the operation's security requirements is a bearer token and nothing else.
pub(crate) fn takes_bearer(root: &Value, operation: &Operation<'_>) -> bool {
    let is_empty = |requirement: &Value| requirement.as_object().is_none_or(serde_json::Map::is_empty);
    requirements(root, operation).iter().any(|one| !is_empty(one) && needs_bearer_alone(root, one))
}

/// Returns true if an operation can be called with a bearer token, or without any credentials.
pub(crate) fn is_callable(root: &Value, operation: &Operation<'_>) -> bool {
    let requirements = requirements(root, operation);
    requirements.is_empty() || requirements.iter().any(|requirement| needs_bearer_alone(root, requirement))
}

/// Returns the token endpoint: the POST operation whose path is that of the `tokenUrl` of a client credentials
/// flow.
pub(crate) fn token_operation<'i, 'a>(index: &'i ContractIndex<'a>) -> Option<&'i Operation<'a>> {
    let mut urls = index.components(Kind::SecurityScheme).filter_map(|scheme| {
        scheme.value.pointer("/flows/clientCredentials/tokenUrl").and_then(Value::as_str)
    });
    let server = index.root().pointer("/servers/0/url").and_then(Value::as_str);
    let server = server.map(path_of).unwrap_or_default();
    let server = server.trim_end_matches('/');
    urls.find_map(|url| {
        let path = path_of(url);
        // The paths of operations are relative to that of the server, but a relative URL may omit the latter.
        let below_server = path.strip_prefix(server).filter(|rest| rest.starts_with('/')).unwrap_or(&path);
        let post_to = |path: &str| {
            let mut operations = index.operations().iter();
            operations.find(|operation| operation.path() == path && operation.method() == "post")
        };
        post_to(below_server).or_else(|| post_to(&path))
    })
}

/// Returns the security scheme of a name.
pub(crate) fn scheme<'a>(root: &'a Value, name: &str) -> Option<&'a Value> {
    root.pointer(&child("/components/securitySchemes", name))
}

/// Returns the alternative security requirements of an operation: its own, or else those of the document.
fn requirements<'a>(root: &'a Value, operation: &Operation<'a>) -> &'a [Value] {
    let security = operation.node.value.get("security").or_else(|| root.get("security"));
    security.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn needs_bearer_alone(root: &Value, requirement: &Value) -> bool {
    let mut names = requirement.as_object().into_iter().flat_map(serde_json::Map::keys);
    names.all(|name| scheme(root, name).is_some_and(is_bearer))
}

pub(crate) fn is_bearer(scheme: &Value) -> bool {
    let text = |field| scheme.get(field).and_then(Value::as_str);
    match text("type") {
        Some("oauth2" | "openIdConnect") => true,
        Some("http") => text("scheme").is_some_and(|name| name.eq_ignore_ascii_case("bearer")),
        _ => false,
    }
}

/// Returns the path of a URL, absolute or relative to the server, with its leading slash.
fn path_of(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => url.trim_start_matches('/'),
    };
    format!("/{path}")
}

#[cfg(test)]
mod tests {
    use moneykit_contract::Document;

    use super::*;

    fn token_path(server: &str, token_url: &str) -> Option<String> {
        let text = format!(
            "openapi: 3.0.3\nservers: [{{ url: '{server}' }}]\npaths: {{ /auth/token: {{ get: {{}}, post: {{}} }} \
             }}\ncomponents: {{ securitySchemes: {{ o: {{ flows: {{ clientCredentials: {{ tokenUrl: '{token_url}' }} \
             }} }} }} }}\n"
        );
        let document = Document::parse("a", &text).unwrap();
        token_operation(&ContractIndex::new(&document, &document)).map(Operation::name)
    }

    #[test]
    fn the_token_operation_is_found_by_absolute_and_relative_urls() {
        for (server, url) in [
            ("https://api.test", "https://api.test/auth/token"),
            ("https://api.test/", "https://api.test/auth/token?a=b"),
            ("https://api.test/v1", "https://api.test/v1/auth/token"),
            ("https://api.test/v1", "/auth/token"),
            ("https://api.test", "auth/token"),
            ("/", "/auth/token"),
        ] {
            assert_eq!(token_path(server, url).as_deref(), Some("POST /auth/token"), "{server} {url}");
        }
        assert_eq!(token_path("https://api.test", "https://api.test/other"), None);
    }
}
