//! An OpenAPI document that the emulated API follows: requests and stubs are checked against it, and its examples and
//! schemas provide the responses of operations without a stub.

mod conversion;
mod document;
mod operation;
mod path_template;
mod pattern;
mod request;
mod response;
mod sample;
mod schema;

use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, Method};
use serde_json::Value;

use self::conversion::{Direction, convert_document};
use self::document::Node;
use self::operation::Operation;
use self::schema::Schemas;
use crate::config_error::ConfigError;
use crate::path_pattern::PathPattern;
use crate::session::stubs::{MatchInput, Reply};

/// An OpenAPI 3.0 or 3.1 document that an emulator follows, for
/// [`EmulatorBuilder::contract`](crate::EmulatorBuilder::contract).
///
/// Clones share the document. `Debug` shows the number of operations.
#[derive(Clone)]
pub struct Contract(Arc<Inner>);

struct Inner {
    /// The document, whose schemas are JSON Schema, as they apply to responses.
    document: Value,
    schemas: Schemas,
    /// In the order in which they are matched.
    operations: Vec<Operation>,
    /// The paths of the servers' URLs, which may precede those of the operations.
    base_paths: Vec<String>,
}

/// An operation of a contract that a request matched.
pub(crate) struct Found<'c> {
    contract: &'c Inner,
    operation: &'c Operation,
    path_parameters: Vec<(&'c str, String)>,
}

impl Contract {
    /// Reads a document in YAML or JSON. References to other documents are not supported: bundle them into one.
    ///
    /// # Errors
    ///
    /// Fails if the text is neither YAML nor JSON, if it is no OpenAPI 3.0 or 3.1 document, or if a path, a reference or a
    /// parameter in it is invalid. Schemas are checked when they are first used.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let (original, version) = document::read(text)?;
        let mut requests = original.clone();
        convert_document(&mut requests, version, Direction::Request);
        let mut document = original;
        convert_document(&mut document, version, Direction::Response);
        let root = Node::root(&document);
        let operations = operation::all(&root)?;
        let base_paths = base_paths(&root)?;
        let schemas = Schemas::new(requests, document.clone())?;
        Ok(Self(Arc::new(Inner { document, schemas, operations, base_paths })))
    }

    /// Returns the operation for a method and a path, or `None` if the document has none.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Option<Found<'_>> {
        self.0.paths(path).find_map(|path| {
            self.0.operations.iter().filter(|operation| operation.method == *method).find_map(|operation| {
                let path_parameters = operation.path.parameters(path)?;
                Some(Found { contract: &self.0, operation, path_parameters })
            })
        })
    }

    /// Checks the responses of a stub against the operations that it may respond to, of which one must allow them. A stub
    /// for other paths is not checked.
    pub(crate) fn check_stub(
        &self,
        method: Option<&Method>,
        path: &PathPattern,
        replies: &[Reply],
    ) -> Result<(), String> {
        let mut reason = None;
        for operation in &self.0.operations {
            let is_candidate = method.is_none_or(|method| operation.method == *method)
                && self.0.paths(path.as_str()).any(|path| operation.path.overlaps(path));
            if is_candidate {
                let checked = replies.iter().try_for_each(|reply| self.0.check_reply(operation, reply));
                match checked {
                    Ok(()) => return Ok(()),
                    Err(error) => reason = reason.or(Some(error)),
                }
            }
        }
        reason.map_or(Ok(()), Err)
    }
}

impl Inner {
    /// Returns the path, and what remains of it after the path of a server.
    fn paths<'p>(&self, path: &'p str) -> impl Iterator<Item = &'p str> {
        let below = self.base_paths.iter().filter_map(move |base| path.strip_prefix(&**base));
        std::iter::once(path).chain(below.filter(|path| path.starts_with('/')))
    }
}

impl Found<'_> {
    /// Returns the `operationId`, or the method and the path.
    pub(crate) fn name(&self) -> &str {
        &self.operation.name
    }

    /// Returns what of the request does not fit. The texts name the place and the reason, and repeat no value.
    pub(crate) fn violations(&self, input: &MatchInput<'_>) -> Vec<String> {
        self.contract.check_request(self.operation, &self.path_parameters, input)
    }

    /// Returns the response of the operation's example or schema, or the reason why there is none.
    pub(crate) fn reply(&self, request: &HeaderMap) -> Result<Reply, String> {
        self.contract.sample_reply(self.operation, request)
    }
}

/// Returns the paths of the servers' URLs, without variables and the trailing slash, if they have one.
fn base_paths(root: &Node<'_>) -> Result<Vec<String>, ConfigError> {
    let Some(servers) = root.get("servers")? else { return Ok(Vec::new()) };
    let mut paths = Vec::new();
    for (_, server) in servers.children()? {
        let mut url = server.text("url").unwrap_or_default().to_owned();
        if let Some(variables) = server.get("variables")? {
            for (name, variable) in variables.children()? {
                url = url.replace(&format!("{{{name}}}"), variable.text("default").unwrap_or_default());
            }
        }
        let path = match url.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("", |start| &rest[start..]),
            None => &url,
        };
        let path = path.trim_end_matches('/');
        if path.starts_with('/') {
            paths.push(path.to_owned());
        }
    }
    Ok(paths)
}

impl fmt::Debug for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contract").field("operations", &self.0.operations.len()).finish_non_exhaustive()
    }
}
