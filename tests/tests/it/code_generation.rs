//! Code generation in a build is a choice, and the README says what it costs.

use std::collections::BTreeSet;
use std::process::Command;

use crate::root;

const WITH_CODEGEN: [&str; 2] = ["--features", "codegen"];

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Lists what is compiled for an application that has moneykit among its dependencies, on Linux.
fn crates_compiled(features: &[&str]) -> BTreeSet<String> {
    let mut arguments = vec!["tree", "--locked", "--package", "moneykit", "--edges", "normal,build"];
    arguments.extend(["--prefix", "none", "--target", "x86_64-unknown-linux-gnu"]);
    arguments.extend(features);
    // Cargo marks what it has listed before.
    cargo(&arguments).lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

#[test]
fn the_generator_is_built_only_with_the_codegen_feature() {
    let is_generator =
        |name: &&String| ["moneykit-codegen ", "progenitor "].iter().any(|g| name.starts_with(g));

    assert_eq!(crates_compiled(&WITH_CODEGEN).iter().filter(is_generator).count(), 2);
    assert_eq!(crates_compiled(&[]).iter().filter(is_generator).count(), 0);
}

#[test]
fn the_readme_counts_the_crates_that_cargo_compiles() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let table = readme.split("| crates compiled |").nth(1).unwrap();
    let counts: Vec<usize> = table
        .lines()
        .skip(2)
        .take(2)
        .map(|row| row.split('|').nth(3).unwrap().trim().parse().unwrap())
        .collect();

    assert_eq!(
        counts,
        [crates_compiled(&WITH_CODEGEN).len(), crates_compiled(&[]).len()],
        "the counts in README.md are old: write these, and measure the seconds anew"
    );
}

#[test]
fn the_readme_counts_what_each_feature_adds() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let table = readme.split("| feature | what it brings | crates more |").nth(1).unwrap();
    let rows = table.lines().skip(2).take_while(|row| row.starts_with('|'));
    let rows: Vec<(&str, bool, usize)> = rows
        .map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let name = cells[1].split('`').nth(1).unwrap();
            (name, cells[1].ends_with("(default)"), cells[3].parse().unwrap())
        })
        .collect();
    let compiled = |features: Vec<&str>| {
        crates_compiled(&["--no-default-features", "--features", &features.join(",")]).len()
    };
    let default: Vec<&str> = rows.iter().filter(|(_, is_default, _)| *is_default).map(|row| row.0).collect();
    assert_eq!(compiled(default.clone()), crates_compiled(&[]).len(), "the default features are {default:?}");
    assert!(rows.len() > default.len());

    for (name, _, counted) in rows {
        let others = default.iter().copied().filter(|other| *other != name);
        let with = others.clone().chain([name]).collect();
        let more = compiled(with) - compiled(others.collect());
        assert_eq!(counted, more, "README.md is wrong about the crates of `{name}`");
    }
}

#[test]
fn the_published_crate_has_both_to_choose_from() {
    let files = cargo(&["package", "--list", "--allow-dirty", "--package", "moneykit-gen"]);
    for needed in ["openapi.yaml", "generated/client.rs", "build.rs"] {
        assert!(files.lines().any(|file| file.replace('\\', "/") == needed), "{needed}: {files}");
    }
}
