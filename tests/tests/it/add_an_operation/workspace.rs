use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::root;

/// A copy of this workspace, to be changed at will.
///
/// It stays where it is from one run to the next, and a file that is the same already is left alone: so cargo
/// compiles only what changed since.
pub(super) struct Workspace {
    root: PathBuf,
    target: PathBuf,
    /// Held while the copy is in use, so that two runs at once take turns.
    _lock: File,
}

impl Workspace {
    /// Copies what is under version control: links as links, and nothing that was built.
    pub(super) fn copy() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("grown-by-hand");
        fs::create_dir_all(&folder).unwrap();
        let lock = File::create(folder.join("lock")).unwrap();
        lock.lock().unwrap();
        let workspace = Self { root: folder.join("workspace"), target: folder.join("target"), _lock: lock };

        fs::create_dir_all(&workspace.root).unwrap();
        let ours = entries(&root());
        for stale in entries(&workspace.root).difference(&ours) {
            fs::remove_file(workspace.root.join(stale)).unwrap();
        }
        for path in &ours {
            copy(&root().join(path), &workspace.root.join(path));
        }
        workspace
    }

    /// Puts text directly below the only line of a file that reads so, unless it is there: whoever tries the
    /// steps out has done this already.
    pub(super) fn put_below(&self, path: &str, line: &str, text: &str) {
        let whole = self.read(path);
        if whole.contains(text) {
            return;
        }
        let mark = format!("\n{line}\n");
        assert_eq!(whole.matches(&mark).count(), 1, "`{line}` is to be found once in {path}");
        self.write(path, &whole.replace(&mark, &format!("{mark}{text}")));
    }

    pub(super) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        fs::write(self.root.join(path), text).unwrap();
    }

    /// Runs a cargo command, and returns what it prints for programs to read.
    pub(super) fn run(&self, command: &str) -> String {
        let mut words = command.split_whitespace();
        assert_eq!(words.next(), Some("cargo"), "{command}");
        let output = Command::new(env!("CARGO"))
            .args(words)
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target)
            // Nobody debugs these. Without debug information a dependency of the build script is the same as one
            // of xtask, and what has the same features too is compiled once.
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}\n{printed}\n{errors}");
        printed
    }

    /// Says whether a file of the copy is as it is here.
    pub(super) fn has_the_same_as_ours(&self, path: &str) -> bool {
        fs::read(self.root.join(path)).unwrap() == fs::read(root().join(path)).unwrap()
    }
}

/// Lists files and links below a folder, by their paths from there.
fn entries(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let entry = entry.unwrap();
            // A target folder may have any name; this one has ours.
            let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
            let is_made = [".git", "node_modules", "target"].iter().any(|made| entry.file_name() == *made)
                || target.is_some_and(|target| target == entry.path());
            if is_made {
                continue;
            }
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                found.insert(entry.path().strip_prefix(folder).unwrap().to_owned());
            }
        }
    }
    found
}

/// Makes one file or link what another is.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    if from.is_symlink() {
        let leads_to = fs::read_link(from).unwrap();
        if fs::read_link(to).ok().as_ref() != Some(&leads_to) {
            let _ = fs::remove_file(to);
            std::os::unix::fs::symlink(leads_to, to).unwrap();
        }
        return;
    }
    let content = fs::read(from).unwrap();
    if to.is_symlink() || fs::read(to).ok().as_ref() != Some(&content) {
        // A link would be followed, and what it leads to overwritten.
        let _ = fs::remove_file(to);
        fs::write(to, content).unwrap();
    }
}
