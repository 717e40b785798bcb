//! The checks of settings: where each value comes from, and whether it can be used.

use moneykit::{Client, Credentials};

use super::report::{Check, Report};
use crate::environment;
use crate::failure::Failure;
use crate::secret::SecretOrigin;
use crate::settings::Settings;
use crate::source::Setting;

/// Checks the settings. Returns the credentials if they are usable.
pub(super) fn run(settings: &Settings, report: &mut Report) -> Option<Credentials> {
    config_file(settings, report);
    if let Some(id) = &settings.client_id {
        report.add_setting("client_id", Some(&id.value), id);
        report.add(Check::passed("client_id", described(Some(&id.value), id)));
    }
    let credentials = secret(settings, report);
    if let Some(scope) = &settings.scope {
        report.add_setting("scope", Some(&scope.value), scope);
        report.add(Check::passed("scope", described(Some(&scope.value), scope)));
    }
    let method = &settings.auth_method;
    report.add_setting("auth_method", Some(method.value.name()), method);
    report.add(Check::passed("auth_method", described(Some(method.value.name()), method)));
    url(settings, report);
    if let Some(store) = &settings.store {
        let shown = store.value.shown();
        report.add_setting("store", shown.as_deref(), store);
        report.add(Check::passed("store", described(shown.as_deref(), store)));
    }
    proxies(report);
    credentials
}

fn config_file(settings: &Settings, report: &mut Report) {
    let Some(path) = &settings.config_file.path else {
        report.add(Check::skipped("profile", "none, because there is no home folder"));
        return;
    };
    let path = path.display();
    if let Some(profile) = &settings.profile {
        report.add_setting("profile", Some(&profile.value), profile);
    }
    report.add(match (&settings.profile, settings.config_file.exists) {
        (Some(profile), _) => Check::passed("profile", described(Some(&profile.value), profile)),
        (None, true) => Check::passed("profile", format!("none is chosen ({path})")),
        (None, false) => Check::passed("profile", format!("none ({path} does not exist)")),
    });
}

fn secret(settings: &Settings, report: &mut Report) -> Option<Credentials> {
    if let Some(secret) = &settings.secret {
        report.add_setting("client_secret", None, secret);
    }
    match settings.credentials() {
        Ok(credentials) => {
            let secret = settings.secret.as_ref()?;
            let file = match &secret.value {
                SecretOrigin::File(path) if path.is_absolute() => {
                    format!("; {} is readable by you alone", path.display())
                }
                _ => String::new(),
            };
            report.add(Check::passed("client_secret", described(None, secret) + &file));
            Some(credentials)
        }
        Err(failure) => {
            report.add(Check::failed("credentials", &failure));
            None
        }
    }
}

fn url(settings: &Settings, report: &mut Report) {
    let url = &settings.url;
    // The placeholder is never sent.
    let client = Client::builder().static_token("none").base_url(url.value.clone()).build();
    // A text that is no URL may be anything, and is not shown.
    report.add_setting("url", client.as_ref().ok().map(Client::base_url), url);
    report.add(match &client {
        Ok(client) => Check::passed("url", described(Some(client.base_url()), url)),
        Err(error) => {
            let failure = Failure::from(error.clone());
            if failure.may_be_settings() {
                Check::failed("url", &failure.with_note(format!("it is from {}", url.source)))
            } else {
                Check::failed("tls", &failure)
            }
        }
    });
}

/// Names the variables that other tools use and this one does not.
fn proxies(report: &mut Report) {
    const VARIABLES: [&str; 6] =
        ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"];

    let set: Vec<_> = VARIABLES.into_iter().filter(|name| environment::is_set(name)).collect();
    report.add(if set.is_empty() {
        Check::passed("proxy", "none")
    } else {
        Check::warning(
            "proxy",
            format!("ignored: {}", set.join(", ")),
            "requests are sent to the server directly, so the network must allow that",
        )
    });
}

/// Returns a value with its source, and what it shadows.
fn described<T>(value: Option<&str>, setting: &Setting<T>) -> String {
    let source = match value {
        Some(value) => format!("{value}, from {}", setting.source),
        None => format!("from {}", setting.source),
    };
    let shadows: Vec<_> = setting.shadows.iter().map(ToString::to_string).collect();
    if shadows.is_empty() { source } else { format!("{source} (overrides {})", shadows.join(" and ")) }
}
