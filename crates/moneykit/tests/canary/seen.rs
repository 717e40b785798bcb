use std::error::Error as _;
use std::fmt::{self, Write as _};
use std::io::{Result, Write};
use std::sync::{Mutex, PoisonError};

static TRACED: Mutex<(Vec<u8>, usize)> = Mutex::new((Vec::new(), 0));

/// Sees everything that is traced or logged from now on, on every thread.
pub(crate) fn start_tracing() {
    tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(|| Traces).init();
}

/// Forgets what was traced.
pub(crate) fn empty() {
    TRACED.lock().unwrap_or_else(PoisonError::into_inner).0.clear();
}

pub(crate) fn traced() -> String {
    String::from_utf8_lossy(&TRACED.lock().unwrap_or_else(PoisonError::into_inner).0).into_owned()
}

pub(crate) fn traced_anything() -> bool {
    TRACED.lock().unwrap_or_else(PoisonError::into_inner).1 > 0
}

struct Traces;

impl Write for Traces {
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

/// Writes a value in both forms of Debug.
pub(crate) fn debugged(value: &dyn fmt::Debug) -> String {
    format!("{value:?}\n{value:#?}")
}

/// Writes everything that an error shows, with all of its sources.
pub(crate) fn told(error: &moneykit::Error) -> String {
    let mut text = format!("{error}\n{}", debugged(error));
    let mut source = error.source();
    while let Some(error) = source {
        let _ = write!(text, "\n{error}\n{error:?}\n{error:#?}");
        source = error.source();
    }
    text
}
