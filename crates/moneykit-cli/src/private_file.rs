//! Permissions: who else can read or change a file.

use std::path::Path;

/// Returns what is wrong, and the remedy, if other users can read or change a file with a secret.
///
/// A file on a mount that is read-only is accepted: nobody could change its permissions, and Docker and Kubernetes mount
/// secrets into a container like this.
pub(crate) fn check_private(path: &Path) -> Result<(), String> {
    #[cfg(unix)]
    if let Some(mode) = unix::others(path, 0o077) {
        if unix::is_on_read_only_mount(path) {
            return Ok(());
        }
        return Err(format!(
            "other users have access to {} (mode {mode:04o}); run `chmod 600 {}`",
            path.display(),
            shell_word(path)
        ));
    }
    let _ = path;
    Ok(())
}

/// Returns what is wrong, and the remedy, if other users can change a file.
pub(crate) fn check_not_writable_by_others(path: &Path) -> Result<(), String> {
    #[cfg(unix)]
    if let Some(mode) = unix::others(path, 0o022) {
        return Err(format!(
            "other users can change {} (mode {mode:04o}), and its commands are run; run `chmod go-w {}`",
            path.display(),
            shell_word(path)
        ));
    }
    let _ = path;
    Ok(())
}

/// Returns what is wrong, and the remedy, if an open file or a folder is not ours alone.
pub(crate) fn check_ours(path: &Path, metadata: &std::fs::Metadata) -> Result<(), String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;

        let shown = shell_word(path);
        if metadata.uid() != rustix::process::geteuid().as_raw() {
            return Err(format!("{} belongs to another user; remove it", path.display()));
        }
        if metadata.mode() & 0o077 != 0 {
            let (mode, wanted) = (metadata.mode() & 0o7777, if metadata.is_dir() { 700 } else { 600 });
            return Err(format!(
                "other users have access to {} (mode {mode:04o}); run `chmod {wanted} {shown}`",
                path.display()
            ));
        }
    }
    let _ = (path, metadata);
    Ok(())
}

/// Returns what is wrong, and the remedy, if other users can replace the files in a folder.
#[cfg(unix)]
pub(crate) fn check_folder(folder: &Path) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt as _;

    const STICKY: u32 = 0o1000;

    let shown = folder.display();
    let metadata = std::fs::metadata(folder)
        .map_err(|error| format!("cannot examine the folder {shown} ({error}); create it, with mode 0700"))?;
    let (owner, mode) = (metadata.uid(), metadata.mode() & 0o7777);
    if owner != 0 && owner != rustix::process::geteuid().as_raw() {
        return Err(format!("the folder {shown} belongs to another user; choose a folder of your own"));
    }
    // In a sticky folder, such as /tmp, others cannot replace our files.
    if mode & 0o022 != 0 && mode & STICKY == 0 {
        let word = shell_word(folder);
        return Err(format!(
            "other users can replace files in {shown} (mode {mode:04o}); run `chmod go-w {word}`"
        ));
    }
    Ok(())
}

/// Returns a path as a word of a shell command.
#[cfg(unix)]
fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-+,@%".contains(c));
    if is_plain { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::MetadataExt as _;
    use std::path::Path;

    use rustix::fs::{StatVfsMountFlags, statvfs};

    /// Returns the permissions of a file if they have any of these bits. A file that cannot be examined has none: reading
    /// it will fail.
    pub(super) fn others(path: &Path, bits: u32) -> Option<u32> {
        let metadata = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
        let mode = metadata.mode() & 0o7777;
        (mode & bits != 0).then_some(mode)
    }

    pub(super) fn is_on_read_only_mount(path: &Path) -> bool {
        statvfs(path).is_ok_and(|mount| mount.f_flag.contains(StatVfsMountFlags::RDONLY))
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_in_a_message_can_be_pasted() {
        for (path, expected) in
            [("/run/a-b_1.txt", "/run/a-b_1.txt"), ("/my files/it's", r"'/my files/it'\''s'")]
        {
            assert_eq!(shell_word(Path::new(path)), expected);
        }
    }
}
