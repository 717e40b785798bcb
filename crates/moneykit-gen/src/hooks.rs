use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};
use reqwest::{Request, Response};

use crate::{Client, contract};

/// What every request of a generated [`Client`] goes through.
///
/// Only this crate can implement progenitor's own hook trait for the client that is generated here, since
/// neither would be local anywhere else. So the client carries this handle, and whoever builds the client
/// decides what is behind it.
#[derive(Clone)]
pub struct Hooks(Arc<dyn RequestHooks>);

impl Hooks {
    /// Wraps what requests shall go through.
    pub fn new(hooks: impl RequestHooks + 'static) -> Self {
        Self(Arc::new(hooks))
    }
}

impl fmt::Debug for Hooks {
    // What is behind the handle may hold tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}

/// A future that can be moved between threads, as trait objects return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Prepares and carries out the requests of a generated [`Client`].
pub trait RequestHooks: Send + Sync {
    /// Prepares a request: sets its headers and bounds. An `Err` ends the call with that text as
    /// [`Error::Custom`], before anything is sent.
    fn prepare<'a>(
        &'a self,
        request: &'a mut Request,
        operation: Operation,
    ) -> BoxFuture<'a, Result<(), String>>;

    /// Sends a request and gives the answer to the generated code.
    fn execute<'a>(
        &'a self,
        client: &'a reqwest::Client,
        request: Request,
        operation: Operation,
    ) -> BoxFuture<'a, reqwest::Result<Response>>;
}

/// What the contract says of the operation that a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// Its `operationId`.
    pub id: &'static str,
    /// Whether it is authenticated by the bearer token.
    pub takes_bearer: bool,
}

impl From<&OperationInfo> for Operation {
    fn from(info: &OperationInfo) -> Self {
        Self { id: info.operation_id, takes_bearer: contract::takes_bearer(info.operation_id) }
    }
}

impl ClientHooks<Hooks> for Client {
    async fn pre<E>(&self, request: &mut Request, info: &OperationInfo) -> Result<(), Error<E>> {
        self.inner().0.prepare(request, info.into()).await.map_err(Error::Custom)
    }

    async fn exec(&self, request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        self.inner().0.execute(self.client(), request, info.into()).await
    }
}
