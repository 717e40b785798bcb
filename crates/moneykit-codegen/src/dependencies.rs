//! The crates that generated code needs for some contracts only.

/// A crate that generated code needs if the contract has values of a kind.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dependency {
    /// The name of the crate.
    pub name: &'static str,
    /// The line for `[dependencies]` in `Cargo.toml`.
    pub line: &'static str,
    /// The feature of `schemars` that describes the types of the crate.
    pub schemars: Option<&'static str>,
    /// The part of a contract that needs the crate.
    pub reason: &'static str,
}

/// The crates that generated code can need.
pub const DEPENDENCIES: &[Dependency] = &[
    Dependency {
        name: "chrono",
        line: r#"chrono = { version = "0.4", default-features = false, features = ["serde", "std"] }"#,
        schemars: Some("schemars/chrono04"),
        reason: "`format: date` and `format: date-time`",
    },
    Dependency { name: "regress", line: r#"regress = "0.12""#, schemars: None, reason: "`pattern`" },
    Dependency {
        name: "uuid",
        line: r#"uuid = { version = "1", default-features = false, features = ["serde", "std"] }"#,
        schemars: Some("schemars/uuid1"),
        reason: "`format: uuid`",
    },
];

/// Returns the crates that a generated source needs.
pub fn dependencies(source: &str) -> Vec<&'static Dependency> {
    DEPENDENCIES.iter().filter(|dependency| source.contains(&format!("::{}::", dependency.name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_needs_the_crates_whose_paths_it_has() {
        let names: Vec<_> = dependencies("a: ::uuid::Uuid, b: ::chrono::naive::NaiveDate")
            .iter()
            .map(|one| one.name)
            .collect();
        assert_eq!(names, ["chrono", "uuid"]);
        assert_eq!(dependencies("a: ::std::string::String"), Vec::<&Dependency>::new());
    }
}
