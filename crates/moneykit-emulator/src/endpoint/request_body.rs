//! Reading request bodies to their end.

use std::future::poll_fn;
use std::pin::Pin;

use hyper::body::{Body as _, Incoming};

/// The first bytes of a body, and its total length.
#[derive(Default)]
pub(crate) struct BodyPrefix {
    pub(crate) prefix: Vec<u8>,
    pub(crate) length: u64,
}

/// Reads a body to its end and keeps at most its first `max_kept` bytes.
///
/// Handlers call this even if they ignore the body: if the server responds and closes the connection while the client
/// is still sending, the client is likely to lose the response.
pub(crate) async fn read_to_end(mut body: Incoming, max_kept: usize) -> Result<BodyPrefix, hyper::Error> {
    let mut prefix = Vec::new();
    let mut length = 0_u64;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        if let Ok(data) = frame?.into_data() {
            let kept = data.len().min(max_kept - prefix.len());
            prefix.extend_from_slice(&data[..kept]);
            length = length.saturating_add(data.len() as u64);
        }
    }
    Ok(BodyPrefix { prefix, length })
}

impl BodyPrefix {
    /// Returns the body, or `None` if only a part of it was kept.
    pub(crate) fn complete(&self) -> Option<&[u8]> {
        (self.length == self.prefix.len() as u64).then_some(&self.prefix)
    }
}
