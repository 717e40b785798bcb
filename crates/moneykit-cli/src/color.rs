//! The option `--color`, which applies to help and errors of the arguments as well.

use std::ffi::OsString;

/// When to use colors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ColorWhen {
    /// Makes the streams of this process follow the choice.
    pub(crate) fn apply(self) {
        let choice = match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

impl From<ColorWhen> for clap::ColorChoice {
    fn from(when: ColorWhen) -> Self {
        match when {
            ColorWhen::Auto => Self::Auto,
            ColorWhen::Always => Self::Always,
            ColorWhen::Never => Self::Never,
        }
    }
}

/// Returns the choice among arguments that are not parsed yet: parsing them may print help in color.
pub(crate) fn requested(arguments: &[OsString]) -> ColorWhen {
    let mut arguments = arguments.iter().filter_map(|argument| argument.to_str());
    let mut choice = None;
    while let Some(argument) = arguments.next() {
        match argument {
            "--" => break,
            "--color" => choice = arguments.next(),
            _ => choice = argument.strip_prefix("--color=").or(choice),
        }
    }
    match choice {
        Some("always") => ColorWhen::Always,
        Some("never") => ColorWhen::Never,
        _ => ColorWhen::Auto,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_choice_before_the_operands_counts() {
        for (arguments, expected) in [
            ("moneykit token", ColorWhen::Auto),
            ("moneykit --color never token", ColorWhen::Never),
            ("moneykit --color=always token --help", ColorWhen::Always),
            ("moneykit --color=always --color never", ColorWhen::Never),
            ("moneykit -- --color=always", ColorWhen::Auto),
            ("moneykit --color", ColorWhen::Auto),
        ] {
            let words: Vec<_> = arguments.split(' ').map(OsString::from).collect();
            assert_eq!(requested(&words), expected, "{arguments}");
        }
    }
}
