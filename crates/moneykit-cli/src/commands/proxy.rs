//! `moneykit proxy`: a local reverse proxy that adds the access token, for programs in any language.

mod admin;
mod body;
mod child;
mod connections;
mod connector;
mod forward;
mod guard;
mod headers;
mod listener;
mod metrics;
mod reply;
mod send_error;
mod server;
mod signals;
mod token_endpoint;
mod upstream;

use std::convert::Infallible;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tracing::info;

use self::admin::Admin;
use self::child::Child;
use self::forward::Proxy;
use self::guard::{Guard, PathPrefix};
use self::listener::Listener;
use self::server::Server;
use self::signals::Signals;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::session::{Caching, Session};
use crate::settings::CredentialArgs;
use crate::terminal::Terminal;

/// Forward local requests to the API, with the access token
///
/// A program in any language needs the URL of the proxy and nothing else. The proxy requests the token, refreshes it, and
/// replaces one that is dead. The first line on standard output is the URL, or the path of the socket.
///
/// With a command, the proxy runs it and ends with it and with its exit code. The command gets the URL in MONEYKIT_URL, and
/// a placeholder in MONEYKIT_CLIENT_SECRET. The path of the URL is random, so that other programs cannot use the proxy.
/// Pass a command with $MONEYKIT_URL to sh -c in single quotes, or else your own shell replaces it.
///
/// Without a command, any user of this computer can send requests to the port. --socket admits your own user only.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  moneykit proxy --listen 127.0.0.1:8080
  moneykit proxy --socket \"$XDG_RUNTIME_DIR/moneykit.sock\"
  moneykit proxy -- sh -c 'curl \"$MONEYKIT_URL/links\"'
  moneykit proxy --listen 127.0.0.1:8080 --admin 127.0.0.1:8081")]
pub(crate) struct ProxyArgs {
    #[command(flatten)]
    credentials: CredentialArgs,
    /// The loopback address and the port to listen on; port 0 is any free port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0", value_parser = loopback)]
    listen: SocketAddr,
    /// Listen on a Unix socket, which only your own user can connect to
    #[arg(long, value_name = "PATH", conflicts_with = "listen")]
    socket: Option<PathBuf>,
    /// Serve /healthz, /readyz and /metrics on another loopback address; its URL is the second line of the output
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = loopback)]
    admin: Option<SocketAddr>,
    /// How long a request may take, from connecting to the API to the last byte of the response, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
    /// How long requests may take after SIGTERM or Ctrl-C, in seconds; a second signal cuts them off
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    drain_timeout: u64,
    /// The command to run, and its arguments
    #[arg(last = true, value_name = "COMMAND", conflicts_with_all = ["listen", "socket", "admin"])]
    command: Vec<OsString>,
}

pub(crate) fn run(args: &ProxyArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    // A script writes this if the variable with its command is empty, and would wait for ever.
    if args.command.is_empty() && std::env::args_os().next_back().is_some_and(|last| last == "--") {
        return Err(Failure::usage("there is no command after --; add one"));
    }
    let session = Session::open(&args.credentials, Caching::StoreOnly, terminal)?;
    session.block_on(async {
        let listener = match &args.socket {
            Some(path) => Listener::bind_socket(path)?,
            None => Listener::bind(args.listen).await?,
        };
        if args.command.is_empty() {
            serve(args, &session, listener, terminal).await
        } else {
            serve_child(args, &session, listener, terminal).await
        }
    })?
}

/// Serves until a signal, and finishes the requests in flight.
async fn serve(
    args: &ProxyArgs,
    session: &Session<'_>,
    listener: Listener,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let proxy = proxy(args, session, Guard::new(listener.address(), None))?;
    let admin = match args.admin {
        Some(address) => Some(Listener::bind(address).await?),
        None => None,
    };
    let mut signals = Signals::stop()?;
    let mut lines = format!("{}\n", listener.name());
    if let Some(listener) = admin {
        lines = format!("{lines}{}\n", listener.name());
        let admin = Arc::new(Admin::new(listener.address(), Arc::clone(&proxy)));
        let server = Server::new(listener);
        // It remains until the process ends, so that probes are served meanwhile.
        let handle = move |request| {
            let admin = Arc::clone(&admin);
            async move { Ok(admin.handle(request).await) }
        };
        tokio::spawn(async move { server.run(handle).await });
    }
    output::print(lines.as_bytes())?;

    let server = Server::new(listener);
    let handler = Arc::clone(&proxy);
    tokio::select! {
        never = server.run(move |request| Arc::clone(&handler).handle(request)) => match never {},
        never = maintain(&proxy, session, terminal) => match never {},
        _ = signals.recv() => {}
    }
    info!("no more connections are accepted; finishing the requests in flight");
    proxy.metrics.start_draining();
    let drained = tokio::select! {
        drained = server.drain(Duration::from_secs(args.drain_timeout)) => drained,
        _ = signals.recv() => false,
    };
    if drained {
        return Ok(Exit::Success.into());
    }
    Err(Failure::new(Exit::Unexpected, "requests in flight were cut off; increase --drain-timeout"))
}

/// Serves a command until it ends.
async fn serve_child(
    args: &ProxyArgs,
    session: &Session<'_>,
    listener: Listener,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let prefix = PathPrefix::random()?;
    let url = format!("{}{}", listener.name(), prefix.as_str());
    let proxy = proxy(args, session, Guard::new(listener.address(), Some(prefix)))?;
    let mut child = Child::spawn(&args.command, &url, session.client_id())?;
    let server = Server::new(listener);
    let handler = Arc::clone(&proxy);
    tokio::select! {
        never = server.run(move |request| Arc::clone(&handler).handle(request)) => match never {},
        never = maintain(&proxy, session, terminal) => match never {},
        code = child.wait() => code,
    }
}

fn proxy(args: &ProxyArgs, session: &Session<'_>, guard: Guard) -> Result<Arc<Proxy>, Failure> {
    let timeout = Duration::from_secs(args.timeout);
    let proxy = Proxy::new(session.long_lived_client()?, guard, timeout);
    proxy.map(Arc::new).map_err(|error| Failure::root_certificates(&error))
}

/// Requests the first token before a request needs it, and closes idle connections. Without a token the proxy goes on: the
/// server may return.
async fn maintain(proxy: &Proxy, session: &Session<'_>, terminal: &Terminal) -> Infallible {
    if let Err(error) = proxy.client.warm_up().await {
        let failure = session.failure(error);
        terminal.hint(&format!("there is no access token yet: {}", failure.message()));
    }
    proxy.close_idle_connections().await
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr =
        text.parse().map_err(|_| "write an address and a port, such as 127.0.0.1:8080")?;
    if address.ip().is_loopback() {
        return Ok(address);
    }
    Err("the proxy would give other computers access to the API; use 127.0.0.1 or [::1]".to_owned())
}
