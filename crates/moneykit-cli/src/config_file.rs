//! The settings file `config.toml` and its profiles.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::environment;
use crate::failure::Failure;
use crate::private_file;
use crate::settings::AuthMethod;
use crate::store::StoreUrl;

/// The settings file.
#[derive(Debug, Default)]
pub(crate) struct ConfigFile {
    /// `None` if the user has no home.
    pub(crate) path: Option<PathBuf>,
    pub(crate) exists: bool,
    pub(crate) content: Content,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Content {
    /// The profile that is used unless another one is chosen.
    pub(crate) default_profile: Option<String>,
    #[serde(default)]
    pub(crate) profiles: BTreeMap<String, Profile>,
}

/// A named set of settings.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    pub(crate) client_id: Option<String>,
    pub(crate) secret_file: Option<PathBuf>,
    pub(crate) secret_command: Option<SecretCommand>,
    pub(crate) url: Option<String>,
    pub(crate) scope: Option<String>,
    pub(crate) auth_method: Option<AuthMethod>,
    pub(crate) store: Option<StoreUrl>,
}

/// A command that prints the client secret.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum SecretCommand {
    /// For the shell.
    Shell(String),
    /// A program and its arguments.
    Program(Vec<String>),
}

impl ConfigFile {
    /// Reads the user's file. A file that does not exist is empty.
    pub(crate) fn read() -> Result<Self, Failure> {
        let Some(path) = environment::config_folder().map(|folder| folder.join("config.toml")) else {
            return Ok(Self::default());
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Self { path: Some(path), ..Self::default() });
            }
            Err(error) => {
                let message = format!(
                    "cannot read {} ({error}); check its permissions, and that it is UTF-8",
                    path.display()
                );
                return Err(Failure::set_up(message));
            }
        };
        // Its commands are run.
        private_file::check_not_writable_by_others(&path).map_err(Failure::set_up)?;
        Ok(Self { content: parse(&path, &text)?, exists: true, path: Some(path) })
    }
}

fn parse(path: &Path, text: &str) -> Result<Content, Failure> {
    toml::from_str(text).map_err(|error| {
        let what = what(error.message());
        let line = line(text, error.span().unwrap_or_default());
        let remedy = if what.contains("`client_secret`") {
            "the secret does not belong into this file: set secret_file or secret_command instead"
        } else {
            "correct this line"
        };
        Failure::set_up(format!("{}:{line}: {what}; {remedy}", path.display()))
    })
}

/// Returns what a parser says, without the values that it quotes: one may be a secret.
fn what(message: &str) -> String {
    let message = message.trim();
    let is_about_a_value = ["invalid type", "invalid value", "unknown variant", "data did not match"];
    if !is_about_a_value.iter().any(|start| message.starts_with(start)) {
        return message.lines().next().unwrap_or_default().to_owned();
    }
    match message.rsplit_once("expected ") {
        Some((_, expected)) => format!("the value is invalid, expected {expected}"),
        None => "the value is invalid, expected a text or a list of texts".to_owned(),
    }
}

/// Returns the number of the line in which a range begins.
fn line(text: &str, span: Range<usize>) -> usize {
    text.as_bytes().iter().take(span.start).filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_have_settings_and_commands_of_both_forms() {
        let text = "default_profile = 'live'\n[profiles.live]\nclient_id = 'live_1'\nsecret_command = ['pass', 'show']\n\
                    [profiles.sandbox]\nsecret_command = 'pass show | head -1'\nauth_method = 'client_secret_basic'\n";
        let content = parse(Path::new("config.toml"), text).unwrap();
        let [live, sandbox] = ["live", "sandbox"].map(|name| content.profiles[name].clone());
        assert_eq!(live.secret_command, Some(SecretCommand::Program(vec!["pass".into(), "show".into()])));
        assert_eq!(sandbox.secret_command, Some(SecretCommand::Shell("pass show | head -1".into())));
        assert_eq!(sandbox.auth_method, Some(AuthMethod::ClientSecretBasic));
    }

    #[test]
    fn a_mistake_is_reported_with_its_line_and_without_its_value() {
        for (text, expected) in [
            ("[profiles.a]\nclient_id = 'x'\nurk = 'pale'\n", "config.toml:3: unknown field `urk`, expected"),
            ("[profiles.a]\nclient_secret = 'pale'\n", "config.toml:2: unknown field `client_secret`"),
            ("[profiles.a]\nclient_secret = 'pale'\n", "set secret_file or secret_command instead"),
            ("profile = 'pale'\n", "config.toml:1: unknown field `profile`"),
            ("\nprofiles = 'pale'\n", "config.toml:2: the value is invalid, expected a map"),
            (
                "[profiles.a]\nclient_id = ['pale']\n",
                "config.toml:2: the value is invalid, expected a string",
            ),
            ("[profiles.a]\nauth_method = 'pale'\n", "config.toml:2: the value is invalid, expected"),
            ("[profiles.a]\nsecret_command = 5\n", "config.toml:2: the value is invalid"),
            ("[profiles.a]\nclient_id = pale\n", "config.toml:2: "),
            ("[profiles.a]\nclient_id = \"pale\n", "config.toml:2: "),
            ("[profiles.a]\nclient_id = 'x'\nclient_id = 'pale'\n", "config.toml:3: duplicate key"),
        ] {
            let failure = parse(Path::new("config.toml"), text).unwrap_err().to_string();
            assert!(failure.contains(expected), "{failure}");
            assert!(!failure.contains("pale"), "{failure}");
        }
    }
}
