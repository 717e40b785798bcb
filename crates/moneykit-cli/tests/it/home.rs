//! A user's home, an emulator, and commands that see nothing else.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use moneykit_emulator::{Emulator, EmulatorBuilder};
use tempfile::TempDir;

pub(crate) const CLIENT_ID: &str = "live_1";
pub(crate) const CLIENT_SECRET: &str = "pale-secret";

/// A user with an empty home and an emulator.
pub(crate) struct Home {
    pub(crate) emulator: Emulator,
    folder: TempDir,
}

/// What a command printed, and its exit code.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self::with_emulator(Emulator::builder())
    }

    pub(crate) fn with_emulator(builder: EmulatorBuilder) -> Self {
        let emulator = builder.client(CLIENT_ID, CLIENT_SECRET).start().unwrap();
        Self { emulator, folder: tempfile::tempdir().unwrap() }
    }

    /// Returns a path below the home.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Writes a file below the home, with these permissions.
    pub(crate) fn write(&self, path: &str, content: &str, mode: u32) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;

        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    /// Prepares a command without credentials.
    pub(crate) fn bare(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).env_clear().stdin(Stdio::null()).current_dir(self.folder.path());
        let bin = PathBuf::from(env!("CARGO_BIN_EXE_moneykit"));
        let path = format!("{}:/usr/bin:/bin", bin.parent().unwrap().display());
        command.env("PATH", path).env("HOME", self.folder.path());
        command.env("XDG_CONFIG_HOME", self.path("config")).env("XDG_CACHE_HOME", self.path("cache"));
        command
    }

    /// Prepares a command with the credentials in its environment.
    pub(crate) fn program(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = self.bare(program, arguments);
        command.env("MONEYKIT_URL", self.emulator.url()).env("MONEYKIT_CLIENT_ID", CLIENT_ID);
        command.env("MONEYKIT_CLIENT_SECRET", CLIENT_SECRET);
        command
    }

    /// Prepares `moneykit` with the credentials in its environment.
    pub(crate) fn moneykit(&self, arguments: &[&str]) -> Command {
        self.program(env!("CARGO_BIN_EXE_moneykit"), arguments)
    }

    /// Prepares `moneykit` without credentials.
    pub(crate) fn bare_moneykit(&self, arguments: &[&str]) -> Command {
        self.bare(env!("CARGO_BIN_EXE_moneykit"), arguments)
    }

    /// Runs `moneykit` with the credentials in its environment.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        run(&mut self.moneykit(arguments))
    }

    /// Runs a shell command, in which `moneykit` has the credentials in its environment.
    pub(crate) fn shell(&self, command: &str) -> Run {
        run(&mut self.program("sh", &["-c", command]))
    }

    /// Returns the only file of the cache with this extension.
    pub(crate) fn cached(&self, extension: &str) -> PathBuf {
        let folder = std::fs::read_dir(self.path("cache/moneykit")).unwrap();
        let files = folder.map(|entry| entry.unwrap().path());
        let found: Vec<_> = files.filter(|path| path.extension() == Some(extension.as_ref())).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    }
}

pub(crate) fn run(command: &mut Command) -> Run {
    Run::of(command.output().unwrap())
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        Self { code: output.status.code(), stdout, stderr }
    }

    /// Returns the output of a command that succeeded and had nothing else to say.
    pub(crate) fn ok(self) -> String {
        assert_eq!((self.code, &*self.stderr), (Some(0), ""), "{self:?}");
        self.stdout
    }

    /// Returns what a command with this exit code said. It must have printed no result.
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!((self.code, &*self.stdout), (Some(code), ""), "{self:?}");
        self.stderr
    }
}
