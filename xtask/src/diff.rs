//! `cargo xtask diff`: compares two contracts.

use std::fmt;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use moneykit_contract::{Compatibility, Diff, Document, Json, Markdown, Text};

use crate::Outcome;
use crate::terminal;
use crate::workspace::{CONTRACT, root};

/// The arguments of `cargo xtask diff`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The old contract: a file, or a git revision of spec/openapi.yaml such as HEAD or a tag
    old: String,
    /// The new contract, a file or a git revision [default: spec/openapi.yaml in the working tree]
    new: Option<String>,
    /// The output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Exit with 0 even if a change is breaking
    #[arg(long)]
    allow_breaking: bool,
}

/// The format of a comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text, colored on a terminal
    #[default]
    Text,
    /// Markdown for a pull request
    Markdown,
    /// JSON for other programs
    Json,
}

/// Compares two contracts and prints each change with its effect on clients.
pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let old = document(root(), &arguments.old)?;
    let new = match &arguments.new {
        Some(new) => document(root(), new)?,
        None => Document::read(root().join(CONTRACT))?,
    };
    let diff = Diff::between(&old, &new)?;
    let mut out = terminal::stdout();
    let color = out.is_terminal();
    show(&diff, arguments.format, color, &mut out)?;
    out.flush()?;
    outcome(&diff, arguments.allow_breaking)
}

/// Writes a diff in a format.
pub(crate) fn show(diff: &Diff, format: Format, color: bool, out: &mut impl Write) -> Result<()> {
    match format {
        Format::Text if color => write!(out, "{}", Text::new(diff).colored())?,
        Format::Text => write!(out, "{}", Text::new(diff))?,
        Format::Markdown => write!(out, "{}", Markdown::new(diff))?,
        Format::Json => write!(out, "{}", Json::new(diff))?,
    }
    Ok(())
}

/// Returns the outcome that a diff means.
pub(crate) fn outcome(diff: &Diff, allow_breaking: bool) -> Result<Outcome> {
    if !diff.unclassified().is_empty() {
        bail!("no rule covers some of the changes: review those listed under \"Unclassified\"");
    }
    let is_breaking = diff.compatibility() == Some(Compatibility::Breaking);
    Ok(if is_breaking && !allow_breaking { Outcome::Fail } else { Outcome::Pass })
}

/// Reads a contract from a file or a git revision.
pub(crate) fn document(folder: &Path, name: &str) -> Result<Document> {
    let path = Path::new(name);
    if path.exists() {
        return Ok(Document::read(path)?);
    }
    let revision = Revision(name);
    let text = revision.contract(folder)?;
    Ok(Document::parse(revision.to_string(), &text)?)
}

/// A git revision of the contract.
struct Revision<'a>(&'a str);

impl Revision<'_> {
    fn contract(&self, folder: &Path) -> Result<String> {
        let output = Command::new("git")
            .args(["show", "--no-textconv", "--end-of-options", &self.to_string()])
            .current_dir(folder)
            .output()
            .context("can't run git: is it installed?")?;
        if !output.status.success() {
            bail!(
                "{} is neither a file nor a git revision that contains {CONTRACT}; run `git log --oneline -- \
                 {CONTRACT}` for a list of revisions\n  git: {}",
                self.0,
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}

impl fmt::Display for Revision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{CONTRACT}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    /// Creates a repository with one commit that contains the contract.
    fn repository() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("spec")).unwrap();
        std::fs::copy(root().join(CONTRACT), folder.path().join(CONTRACT)).unwrap();
        for arguments in [
            &["init", "--quiet"][..],
            &["add", "."],
            &["-c", "user.name=a", "-c", "user.email=a@a.test", "commit", "--quiet", "--message", "a"],
        ] {
            assert!(Command::new("git").args(arguments).current_dir(&folder).status().unwrap().success());
        }
        folder
    }

    fn shown(diff: &Diff, format: Format, color: bool) -> String {
        let mut out = Vec::new();
        show(diff, format, color, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Returns the contract with a text replaced.
    fn edited(from: &str, to: &str) -> Document {
        let text = std::fs::read_to_string(root().join(CONTRACT)).unwrap();
        assert!(text.contains(from));
        Document::parse("edited", &text.replace(from, to)).unwrap()
    }

    fn contract() -> Document {
        Document::read(root().join(CONTRACT)).unwrap()
    }

    #[test]
    fn a_revision_is_read_from_git() {
        let folder = repository();
        std::fs::write(folder.path().join(CONTRACT), "openapi: 3.0.3\n").unwrap();

        let document = document(folder.path(), "HEAD").unwrap();
        assert_eq!(document.root(), contract().root());
        assert_eq!(document.name().to_str(), Some("HEAD:spec/openapi.yaml"));
    }

    #[test]
    fn neither_file_nor_revision_is_an_error_with_a_fix() {
        let folder = repository();
        for name in ["v9.9.9", "no/such/file.yaml", "--help"] {
            let error = document(folder.path(), name).unwrap_err().to_string();
            assert!(error.contains("neither a file nor a git revision"), "{error}");
            assert!(error.contains("git log --oneline"), "{error}");
        }
    }

    #[test]
    fn a_breaking_change_fails_unless_it_is_allowed() {
        let diff = Diff::between(&contract(), &edited("required: [error_message]", "required: []")).unwrap();

        assert_eq!(outcome(&diff, false).unwrap(), Outcome::Fail);
        assert_eq!(outcome(&diff, true).unwrap(), Outcome::Pass);
        let text = shown(&diff, Format::Text, false);
        assert!(
            text.contains("POST /auth/token\n  breaking    response 400, application/json: error_message: ")
        );
        assert!(text.contains("action: handle its absence"), "{text}");
        assert!(text.contains("              and in response 401, application/json\n"), "{text}");
        assert!(text.ends_with("1 breaking, 0 compatible, 0 editorial\n"), "{text}");
    }

    #[test]
    fn an_editorial_change_passes() {
        let diff = Diff::between(&contract(), &edited("The error message, for people.", "What?")).unwrap();

        assert_eq!(outcome(&diff, false).unwrap(), Outcome::Pass);
        assert!(shown(&diff, Format::Text, false).contains("  editorial   `description` changed"));
    }

    #[test]
    fn an_unclassified_change_is_printed_and_an_error() {
        let edited = edited("minimum: 0", "minimum: 0\n          contentEncoding: base64");
        let diff = Diff::between(&contract(), &edited).unwrap();

        assert!(outcome(&diff, true).is_err());
        assert!(shown(&diff, Format::Text, false).contains("Unclassified\n  `contentEncoding` changed"));
    }

    #[test]
    fn each_format_contains_the_changes() {
        let diff = Diff::between(&contract(), &edited("required: [error_message]", "required: []")).unwrap();

        assert!(shown(&diff, Format::Text, true).contains("\x1b[1;31mbreaking  \x1b[0m"));
        let markdown = shown(&diff, Format::Markdown, false);
        assert!(
            markdown
                .contains("### POST /auth/token\n\n| Compatibility | Location | Change | Client action |"),
            "{markdown}"
        );
        let json: serde_json::Value = serde_json::from_str(&shown(&diff, Format::Json, false)).unwrap();
        assert_eq!(json["compatibility"], "breaking");
        assert_eq!(json["changes"][0]["rule"], "property-optional");
        assert_eq!(json["changes"][0]["direction"], "received");
        assert_eq!(
            json["changes"][0]["pointer"],
            "/components/schemas/ErrorResponse/properties/error_message"
        );
    }
}
