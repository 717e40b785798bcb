//! Writes to the standard streams: results to standard output, everything else to standard error.

use std::io::{self, Write as _};

use crate::failure::Failure;

/// Writes a result as it is.
pub(crate) fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(|error| Failure::output(&error))
}

/// Writes a result that has styles, which are removed if the output has no colors.
pub(crate) fn print_styled(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| Failure::output(&error))
}

/// Writes a text that is no result, and may have styles.
pub(crate) fn print_diagnostic(text: &str) {
    // If nobody reads it, nothing is to be done.
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}
