use std::collections::HashMap;

use crate::error::Problem;
use crate::tree::{Node, child};
use crate::walk::{Kind, Survey, parts, target};

/// Refuses components that are made of themselves, by references and composition alone: they say nothing, and
/// the generator would follow them until its stack ends. Properties and items may lead back; that is a tree.
pub(super) fn circles(survey: &Survey<'_>) -> Vec<Problem> {
    let mut search = Search { survey, seen: HashMap::new(), problems: Vec::new() };
    for kind in [
        Kind::Schema,
        Kind::Response,
        Kind::Parameter,
        Kind::RequestBody,
        Kind::Header,
        Kind::Example,
        Kind::Link,
        Kind::Callback,
    ] {
        let section = child("#/components", kind.section().unwrap_or_default());
        for component in survey.components(kind) {
            search.visit(child(&section, &component.key), &component.value);
        }
    }
    search.problems
}

struct Search<'s, 'a> {
    survey: &'s Survey<'a>,
    seen: HashMap<String, Visit>,
    problems: Vec<Problem>,
}

#[derive(Clone, Copy, PartialEq)]
enum Visit {
    UnderWay,
    Done,
}

impl<'a> Search<'_, 'a> {
    fn visit(&mut self, name: String, component: &'a Node) {
        if self.seen.contains_key(&name) {
            return;
        }
        self.seen.insert(name.clone(), Visit::UnderWay);
        self.follow(component);
        self.seen.insert(name, Visit::Done);
    }

    fn follow(&mut self, node: &'a Node) {
        let Some(name) = target(node) else {
            parts(node).for_each(|part| self.follow(part));
            return;
        };
        if self.seen.get(name) == Some(&Visit::UnderWay) {
            self.problems.push(Problem::new(
                node.get("$ref").map(|reference| reference.position),
                format!("`{name}` is made of itself: this reference closes the circle"),
                "drop the reference, or let a property or the items of an array hold it",
            ));
        } else if let Some(next) = name.strip_prefix('#').and_then(|pointer| self.survey.tree().at(pointer)) {
            self.visit(name.to_owned(), next);
        }
    }
}
