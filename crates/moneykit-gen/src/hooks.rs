//! The hooks that prepare and send every request of the generated client.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};
use reqwest::{Request, Response};

use crate::{Client, contract};

/// A cloneable handle to the [`RequestHooks`] of a generated [`Client`].
///
/// Progenitor calls its trait `ClientHooks` for every request. The orphan rule allows only this crate to implement that
/// trait for the generated client. The implementation here therefore delegates to this handle, so that another crate
/// can supply the behavior when it constructs the client.
#[derive(Clone)]
pub struct Hooks(Arc<dyn RequestHooks>);

impl Hooks {
    /// Creates a handle to these hooks.
    pub fn new(hooks: impl RequestHooks + 'static) -> Self {
        Self(Arc::new(hooks))
    }
}

impl fmt::Debug for Hooks {
    // Omits the hooks, which may hold tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}

/// A boxed `Send` future, as the methods of [`RequestHooks`] return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Hooks that prepare and send the requests of a generated [`Client`].
pub trait RequestHooks: Send + Sync {
    /// Prepares a request before it is sent, for example by setting its headers and timeout.
    ///
    /// # Errors
    ///
    /// If this returns an error message, the request is not sent, and the call fails with [`Error::Custom`] and that
    /// message.
    fn prepare<'a>(
        &'a self,
        request: &'a mut Request,
        operation: Operation,
    ) -> BoxFuture<'a, Result<(), String>>;

    /// Sends a prepared request and returns the response, which the generated code then decodes.
    fn execute<'a>(
        &'a self,
        client: &'a reqwest::Client,
        request: Request,
        operation: Operation,
    ) -> BoxFuture<'a, reqwest::Result<Response>>;
}

/// The operation of the contract that a request calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The `operationId`.
    pub id: &'static str,
    /// True if the operation's security requirement is the bearer token.
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
