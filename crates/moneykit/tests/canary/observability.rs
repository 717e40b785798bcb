//! Captures trace events, and renders values and errors as text.

use std::error::Error as _;
use std::fmt::{self, Write as _};
use std::io::{Result, Write};
use std::sync::{Mutex, PoisonError};

/// The trace events since the last `clear`, and the number of bytes since the start.
static TRACED: Mutex<(Vec<u8>, usize)> = Mutex::new((Vec::new(), 0));

/// Captures the trace events and log records of all threads from now on.
pub(crate) fn start_tracing() {
    tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(|| TraceWriter).init();
}

/// Discards the captured trace events.
pub(crate) fn clear() {
    TRACED.lock().unwrap_or_else(PoisonError::into_inner).0.clear();
}

/// Returns the trace events since the last `clear`.
pub(crate) fn trace_output() -> String {
    String::from_utf8_lossy(&TRACED.lock().unwrap_or_else(PoisonError::into_inner).0).into_owned()
}

/// Returns true if any trace event was captured since the start.
pub(crate) fn has_traced_anything() -> bool {
    TRACED.lock().unwrap_or_else(PoisonError::into_inner).1 > 0
}

struct TraceWriter;

impl Write for TraceWriter {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let (text, count) = &mut *TRACED.lock().unwrap_or_else(PoisonError::into_inner);
        text.extend_from_slice(bytes);
        *count += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Returns both forms of `Debug` of a value.
pub(crate) fn debug(value: &dyn fmt::Debug) -> String {
    format!("{value:?}\n{value:#?}")
}

/// Returns everything that an error can show: `Display`, both forms of `Debug`, and the same for every source.
pub(crate) fn render(error: &moneykit::Error) -> String {
    let mut text = format!("{error}\n{}", debug(error));
    let mut source = error.source();
    while let Some(error) = source {
        let _ = write!(text, "\n{error}\n{error:?}\n{error:#?}");
        source = error.source();
    }
    text
}
