//! Connections that close after a set number of bytes.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// A handle that limits how many more bytes a connection sends. Handlers receive the one of their connection as
/// `ConnectInfo`.
#[derive(Clone, Debug)]
pub(crate) struct Cutoff(Arc<AtomicUsize>);

impl Cutoff {
    /// Closes the connection after it has sent this many more bytes.
    pub(crate) fn close_after(&self, bytes: usize) {
        self.0.store(bytes, Ordering::SeqCst);
    }
}

impl Default for Cutoff {
    fn default() -> Self {
        Self(Arc::new(AtomicUsize::new(usize::MAX)))
    }
}

/// A listener whose connections have a [`Cutoff`].
pub(crate) struct CutoffListener(pub(crate) TcpListener);

impl Listener for CutoffListener {
    type Io = CutoffStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (CutoffStream, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        (CutoffStream { stream, cutoff: Cutoff::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, CutoffListener>> for Cutoff {
    fn connect_info(stream: IncomingStream<'_, CutoffListener>) -> Self {
        stream.io().cutoff.clone()
    }
}

/// A connection that sends no more bytes than its [`Cutoff`] allows. After that, writes fail, which makes the HTTP
/// server drop and thereby close it.
pub(crate) struct CutoffStream {
    stream: TcpStream,
    cutoff: Cutoff,
}

impl AsyncRead for CutoffStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for CutoffStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let remaining = self.cutoff.0.load(Ordering::SeqCst);
        if remaining == 0 {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let written =
            ready!(Pin::new(&mut self.stream).poll_write(context, &bytes[..bytes.len().min(remaining)]))?;
        if remaining != usize::MAX {
            self.cutoff.0.store(remaining - written, Ordering::SeqCst);
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
