//! Files that the process reads and writes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Reads a text file. The error names it.
pub(super) fn read(path: &Path) -> io::Result<String> {
    fs::read_to_string(path).map_err(|error| named("read", path, &error))
}

/// A file that other processes wait for. It is removed when this is dropped, so that none finds an outdated one.
pub(super) struct PublishedFile(PathBuf);

impl PublishedFile {
    /// Writes the file so that it appears at once with all of its content.
    pub(super) fn write(path: &Path, content: &str) -> io::Result<Self> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = path.with_file_name(name);
        let written = fs::write(&temporary, content).and_then(|()| fs::rename(&temporary, path));
        written.map_err(|error| {
            let _ = fs::remove_file(&temporary);
            named("write", path, &error)
        })?;
        Ok(Self(path.to_owned()))
    }
}

impl Drop for PublishedFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn named(action: &str, path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {action} {}: {error}", path.display()))
}
