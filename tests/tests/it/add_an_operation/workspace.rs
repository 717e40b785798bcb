//! A copy of this workspace that shares its compiled dependencies.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::root;

/// A copy of this workspace that a test may edit.
///
/// It stays in place between runs, and files that are equal already are not written again, so that cargo compiles
/// only what changed.
pub(super) struct Workspace {
    root: PathBuf,
    target: PathBuf,
    /// Held while the copy is in use, so that concurrent runs take turns.
    _lock: File,
}

/// The profile of the copy's own crates, which differs from ours.
///
/// Cargo distinguishes two builds of a crate by profile, features and the path from the workspace's root, but not by the
/// workspace. With equal profiles the copy's crates would overwrite ours in the shared build folder. Dependencies keep
/// our profile, so that cargo takes what is compiled already.
const CONFIG: &str = "\
[profile.dev]
overflow-checks = false

[profile.dev.package.\"*\"]
overflow-checks = true
";

impl Workspace {
    /// Copies the source files of this workspace.
    pub(super) fn copy() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("add-an-operation");
        fs::create_dir_all(folder.join(".cargo")).unwrap();
        let lock = File::create(folder.join("lock")).unwrap();
        lock.lock().unwrap();
        fs::write(folder.join(".cargo/config.toml"), CONFIG).unwrap();
        let workspace = Self { root: folder.join("workspace"), target: folder.join("target"), _lock: lock };

        fs::create_dir_all(&workspace.root).unwrap();
        let ours = files(&root());
        for stale in files(&workspace.root).difference(&ours) {
            fs::remove_file(workspace.root.join(stale)).unwrap();
        }
        for path in &ours {
            copy(&root().join(path), &workspace.root.join(path));
        }
        workspace
    }

    /// Inserts text directly below the only occurrence of a line, unless the file contains the text already: a
    /// contributor may be following the steps in this very workspace.
    pub(super) fn insert_below(&self, path: &str, line: &str, text: &str) {
        let content = self.read(path);
        if content.contains(text) {
            return;
        }
        let line = format!("\n{line}\n");
        assert_eq!(content.matches(&line).count(), 1, "{path} must contain `{}` once", line.trim());
        self.write(path, &content.replace(&line, &format!("{line}{text}")));
    }

    pub(super) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        fs::write(self.root.join(path), text).unwrap();
    }

    /// Runs a cargo command and returns its standard output.
    ///
    /// Cargo unites the features that the selected packages ask of a dependency. So the commands of a contributor, who
    /// selects one package, are run with the whole workspace: as `cargo test --workspace`, which runs this test, has
    /// compiled the dependencies already.
    pub(super) fn run(&self, command: &str) -> String {
        if let Some(task) = command.strip_prefix("cargo xtask ") {
            // With an example, cargo takes the features of development dependencies into account, as it does for tests.
            self.run("cargo build --quiet --workspace --bin xtask --example quickstart");
            return self.output(&self.target.join("debug/xtask"), task);
        }
        let arguments = command.strip_prefix("cargo ").expect("a command of cargo");
        self.output(Path::new(env!("CARGO")), &arguments.replace("-p moneykit ", "--workspace "))
    }

    fn output(&self, program: &Path, arguments: &str) -> String {
        let output = Command::new(program)
            .args(arguments.split_whitespace())
            .current_dir(&self.root)
            // Executables go to the copy's own folder. Intermediate files go to ours; cargo before 1.91 does not
            // know the variable and compiles everything once more.
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_BUILD_BUILD_DIR", our_build_folder())
            .output()
            .unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} {arguments}\n{stdout}\n{stderr}", program.display());
        stdout
    }

    /// Returns true if a file of the copy equals ours.
    pub(super) fn is_unchanged(&self, path: &str) -> bool {
        fs::read(self.root.join(path)).unwrap() == fs::read(root().join(path)).unwrap()
    }
}

/// Returns the folder that cargo compiled this test in.
fn our_build_folder() -> &'static Path {
    // Cargo creates the folder for temporary files of tests inside the target folder.
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap()
}

/// Returns the paths of the source files below a folder, relative to it.
fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let entry = entry.unwrap();
            let is_source = [".git", "node_modules", "target"].iter().all(|other| entry.file_name() != *other)
                // The target folder may have any name.
                && entry.path() != our_build_folder();
            if is_source && entry.path().is_dir() {
                folders.push(entry.path());
            } else if is_source {
                found.insert(entry.path().strip_prefix(folder).unwrap().to_owned());
            }
        }
    }
    found
}

/// Copies a file unless it is equal already.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    let content = fs::read(from).unwrap();
    if fs::read(to).ok().as_ref() != Some(&content) {
        fs::write(to, content).unwrap();
    }
}
