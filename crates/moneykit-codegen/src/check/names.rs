use std::collections::HashMap;

use crate::error::Problem;
use crate::tree::{Entry, Node};
use crate::walk::{Kind, Operation, Survey};

/// Makes sure that every name of the contract becomes a Rust name of its own.
///
/// Operation ids are held to more: the client hands them to its hooks as Rust names, and there they must be
/// recognised.
pub(super) fn names(survey: &Survey<'_>) -> Vec<Problem> {
    let mut problems: Vec<Problem> = survey.operations.iter().filter_map(|one| method_name(*one)).collect();

    let ids = survey.operations.iter().filter_map(|operation| operation.id());
    let ids = ids.filter_map(|id| Some((id.as_str()?, id.position)));
    problems.extend(clashes(ids, squeezed));
    let named = |entry: &'_ Entry| (entry.key.clone(), entry.key_position);
    problems.extend(clashes(survey.components(Kind::Schema).iter().map(named), squeezed));
    for schema in &survey.schemas {
        let properties = schema.get("properties").map(Node::entries).unwrap_or_default();
        problems.extend(clashes(properties.iter().map(named), snake_case));
    }
    problems
}

/// Writes a name in snake case, as the generator does.
pub(super) fn snake_case(name: &str) -> String {
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

/// Folds a name to what remains of it in every Rust name, be it a type, a module or a variable.
pub(crate) fn squeezed(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Finds names that become one when they are folded.
fn clashes<N: AsRef<str>>(
    names: impl Iterator<Item = (N, crate::error::Position)>,
    fold: fn(&str) -> String,
) -> Vec<Problem> {
    let mut seen: HashMap<String, N> = HashMap::new();
    let mut problems = Vec::new();
    for (name, position) in names {
        let folded = fold(name.as_ref());
        match seen.get(&folded) {
            // The same name twice is not a matter of Rust; another rule says so where it matters.
            Some(first) if first.as_ref() == name.as_ref() => {}
            Some(first) => problems.push(Problem::new(
                position,
                format!("`{}` and `{}` would get the same name in Rust", first.as_ref(), name.as_ref()),
                "rename one: case and punctuation alone do not tell names apart",
            )),
            None => {
                seen.insert(folded, name);
            }
        }
    }
    problems
}

/// What the generated client has already: its own methods and hooks, and what its module of builders imports.
const TAKEN: [&str; 17] = [
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
/// What generated code takes from Rust's prelude by its bare name, which a builder of that name would hide.
const PRELUDE: [&str; 8] = ["err", "from", "into", "none", "ok", "result", "some", "string"];

fn method_name(operation: Operation<'_>) -> Option<Problem> {
    let node = operation.id()?;
    let id = node.as_str().filter(|id| !id.is_empty())?;
    let refuse = |what: String, help: String| Some(Problem::new(node.position, what, help));

    let snake = snake_case(id);
    let snake =
        if snake.starts_with(|c: char| c.is_ascii_lowercase()) { snake } else { format!("call_{snake}") };
    if id != snake || !id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
        let snake: String = snake.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        return refuse(
            format!("the operationId `{id}` is not in snake case, and would be changed on its way"),
            format!("write `operationId: {snake}`"),
        );
    }
    let help = || format!("say what it does to what: `{id}_something`");
    if syn::parse_str::<syn::Ident>(id).is_err() || id == "gen" {
        return refuse(format!("the operationId `{id}` is a word of Rust itself"), help());
    }
    if TAKEN.contains(&id) || PRELUDE.contains(&id) {
        return refuse(
            format!("the operationId `{id}` is a name that the generated client has already"),
            help(),
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart_as_the_generator_does() {
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
