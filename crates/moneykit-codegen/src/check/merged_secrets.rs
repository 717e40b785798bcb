use crate::check::secrets::holds_secret;
use crate::error::Problem;
use crate::tree::Node;
use crate::walk::{Survey, parts, target};

/// Refuses secrets that several parts of one `allOf` speak of: the generator merges what they say into one
/// schema, which is that of a secret no more when a part adds anything to it.
pub(super) fn merged_secrets(survey: &Survey<'_>) -> Vec<Problem> {
    let compositions = survey.schemas.iter().filter_map(|schema| schema.get("allOf"));
    compositions.flat_map(|all_of| check(survey, all_of.items())).collect()
}

fn check<'a>(survey: &Survey<'a>, all_of: &'a [Node]) -> Vec<Problem> {
    let mut known: Vec<Member<'a>> = Vec::new();
    let mut problems = Vec::new();
    for part in all_of {
        let members = members(survey, part);
        let is_merged = members.iter().any(|member| {
            let others = known.iter().filter(|other| other.name.is_merged_with(member.name));
            others
                .into_iter()
                .any(|other| holds_secret(survey, member.schema) || holds_secret(survey, other.schema))
        });
        if is_merged {
            problems.push(Problem::new(
                part.get("$ref").unwrap_or(part).position,
                "a secret that another part of the same `allOf` describes as well would be a string that prints",
                "describe it in one part, and leave it out of the others",
            ));
        }
        known.extend(members);
    }
    problems
}

/// A schema inside another, and where it applies.
struct Member<'a> {
    name: Name<'a>,
    schema: &'a Node,
}

#[derive(Clone, Copy, PartialEq)]
enum Name<'a> {
    Property(&'a str),
    AnyProperty,
    Items,
}

impl Name<'_> {
    fn is_merged_with(self, other: Name<'_>) -> bool {
        self == other
            || matches!(
                (self, other),
                (Name::AnyProperty, Name::Property(_)) | (Name::Property(_), Name::AnyProperty)
            )
    }
}

/// Lists the members of a schema and of all that it is composed of.
fn members<'a>(survey: &Survey<'a>, schema: &'a Node) -> Vec<Member<'a>> {
    let mut members = Vec::new();
    let mut open = vec![schema];
    let mut seen: Vec<&str> = Vec::new();
    while let Some(schema) = open.pop() {
        if let Some(target) = target(schema) {
            if !seen.contains(&target) {
                seen.push(target);
                open.extend(survey.resolve(schema));
            }
            continue;
        }
        open.extend(parts(schema));
        let properties = schema.get("properties").map(Node::entries).unwrap_or_default();
        members.extend(
            properties
                .iter()
                .map(|property| Member { name: Name::Property(&property.key), schema: &property.value }),
        );
        for (keyword, name) in [("additionalProperties", Name::AnyProperty), ("items", Name::Items)] {
            members.extend(schema.get(keyword).map(|schema| Member { name, schema }));
        }
    }
    members
}
