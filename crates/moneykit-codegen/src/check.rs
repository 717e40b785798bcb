//! What a contract must be before code is made from it, a rule a file.

mod lossless;
mod operations;
mod references;
mod schemas;
mod version;

pub(crate) use lossless::lossless;
pub(crate) use operations::operations;
pub(crate) use references::references;
pub(crate) use schemas::schemas;
pub(crate) use version::version;
