//! A Redis server for the fleet, in a temporary folder.

use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

pub(crate) struct RedisServer {
    process: Child,
    folder: TempDir,
}

/// The work of the server so far.
#[derive(Clone, Copy, Default)]
pub(crate) struct Work {
    /// The commands of clients; those within scripts are not counted.
    pub(crate) commands: u64,
    pub(crate) bytes: u64,
}

impl RedisServer {
    pub(crate) fn start() -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        Ok(Self { process: spawn(&folder)?, folder })
    }

    pub(crate) fn url(&self) -> String {
        format!("redis+unix://{}", socket(&self.folder))
    }

    /// Ends the process without notice.
    pub(crate) fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Starts the process again, without its data.
    pub(crate) fn restart(&mut self) -> Result<(), Box<dyn Error>> {
        self.process = spawn(&self.folder)?;
        Ok(())
    }

    /// Returns the work so far, or nothing while the server is down.
    pub(crate) fn work(&self) -> Work {
        let Ok(client) = redis::Client::open(self.url()) else { return Work::default() };
        let Ok(mut connection) = client.get_connection() else { return Work::default() };
        let info: String = redis::cmd("INFO").arg("everything").query(&mut connection).unwrap_or_default();
        let number = |name: &str| {
            let line = info.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|value| value.split([',', '\r']).next()?.parse().ok()).unwrap_or(0)
        };
        let commands = ["evalsha", "eval", "subscribe"].map(|name| number(&format!("cmdstat_{name}:calls=")));
        Work {
            commands: commands.iter().sum(),
            bytes: number("total_net_input_bytes:") + number("total_net_output_bytes:"),
        }
    }

    /// Returns the memory of all keys in bytes.
    pub(crate) fn memory_of_keys(&self) -> Result<u64, Box<dyn Error>> {
        let mut connection = redis::Client::open(self.url())?.get_connection()?;
        let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection)?;
        let mut memory = 0;
        for key in keys {
            let usage: Option<u64> = redis::cmd("MEMORY").arg("USAGE").arg(key).query(&mut connection)?;
            memory += usage.unwrap_or(0);
        }
        Ok(memory)
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn socket(folder: &TempDir) -> String {
    folder.path().join("socket").display().to_string()
}

fn spawn(folder: &TempDir) -> Result<Child, Box<dyn Error>> {
    let mut process = Command::new("redis-server")
        .args(["--save", "", "--port", "0", "--unixsocket", &socket(folder), "--dir"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("can't run redis-server: {error}; install the package redis-server"))?;
    let mut log =
        BufReader::new(process.stdout.take().ok_or("no standard output")?).lines().map_while(Result::ok);
    if !log.any(|line| line.contains("eady to accept connections")) {
        return Err("redis-server did not start".into());
    }
    // The server must not block on a full pipe.
    std::thread::spawn(move || log.for_each(drop));
    Ok(process)
}
