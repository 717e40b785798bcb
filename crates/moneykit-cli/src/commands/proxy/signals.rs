//! The signals that this process receives.

use crate::exit::Exit;
use crate::failure::Failure;

/// A receiver of signals, which no longer end this process.
pub(super) struct Signals {
    #[cfg(unix)]
    streams: Vec<(tokio::signal::unix::SignalKind, tokio::signal::unix::Signal)>,
}

#[cfg(unix)]
impl Signals {
    /// The signals that ask a program to stop: SIGTERM, Ctrl-C, and SIGHUP when its terminal is closed.
    pub(super) fn stop() -> Result<Self, Failure> {
        use tokio::signal::unix::SignalKind;

        let mut kinds = vec![SignalKind::terminate(), SignalKind::interrupt()];
        kinds.extend((!ignores_hangup()).then(SignalKind::hangup));
        Self::listen(&kinds)
    }

    /// The signals that people send to a program, and mean the command that it runs.
    pub(super) fn for_command() -> Result<Self, Failure> {
        use tokio::signal::unix::SignalKind;

        Self::listen(&[
            SignalKind::terminate(),
            SignalKind::interrupt(),
            SignalKind::quit(),
            SignalKind::hangup(),
            SignalKind::user_defined1(),
            SignalKind::user_defined2(),
        ])
    }

    fn listen(kinds: &[tokio::signal::unix::SignalKind]) -> Result<Self, Failure> {
        let listen = |kind| tokio::signal::unix::signal(kind).map(|stream| (kind, stream));
        let streams = kinds.iter().copied().map(listen).collect::<Result<_, _>>();
        Ok(Self { streams: streams.map_err(|error| failure(&error))? })
    }

    /// Returns the number of the next signal.
    pub(super) async fn recv(&mut self) -> i32 {
        use std::task::Poll;

        std::future::poll_fn(|context| {
            let mut streams = self.streams.iter_mut();
            let received =
                streams.find_map(|(kind, stream)| stream.poll_recv(context).is_ready().then_some(*kind));
            received.map_or(Poll::Pending, |kind| Poll::Ready(kind.as_raw_value()))
        })
        .await
    }
}

/// Returns true if SIGHUP was ignored at the start, as with `nohup`, or if that is not known.
#[cfg(unix)]
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // The first bit is that of signal 1.
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_none_or(|mask| mask & 1 == 1)
}

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
    pub(super) fn stop() -> Result<Self, Failure> {
        Ok(Self {})
    }

    pub(super) fn for_command() -> Result<Self, Failure> {
        Self::stop()
    }

    /// Returns the number of the next signal, which is that of Ctrl-C.
    pub(super) async fn recv(&mut self) -> i32 {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        2
    }
}

#[cfg_attr(not(unix), expect(dead_code, reason = "only Unix needs it"))]
fn failure(error: &std::io::Error) -> Failure {
    Failure::new(Exit::Unexpected, format!("cannot listen for signals ({error}); free some file descriptors"))
}
