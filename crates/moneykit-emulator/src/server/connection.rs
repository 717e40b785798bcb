//! Connections that close after a set number of bytes.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::transport::Transport;

/// A handle that limits how many more bytes a connection sends. Handlers receive that of their connection.
#[derive(Clone, Debug)]
pub(crate) struct Cutoff(Arc<Limit>);

#[derive(Debug)]
struct Limit {
    remaining: AtomicUsize,
    /// Whether the connection ends with TCP RST.
    reset: AtomicBool,
}

impl Cutoff {
    /// Closes the connection after it has sent this many more bytes.
    pub(crate) fn close_after(&self, bytes: usize) {
        self.0.remaining.store(bytes, Ordering::SeqCst);
    }

    /// Resets the connection after it has sent this many more bytes.
    pub(crate) fn reset_after(&self, bytes: usize) {
        self.0.reset.store(true, Ordering::SeqCst);
        self.close_after(bytes);
    }
}

impl Default for Cutoff {
    fn default() -> Self {
        Self(Arc::new(Limit { remaining: AtomicUsize::new(usize::MAX), reset: AtomicBool::new(false) }))
    }
}

/// A connection that sends no more bytes than its [`Cutoff`] allows. After that, writes fail, which makes the HTTP
/// server drop and thereby close it.
pub(super) struct CutoffStream {
    transport: Transport,
    cutoff: Cutoff,
}

impl CutoffStream {
    pub(super) fn new(transport: Transport, cutoff: Cutoff) -> Self {
        Self { transport, cutoff }
    }

    fn remaining(&self) -> usize {
        self.cutoff.0.remaining.load(Ordering::SeqCst)
    }

    /// Returns an error if the connection has ended.
    fn check(&self) -> io::Result<()> {
        if self.remaining() > 0 {
            return Ok(());
        }
        if self.cutoff.0.reset.load(Ordering::SeqCst) {
            // Without lingering, closing a socket sends RST.
            let _ = self.transport.socket().set_zero_linger();
        }
        Err(io::ErrorKind::ConnectionAborted.into())
    }
}

impl AsyncRead for CutoffStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_read(context, buffer)
    }
}

impl AsyncWrite for CutoffStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        let remaining = self.remaining();
        let allowed = &bytes[..bytes.len().min(remaining)];
        let written = ready!(Pin::new(&mut self.transport).poll_write(context, allowed))?;
        if remaining != usize::MAX {
            self.cutoff.0.remaining.store(remaining - written, Ordering::SeqCst);
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A shutdown would end a connection in order that is to be reset.
        self.check()?;
        Pin::new(&mut self.transport).poll_shutdown(context)
    }
}
