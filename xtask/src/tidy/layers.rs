//! Tidy check: a module of the facade names only modules of its own layer and of lower ones.

use std::path::Path;

use anyhow::Result;

use crate::workspace::{files, relative, root};

/// Returns a finding for each module that names a higher one, or the generated client outside of the transport.
pub(super) fn facade_layers() -> Result<Vec<String>> {
    let source = root().join("crates/moneykit/src");
    let mut findings = Vec::new();
    for path in files(&source, Some("rs"))? {
        let name = relative(&path);
        findings.extend(findings_in(&name, &module_of(&source, &path), &std::fs::read_to_string(&path)?));
    }
    Ok(findings)
}

/// The modules from the highest layer to the lowest. Modules of a layer may name each other.
const LAYERS: &[&[&str]] = &[
    &["invariants"],
    &["integrations"],
    &["request"],
    &["client"],
    &["token"],
    &["transport"],
    &["auth"],
    &["retry"],
    &["defaults", "error", "evidence", "metrics", "sync", "time"],
];

fn findings_in(name: &str, module: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let layer = LAYERS.iter().position(|modules| modules.contains(&module));
    if layer.is_none() && module != "lib" {
        findings.push(format!("{name}: add this module to LAYERS in xtask/src/tidy/layers.rs"));
    }
    let code = without_comments(text);
    for (number, line) in code.lines().enumerate() {
        if line.contains("moneykit_gen") && module != "transport" {
            findings.push(format!("{name}:{}: only the transport names moneykit_gen", number + 1));
        }
    }
    let higher: Vec<&str> = LAYERS.iter().take(layer.unwrap_or(0)).copied().flatten().copied().collect();
    for (offset, named) in modules_named(&code) {
        if higher.contains(&named) {
            let line = code[..offset].lines().count().max(1);
            findings.push(format!("{name}:{line}: `{module}` is below `{named}` and must not name it"));
        }
    }
    findings
}

/// Returns the top-level module of a file: `transport` for `transport/trace.rs`.
fn module_of(source: &Path, path: &Path) -> String {
    let first = path.strip_prefix(source).ok().and_then(|path| path.components().next());
    first.map(|name| Path::new(name.as_os_str()).with_extension("").display().to_string()).unwrap_or_default()
}

/// Empties comment lines: documentation may link to every module.
fn without_comments(text: &str) -> String {
    let keep = |line| if str::trim_start(line).starts_with("//") { "" } else { line };
    text.lines().map(keep).collect::<Vec<_>>().join("\n")
}

/// Returns the modules that paths from the crate's root name, also in use trees, with the offsets of the paths.
///
/// In the file of a top-level module, `super` is the root as well.
fn modules_named(code: &str) -> Vec<(usize, &str)> {
    let mut named = Vec::new();
    for root in ["crate", "super"] {
        for (offset, _) in code.match_indices(root) {
            let is_whole = !code[..offset].ends_with(is_identifier);
            if let Some(rest) = code[offset + root.len()..].trim_start().strip_prefix("::")
                && is_whole
            {
                named.extend(branches(rest.trim_start()).into_iter().map(|name| (offset, name)));
            }
        }
    }
    named
}

/// Returns the next name of a path, or those of each branch of a use tree.
fn branches(path: &str) -> Vec<&str> {
    let Some(tree) = path.strip_prefix('{') else { return vec![first_name(path)] };
    let mut names = Vec::new();
    let (mut depth, mut start) = (1, 0);
    for (offset, letter) in tree.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && letter == ',') {
            // A branch may be a use tree itself.
            names.extend(branches(tree[start..offset].trim_start()));
            start = offset + 1;
        }
        if depth == 0 {
            break;
        }
    }
    names
}

fn first_name(path: &str) -> &str {
    let path = path.strip_prefix("r#").unwrap_or(path);
    path.find(|c| !is_identifier(c)).map_or(path, |end| &path[..end])
}

fn is_identifier(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_name_a_higher_module_is_reported() {
        for code in [
            "use crate::client::Client;",
            "use crate::client as c;",
            "use crate::{client::Client as C};",
            "use crate::{time::Clock, client::{Client, Other}};",
            "use crate::{\n    time::{Clock, Other},\n    {client::Client},\n};",
            "fn f() -> crate::client::Client {}",
            "use crate :: client::Client;",
            "use super::client::Client;",
        ] {
            let findings = findings_in("token.rs", "token", &format!("// one\n{code}\n"));
            let [finding] = &findings[..] else { panic!("{code}: {findings:?}") };
            assert!(finding.starts_with("token.rs:2: `token` is below `client`"), "{code}: {finding}");
        }
    }

    #[test]
    fn only_whole_names_in_code_are_matched() {
        for code in [
            "use crate::time::Clock;",
            "use crate::time::{client, transport};",
            "use crate::{time::client, error::{client}};",
            "/// See [`crate::client::Client`].",
            "use mycrate::client::Client;",
            "use crate::client_side::Thing;",
        ] {
            assert!(findings_in("token.rs", "token", code).is_empty(), "{code}");
        }
        assert!(findings_in("client.rs", "client", "use crate::token::TokenCache;").is_empty());
    }

    #[test]
    fn only_the_transport_names_the_generated_client() {
        let code = "use moneykit_gen::Client;";
        assert!(findings_in("transport.rs", "transport", code).is_empty());
        assert_eq!(findings_in("client.rs", "client", code).len(), 1);
    }
}
