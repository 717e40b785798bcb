use crate::error::Problem;
use crate::tree::{Entry, Node};
use crate::walk::{Survey, parts, target};

/// Makes sure that every `format: password` becomes the type of secrets, and stays out of URLs and logs.
///
/// The generator puts that type where a schema is `{ type: string, format: password }` to the letter, beside
/// annotations; anything else would silently become a string that prints.
pub(super) fn secrets(survey: &Survey<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for schema in &survey.schemas {
        problems.extend(spelling(schema));
        if is_secret(schema) {
            problems.extend(schema.entries().iter().filter_map(beside));
        }
        let secrets = parts(schema).filter(|part| survey.resolve(part).is_some_and(is_secret));
        problems.extend(secrets.map(|part| {
            Problem::new(
                part.get("$ref").unwrap_or(part).position,
                "a secret as a part of a composition would be a string that prints",
                "write `type: string` and `format: password` in place of the composition, or refer to it directly",
            )
        }));
    }
    for parameter in &survey.parameters {
        let schema = parameter.entry("schema");
        problems.extend(schema.filter(|schema| holds_secret(survey, &schema.value)).map(|schema| {
            Problem::new(
                schema.key_position,
                "a secret as a parameter: URLs and headers are logged, and the type of secrets can't be printed",
                "move it to the request's body, or describe it as a security scheme",
            )
        }));
    }
    problems
}

/// The keywords that leave a secret what it is.
const ANNOTATIONS: [&str; 10] = [
    "type",
    "format",
    "nullable",
    "title",
    "description",
    "example",
    "deprecated",
    "readOnly",
    "writeOnly",
    "externalDocs",
];

fn is_secret(schema: &Node) -> bool {
    schema.get("format").and_then(Node::as_str) == Some("password")
}

fn spelling(schema: &Node) -> Option<Problem> {
    let format = schema.get("format")?;
    let name = format.as_str().filter(|name| name.eq_ignore_ascii_case("password"))?;
    let is_string = schema.get("type").and_then(Node::as_str) == Some("string");
    if name != "password" {
        let what = format!("the format `{name}` is not known; that of a secret is written in small letters");
        return Some(Problem::new(format.position, what, "write `format: password`"));
    }
    (!is_string).then(|| {
        let what = "a secret that is not a string would be printed like any other value";
        Problem::new(format.position, what, "write `type: string` beside it, or drop the format")
    })
}

fn beside(entry: &Entry) -> Option<Problem> {
    (!ANNOTATIONS.contains(&entry.key.as_str())).then(|| {
        Problem::new(
            entry.key_position,
            format!("`{}` on a secret: the generated type would show it in Debug", entry.key),
            "drop it, and say it in the description: the type of `format: password` checks nothing",
        )
    })
}

/// Says whether a secret is anywhere in what a schema describes.
pub(super) fn holds_secret<'a>(survey: &Survey<'a>, schema: &'a Node) -> bool {
    let mut open = vec![schema];
    let mut seen: Vec<&str> = Vec::new();
    while let Some(schema) = open.pop() {
        if let Some(target) = target(schema) {
            if seen.contains(&target) {
                continue;
            }
            seen.push(target);
            open.extend(survey.resolve(schema));
            continue;
        }
        if is_secret(schema) {
            return true;
        }
        open.extend(parts(schema));
        open.extend(schema.get("properties").map(Node::entries).unwrap_or_default().iter().map(|p| &p.value));
        open.extend(["items", "additionalProperties"].into_iter().filter_map(|keyword| schema.get(keyword)));
    }
    false
}
