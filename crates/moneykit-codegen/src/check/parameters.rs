use crate::check::names::snake_case;
use crate::error::Problem;
use crate::tree::Node;
use crate::walk::{Operation, Survey};

/// Asks every parameter for a schema, for a name of its own among those of its operation, and, where it is a
/// part of the path, for a place in there.
pub(super) fn parameters(survey: &Survey<'_>) -> Vec<Problem> {
    let without_schema = survey.parameters.iter().filter(|parameter| parameter.get("schema").is_none());
    let mut problems: Vec<Problem> = without_schema
        .map(|parameter| {
            Problem::new(
                parameter.position,
                format!("the parameter `{}` has no schema", text(parameter, "name")),
                "add `schema: { type: … }`; the generator does not know `content` here",
            )
        })
        .collect();
    for operation in &survey.operations {
        problems.extend(names(survey, *operation));
        problems.extend(places(survey, *operation));
    }
    problems
}

/// A parameter's builder has a method for each parameter, and these.
const TAKEN: [&str; 2] = ["new", "send"];

/// Finds parameters of one operation that would share a name in Rust.
///
/// Where it stands, `in`, does not tell parameters apart there: of a query and a header parameter with one name
/// the generator drops one without a word.
fn names<'a>(survey: &Survey<'a>, operation: Operation<'a>) -> Vec<Problem> {
    let takes_body = operation.node().get("requestBody").is_some();
    let mut seen: Vec<(&str, &str)> = Vec::new();
    let mut problems = Vec::new();
    let shared = operation.item.get("parameters").map(Node::items).unwrap_or_default();
    for (index, written) in operation.parameters().enumerate() {
        let Some(parameter) = survey.resolve(written) else { continue };
        let (name, place) = (text(parameter, "name"), text(parameter, "in"));
        let snake = snake_case(name);
        // An operation may say anew what its path says of a parameter.
        let is_override = index >= shared.len()
            && shared
                .iter()
                .filter_map(|node| survey.resolve(node))
                .any(|known| (text(known, "name"), text(known, "in")) == (name, place))
            && seen.iter().filter(|known| **known == (name, place)).count() == 1;
        if is_override {
            seen.push((name, place));
            continue;
        }
        let clash = seen.iter().find(|(known, _)| snake_case(known) == snake);
        if let Some((known, elsewhere)) = clash {
            problems.push(Problem::new(
                written.position,
                format!(
                    "{} takes `{name}` in the {place} and `{known}` in the {elsewhere}: one name in Rust",
                    operation.name()
                ),
                "rename one of the parameters, or drop it",
            ));
        } else if TAKEN.contains(&snake.as_str())
            || (takes_body && ["body", "body_map"].contains(&snake.as_str()))
        {
            problems.push(Problem::new(
                written.position,
                format!(
                    "the parameter `{name}` of {} has a name that its builder has already",
                    operation.name()
                ),
                "rename the parameter",
            ));
        }
        seen.push((name, place));
    }
    problems
}

/// Compares the placeholders of a path with the parameters that fill them.
fn places<'a>(survey: &Survey<'a>, operation: Operation<'a>) -> Vec<Problem> {
    let path = operation.path;
    let placeholders: Vec<&str> =
        path.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect();
    let written = operation.parameters().filter_map(|node| Some((node, survey.resolve(node)?)));
    let in_path: Vec<_> = written.filter(|(_, parameter)| text(parameter, "in") == "path").collect();

    let mut problems = Vec::new();
    for (node, parameter) in &in_path {
        let name = text(parameter, "name");
        let is_required = parameter.get("required").is_some_and(|required| required.to_value() == true);
        let (what, help) = if !placeholders.contains(&name) {
            (format!("`{name}` is no part of the path {path}"), format!("put `{{{name}}}` in the path"))
        } else if !is_required {
            (format!("`{name}` is a part of the path, yet not required"), "add `required: true`".to_owned())
        } else {
            continue;
        };
        problems.push(Problem::new(node.position, what, help));
    }
    for name in placeholders {
        if !in_path.iter().any(|(_, parameter)| text(parameter, "name") == name) {
            problems.push(Problem::new(
                operation.entry.key_position,
                format!("{} has no parameter for `{{{name}}}`", operation.name()),
                format!("add the parameter `{name}`, `in: path` and `required: true`"),
            ));
        }
    }
    problems
}

fn text<'a>(parameter: &'a Node, field: &str) -> &'a str {
    parameter.get(field).and_then(Node::as_str).unwrap_or_default()
}
