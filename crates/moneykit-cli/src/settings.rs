//! The resolver of settings: options, variables, profiles and defaults, for all commands alike.

#![expect(clippy::doc_markdown, reason = "doc comments of arguments are help texts")]

use std::path::PathBuf;

use clap::Args;
use moneykit::{Client, ClientAuthMethod, ClientBuilder, ClientId, ClientSecret, Credentials};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::config_file::{ConfigFile, Profile};
use crate::environment;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::private_file;
use crate::secret::{self, SecretOrigin};
use crate::source::{Setting, Source};
use crate::store::StoreUrl;

const HEADING: &str = "Credentials";

/// The options that choose credentials.
#[derive(Debug, Args)]
pub(crate) struct CredentialArgs {
    /// The client ID
    #[arg(long, value_name = "ID", help_heading = HEADING)]
    pub(crate) client_id: Option<String>,
    /// Read the client secret from standard input; there is no option for it, since arguments are visible to other users
    #[arg(long, help_heading = HEADING)]
    pub(crate) secret_stdin: bool,
    /// The base URL of the API [default: https://api.moneykit.com]
    #[arg(long, help_heading = HEADING)]
    pub(crate) url: Option<String>,
    /// The profile in config.toml; its settings override variables
    #[arg(long, value_name = "NAME", help_heading = HEADING)]
    pub(crate) profile: Option<String>,
    /// The scopes of the token, separated by spaces [default: everything that is allowed]
    #[arg(long, value_name = "NAMES", help_heading = HEADING)]
    pub(crate) scope: Option<String>,
    /// How token requests carry the credentials [default: client_secret_post]
    #[arg(long, value_name = "METHOD", help_heading = HEADING)]
    pub(crate) auth_method: Option<AuthMethod>,
    /// Share the token with other machines through the Redis or Valkey server at this URL, instead of the cache on disk;
    /// set MONEYKIT_STORE if the URL has a password
    #[arg(long, value_name = "URL", help_heading = HEADING)]
    pub(crate) store: Option<StoreUrl>,
    /// An option that people try, to be answered with what to do instead.
    #[arg(long, hide = true, num_args = 0..=1, default_missing_value = "", value_name = "SECRET")]
    client_secret: Option<Redacted>,
}

/// An argument that must not be shown.
#[derive(Clone)]
struct Redacted;

impl std::fmt::Debug for Redacted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

impl From<String> for Redacted {
    fn from(_: String) -> Self {
        Self
    }
}

/// How token requests carry the credentials, by the names of RFC 7591.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub(crate) enum AuthMethod {
    /// In the form
    #[default]
    ClientSecretPost,
    /// In a Basic header
    ClientSecretBasic,
}

/// All settings, each with its source. Nothing secret has been read yet.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) config_file: ConfigFile,
    pub(crate) profile: Option<Setting<String>>,
    pub(crate) client_id: Option<Setting<String>>,
    pub(crate) secret: Option<Setting<SecretOrigin>>,
    pub(crate) url: Setting<String>,
    pub(crate) scope: Option<Setting<String>>,
    pub(crate) auth_method: Setting<AuthMethod>,
    pub(crate) store: Option<Setting<StoreUrl>>,
}

impl Settings {
    /// Resolves the settings. The precedence is: options, the profile of the option `--profile`, variables, the profile
    /// that is chosen in another way, defaults.
    pub(crate) fn resolve(args: &CredentialArgs) -> Result<Self, Failure> {
        if args.client_secret.is_some() {
            return Err(Failure::usage(
                "there is no option --client-secret, because other users can read the arguments of a process; set \
                 MONEYKIT_CLIENT_SECRET or MONEYKIT_CLIENT_SECRET_FILE, or use --secret-stdin (and replace a secret that \
                 is in the history of your shell)",
            ));
        }
        let config_file = ConfigFile::read()?;
        let profile = Setting::first([
            args.profile.clone().map(|name| (name, Source::Flag("--profile"))),
            variable("MONEYKIT_PROFILE")?,
            default_profile(&config_file),
        ]);
        let chosen = profile.as_ref().map(|profile| Chosen::find(profile, &config_file)).transpose()?;
        let resolver = Resolver { chosen };

        Ok(Self {
            client_id: resolver.text(
                args.client_id.clone(),
                "--client-id",
                "MONEYKIT_CLIENT_ID",
                "client_id",
                |profile| profile.client_id.clone(),
            )?,
            url: resolver
                .text(args.url.clone(), "--url", "MONEYKIT_URL", "url", |profile| profile.url.clone())?
                .unwrap_or_else(|| default(moneykit::raw::contract::SERVER.to_owned())),
            scope: Setting::first([
                args.scope.clone().map(|scope| (scope, Source::Flag("--scope"))),
                resolver.profile("scope", |profile| profile.scope.clone()),
            ]),
            auth_method: Setting::first([
                args.auth_method.map(|method| (method, Source::Flag("--auth-method"))),
                resolver.profile("auth_method", |profile| profile.auth_method),
            ])
            .unwrap_or_else(|| default(AuthMethod::default())),
            secret: resolver.secret(args.secret_stdin)?,
            store: resolver.store(args.store.clone())?,
            profile,
            config_file,
        })
    }

    /// Reads the secret, and returns the credentials.
    pub(crate) fn credentials(&self) -> Result<Credentials, Failure> {
        let (Some(client_id), Some(secret)) = (&self.client_id, &self.secret) else {
            return Err(self.missing());
        };
        let text = secret::read(&secret.value, &secret.source)?;
        let secret = ClientSecret::new(text.as_str())
            .map_err(|invalid| Failure::set_up(format!("{invalid} (it is from {})", secret.source)))?;
        let client_id = ClientId::new(client_id.value.as_str())
            .map_err(|invalid| Failure::set_up(format!("{invalid} (it is from {})", client_id.source)))?;
        Ok(Credentials::new(client_id, secret)?)
    }

    pub(crate) fn scope(&self) -> Option<&str> {
        self.scope.as_ref().map(|scope| scope.value.as_str())
    }

    /// Returns a builder for a client with these settings.
    pub(crate) fn client_builder(&self, credentials: &Credentials) -> ClientBuilder {
        let builder = Client::builder()
            .credentials(credentials.client_id().clone(), credentials.client_secret().clone())
            .base_url(self.url.value.clone())
            .auth_method(self.auth_method.value.into())
            .user_agent(concat!("moneykit-cli/", env!("CARGO_PKG_VERSION")));
        match self.scope() {
            Some(scope) => builder.scopes(scope),
            None => builder,
        }
    }

    /// Adds to a failure the sources of the settings that may be its reason.
    pub(crate) fn explain(&self, mut failure: Failure) -> Failure {
        let url = ("base URL", Some(&self.url.source));
        let credentials = [
            ("client ID", self.client_id.as_ref().map(|setting| &setting.source)),
            ("client secret", self.secret.as_ref().map(|setting| &setting.source)),
            ("scope", self.scope.as_ref().map(|setting| &setting.source)),
        ];
        let settings = match failure.exit() {
            _ if !failure.may_be_settings() => Vec::new(),
            Exit::SetUp | Exit::CredentialsRejected => [&credentials[..], &[url]].concat(),
            Exit::NoResponse => vec![url],
            _ => Vec::new(),
        };
        for (name, source) in settings {
            if let Some(source) = source.filter(|source| **source != Source::Default) {
                failure = failure.with_note(format!("the {name} is from {source}"));
            }
        }
        failure
    }

    /// Returns the failure that credentials are missing. Names all that are.
    fn missing(&self) -> Failure {
        const ID: [&str; 3] = ["no client ID", "MONEYKIT_CLIENT_ID", "client_id"];
        const SECRET: [&str; 3] =
            ["no client secret", "MONEYKIT_CLIENT_SECRET", "secret_file or secret_command"];

        let [what, variable, key] = match (&self.client_id, &self.secret) {
            (Some(_), _) => SECRET.map(str::to_owned),
            (None, Some(_)) => ID.map(str::to_owned),
            (None, None) => std::array::from_fn(|index| format!("{} and {}", ID[index], SECRET[index])),
        };
        let profile = match (&self.profile, &self.config_file.path) {
            (Some(profile), Some(path)) => {
                format!(", or add {key} to the profile {} in {}", profile.value, path.display())
            }
            (None, Some(path)) => format!(", or write a profile with {key} to {}", path.display()),
            (_, None) => String::new(),
        };
        Failure::set_up(format!("there is {what}; export {variable}{profile}"))
    }
}

/// The profile in use.
struct Chosen<'a> {
    name: &'a str,
    profile: &'a Profile,
    file: PathBuf,
    /// It was chosen by an option, which says more than a variable.
    precedes_variables: bool,
}

impl<'a> Chosen<'a> {
    fn find(setting: &'a Setting<String>, config_file: &'a ConfigFile) -> Result<Self, Failure> {
        let name = &setting.value;
        let file = config_file.path.clone().unwrap_or_default();
        let profiles = &config_file.content.profiles;
        let Some(profile) = profiles.get(name) else {
            let known: Vec<_> = profiles.keys().map(String::as_str).collect();
            let remedy = if known.is_empty() {
                format!("add a section [profiles.{name}]")
            } else {
                format!("choose one of: {}", known.join(", "))
            };
            return Err(Failure::set_up(format!(
                "there is no profile {name} in {}; {remedy} (the name is from {})",
                file.display(),
                setting.source
            )));
        };
        Ok(Self { name, profile, file, precedes_variables: matches!(setting.source, Source::Flag(_)) })
    }
}

struct Resolver<'a> {
    chosen: Option<Chosen<'a>>,
}

impl Resolver<'_> {
    /// Resolves a setting that has an option, a variable and a key of profiles.
    fn text(
        &self,
        flag: Option<String>,
        flag_name: &'static str,
        variable_name: &'static str,
        key: &'static str,
        get: impl Fn(&Profile) -> Option<String>,
    ) -> Result<Option<Setting<String>>, Failure> {
        let flag = flag.map(|value| (value, Source::Flag(flag_name)));
        let others = self.ordered([variable(variable_name)?], [self.profile(key, get)]);
        Ok(Setting::first([flag].into_iter().chain(others)))
    }

    fn secret(&self, from_stdin: bool) -> Result<Option<Setting<SecretOrigin>>, Failure> {
        let stdin = from_stdin.then_some((SecretOrigin::Stdin, Source::Flag("--secret-stdin")));
        let text = variable("MONEYKIT_CLIENT_SECRET")?;
        let text = text.map(|(value, source)| (SecretOrigin::Text(Zeroizing::new(value)), source));
        let path = environment::path("MONEYKIT_CLIENT_SECRET_FILE")?;
        let path =
            path.map(|path| (SecretOrigin::File(path), Source::Variable("MONEYKIT_CLIENT_SECRET_FILE")));
        if text.is_some() && path.is_some() {
            return Err(Failure::set_up(
                "MONEYKIT_CLIENT_SECRET is set, and so is MONEYKIT_CLIENT_SECRET_FILE; unset one of them",
            ));
        }
        let file = self.profile("secret_file", |profile| profile.secret_file.clone());
        let file = file.map(|(path, source)| (SecretOrigin::File(self.resolve_path(path)), source));
        let command = self
            .profile("secret_command", |profile| profile.secret_command.clone().map(SecretOrigin::Command));
        if let (Some((_, file)), Some(_)) = (&file, &command) {
            return Err(Failure::set_up(format!(
                "{file} is set, and so is secret_command; remove one of them"
            )));
        }
        let others = self.ordered([text, path], [file, command]);
        Ok(Setting::first([stdin].into_iter().chain(others)))
    }

    fn store(&self, flag: Option<StoreUrl>) -> Result<Option<Setting<StoreUrl>>, Failure> {
        let flag = flag.map(|url| (url, Source::Flag("--store")));
        let variable = variable("MONEYKIT_STORE")?.map(|(text, source)| (StoreUrl::from(text), source));
        let others = self.ordered([variable], [self.profile("store", |profile| profile.store.clone())]);
        let Some(setting) = Setting::first([flag].into_iter().chain(others)) else { return Ok(None) };
        match &setting.source {
            Source::Flag(_) if setting.value.may_have_password() => {
                return Err(Failure::usage(
                    "the URL of --store has a user or a password, and other users can read the arguments of a process; set \
                     MONEYKIT_STORE, or `store` of a profile",
                ));
            }
            Source::Profile { file, .. } if setting.value.may_have_password() => {
                private_file::check_private(file).map_err(Failure::set_up)?;
            }
            _ => {}
        }
        Ok(Some(setting))
    }

    /// Returns a path in the settings file as an absolute one: `~` is the home, and other paths begin at the file's folder.
    fn resolve_path(&self, path: PathBuf) -> PathBuf {
        if let (Ok(below), Some(home)) = (path.strip_prefix("~"), environment::home()) {
            return home.join(below);
        }
        match self.chosen.as_ref().and_then(|chosen| chosen.file.parent()) {
            Some(folder) => folder.join(path),
            None => path,
        }
    }

    /// Returns the value of the profile.
    fn profile<T>(&self, key: &'static str, get: impl Fn(&Profile) -> Option<T>) -> Option<(T, Source)> {
        let Chosen { name, profile, file, .. } = self.chosen.as_ref()?;
        let source = Source::Profile { name: (*name).to_owned(), key, file: file.clone() };
        Some((get(profile)?, source))
    }

    /// Returns the values of variables and of the profile in the order of their precedence.
    fn ordered<T>(
        &self,
        variables: impl IntoIterator<Item = Option<T>>,
        profile: impl IntoIterator<Item = Option<T>>,
    ) -> Vec<Option<T>> {
        if self.chosen.as_ref().is_some_and(|chosen| chosen.precedes_variables) {
            profile.into_iter().chain(variables).collect()
        } else {
            variables.into_iter().chain(profile).collect()
        }
    }
}

fn variable(name: &'static str) -> Result<Option<(String, Source)>, Failure> {
    Ok(environment::text(name)?.map(|value| (value, Source::Variable(name))))
}

fn default_profile(config_file: &ConfigFile) -> Option<(String, Source)> {
    let file = config_file.path.clone()?;
    let name = config_file.content.default_profile.clone()?;
    Some((name, Source::ConfigFile { key: "default_profile", file }))
}

fn default<T>(value: T) -> Setting<T> {
    Setting { value, source: Source::Default, shadows: Vec::new() }
}

impl AuthMethod {
    /// Returns its name in RFC 7591.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ClientSecretPost => "client_secret_post",
            Self::ClientSecretBasic => "client_secret_basic",
        }
    }
}

impl From<AuthMethod> for ClientAuthMethod {
    fn from(method: AuthMethod) -> Self {
        match method {
            AuthMethod::ClientSecretPost => Self::ClientSecretPost,
            AuthMethod::ClientSecretBasic => Self::ClientSecretBasic,
        }
    }
}
