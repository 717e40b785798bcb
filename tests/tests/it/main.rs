//! Integration tests across the crates of the workspace.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod add_an_operation;
mod code_generation;
mod contract;
mod environment;
mod mock_helpers;
mod readme;

use std::path::{Path, PathBuf};

/// Returns the root folder of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
