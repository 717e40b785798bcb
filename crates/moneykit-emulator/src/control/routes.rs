//! The paths of the control API.

use http::Method;

use super::operations::Operation;
use crate::session::stubs::percent_decode;

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
        // In a path, unlike a query, a plus sign stands for itself.
        Some(percent_decode(&parameter.replace('+', "%2B")))
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
        ["POST", "DELETE"] => "POST, DELETE",
        ["PUT", "DELETE"] => "PUT, DELETE",
        ["GET", "PUT", "DELETE"] => "GET, PUT, DELETE",
        ["GET", "POST", "DELETE"] => "GET, POST, DELETE",
        _ => "GET, POST, PUT, DELETE",
    }
}
