//! Compares security requirements and security schemes.

use std::collections::BTreeMap;

use serde_json::Value;

use super::operations::Operation;
use super::{Comparison, Node, Pair};
use crate::change::Location;
use crate::rules::{
    SECURITY_ADDED, SECURITY_LOOSENED, SECURITY_REMOVED, SECURITY_SCHEME_CHANGED, SECURITY_SCHEME_RENAMED,
    SECURITY_SCHEME_WIDENED, UNUSED_COMPONENT_CHANGED,
};

/// A security requirement: all of these schemes together, each with its scopes.
struct Requirement<'a> {
    schemes: BTreeMap<&'a str, Vec<&'a str>>,
    node: Node<'a>,
}

impl<'a> Comparison<'a> {
    /// Compares the security requirements of an operation, of which a request has to satisfy one.
    pub(super) fn security(&mut self, old: &Operation<'a>, new: &Operation<'a>, location: &Location) {
        let mut old_requirements = requirements(&old.node, &self.old.root());
        let new_requirements = requirements(&new.node, &self.new.root());
        for requirement in &new_requirements {
            for name in requirement.schemes.keys() {
                if scheme(&self.new.root(), name).is_none() && scheme(&self.old.root(), name).is_some() {
                    let message = format!(
                        "security scheme `{name}` was removed but is still required here; the requirement is \
                         not classified because its scheme is undefined"
                    );
                    self.report_unclassified(&requirement.node, message);
                }
            }
        }
        let renamed = self.renamed_schemes();
        for requirement in &mut old_requirements {
            let schemes = std::mem::take(&mut requirement.schemes);
            let new_name =
                |name: &'a str| renamed.iter().find(|(old, _)| *old == name).map_or(name, |it| it.1);
            requirement.schemes =
                schemes.into_iter().map(|(name, scopes)| (new_name(name), scopes)).collect();
        }
        let mut reported: Vec<&Requirement<'a>> = Vec::new();
        for old in &old_requirements {
            if new_requirements.iter().any(|new| new.schemes == old.schemes) {
                continue;
            }
            // Credentials that satisfied a stricter requirement satisfy a looser one as well. But where requests
            // without credentials were allowed before, credentials were sent for another reason, and still are.
            let is_looser = |new: &&Requirement<'a>| {
                let was_optional = || old_requirements.iter().any(|known| known.schemes.is_empty());
                new.is_satisfied_by(old) && !(new.schemes.is_empty() && was_optional())
            };
            if let Some(new) = new_requirements.iter().find(is_looser) {
                let message =
                    format!("security requirement loosened from {} to {}", old.display(), new.display());
                self.report(&SECURITY_LOOSENED, location, &new.node, message);
                reported.push(new);
            } else {
                let message = format!("removed security requirement: {}", old.display());
                self.report(&SECURITY_REMOVED, location, &old.node, message);
            }
        }
        for new in &new_requirements {
            let mut known = old_requirements.iter().chain(reported.iter().copied());
            if !known.any(|known| known.schemes == new.schemes) {
                let message = format!("added security requirement: {}", new.display());
                self.report(&SECURITY_ADDED, location, &new.node, message);
            }
        }
    }

    /// Compares the security schemes.
    pub(super) fn security_schemes(&mut self) {
        let location = Location::default();
        let renamed = self.renamed_schemes();
        for (old_name, new_name) in &renamed {
            if let Some(node) = scheme(&self.new.root(), new_name) {
                let message = format!("security scheme `{old_name}` renamed to `{new_name}`");
                self.report(&SECURITY_SCHEME_RENAMED, &location, &node, message);
            }
        }
        let section = |root: Node<'a>| root.at(&["components", "securitySchemes"]);
        let pair = Pair { old: section(self.old.root()), new: section(self.new.root()) };
        for (name, pair) in pair.fields() {
            if let Some(node) = pair.only()
                && !renamed.iter().any(|(old, new)| [*old, *new].contains(&name))
            {
                // The operations that use the scheme report the effect on clients.
                let verb = if pair.new.is_some() { "added" } else { "removed" };
                let message = format!("{verb} security scheme `{name}`");
                self.report(&UNUSED_COMPONENT_CHANGED, &location, node, message);
            }
            let pair = self.resolved(&pair);
            let (Some(_), Some(new)) = (&pair.old, &pair.new) else { continue };
            let fixed = ["type", "scheme", "in", "name", "openIdConnectUrl"];
            if let Some(node) = fixed.iter().find_map(|key| pair.get(key).differing()) {
                let message = format!("`{}` of security scheme `{name}` changed", node.name());
                self.report(&SECURITY_SCHEME_CHANGED, &location, &node, message);
                continue;
            }
            let new = new.clone();
            self.flows(name, &pair.get("flows"), &new, &location);
            self.annotations(&pair, &["description", "bearerFormat"]);
            self.extensions(&pair);
        }
    }

    fn flows(&mut self, name: &str, pair: &Pair<'a>, scheme: &Node<'a>, location: &Location) {
        for (flow, pair) in pair.fields().into_iter().filter(|(key, _)| !key.starts_with("x-")) {
            match (&pair.old, &pair.new) {
                (Some(_), None) => {
                    let message = format!("removed flow `{flow}` from security scheme `{name}`");
                    self.report(&SECURITY_SCHEME_CHANGED, location, scheme, message);
                    continue;
                }
                (None, Some(new)) => {
                    let message = format!("added flow `{flow}` to security scheme `{name}`");
                    self.report(&SECURITY_SCHEME_WIDENED, location, new, message);
                    continue;
                }
                _ => {}
            }
            for key in ["tokenUrl", "authorizationUrl", "refreshUrl"] {
                if let Some(node) = pair.get(key).differing() {
                    let message =
                        format!("`{key}` of security scheme `{name}` changed to {}", node.display());
                    self.report(&SECURITY_SCHEME_CHANGED, location, &node, message);
                }
            }
            for (scope, pair) in pair.get("scopes").fields() {
                match (&pair.old, &pair.new) {
                    (Some(old), None) => {
                        let message = format!("removed scope `{scope}` from security scheme `{name}`");
                        self.report(&SECURITY_SCHEME_CHANGED, location, old, message);
                    }
                    (None, Some(new)) => {
                        let message = format!("added scope `{scope}` to security scheme `{name}`");
                        self.report(&SECURITY_SCHEME_WIDENED, location, new, message);
                    }
                    _ => {}
                }
            }
        }
    }

    /// Returns the old and new names of schemes that were renamed and are otherwise the same on the wire.
    fn renamed_schemes(&self) -> Vec<(&'a str, &'a str)> {
        let list = |root: Node<'a>| {
            root.at(&["components", "securitySchemes"]).map(|it| it.entries()).unwrap_or_default()
        };
        let (old_schemes, new_schemes) = (list(self.old.root()), list(self.new.root()));
        let has = |list: &[(&str, Node<'a>)], name: &str| list.iter().any(|(known, _)| *known == name);
        let removed = old_schemes.iter().filter(|(name, _)| !has(&new_schemes, name));
        removed
            .filter_map(|(old_name, old)| {
                let is_renamed = |(name, new): &&(&'a str, Node<'a>)| {
                    !has(&old_schemes, name) && wire_fields(old.value) == wire_fields(new.value)
                };
                new_schemes.iter().find(is_renamed).map(|(new_name, _)| (*old_name, *new_name))
            })
            .collect()
    }
}

impl Requirement<'_> {
    /// Returns true if credentials that satisfy `other` satisfy this requirement as well.
    fn is_satisfied_by(&self, other: &Self) -> bool {
        self.schemes.iter().all(|(name, scopes)| {
            other.schemes.get(name).is_some_and(|granted| scopes.iter().all(|scope| granted.contains(scope)))
        })
    }

    fn display(&self) -> String {
        if self.schemes.is_empty() {
            return "no authentication".to_owned();
        }
        let scheme = |(name, scopes): (&&str, &Vec<&str>)| match scopes[..] {
            [] => format!("`{name}`"),
            _ => format!("`{name}` with `{}`", scopes.join(" ")),
        };
        self.schemes.iter().map(scheme).collect::<Vec<_>>().join(" and ")
    }
}

/// Returns the security requirements of an operation: its own, or else those of the document. An operation
/// without any gets one empty requirement, which every request satisfies.
fn requirements<'a>(operation: &Node<'a>, root: &Node<'a>) -> Vec<Requirement<'a>> {
    let list = operation.get("security").or_else(|| root.get("security"));
    let requirement = |node: Node<'a>| {
        let scopes = |node: Node<'a>| {
            let mut scopes: Vec<_> =
                node.value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            scopes.sort_unstable();
            scopes
        };
        let schemes = node.entries().into_iter().map(|(name, node)| (name, scopes(node))).collect();
        Requirement { schemes, node }
    };
    let requirements: Vec<_> =
        list.as_ref().map(Node::items).unwrap_or_default().into_iter().map(requirement).collect();
    if requirements.is_empty() {
        let node = list.unwrap_or_else(|| operation.clone());
        return vec![Requirement { schemes: BTreeMap::new(), node }];
    }
    requirements
}

fn scheme<'a>(root: &Node<'a>, name: &str) -> Option<Node<'a>> {
    root.at(&["components", "securitySchemes", name])
}

/// Returns the fields of a scheme that affect requests.
pub(crate) fn wire_fields(scheme: &Value) -> Value {
    let mut fields = scheme.clone();
    if let Some(fields) = fields.as_object_mut() {
        fields.retain(|key, _| key != "description" && key != "bearerFormat" && !key.starts_with("x-"));
    }
    fields
}
