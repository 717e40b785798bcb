//! The environment of this process, which no other file reads.

use std::ffi::OsString;
use std::path::PathBuf;

use etcetera::BaseStrategy as _;

use crate::failure::Failure;

/// Returns a variable as text.
pub(crate) fn text(name: &str) -> Result<Option<String>, Failure> {
    let Some(value) = value(name) else { return Ok(None) };
    match value.into_string() {
        Ok(text) if text.is_empty() => {
            Err(Failure::set_up(format!("{name} is empty; set a value, or unset it")))
        }
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(Failure::set_up(format!("{name} is not UTF-8; export it again"))),
    }
}

/// Returns a variable that names a path.
pub(crate) fn path(name: &str) -> Result<Option<PathBuf>, Failure> {
    match value(name) {
        Some(value) if value.is_empty() => {
            Err(Failure::set_up(format!("{name} is empty; set the path of a file, or unset it")))
        }
        value => Ok(value.map(PathBuf::from)),
    }
}

/// Returns true if a variable is set to something.
pub(crate) fn is_set(name: &str) -> bool {
    value(name).is_some_and(|value| !value.is_empty())
}

/// Returns the first of these variables that is set to something.
pub(crate) fn first(names: &[&str]) -> Option<OsString> {
    names.iter().filter_map(|name| value(name)).find(|value| !value.is_empty())
}

/// Returns the names of the variables that start with a prefix.
pub(crate) fn names_starting_with(prefix: &str) -> Vec<OsString> {
    let names = std::env::vars_os().map(|(name, _)| name);
    names.filter(|name| name.as_encoded_bytes().starts_with(prefix.as_bytes())).collect()
}

/// Returns the user's home. One that is relative would be another one in each folder, so it is none.
pub(crate) fn home() -> Option<PathBuf> {
    etcetera::home_dir().ok().filter(|home| home.is_absolute())
}

/// Returns the folder of our settings: `$XDG_CONFIG_HOME/moneykit`, or what the system has instead. `None` without a
/// home.
pub(crate) fn config_folder() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    Some(folders.config_dir().join("moneykit")).filter(|folder| folder.is_absolute())
}

/// Returns the folder of our cache: `$XDG_CACHE_HOME/moneykit`, or what the system has instead. `None` without a home.
pub(crate) fn cache_folder() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    Some(folders.cache_dir().join("moneykit")).filter(|folder| folder.is_absolute())
}

#[expect(clippy::disallowed_methods, reason = "a tool takes its settings from the environment")]
fn value(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}
