//! The address or the Unix socket on which a server accepts connections.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;

use crate::exit::Exit;
use crate::failure::Failure;

/// A listener for connections.
pub(super) enum Listener {
    Tcp(TcpListener, SocketAddr),
    #[cfg(unix)]
    Unix(socket::Socket),
}

/// A connection of any kind.
pub(super) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

impl Listener {
    /// Listens on an address.
    pub(super) async fn bind(address: SocketAddr) -> Result<Self, Failure> {
        let bound = match TcpListener::bind(address).await {
            Ok(listener) => listener.local_addr().map(|address| Self::Tcp(listener, address)),
            Err(error) => Err(error),
        };
        bound.map_err(|error| {
            let message = format!("cannot listen on {address} ({error}); choose another port, or port 0");
            Failure::new(Exit::SetUp, message)
        })
    }

    /// Listens on a Unix socket, which is removed when this value is dropped.
    pub(super) fn bind_socket(path: &Path) -> Result<Self, Failure> {
        #[cfg(unix)]
        return socket::Socket::bind(path).map(Self::Unix);
        #[cfg(not(unix))]
        return Err(Failure::usage(format!(
            "there are no Unix sockets here ({}); use --listen",
            path.display()
        )));
    }

    /// Returns the URL, or the path of the socket.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Tcp(_, address) => format!("http://{address}"),
            #[cfg(unix)]
            Self::Unix(socket) => socket.path().display().to_string(),
        }
    }

    /// Returns the address; a socket has none.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(_, address) => Some(*address),
            #[cfg(unix)]
            Self::Unix(_) => None,
        }
    }

    pub(super) async fn accept(&self) -> io::Result<Box<dyn Connection>> {
        match self {
            Self::Tcp(listener, _) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
            #[cfg(unix)]
            Self::Unix(socket) => Ok(Box::new(socket.accept().await?)),
        }
    }
}

#[cfg(unix)]
mod socket {
    use std::fs;
    use std::io;
    use std::os::unix::fs::MetadataExt as _;
    use std::path::{Path, PathBuf};

    use rustix::fs::Mode;
    use rustix::process::umask;
    use tokio::net::{UnixListener, UnixStream};

    use crate::failure::Failure;
    use crate::private_file;

    /// A Unix socket with its file.
    pub(in super::super) struct Socket {
        listener: UnixListener,
        path: PathBuf,
        /// The device and the inode of the file that `bind` created.
        id: (u64, u64),
    }

    impl Socket {
        /// Creates the socket. A file that exists is not replaced: it may be the socket of a running program.
        pub(super) fn bind(path: &Path) -> Result<Self, Failure> {
            let folder =
                path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            private_file::check_folder(folder).map_err(Failure::set_up)?;
            if fs::symlink_metadata(path).is_ok() {
                return Err(Failure::set_up(format!(
                    "{} exists; if no program uses it, remove it, and otherwise choose another path",
                    path.display()
                )));
            }
            // A file that became private after its creation would be open to others in between. No other thread runs yet
            // that creates files.
            let previous = umask(Mode::from_raw_mode(0o177));
            let listener = UnixListener::bind(path);
            umask(previous);
            let created = listener.and_then(|listener| Ok((listener, id(path)?)));
            let (listener, id) = created.map_err(|error| {
                Failure::set_up(format!(
                    "cannot create the socket {} ({error}); check the path",
                    path.display()
                ))
            })?;
            Ok(Self { listener, path: path.to_owned(), id })
        }

        pub(super) fn path(&self) -> &Path {
            &self.path
        }

        pub(super) async fn accept(&self) -> io::Result<UnixStream> {
            Ok(self.listener.accept().await?.0)
        }
    }

    impl Drop for Socket {
        fn drop(&mut self) {
            // Another program may have replaced the file.
            if id(&self.path).is_ok_and(|id| id == self.id) {
                let _ = fs::remove_file(&self.path);
            }
        }
    }

    fn id(path: &Path) -> io::Result<(u64, u64)> {
        fs::symlink_metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
    }
}
