use crate::tree::{Node, child};
use crate::walk::{Operation, Survey};

/// Says whether one of the ways to authenticate an operation is a bearer token, and that alone.
pub(crate) fn takes_bearer(tree: &Node, operation: Operation<'_>) -> bool {
    requirements(tree, operation).iter().any(|way| !way.entries().is_empty() && is_bearer_alone(tree, way))
}

/// Says whether an operation can be called with a bearer token or with nothing at all.
pub(crate) fn is_callable(tree: &Node, operation: Operation<'_>) -> bool {
    let ways = requirements(tree, operation);
    ways.is_empty() || ways.iter().any(|way| is_bearer_alone(tree, way))
}

/// Finds the operation that trades client credentials for a token: the POST to the path of a `tokenUrl`.
pub(crate) fn token_operation<'a>(survey: &Survey<'a>) -> Option<Operation<'a>> {
    let tree = survey.tree();
    let schemes = tree.at("/components/securitySchemes").map(Node::entries).unwrap_or_default();
    let mut urls = schemes
        .iter()
        .filter_map(|scheme| scheme.value.at("/flows/clientCredentials/tokenUrl").and_then(Node::as_str));
    let server = tree.at("/servers/0/url").and_then(Node::as_str).map(path_of).unwrap_or_default();
    let server = server.trim_end_matches('/').to_owned();
    urls.find_map(|url| {
        let path = path_of(url);
        // Paths of operations follow the server's own; a relative URL may leave that out.
        let below = path.strip_prefix(&server).filter(|rest| rest.starts_with('/')).unwrap_or(&path);
        let posts =
            |path| survey.operations.iter().find(move |known| known.path == path && known.method() == "post");
        posts(below).or_else(|| posts(&path)).copied()
    })
}

/// Finds what the contract says of a security scheme.
pub(crate) fn scheme<'a>(tree: &'a Node, name: &str) -> Option<&'a Node> {
    tree.at(&child("/components/securitySchemes", name))
}

/// Lists the ways to authenticate an operation: its own, or else the document's.
fn requirements<'a>(tree: &'a Node, operation: Operation<'a>) -> &'a [Node] {
    operation.node().get("security").or_else(|| tree.get("security")).map(Node::items).unwrap_or_default()
}

fn is_bearer_alone(tree: &Node, way: &Node) -> bool {
    way.entries().iter().all(|required| scheme(tree, &required.key).is_some_and(is_bearer))
}

fn is_bearer(scheme: &Node) -> bool {
    match scheme.get("type").and_then(Node::as_str) {
        Some("oauth2" | "openIdConnect") => true,
        Some("http") => scheme
            .get("scheme")
            .and_then(Node::as_str)
            .is_some_and(|name| name.eq_ignore_ascii_case("bearer")),
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
    use super::*;

    fn token_path(server: &str, token_url: &str) -> Option<String> {
        let tree = Node::parse(&format!(
            "servers: [{{ url: '{server}' }}]\npaths: {{ /auth/token: {{ get: {{}}, post: {{}} }} }}\ncomponents: \
             {{ securitySchemes: {{ o: {{ flows: {{ clientCredentials: {{ tokenUrl: '{token_url}' }} }} }} }} }}\n"
        ))
        .unwrap();
        token_operation(&Survey::new(&tree)).map(Operation::name)
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
