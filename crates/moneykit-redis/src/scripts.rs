//! The scripts that run on the server, each of them atomically.

use std::sync::OnceLock;

use redis::Cmd;

pub(crate) static ACQUIRE: Script =
    Script::new(concat!(include_str!("scripts/stored_fence.lua"), include_str!("scripts/acquire.lua")));
pub(crate) static RENEW: Script = Script::new(include_str!("scripts/renew.lua"));
pub(crate) static RELEASE: Script = Script::new(include_str!("scripts/release.lua"));
pub(crate) static PUBLISH: Script =
    Script::new(concat!(include_str!("scripts/stored_fence.lua"), include_str!("scripts/publish.lua")));
pub(crate) static LOAD: Script = Script::new(include_str!("scripts/load.lua"));
pub(crate) static INVALIDATE: Script = Script::new(include_str!("scripts/invalidate.lua"));

pub(crate) struct Script {
    source: &'static str,
    /// The SHA-1 hash, by which the server knows the script.
    hash: OnceLock<String>,
}

impl Script {
    const fn new(source: &'static str) -> Self {
        Self { source, hash: OnceLock::new() }
    }

    fn hash(&self) -> &str {
        self.hash.get_or_init(|| redis::Script::new(self.source).get_hash().to_owned())
    }
}

/// A script with its keys and arguments.
pub(crate) struct Call<'a> {
    script: &'a Script,
    keys: &'a [&'a str],
    arguments: &'a [&'a [u8]],
}

impl<'a> Call<'a> {
    pub(crate) fn new(script: &'a Script, keys: &'a [&'a str], arguments: &'a [&'a [u8]]) -> Self {
        Self { script, keys, arguments }
    }

    /// The command that runs a script that the server knows.
    pub(crate) fn by_hash(&self) -> Cmd {
        self.command("EVALSHA", self.script.hash())
    }

    /// The command that brings the script along. The server remembers the script. Unlike `SCRIPT LOAD`, which a cluster
    /// needs on each node, it goes to the node of the keys.
    pub(crate) fn by_source(&self) -> Cmd {
        self.command("EVAL", self.script.source)
    }

    fn command(&self, name: &str, script: &str) -> Cmd {
        let mut command = redis::cmd(name);
        command.arg(script).arg(self.keys.len()).arg(self.keys).arg(self.arguments);
        command
    }
}
