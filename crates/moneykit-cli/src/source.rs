//! Settings with their sources, so that every error and `moneykit doctor` can name them.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

/// The value of a setting, its source, and the sources with a value that it overrides.
#[derive(Debug, Clone)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) source: Source,
    pub(crate) shadows: Vec<Source>,
}

/// The source of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Flag(&'static str),
    Variable(&'static str),
    Profile { name: String, key: &'static str, file: PathBuf },
    ConfigFile { key: &'static str, file: PathBuf },
    Default,
}

impl<T> Setting<T> {
    /// Returns the first of the values that are set; the others are shadowed. The order is that of precedence.
    pub(crate) fn first(candidates: impl IntoIterator<Item = Option<(T, Source)>>) -> Option<Self> {
        let mut candidates = candidates.into_iter().flatten();
        let (value, source) = candidates.next()?;
        Some(Self { value, source, shadows: candidates.map(|(_, source)| source).collect() })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "the option {name}"),
            Self::Variable(name) => write!(f, "the variable {name}"),
            Self::Profile { name, key, file } => write!(f, "{key} of profile {name} in {}", file.display()),
            Self::ConfigFile { key, file } => write!(f, "{key} in {}", file.display()),
            Self::Default => f.write_str("the default"),
        }
    }
}

impl Serialize for Source {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
