//! Checks that names in the contract become distinct names in Rust.

use std::collections::HashMap;

use moneykit_contract::{Kind, child};

use crate::error::Diagnostic;
use crate::index::{ContractIndex, Operation, properties};

/// Rejects names that would be the same in Rust.
///
/// Operation ids must already be valid Rust names: the client passes the Rust name to its hooks, which compare it
/// with the id.
pub(super) fn names(index: &ContractIndex<'_>) -> Vec<Diagnostic> {
    let operations = index.operations();
    let mut diagnostics: Vec<Diagnostic> =
        operations.iter().filter_map(|operation| method_name(index, operation)).collect();

    let ids = operations.iter().filter_map(|operation| Some((operation.id()?, id_pointer(operation))));
    for (pointer, message) in clashes(ids, folded) {
        diagnostics.push(Diagnostic::new(index.value_position(&pointer), message, CLASH_HELP));
    }
    let schemas = index.components(Kind::Schema).map(|schema| (&*schema.name, schema.pointer.clone()));
    let mut keys: Vec<(String, String)> = clashes(schemas, folded);
    for schema in index.definitions(Kind::Schema) {
        let properties = properties(schema).map(|property| (property.name, property.pointer));
        keys.extend(clashes(properties, snake_case));
    }
    for (pointer, message) in keys {
        diagnostics.push(Diagnostic::new(index.position(&pointer), message, CLASH_HELP));
    }
    diagnostics
}

const CLASH_HELP: &str = "rename one: names must differ in more than case and punctuation";

/// Converts a name to snake case, as the generator does.
pub(crate) fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (index, letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            snake.push('_');
            continue;
        }
        let before = index.checked_sub(1).map(|before| letters[before]);
        let begins_word = letter.is_uppercase()
            && before.is_some_and(|before| {
                let after = letters.get(index + 1);
                !before.is_uppercase() || after.is_some_and(|after| after.is_lowercase())
            });
        if begins_word {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake.split('_').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_")
}

/// Returns the letters and digits of a name in lowercase, which every Rust name derived from it preserves.
///
/// Two names that are the same when they are folded would be the same in Rust.
pub fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Returns the JSON pointers of names that are the same as an earlier one when they are folded, with a message.
fn clashes<N: AsRef<str>>(
    names: impl Iterator<Item = (N, String)>,
    fold: fn(&str) -> String,
) -> Vec<(String, String)> {
    let mut seen: HashMap<String, N> = HashMap::new();
    let mut clashes = Vec::new();
    for (name, pointer) in names {
        let folded = fold(name.as_ref());
        match seen.get(&folded) {
            // Identical names are not a matter of Rust. Another rule rejects them where they matter.
            Some(first) if first.as_ref() == name.as_ref() => {}
            Some(first) => clashes.push((
                pointer,
                format!("`{}` and `{}` would be the same name in Rust", first.as_ref(), name.as_ref()),
            )),
            None => {
                seen.insert(folded, name);
            }
        }
    }
    clashes
}

/// The names of the generated client's own methods and hooks, and of the imports in its module of builders.
const RESERVED: [&str; 17] = [
    "api_version",
    "baseurl",
    "byte_stream",
    "client",
    "client_hooks",
    "client_info",
    "clone",
    "error",
    "exec",
    "inner",
    "new",
    "new_with_client",
    "operation_info",
    "post",
    "pre",
    "request_builder_ext",
    "response_value",
];
/// The names in Rust's prelude that generated code uses unqualified, and that a builder of that name would shadow.
const PRELUDE: [&str; 8] = ["err", "from", "into", "none", "ok", "result", "some", "string"];

/// Returns true if a name in snake case can be that of a method of the generated client.
pub(crate) fn is_free_method_name(name: &str) -> bool {
    let is_keyword = syn::parse_str::<syn::Ident>(name).is_err() || name == "gen";
    !(is_keyword || RESERVED.contains(&name) || PRELUDE.contains(&name))
}

fn id_pointer(operation: &Operation<'_>) -> String {
    child(&operation.node.pointer, "operationId")
}

fn method_name(index: &ContractIndex<'_>, operation: &Operation<'_>) -> Option<Diagnostic> {
    let id = operation.id().filter(|id| !id.is_empty())?;
    let reject = |message: String, help: String| {
        Some(Diagnostic::new(index.value_position(&id_pointer(operation)), message, help))
    };

    let snake = snake_case(id);
    let snake =
        if snake.starts_with(|c: char| c.is_ascii_lowercase()) { snake } else { format!("call_{snake}") };
    if id != snake || !id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
        let snake: String = snake.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        return reject(
            format!("the operationId `{id}` is not in snake case, and would be changed in Rust"),
            format!("write `operationId: {snake}`"),
        );
    }
    let help = || format!("use a verb and a noun: `{id}_something`");
    if syn::parse_str::<syn::Ident>(id).is_err() || id == "gen" {
        return reject(format!("the operationId `{id}` is a keyword of Rust"), help());
    }
    if RESERVED.contains(&id) || PRELUDE.contains(&id) {
        return reject(
            format!("the operationId `{id}` is a name that the generated client already uses"),
            help(),
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snake_case_separates_words_as_the_generator_does() {
        for (name, snake) in [
            ("listPets", "list_pets"),
            ("ListPETS", "list_pets"),
            ("XMLHttp", "xml_http"),
            ("get-a1", "get_a1"),
            ("a__b_", "a_b"),
            ("page2Size", "page2_size"),
            ("pets.list", "pets_list"),
        ] {
            assert_eq!(snake_case(name), snake);
        }
    }
}
