//! Reading request bodies.

use std::future::poll_fn;
use std::pin::Pin;

use axum::body::{Body, HttpBody as _};

/// The first bytes of a body, and the length of all of it.
pub(crate) struct ReadBody {
    pub(crate) start: Vec<u8>,
    pub(crate) length: u64,
}

/// Reads a body to its end and keeps at most `keep` bytes of it.
///
/// Also what nobody wants to see is read: an answer given while the client is still sending is easily lost, as the
/// closing of the connection overtakes it.
pub(crate) async fn read(mut body: Body, keep: usize) -> Result<ReadBody, axum::Error> {
    let mut start = Vec::new();
    let mut length = 0_u64;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        if let Ok(data) = frame?.into_data() {
            let wanted = data.len().min(keep - start.len());
            start.extend_from_slice(&data[..wanted]);
            length = length.saturating_add(data.len() as u64);
        }
    }
    Ok(ReadBody { start, length })
}
