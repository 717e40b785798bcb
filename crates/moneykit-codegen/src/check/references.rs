use crate::error::Problem;
use crate::tree::{Content, Node};

/// Follows every `$ref`: it must stay within the document and lead somewhere.
pub(crate) fn references(tree: &Node) -> Vec<Problem> {
    let mut problems = Vec::new();
    visit(tree, tree, &mut problems);
    problems
}

fn visit(root: &Node, node: &Node, problems: &mut Vec<Problem>) {
    match &node.content {
        Content::Scalar(_) => {}
        Content::Sequence(items) => items.iter().for_each(|item| visit(root, item, problems)),
        Content::Mapping(entries) => {
            for entry in entries {
                match entry.key.as_str() {
                    "$ref" => problems.extend(check(root, &entry.value)),
                    // Data of the contract's author, where `$ref` is a name like any other.
                    "example" | "default" | "enum" => {}
                    _ => visit(root, &entry.value, problems),
                }
            }
        }
    }
}

fn check(root: &Node, reference: &Node) -> Option<Problem> {
    // A property that happens to be called `$ref` is a schema, not a reference.
    let target = reference.as_str()?;
    let Some(pointer) = target.strip_prefix('#') else {
        return Some(Problem::new(
            reference.position,
            format!("`{target}` leads out of this document"),
            "move what it names under `components`, and refer to it as `#/components/…`",
        ));
    };
    root.at(pointer).is_none().then(|| {
        Problem::new(
            reference.position,
            format!("`{target}` leads nowhere"),
            "define it under `components`, or correct the name",
        )
    })
}
