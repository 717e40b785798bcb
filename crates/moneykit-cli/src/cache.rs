//! The token cache on disk: one file for each set of credentials, scopes and base URL.
//!
//! A file contains a token and its expiry, never the client secret. Its name is a keyed hash, so that it reveals nothing,
//! and that only who knows the secret finds the token.

use std::fmt::{self, Write as _};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit as _, Mac as _};
use moneykit::{AccessToken, Clock as _, Credentials, SystemClock};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::environment;
use crate::lock::Lock;
use crate::private_file;

/// The file of one token.
#[derive(Debug)]
pub(crate) struct TokenFile {
    folder: PathBuf,
    path: PathBuf,
}

/// A token with its expiry, by the wall clock of this machine.
///
/// The lifetime counts from the token request, as the facade counts it, so the server's clock has no part in it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredToken {
    format: u32,
    pub(crate) access_token: Zeroizing<String>,
    /// In seconds since the Unix epoch.
    requested_at: u64,
    pub(crate) expires_at: u64,
}

/// The version of the file format. Files of other versions are misses.
const FORMAT: u32 = 1;

/// The maximum size of a file in bytes. Token responses have the same limit.
const MAX_BYTES: u64 = 64 * 1024;

/// How the names of files begin that are not complete yet.
const TEMPORARY: &str = ".token-";

/// The age after which an incomplete file is nobody's.
const ABANDONED: Duration = Duration::from_secs(600);

/// How long another process may hold the lock: as long as a token refresh takes at most, and some time to write.
const LOCK_TIMEOUT: Duration = Duration::from_secs(32);

impl TokenFile {
    /// Returns the file for a set of settings. `None` if the user has no home.
    pub(crate) fn of(credentials: &Credentials, url: &str, scope: Option<&str>) -> Option<Self> {
        let folder = environment::cache_folder()?;
        let parts = [
            url.trim_end_matches('/'),
            credentials.client_id().as_str(),
            scope.unwrap_or_default(),
            moneykit::raw::contract::VERSION,
        ];
        let name = keyed_hash(credentials.client_secret().expose_secret().as_bytes(), &parts);
        Some(Self { path: folder.join(format!("{name}.json")), folder })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the token. Returns `None` if there is none, and a hint if the file is unusable, which counts as none.
    pub(crate) fn load(&self) -> Result<Option<StoredToken>, String> {
        match self.read() {
            Ok(token) => Ok(Some(token)),
            Err(Miss::None) => Ok(None),
            Err(Miss::Hint(problem)) => Err(format!("the cached token is ignored: {problem}")),
        }
    }

    fn read(&self) -> Result<StoredToken, Miss> {
        check_folder(&self.folder)?;
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(Miss::None),
            Err(error) => {
                return Err(Miss::Hint(format!(
                    "{} cannot be read ({error}); remove it",
                    self.path.display()
                )));
            }
        };
        let metadata = file.metadata().map_err(|_| self.corrupt())?;
        private_file::check_ours(&self.path, &metadata).map_err(Miss::Hint)?;
        let mut text = Zeroizing::new(String::new());
        file.take(MAX_BYTES).read_to_string(&mut text).map_err(|_| self.corrupt())?;
        let token: StoredToken = serde_json::from_str(&text).map_err(|_| self.corrupt())?;
        let is_sound = token.format == FORMAT && token.requested_at <= token.expires_at;
        if !is_sound || token.access_token.is_empty() {
            return Err(self.corrupt());
        }
        if token.requested_at > now().as_secs() {
            return Err(Miss::Hint(
                "it is from the future, so the clock was set back; it is replaced".to_owned(),
            ));
        }
        Ok(token)
    }

    fn corrupt(&self) -> Miss {
        Miss::Hint(format!("{} is damaged; it is replaced", self.path.display()))
    }

    /// Replaces the token. A reader finds the old file or the new one, whatever happens meanwhile.
    pub(crate) fn store(&self, token: &StoredToken) -> io::Result<()> {
        create_folder(&self.folder)?;
        // The file is private from its creation.
        let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(&self.folder)?;
        let text = Zeroizing::new(serde_json::to_vec(token)?);
        file.write_all(&text)?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        self.remove_abandoned();
        Ok(())
    }

    /// Removes what processes left behind that were killed while they wrote.
    fn remove_abandoned(&self) {
        let now = UNIX_EPOCH + now();
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let is_old = || {
                let modified = entry.metadata().and_then(|metadata| metadata.modified()).ok();
                modified.and_then(|time| now.duration_since(time).ok()).is_some_and(|age| age > ABANDONED)
            };
            if entry.file_name().to_string_lossy().starts_with(TEMPORARY) && is_old() {
                // Another process may have removed it.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// Removes the token. Returns false if there was none.
    pub(crate) fn remove(&self) -> io::Result<bool> {
        match fs::remove_file(&self.path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Waits until no other process requests this token. Without a lock, too many requests are the worst that happens.
    pub(crate) fn lock(&self) -> Lock {
        match create_folder(&self.folder) {
            Ok(()) => Lock::acquire(&self.path.with_extension("lock"), LOCK_TIMEOUT),
            Err(_) => Lock::none(),
        }
    }
}

impl StoredToken {
    /// Returns `None` for a token whose lifetime is not known.
    pub(crate) fn of(token: &AccessToken) -> Option<Self> {
        let expires_at = token.expires_at()?.duration_since(UNIX_EPOCH).ok()?.as_secs();
        Some(Self {
            format: FORMAT,
            access_token: Zeroizing::new(token.expose_secret().to_owned()),
            requested_at: expires_at.saturating_sub(token.lifetime().as_secs()),
            expires_at,
        })
    }

    pub(crate) fn expires_in(&self) -> Duration {
        Duration::from_secs(self.expires_at).saturating_sub(now())
    }

    pub(crate) fn expiry(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.expires_at)
    }

    pub(crate) fn lifetime(&self) -> Duration {
        Duration::from_secs(self.expires_at - self.requested_at)
    }
}

impl fmt::Debug for StoredToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredToken").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// Why there is no token.
enum Miss {
    None,
    Hint(String),
}

fn check_folder(folder: &Path) -> Result<(), Miss> {
    let metadata = match fs::metadata(folder) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(Miss::None),
        Err(error) => return Err(Miss::Hint(format!("{} cannot be read ({error})", folder.display()))),
    };
    private_file::check_ours(folder, &metadata).map_err(Miss::Hint)
}

/// Creates the folder, private from its creation. Fails if an existing one is not.
fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    private_file::check_ours(folder, &fs::metadata(folder)?)
        .map_err(|problem| io::Error::new(ErrorKind::PermissionDenied, problem))
}

/// Returns HMAC-SHA256 of the parts in hexadecimal digits. Each part has its length before it, so that no two lists have
/// the same text.
fn keyed_hash(key: &[u8], parts: &[&str]) -> String {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    for part in parts {
        hmac.update(&(part.len() as u64).to_be_bytes());
        hmac.update(part.as_bytes());
    }
    let mut digits = String::new();
    for byte in hmac.finalize().into_bytes() {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

fn now() -> Duration {
    SystemClock.now().wall()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(access_token: &str) -> StoredToken {
        let now = now().as_secs();
        let access_token = Zeroizing::new(access_token.to_owned());
        StoredToken { format: FORMAT, access_token, requested_at: now, expires_at: now + 60 }
    }

    fn file(folder: &Path) -> TokenFile {
        let folder = folder.join("moneykit");
        TokenFile { path: folder.join("a.json"), folder }
    }

    #[test]
    fn a_token_is_stored_replaced_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path());
        assert!(file.load().unwrap().is_none());
        for value in ["one", "two"] {
            file.store(&stored(value)).unwrap();
            assert_eq!(file.load().unwrap().unwrap().access_token.as_str(), value);
        }
        assert_eq!(fs::read_dir(&file.folder).unwrap().count(), 1, "no temporary file remains");
        assert!(file.remove().unwrap());
        assert!(!file.remove().unwrap());
    }

    #[test]
    fn files_that_were_never_completed_are_removed_when_they_are_old() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path());
        file.store(&stored("one")).unwrap();
        let [old, new] = ["old", "new"].map(|name| file.folder.join(format!("{TEMPORARY}{name}")));
        for path in [&old, &new] {
            fs::write(path, "{").unwrap();
        }
        let modified = UNIX_EPOCH + now() - Duration::from_secs(3600);
        File::options().write(true).open(&old).unwrap().set_modified(modified).unwrap();

        file.store(&stored("two")).unwrap();
        assert!(!old.exists() && new.exists());
    }

    #[test]
    fn an_unusable_file_is_a_miss_with_a_hint() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path());
        let future = StoredToken { requested_at: now().as_secs() + 30, ..stored("pale") };
        let other_format = StoredToken { format: 9, ..stored("pale") };
        let long = format!("{{\"access_token\":\"pale{}\"}}", "x".repeat(70_000));
        let whole = serde_json::to_string(&stored("pale")).unwrap();
        for content in [
            "",
            "{",
            &whole[..whole.len() / 2],
            "{\"access_token\":\"pale\"}",
            &serde_json::to_string(&future).unwrap(),
            &serde_json::to_string(&other_format).unwrap(),
            &long,
        ] {
            file.store(&stored("one")).unwrap();
            // Keeps the permissions.
            fs::write(&file.path, content).unwrap();
            let hint = file.load().unwrap_err();
            assert!(hint.starts_with("the cached token is ignored: ") && !hint.contains("pale"), "{hint}");
        }
    }

    #[test]
    fn the_name_depends_on_each_part_and_on_the_key() {
        let hashes = [
            keyed_hash(b"secret", &["a", "b", "c"]),
            keyed_hash(b"other", &["a", "b", "c"]),
            keyed_hash(b"secret", &["ab", "", "c"]),
            keyed_hash(b"secret", &["", "ab", "c"]),
            keyed_hash(b"secret", &["a", "b", "d"]),
        ];
        for (index, hash) in hashes.iter().enumerate() {
            assert!(hash.len() == 64 && hashes[..index].iter().all(|other| other != hash));
        }
    }
}
