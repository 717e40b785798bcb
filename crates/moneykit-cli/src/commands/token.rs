//! `moneykit token`: prints an access token.

use std::fmt::Write as _;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat};
use clap::{Args, ValueEnum};
use serde_json::json;
use zeroize::Zeroizing;

use crate::cache::StoredToken;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::session::{Caching, Session, Validity};
use crate::settings::CredentialArgs;
use crate::store::SharedToken;
use crate::terminal::Terminal;

/// Print an access token
///
/// The token is cached on disk, so that calls in a row, and at the same time, request one token. It remains valid for at
/// least the minimum lifetime.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  curl --config <(moneykit token --format curl-config) https://api.moneykit.com/links
  moneykit token --format curl-config | curl --config - https://api.moneykit.com/links
  export \"$(moneykit token --format env)\"
  moneykit token --check || echo 'the next call requests a token'")]
pub(crate) struct TokenArgs {
    #[command(flatten)]
    credentials: CredentialArgs,
    /// The time for which the token must remain valid, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    min_lifetime: u64,
    /// The format of the output
    #[arg(long, value_enum, default_value_t = Format::Value)]
    format: Format,
    /// Neither read nor write the cache, nor the store
    #[arg(long)]
    no_cache: bool,
    /// Print nothing and request nothing; exit with 0 if the cache has a usable token, and with 1 otherwise
    #[arg(long, conflicts_with_all = ["format", "no_cache", "forget"])]
    check: bool,
    /// Remove the token of these credentials from the cache; it is not revoked
    #[arg(long, conflicts_with_all = ["format", "no_cache", "min_lifetime"])]
    forget: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The token alone
    Value,
    /// The header `Authorization: Bearer …`
    Header,
    /// An object with the token and its expiry
    Json,
    /// The variable MONEYKIT_ACCESS_TOKEN, for `export` and for env files
    Env,
    /// Headers for `curl --config -`, which keeps the token out of the arguments of curl
    CurlConfig,
}

pub(crate) fn run(args: &TokenArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let session = Session::open(&args.credentials, Caching::unless(args.no_cache), terminal)?;
    let validity = Validity::AtLeast(Duration::from_secs(args.min_lifetime));
    if args.check {
        let is_usable = match session.shared_token()? {
            Some(token) => is_usable(&session, &token, args, terminal)?,
            None => session.cached(validity).is_some(),
        };
        return Ok(if is_usable { Exit::Success } else { Exit::Unexpected });
    }
    if args.forget {
        return forget(&session, terminal);
    }
    let (token, _) = session.token(validity)?;
    output::print(render(&token, args.format).as_bytes())?;
    Ok(Exit::Success)
}

/// Returns true if the store has a usable token. A store that does not respond has none.
fn is_usable(
    session: &Session<'_>,
    token: &SharedToken,
    args: &TokenArgs,
    terminal: &Terminal,
) -> Result<bool, Failure> {
    let token = session.block_on(token.load())?.unwrap_or_else(|error| {
        terminal.hint(&format!("the token store is ignored: {error}"));
        None
    });
    Ok(token.is_some_and(|token| token.remaining() >= Duration::from_secs(args.min_lifetime.max(1))))
}

fn forget(session: &Session<'_>, terminal: &Terminal) -> Result<Exit, Failure> {
    let (is_removed, place) = if let Some(token) = session.shared_token()? {
        let is_removed = session.block_on(token.remove())?;
        let is_removed = is_removed.map_err(|error| Failure::new(Exit::NoResponse, error.to_string()))?;
        (is_removed, "store")
    } else if let Some(file) = session.file() {
        let is_removed = file.remove().map_err(|error| {
            let message = format!("cannot remove {} ({error}); remove it yourself", file.path().display());
            Failure::new(Exit::Unexpected, message)
        })?;
        (is_removed, "cache")
    } else {
        return Ok(Exit::Success);
    };
    if !is_removed {
        terminal.hint(&format!("the {place} has no token of these credentials"));
    }
    Ok(Exit::Success)
}

fn render(token: &StoredToken, format: Format) -> Zeroizing<String> {
    let value = token.access_token.as_str();
    let mut text = Zeroizing::new(String::with_capacity(value.len() + 512));
    // Writing to a text cannot fail.
    let _ = match format {
        Format::Value => writeln!(text, "{value}"),
        Format::Header => writeln!(text, "Authorization: Bearer {value}"),
        Format::Json => writeln!(text, "{:#}", json(token)),
        Format::Env => writeln!(text, "MONEYKIT_ACCESS_TOKEN={value}"),
        Format::CurlConfig => writeln!(
            text,
            "header = \"Authorization: Bearer {}\"\nheader = \"MoneyKit-Version: {}\"",
            value.replace('\\', "\\\\").replace('"', "\\\""),
            moneykit::raw::contract::VERSION
        ),
    };
    text
}

fn json(token: &StoredToken) -> serde_json::Value {
    let expires_at =
        i64::try_from(token.expires_at).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    json!({
        "access_token": token.access_token.as_str(),
        "token_type": "bearer",
        "expires_at": expires_at.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true)),
        "expires_at_unix": token.expires_at,
        "expires_in": token.expires_in().as_secs(),
    })
}
