//! Rejects secrets that several parts of one `allOf` describe.

use moneykit_contract::{Kind, NodeRef};

use crate::check::secrets::holds_secret;
use crate::error::Diagnostic;
use crate::index::{ContractIndex, parts, properties};

/// Rejects secrets that several parts of one `allOf` describe: the generator merges the parts into one schema,
/// which is no longer that of a secret if another part adds a keyword.
pub(super) fn merged_secrets(index: &ContractIndex<'_>) -> Vec<Diagnostic> {
    index.definitions(Kind::Schema).flat_map(|schema| check(index, schema)).collect()
}

fn check<'a>(index: &ContractIndex<'a>, schema: &NodeRef<'a>) -> Vec<Diagnostic> {
    let mut known: Vec<Member<'a>> = Vec::new();
    let mut diagnostics = Vec::new();
    for part in schema.children().into_iter().filter(|child| child.field == "allOf") {
        let members = members(index, &part);
        let is_merged = members.iter().any(|member| {
            let mut others = known.iter().filter(|other| other.name.is_merged_with(&member.name));
            others.any(|other| holds_secret(index, &member.schema) || holds_secret(index, &other.schema))
        });
        if is_merged {
            diagnostics.push(Diagnostic::new(
                index.target_position(&part),
                "a secret that another part of the same `allOf` describes as well would become a plain string",
                "describe it in one part, and omit it in the others",
            ));
        }
        known.extend(members);
    }
    diagnostics
}

/// A schema inside another one.
struct Member<'a> {
    name: Name,
    schema: NodeRef<'a>,
}

/// The values that a member applies to.
#[derive(PartialEq)]
enum Name {
    Property(String),
    AnyProperty,
    Items,
}

impl Name {
    fn is_merged_with(&self, other: &Name) -> bool {
        self == other
            || matches!(
                (self, other),
                (Name::AnyProperty, Name::Property(_)) | (Name::Property(_), Name::AnyProperty)
            )
    }
}

/// Lists the members of a schema and of the schemas that it is composed of.
fn members<'a>(index: &ContractIndex<'a>, schema: &NodeRef<'a>) -> Vec<Member<'a>> {
    let mut members = Vec::new();
    let mut open = vec![schema.clone()];
    let mut seen: Vec<&str> = Vec::new();
    while let Some(schema) = open.pop() {
        if let Some(target) = schema.target() {
            if !seen.contains(&target) {
                seen.push(target);
                open.extend(index.resolve(&schema));
            }
            continue;
        }
        open.extend(parts(&schema));
        let named = properties(&schema);
        members.extend(named.map(|schema| Member { name: Name::Property(schema.name.clone()), schema }));
        for (keyword, name) in [("additionalProperties", Name::AnyProperty), ("items", Name::Items)] {
            members.extend(schema.child(keyword).map(|schema| Member { name, schema }));
        }
    }
    members
}
