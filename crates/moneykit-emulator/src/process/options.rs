//! The command line options.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use clap::Args;

/// The command line options of an emulator, for clap's derived parsers: `#[command(flatten)] options: Options`.
///
/// `Debug` redacts the values of `--client`.
#[derive(Clone, Args)]
#[non_exhaustive]
pub struct Options {
    /// Port to listen on; 0 lets the operating system choose a free port.
    #[arg(long, default_value_t = 0)]
    pub port: u16,

    /// Address to listen on. Other machines can reach an address beyond loopback, so that it requires
    /// --control-key-file.
    #[arg(long, value_name = "ADDRESS", default_value_t = Ipv4Addr::LOCALHOST.into())]
    pub listen: IpAddr,

    /// Client to register; can be repeated. The first colon separates the ID from the secret. Use made-up secrets:
    /// other users of this machine can read command lines. Without any client, a default one is registered.
    #[arg(long = "client", value_name = "ID:SECRET")]
    pub clients: Vec<String>,

    /// Lifetime of access tokens. The default is 3600.
    #[arg(long, value_name = "SECONDS")]
    pub lifetime: Option<u64>,

    /// YAML or JSON file with clients, stubs, faults and other settings. It has the form of a session in the control API.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// OpenAPI document, in YAML or JSON. Operations respond with its examples, or with values of its schemas, and requests
    /// and stubs are checked against it.
    #[arg(long, value_name = "FILE")]
    pub contract: Option<PathBuf>,

    /// File to write the port to when the emulator is ready. It appears complete, and is removed at the end.
    #[arg(long, value_name = "FILE")]
    pub port_file: Option<PathBuf>,

    /// File that contains the key of the control API, for the header X-Emulator-Key.
    #[arg(long, value_name = "FILE")]
    pub control_key_file: Option<PathBuf>,

    /// Serve HTTPS, with a certificate of an authority that is created at each start.
    #[arg(long)]
    pub tls: bool,

    /// File to write the authority's certificate to, for --tls. With --wait, the file to read it from.
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,

    /// Stop when the process that started this one ends.
    #[arg(long)]
    pub exit_with_parent: bool,

    /// Do not start an emulator, but wait until the one at this URL is ready.
    #[arg(long, value_name = "URL", conflicts_with_all = ["config", "contract", "clients", "tls", "port_file"])]
    pub wait: Option<String>,

    /// How long --wait waits.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub timeout: u64,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clients: Vec<_> = self.clients.iter().map(|client| client.split(':').next()).collect();
        f.debug_struct("Options")
            .field("listen", &self.listen)
            .field("port", &self.port)
            .field("clients", &clients)
            .field("config", &self.config)
            .field("contract", &self.contract)
            .field("wait", &self.wait)
            .finish_non_exhaustive()
    }
}
