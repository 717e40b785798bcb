//! The paths of the control API.

use http::Method;

use super::operations::Operation;
use crate::session::stubs::percent_decode_path;

/// A method and a path template below the prefix, and the operation.
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) operation: Operation,
}

/// The operation of a request, and the value of the parameter in its path.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) operation: Operation,
    pub(super) parameter: String,
}

/// Why a request has no operation.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoRoute {
    Path,
    /// The methods that the path has.
    Method(&'static str),
}

/// All operations. A test compares them with the OpenAPI document.
pub(super) const ROUTES: &[Route] = &[
    route("GET", "/ready", Operation::GetReadiness),
    route("GET", "/openapi.yaml", Operation::GetDocument),
    route("GET", "/settings", Operation::GetSettings),
    route("PATCH", "/settings", Operation::ChangeSettings),
    route("POST", "/reset", Operation::Reset),
    route("GET", "/clients", Operation::ListClients),
    route("POST", "/clients", Operation::AddClient),
    route("DELETE", "/clients/{client_id}", Operation::RemoveClient),
    route("GET", "/tokens", Operation::ListTokens),
    route("POST", "/tokens", Operation::IssueToken),
    route("DELETE", "/tokens", Operation::RevokeTokens),
    route("DELETE", "/tokens/{number}", Operation::RevokeToken),
    route("GET", "/clock", Operation::GetClock),
    route("PATCH", "/clock", Operation::ChangeClock),
    route("GET", "/stubs", Operation::ListStubs),
    route("POST", "/stubs", Operation::AddStub),
    route("DELETE", "/stubs", Operation::RemoveStubs),
    route("GET", "/stubs/{stub_id}", Operation::GetStub),
    route("PUT", "/stubs/{stub_id}", Operation::ReplaceStub),
    route("DELETE", "/stubs/{stub_id}", Operation::RemoveStub),
    route("GET", "/faults", Operation::GetFaults),
    route("POST", "/faults", Operation::AddFault),
    route("PUT", "/faults", Operation::ReplaceFaults),
    route("DELETE", "/faults", Operation::RemoveFaults),
    route("GET", "/rate-limits", Operation::GetRateLimits),
    route("PUT", "/rate-limits", Operation::ReplaceRateLimits),
    route("GET", "/requests", Operation::ListRequests),
    route("DELETE", "/requests", Operation::RemoveRequests),
    route("GET", "/counts", Operation::GetCounts),
    route("GET", "/sessions", Operation::ListSessions),
    route("PUT", "/sessions/{name}", Operation::CreateSession),
    route("DELETE", "/sessions/{name}", Operation::RemoveSession),
];

const fn route(method: &'static str, path: &'static str, operation: Operation) -> Route {
    Route { method, path, operation }
}

/// Finds the operation of a request.
pub(super) fn find(method: &Method, path: &str) -> Result<Found, NoRoute> {
    let mut allow = None;
    for route in ROUTES {
        let Some(parameter) = route.parameter_in(path) else { continue };
        if route.method == method.as_str() {
            return Ok(Found { operation: route.operation, parameter });
        }
        allow = Some(route.path);
    }
    Err(allow.map_or(NoRoute::Path, |path| NoRoute::Method(methods_of(path))))
}

impl Route {
    /// Returns the decoded value of the parameter, which is empty if the template has none, or `None` if the path does
    /// not match.
    fn parameter_in(&self, path: &str) -> Option<String> {
        let Some((prefix, _)) = self.path.split_once('{') else {
            return (path == self.path).then(String::new);
        };
        let parameter =
            path.strip_prefix(prefix).filter(|value| !value.is_empty() && !value.contains('/'))?;
        Some(percent_decode_path(parameter))
    }
}

/// Returns the value of `Allow` for a path.
fn methods_of(path: &str) -> &'static str {
    let methods: Vec<_> =
        ROUTES.iter().filter(|route| route.path == path).map(|route| route.method).collect();
    match &methods[..] {
        ["GET"] => "GET",
        ["POST"] => "POST",
        ["DELETE"] => "DELETE",
        ["GET", "PATCH"] => "GET, PATCH",
        ["GET", "POST"] => "GET, POST",
        ["GET", "PUT"] => "GET, PUT",
        ["GET", "DELETE"] => "GET, DELETE",
        ["PUT", "DELETE"] => "PUT, DELETE",
        ["GET", "PUT", "DELETE"] => "GET, PUT, DELETE",
        ["GET", "POST", "DELETE"] => "GET, POST, DELETE",
        _ => "GET, POST, PUT, DELETE",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::CONTROL_API_DOCUMENT;
    use super::*;

    /// Returns the method, path and operation ID of each operation in the document.
    fn documented() -> BTreeSet<String> {
        let paths =
            CONTROL_API_DOCUMENT.split("\npaths:\n").nth(1).unwrap().split("\ncomponents:").next().unwrap();
        let (mut path, mut method) = ("", "");
        let mut operations = BTreeSet::new();
        for line in paths.lines() {
            let name = line.trim().trim_end_matches(':');
            match line.len() - line.trim_start().len() {
                2 => path = name.strip_prefix("/__emulator").unwrap(),
                4 => method = name,
                6 if name.starts_with("operationId: ") => {
                    let id = name.trim_start_matches("operationId: ").replace('_', "");
                    operations.insert(format!("{} {path} {id}", method.to_uppercase()));
                }
                _ => {}
            }
        }
        operations
    }

    #[test]
    fn every_operation_is_documented_and_every_documented_one_exists() {
        let routes = ROUTES.iter().map(|Route { method, path, operation }| {
            format!("{method} {path} {}", format!("{operation:?}").to_lowercase())
        });
        assert_eq!(routes.collect::<BTreeSet<_>>(), documented());
    }

    #[test]
    fn the_document_is_that_of_the_workspace() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/emulator.openapi.yaml");
        let message = "copy spec/emulator.openapi.yaml to crates/moneykit-emulator/control.openapi.yaml";
        assert!(std::fs::read_to_string(path).unwrap() == CONTROL_API_DOCUMENT, "{message}");
        let version = format!("version: {}\n", env!("CARGO_PKG_VERSION"));
        assert!(CONTROL_API_DOCUMENT.contains(&version), "set the document's version to that of the crate");
    }

    #[test]
    fn a_path_without_the_method_has_its_methods() {
        let find = |method: &str, path| find(&method.parse().unwrap(), path);
        assert_eq!(find("PUT", "/stubs/a%2Fb+c").unwrap().parameter, "a/b+c");
        for (path, allow) in [("/ready", "GET"), ("/stubs", "GET, POST, DELETE"), ("/tokens/1", "DELETE")] {
            assert_eq!(find("BREW", path).unwrap_err(), NoRoute::Method(allow));
        }
        for route in ROUTES {
            let allow = methods_of(route.path);
            let path = route.path.replace(['{', '}'], "");
            assert!(allow.split(", ").all(|method| super::find(&method.parse().unwrap(), &path).is_ok()));
        }
        for path in ["/", "/stub", "/stubs/", "/stubs/a/b", "/ready/"] {
            assert_eq!(find("GET", path).unwrap_err(), NoRoute::Path);
        }
    }
}
