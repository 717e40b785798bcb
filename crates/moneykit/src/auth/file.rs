//! Credentials whose secret is in a file, as Docker and Kubernetes provide it.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use zeroize::Zeroizing;

use super::{ClientId, ClientSecret, Credentials, CredentialsFuture, CredentialsProvider, InvalidCredential};
use crate::error::{Error, Problem};

/// Credentials whose client secret is in a file, such as a secret that Docker or Kubernetes mounts. The file is read
/// again for each token refresh, so that a rotated secret is used without a restart.
///
/// `MONEYKIT_CLIENT_SECRET_FILE` and the setting `client_secret_file` of a [`ClientConfig`](crate::ClientConfig) use
/// this provider.
///
/// The file contains the secret, and at most one line break at its end, which is removed. It is no larger than 16 KiB.
/// If it can't be read later on, or contains no valid secret, the last secret remains in use, and a warning is logged:
/// a file is unreadable for a moment while it is replaced, and for good if the process gives up its permissions.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = moneykit_emulator::Emulator::builder().client("live_1", "your-client-secret").start()?;
/// # let folder = std::env::temp_dir().join(format!("moneykit-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("moneykit-client-secret");
/// # std::fs::write(&path, "your-client-secret\n")?;
/// # let url = emulator.url();
/// use moneykit::{Client, FileCredentials};
///
/// // In a container, `path` is such as "/run/secrets/moneykit-client-secret".
/// let credentials = FileCredentials::new("live_1", path)?;
/// let client = Client::builder().credentials_provider(credentials).base_url(url).build()?;
/// client.warm_up().await?;
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct FileCredentials(Arc<Inner>);

struct Inner {
    client_id: ClientId,
    path: PathBuf,
    /// The secret that was read last.
    last: Mutex<ClientSecret>,
}

/// The maximum size of the file in bytes.
const MAX_BYTES: u64 = 16 * 1024;

impl FileCredentials {
    /// Creates credentials from a client ID and the path of a file, which is read now.
    ///
    /// # Errors
    ///
    /// Returns a configuration error ([`Error::is_configuration`]) that names the file if it cannot be read or is
    /// larger than 16 KiB, and the errors of [`Credentials::new`]. No error contains anything of the file.
    pub fn new<I>(client_id: I, secret_file: impl Into<PathBuf>) -> Result<Self, Error>
    where
        I: TryInto<ClientId, Error: Into<InvalidCredential>>,
    {
        let path = secret_file.into();
        match (client_id.try_into(), read("client_secret_file", &path)) {
            (Ok(client_id), Ok(secret)) => Ok(Self::from_parts(client_id, path, secret)),
            (id, secret) => {
                let id = id.err().map(|invalid| Error::from(invalid.into()).into_problems());
                let problems = id.into_iter().flatten().chain(secret.err());
                Err(Error::configuration(problems.collect()))
            }
        }
    }

    pub(crate) fn from_parts(client_id: ClientId, path: PathBuf, secret: ClientSecret) -> Self {
        Self(Arc::new(Inner { client_id, path, last: Mutex::new(secret) }))
    }

    /// Returns the credentials that were read last.
    pub(crate) fn last(&self) -> Credentials {
        Credentials::from_parts(self.0.client_id.clone(), self.0.last().clone())
    }

    /// Reads the file again, and returns its secret or the last one.
    fn current(&self) -> Credentials {
        match read("client_secret_file", &self.0.path) {
            Ok(secret) => *self.0.last() = secret,
            Err(problem) => tracing::warn!(
                client_id = self.0.client_id.as_str(),
                error = %format_args!("{} {}", problem.setting, problem.what),
                "the client secret could not be read again; the last one remains in use"
            ),
        }
        self.last()
    }
}

impl Inner {
    fn last(&self) -> std::sync::MutexGuard<'_, ClientSecret> {
        // The secret is replaced as a whole.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CredentialsProvider for FileCredentials {
    fn credentials(&self) -> CredentialsFuture<'_> {
        let file = self.clone();
        Box::pin(async move {
            // A mounted file system may respond slowly, which must not block the runtime.
            Ok(tokio::task::spawn_blocking(move || file.current()).await?)
        })
    }
}

impl fmt::Debug for FileCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileCredentials")
            .field("client_id", &self.0.client_id)
            .field("client_secret", &format_args!("[redacted]"))
            .finish_non_exhaustive()
    }
}

/// Reads a client secret from a file. `setting` is the name of the path's setting in the error.
pub(crate) fn read(setting: impl Into<Cow<'static, str>>, path: &Path) -> Result<ClientSecret, Problem> {
    let shown = Shown(path);
    let what = match read_bounded(path) {
        Ok(Some(bytes)) => match std::str::from_utf8(&bytes) {
            Ok(text) => match ClientSecret::new(without_line_break(text)) {
                Ok(secret) => return Ok(secret),
                Err(invalid) => format!("names {shown}, whose content {}", invalid.what()),
            },
            Err(_) => format!("names {shown}, which is not UTF-8; write the secret again"),
        },
        Ok(None) => format!("names {shown}, which is larger than {MAX_BYTES} bytes; check the path"),
        Err(error) => {
            format!("names {shown}, which cannot be read ({error}); check the path and the permissions")
        }
    };
    Err(Problem::new(setting, what))
}

/// Reads a file; returns `None` if it is too large.
fn read_bounded(path: &Path) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    // Allocated in its full size: a buffer that grows leaves copies of the secret behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(MAX_BYTES + 1).unwrap_or_default()));
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= MAX_BYTES).then_some(bytes))
}

/// Removes the line break with which editors and `echo` end a file. Everything else is part of the secret.
fn without_line_break(text: &str) -> &str {
    text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text))
}

/// A path in a message. A text that is not clearly a path is not shown: it may be the secret itself.
struct Shown<'a>(&'a Path);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(path) = self;
        if path.is_absolute() || path.starts_with(".") || path.starts_with("..") {
            // `Debug` escapes control characters.
            write!(f, "the file {:?}", path.to_string_lossy())
        } else {
            f.write_str("a file by a relative path, which is not shown because it may be the secret itself")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_break_at_the_end_is_removed() {
        for (content, expected) in [
            ("pale", "pale"),
            ("pale\n", "pale"),
            ("pale\r\n", "pale"),
            ("pale\n\n", "pale\n"),
            ("pale\r", "pale\r"),
            ("pale \n", "pale "),
            ("\n", ""),
            ("", ""),
        ] {
            assert_eq!(without_line_break(content), expected, "{content:?}");
        }
    }

    #[test]
    fn a_text_that_may_be_a_secret_is_not_shown_as_a_path() {
        let problem = read("client_secret_file", Path::new("pale-secret")).unwrap_err();
        assert!(!problem.what.contains("pale") && problem.what.contains("os error"), "{problem:?}");

        let problem = read("client_secret_file", Path::new("/no\nsuch/file")).unwrap_err();
        assert!(problem.what.contains(r#"the file "/no\nsuch/file", which cannot be read ("#), "{problem:?}");
    }
}
