use std::collections::BTreeMap;

use serde_json::Value;

use super::operations::Operation;
use super::{Comparison, Node, Pair};
use crate::change::Place;
use crate::rules::{
    ACCESS_ADDED, ACCESS_LOOSENED, ACCESS_REMOVED, SCHEME_CHANGED, SCHEME_RENAMED, SCHEME_WIDENED,
    UNUSED_CHANGED,
};

/// One way to authenticate: the schemes that it takes all of, each with its scopes.
struct Way<'a> {
    schemes: BTreeMap<&'a str, Vec<&'a str>>,
    node: Node<'a>,
}

impl<'a> Comparison<'a> {
    /// Compares the ways to authenticate an operation. Any one of them is enough.
    pub(super) fn security(&mut self, old: &Operation<'a>, new: &Operation<'a>, place: &Place) {
        let mut old = ways(&old.node, &self.old.root());
        let new = ways(&new.node, &self.new.root());
        for way in &new {
            for name in way.schemes.keys() {
                if scheme(&self.new.root(), name).is_none() && scheme(&self.old.root(), name).is_some() {
                    self.leave(&way.node, format!("there is no security scheme `{name}` any more"));
                }
            }
        }
        let renamed = self.renamed_schemes();
        for way in &mut old {
            let schemes = std::mem::take(&mut way.schemes);
            let new_name =
                |name: &'a str| renamed.iter().find(|(was, _)| *was == name).map_or(name, |it| it.1);
            way.schemes = schemes.into_iter().map(|(name, scopes)| (new_name(name), scopes)).collect();
        }
        let mut told: Vec<&Way<'a>> = Vec::new();
        for was in &old {
            if new.iter().any(|is| is.schemes == was.schemes) {
                continue;
            }
            // Whoever has more than is asked for gets in.
            if let Some(is) = new.iter().find(|is| is.is_met_by(was)) {
                let words = format!("{} is enough, where it took {}", is.shown(), was.shown());
                self.report(&ACCESS_LOOSENED, place, &is.node, words);
                told.push(is);
            } else {
                let words = format!("{} is not accepted any more", was.shown());
                self.report(&ACCESS_REMOVED, place, &was.node, words);
            }
        }
        for is in &new {
            if !old.iter().chain(told.iter().copied()).any(|known| known.schemes == is.schemes) {
                self.report(&ACCESS_ADDED, place, &is.node, format!("{} is accepted now", is.shown()));
            }
        }
    }

    /// Compares how the schemes work that both documents have.
    pub(super) fn security_schemes(&mut self) {
        let place = Place::default();
        for (was, is) in self.renamed_schemes() {
            let at = scheme(&self.new.root(), is);
            if let Some(at) = at {
                self.report(&SCHEME_RENAMED, &place, &at, format!("`{was}` is called `{is}` now"));
            }
        }
        let section = |root: Node<'a>| root.at(&["components", "securitySchemes"]);
        let pair = Pair { old: section(self.old.root()), new: section(self.new.root()) };
        let renamed = self.renamed_schemes();
        for (name, pair) in pair.fields() {
            if let Some(at) = pair.only()
                && !renamed.iter().any(|(was, is)| [*was, *is].contains(&name))
            {
                let what = if pair.new.is_some() { "new" } else { "gone" };
                // Whom it concerns is told where operations ask for it.
                self.report(&UNUSED_CHANGED, &place, at, format!("the security scheme `{name}` is {what}"));
            }
            let pair = self.resolved(&pair);
            let (Some(_), Some(new)) = (&pair.old, &pair.new) else { continue };
            let fixed = ["type", "scheme", "in", "name", "openIdConnectUrl"];
            if let Some(at) = fixed.iter().find_map(|key| pair.get(key).differing()) {
                let words = format!("`{name}` works differently: see `{}`", at.name());
                self.report(&SCHEME_CHANGED, &place, &at, words);
                continue;
            }
            let new = new.clone();
            self.flows(name, &pair.get("flows"), &new, &place);
            self.texts(&pair, &["description", "bearerFormat"]);
            self.extensions(&pair);
        }
    }

    fn flows(&mut self, name: &str, pair: &Pair<'a>, scheme: &Node<'a>, place: &Place) {
        for (flow, pair) in pair.fields().into_iter().filter(|(key, _)| !key.starts_with("x-")) {
            match (&pair.old, &pair.new) {
                (Some(_), None) => {
                    let words = format!("`{name}` has no flow `{flow}` any more");
                    self.report(&SCHEME_CHANGED, place, scheme, words);
                    continue;
                }
                (None, Some(new)) => {
                    self.report(&SCHEME_WIDENED, place, new, format!("`{name}` has a flow `{flow}` now"));
                    continue;
                }
                _ => {}
            }
            for key in ["tokenUrl", "authorizationUrl", "refreshUrl"] {
                if let Some(at) = pair.get(key).differing() {
                    let words = format!("the `{key}` of `{name}` is {} now", at.shown());
                    self.report(&SCHEME_CHANGED, place, &at, words);
                }
            }
            for (scope, pair) in pair.get("scopes").fields() {
                match (&pair.old, &pair.new) {
                    (Some(old), None) => {
                        let words = format!("`{name}` has no scope `{scope}` any more");
                        self.report(&SCHEME_CHANGED, place, old, words);
                    }
                    (None, Some(new)) => {
                        let words = format!("`{name}` has a scope `{scope}` now");
                        self.report(&SCHEME_WIDENED, place, new, words);
                    }
                    _ => {}
                }
            }
        }
    }

    /// Lists the schemes that work as before under another name.
    fn renamed_schemes(&self) -> Vec<(&'a str, &'a str)> {
        let list = |root: Node<'a>| {
            root.at(&["components", "securitySchemes"]).map(|it| it.entries()).unwrap_or_default()
        };
        let (old, new) = (list(self.old.root()), list(self.new.root()));
        let has = |list: &[(&str, Node<'a>)], name: &str| list.iter().any(|(known, _)| *known == name);
        let gone = old.iter().filter(|(name, _)| !has(&new, name));
        gone.filter_map(|(was, node)| {
            let same = |(name, other): &&(&'a str, Node<'a>)| {
                !has(&old, name) && wire(node.value) == wire(other.value)
            };
            new.iter().find(same).map(|(is, _)| (*was, *is))
        })
        .collect()
    }
}

impl Way<'_> {
    /// Says whether whoever authenticates in another way satisfies this one as well.
    fn is_met_by(&self, other: &Self) -> bool {
        self.schemes.iter().all(|(name, scopes)| {
            other.schemes.get(name).is_some_and(|held| scopes.iter().all(|scope| held.contains(scope)))
        })
    }

    fn shown(&self) -> String {
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

/// Lists the ways to authenticate an operation: its own, or else the document's. Where nothing is asked for,
/// the one way is to do nothing.
fn ways<'a>(operation: &Node<'a>, root: &Node<'a>) -> Vec<Way<'a>> {
    let list = operation.get("security").or_else(|| root.get("security"));
    let way = |node: Node<'a>| {
        let scopes = |node: Node<'a>| {
            let mut scopes: Vec<_> =
                node.value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            scopes.sort_unstable();
            scopes
        };
        let schemes = node.entries().into_iter().map(|(name, node)| (name, scopes(node))).collect();
        Way { schemes, node }
    };
    let ways: Vec<_> = list.as_ref().map(Node::items).unwrap_or_default().into_iter().map(way).collect();
    if ways.is_empty() {
        return vec![Way { schemes: BTreeMap::new(), node: list.unwrap_or_else(|| operation.clone()) }];
    }
    ways
}

fn scheme<'a>(root: &Node<'a>, name: &str) -> Option<Node<'a>> {
    root.at(&["components", "securitySchemes", name])
}

/// Returns what of a scheme shows on the wire.
fn wire(scheme: &Value) -> Value {
    let mut wire = scheme.clone();
    if let Some(fields) = wire.as_object_mut() {
        fields.retain(|key, _| key != "description" && key != "bearerFormat" && !key.starts_with("x-"));
    }
    wire
}
