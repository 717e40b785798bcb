//! Errors of the store.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use redis::{ErrorKind, RedisError};

/// Why a call to the server failed, or why a URL was rejected. Contains neither a password nor a token: the texts of
/// servers, which may quote the command that they reject, are left out.
pub struct RedisStoreError {
    message: String,
}

impl RedisStoreError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }

    pub(crate) fn invalid_url() -> Self {
        Self::new(
            "the URL of the Redis server is invalid: write redis://user:password@host:6379/0, rediss://… for TLS, or \
             redis+unix:///path, and percent-encode special characters of the password",
        )
    }

    pub(crate) fn no_tls() -> Self {
        Self::new(
            "rediss:// needs TLS, which this build lacks: enable the feature `rustls` or `native-tls` of moneykit-redis",
        )
    }

    pub(crate) fn no_randomness() -> Self {
        Self::new("the operating system provides no random numbers, so no token can be encrypted")
    }

    pub(crate) fn invalid_token(why: &str) -> Self {
        Self::new(format!("the access token {why}, so it is not shared"))
    }

    pub(crate) fn connect_timeout(server: &str, after: Duration) -> Self {
        Self::new(format!(
            "can't connect to {server} within {after:?}: check the address, the network and the load of the server"
        ))
    }

    pub(crate) fn response_timeout(server: &str, after: Duration) -> Self {
        Self::new(format!(
            "no response from {server} within {after:?}: check the network and the load of the server"
        ))
    }

    pub(crate) fn connect_panicked(server: &str) -> Self {
        Self::new(format!(
            "connecting to {server} failed within TLS: install a default cryptography of rustls for the process, with \
             rustls::crypto::CryptoProvider::install_default"
        ))
    }

    pub(crate) fn unexpected_response(server: &str) -> Self {
        Self::new(format!(
            "the response of {server} has an unexpected type: check that it is Redis 6 or later, or Valkey"
        ))
    }

    pub(crate) fn from_redis(server: &str, error: &RedisError) -> Self {
        let message = match error.kind() {
            ErrorKind::Io => format!("can't reach {server}: {error}"),
            ErrorKind::AuthenticationFailed => {
                format!("{server} rejected the password: check user and password in its URL")
            }
            kind => match error.code().filter(|code| is_code(code)) {
                Some(code) => format!("{server} responded with {code}: {}", remedy(code)),
                None => format!("the call to {server} failed: {kind:?}"),
            },
        };
        Self { message }
    }
}

/// Returns false for what is no error code: a text that a proxy sent, for example.
fn is_code(code: &str) -> bool {
    code.len() <= 20 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn remedy(code: &str) -> &'static str {
    match code {
        "NOAUTH" | "WRONGPASS" => "check user and password in its URL",
        "NOPERM" => "permit the commands, keys and channels that the guide `Running a fleet` lists",
        "OOM" => "its memory is full; raise `maxmemory`, or remove keys",
        "READONLY" => "it is a replica; connect to the primary, or wait for the end of the failover",
        "LOADING" | "MASTERDOWN" | "CLUSTERDOWN" | "TRYAGAIN" => "it is starting, or failing over",
        "NOREPLICAS" => "it has too few replicas to accept writes",
        "MISCONF" => "it can't save its data to disk and therefore accepts no writes",
        "BUSY" => "a script of another program blocks it",
        "MOVED" | "ASK" => "it is a cluster; use `RedisTokenStore::open_cluster`",
        _ => "its log or `ACL LOG` may have the reason, such as a missing permission",
    }
}

impl fmt::Display for RedisStoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for RedisStoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RedisStoreError").field(&self.message).finish()
    }
}

impl Error for RedisStoreError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_server_is_left_out() {
        for code in ["ERR", "WRONGPASS", "sesame"] {
            let quoting =
                redis::make_extension_error(code.to_owned(), Some("unknown AUTH 'sesame'".to_owned()));
            let error = RedisStoreError::from_redis("localhost:6379", &quoting);
            assert!(!format!("{error} {error:?}").contains("sesame"), "{error}");
        }
    }
}
