//! The option `-v`: log records of the client on standard error.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Starts logging, if the option was given.
///
/// Only the targets below are logged: their records are known to contain no secret.
pub(crate) fn start(verbosity: u8) {
    let level = match verbosity {
        0 => return,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let mut targets = Targets::new().with_target("moneykit", level).with_target("moneykit_cli", level);
    if level == LevelFilter::TRACE {
        // Names, addresses and connections.
        targets = targets.with_target("hyper_util::client::legacy", LevelFilter::DEBUG);
    }
    let stderr = || anstream::stderr();
    let is_colored = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let records = tracing_subscriber::fmt::layer().with_writer(stderr).with_ansi(is_colored);
    tracing_subscriber::registry().with(records).with(targets).init();
}
