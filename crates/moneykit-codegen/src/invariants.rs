//! Invariants that hold for every input, including hostile ones.
//!
//! Each invariant is a function of bytes that panics if it is violated. The property tests below call it, and so
//! does the fuzz target of the same name. Both start from the inputs in `fuzz/seeds`.

use crate::{Contract, Diagnostic, generate};

/// A text is a contract that generates source, or is rejected with positions inside the text.
pub fn contract(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let error = match Contract::parse("contract.yaml", text).and_then(|contract| generate(&contract)) {
        Ok(source) => return assert!(syn::parse_file(&source).is_ok(), "the source does not parse"),
        Err(error) => error,
    };
    // A carriage return is a line break as well (YAML 1.2 §5.4). The added line is for a position after the text.
    let text = format!("{}\n", text.replace("\r\n", "\n").replace('\r', "\n"));
    let lines: Vec<_> = text.split('\n').collect();
    assert!(!error.diagnostics().is_empty());
    for diagnostic in error.diagnostics() {
        assert!(!diagnostic.message().trim().is_empty() && !diagnostic.help().is_empty(), "{diagnostic:?}");
        let Some(position) = diagnostic.position() else { continue };
        let line = usize::try_from(position.line()).ok().and_then(|line| lines.get(line.checked_sub(1)?));
        let columns = line.map(|line| 1..=line.chars().count() as u64 + 1);
        assert!(columns.is_some_and(|columns| columns.contains(&position.column())), "{diagnostic:?}");
    }
    assert!(error.diagnostics().is_sorted_by_key(Diagnostic::position));
    assert!(error.to_string().starts_with("contract.yaml:"));
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;
    use proptest::sample::{Index, select};
    use proptest::test_runner::RngSeed;

    use super::*;

    /// The inputs are the same in each run, so that only a change of the code can make a test fail. Fuzzing
    /// covers other inputs.
    fn config() -> ProptestConfig {
        ProptestConfig {
            cases: 400,
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(7),
            ..ProptestConfig::default()
        }
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn an_edited_contract_generates_source_or_is_rejected_with_positions(
            input in (select(seeds()), proptest::collection::vec(edit(), 1..5))
                .prop_map(|(seed, edits)| edits.iter().fold(seed, |text, edit| edit.apply(&text))),
        ) {
            contract(input.as_bytes());
        }

        #[test]
        fn arbitrary_text_is_rejected_with_positions(
            input in "(openapi: 3.0.3\r?\n)?([\\[{}\\],:?&*!|>'\"%@#a-]|\\PC| |\n|\r|\t){0,40}",
        ) {
            contract(input.as_bytes());
        }
    }

    #[test]
    fn the_invariants_hold_for_the_fuzz_seeds() {
        for seed in seeds() {
            contract(seed.as_bytes());
        }
    }

    fn seeds() -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/contract");
        let seeds = std::fs::read_dir(folder).unwrap();
        let mut seeds: Vec<_> =
            seeds.map(|seed| std::fs::read_to_string(seed.unwrap().path()).unwrap()).collect();
        seeds.sort();
        seeds
    }

    /// An edit of one line, as people and tools make it.
    #[derive(Debug, Clone)]
    enum Edit {
        Drop(Index),
        Repeat(Index, Index),
        Indent(Index),
        Value(Index, &'static str),
        Key(Index, &'static str),
        Cut(Index),
    }

    fn edit() -> impl Strategy<Value = Edit> {
        let line = any::<Index>;
        let values = select(vec![
            "",
            "{}",
            "[]",
            "null",
            "true",
            "-1",
            "1e999",
            "18446744073709551616",
            "'x'",
            "\u{1f511}",
            "type: object",
            "[object, 'null']",
            "object",
            "array",
            "string",
            "integer",
            "number",
            "password",
            "date-time",
            "int32",
            "{ $ref: '#/components/schemas/Thing' }",
            "{ $ref: '#/components/schemas/%7E~2' }",
            "{ $ref: '#' }",
            "'#/components/schemas/Thing'",
            "{ type: string, format: password }",
            "[fn, self, Self, '', ' ']",
            "{ oneOf: [{ type: string }, { type: integer }] }",
            "{ allOf: [{ type: object }, { type: string }] }",
            "{ type: object, additionalProperties: { type: string } }",
            "{ type: string, pattern: '(' }",
            "{ type: array }",
            "{ type: integer, minimum: 5, maximum: 1 }",
            "{ type: string, enum: [a, A, '', null] }",
            "&a [*a]",
            "!!binary aGk=",
            "|\n  text",
            ".nan",
        ]);
        let keys = select(vec![
            "type",
            "format",
            "$ref",
            "allOf",
            "oneOf",
            "anyOf",
            "not",
            "items",
            "properties",
            "required",
            "enum",
            "nullable",
            "default",
            "description",
            "additionalProperties",
            "schema",
            "content",
            "parameters",
            "requestBody",
            "responses",
            "security",
            "get",
            "post",
            "/{id}",
            "'204'",
            "default",
            "4XX",
            "servers",
            "application/json",
            "text/plain",
            "operationId",
            "in",
            "name",
            "minimum",
            "maxLength",
            "pattern",
            "<<",
            "discriminator",
            "x-made-up",
            "components",
            "schemas",
            "paths",
            "Thing",
            "self",
            "?",
            "",
        ]);
        prop_oneof![
            line().prop_map(Edit::Drop),
            (line(), line()).prop_map(|(from, to)| Edit::Repeat(from, to)),
            line().prop_map(Edit::Indent),
            (line(), values).prop_map(|(line, value)| Edit::Value(line, value)),
            (line(), keys).prop_map(|(line, key)| Edit::Key(line, key)),
            line().prop_map(Edit::Cut),
        ]
    }

    impl Edit {
        fn apply(&self, text: &str) -> String {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            if lines.is_empty() {
                return String::new();
            }
            let count = lines.len();
            match self {
                Self::Drop(line) => drop(lines.remove(line.index(count))),
                Self::Repeat(from, to) => lines.insert(to.index(count), lines[from.index(count)].clone()),
                Self::Indent(line) => lines[line.index(count)].insert_str(0, "  "),
                Self::Value(line, value) => {
                    let line = &mut lines[line.index(count)];
                    if let Some((key, _)) = line.split_once(": ") {
                        *line = format!("{key}: {value}");
                    }
                }
                Self::Key(line, key) => {
                    let line = &mut lines[line.index(count)];
                    if let Some((old, value)) = line.split_once(':') {
                        let indent = &old[..old.len() - old.trim_start().len()];
                        *line = format!("{indent}{key}:{value}");
                    }
                }
                Self::Cut(line) => lines.truncate(line.index(count)),
            }
            lines.join("\n")
        }
    }
}
