//! `moneykit doctor`: checks the set-up, and names the remedy of each problem.

mod network;
mod report;
mod settings_check;

use clap::Args;
use moneykit::{Client, Credentials};

use self::report::{Check, Report};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::session::Session;
use crate::settings::{CredentialArgs, Settings};
use crate::store::{self, SharedToken};

/// Check the settings, the network, the clock and the credentials
///
/// The exit code is that of the first failed check. One token is requested, which is not cached.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  moneykit doctor
  moneykit doctor --path /links --json")]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    credentials: CredentialArgs,
    /// Send a GET request to this path of the API as well
    #[arg(long, value_name = "PATH")]
    path: Option<String>,
    /// Print an object with the source of each setting and the outcome of each check
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &DoctorArgs) -> Result<Exit, Failure> {
    let report = examine(args)?;
    if args.json {
        output::print(format!("{:#}\n", report.to_json()).as_bytes())?;
    } else {
        output::print_styled(&report.to_text())?;
    }
    Ok(report.exit())
}

fn examine(args: &DoctorArgs) -> Result<Report, Failure> {
    let mut report = Report::default();
    let settings = match Settings::resolve(&args.credentials) {
        Ok(settings) => settings,
        // Arguments that make no sense are answered as every command does.
        Err(failure) if failure.exit() == Exit::Usage => return Err(failure),
        Err(failure) => {
            report.add(Check::failed("settings", &failure));
            return Ok(report);
        }
    };
    let credentials = settings_check::run(&settings, &mut report);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        Failure::new(
            Exit::Unexpected,
            format!("cannot start the runtime ({error}); free some file descriptors"),
        )
    })?;
    runtime.block_on(async {
        let is_reachable = network::run(&settings, &mut report).await;
        let client = credentials.as_ref().and_then(|credentials| {
            let client = settings.client_builder(credentials).build();
            client.map_err(|error| report.add(Check::failed("client", &error.into()))).ok()
        });
        match client {
            Some(client) if is_reachable => {
                check_token(&settings, &client, &mut report).await;
                check_path(args, &settings, &client, &mut report).await;
                check_store(&settings, &client, credentials.as_ref(), &mut report).await;
            }
            _ => report.add(Check::skipped("token", "not requested, because of the failures above")),
        }
    });
    report.add(match &credentials {
        Some(_) if settings.store.is_some() => {
            Check::skipped("cache", "not used, because the token store is")
        }
        Some(credentials) => cache(&settings, credentials),
        None => Check::skipped("cache", "not examined, because the credentials are its key"),
    });
    Ok(report)
}

async fn check_token(settings: &Settings, client: &Client, report: &mut Report) {
    // Makes one attempt, and leaves the cache alone.
    report.add(match client.request_token().await {
        Ok(token) => {
            Check::passed("token", format!("issued, with a lifetime of {} s", token.lifetime().as_secs()))
        }
        Err(error) => Check::failed("token", &settings.explain(error.into())),
    });
}

async fn check_path(args: &DoctorArgs, settings: &Settings, client: &Client, report: &mut Report) {
    let Some(path) = &args.path else { return };
    if report.has_failed("token") {
        report.add(Check::skipped("request", "not sent, because there is no token"));
        return;
    }
    let response = match client.get(path).send().await {
        Ok(response) => response.error_for_status().await,
        Err(error) => Err(error),
    };
    report.add(match response {
        Ok(response) => {
            Check::passed("request", format!("GET {}: {}", response.url().path(), response.status()))
        }
        Err(error) => Check::failed("request", &settings.explain(error.into())),
    });
}

async fn check_store(
    settings: &Settings,
    client: &Client,
    credentials: Option<&Credentials>,
    report: &mut Report,
) {
    let (Some(setting), Some(credentials)) = (&settings.store, credentials) else { return };
    let token =
        store::open(setting).and_then(|store| SharedToken::of(client, credentials, settings.scope(), store));
    report.add(match token {
        Ok(token) => match token.load().await {
            Ok(None) => Check::passed("shared_token", "responds, and has no token"),
            Ok(Some(token)) => Check::passed(
                "shared_token",
                format!("responds, and has a token for another {} s", token.remaining().as_secs()),
            ),
            Err(error) => Check::warning(
                "shared_token",
                error.to_string(),
                "until it responds, each process requests a token of its own",
            ),
        },
        Err(failure) => Check::failed("shared_token", &failure),
    });
}

fn cache(settings: &Settings, credentials: &Credentials) -> Check {
    let Some(file) = Session::file_of(settings, credentials) else {
        return Check::warning(
            "cache",
            "not used, because there is no home folder",
            "set HOME or XDG_CACHE_HOME",
        );
    };
    let path = file.path().display();
    match file.load() {
        Ok(None) => Check::passed("cache", format!("empty ({path})")),
        Ok(Some(token)) if token.expires_in().is_zero() => {
            Check::passed("cache", format!("expired token ({path})"))
        }
        Ok(Some(token)) => {
            Check::passed("cache", format!("a token for another {} s ({path})", token.expires_in().as_secs()))
        }
        Err(hint) => {
            Check::warning("cache", &hint, "follow the hint; the next token replaces a damaged file")
        }
    }
}
