//! Proposes security requirements, and the security schemes that they need.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::operations::Matched;
use super::{At, Proposal};
use crate::compare::wire_fields;
use crate::references::targets;

impl<'a> Proposal<'a, '_> {
    /// Writes the security requirements of an operation, unless they are the same as ours.
    pub(super) fn security(&self, matched: &Matched<'a>, operation: &mut Map<String, Value>) {
        let own = |operation: &At<'a>, root: &'a Value| {
            operation
                .value
                .get("security")
                .or_else(|| root.get("security"))
                .cloned()
                .unwrap_or_else(|| json!([]))
        };
        let theirs = self.renamed(&own(&matched.theirs, self.theirs));
        if requirements(&theirs) == requirements(&own(&matched.ours, self.ours)) {
            return;
        }
        operation.insert("security".to_owned(), theirs);
    }

    /// Returns their requirements with our names of the schemes.
    fn renamed(&self, requirements: &Value) -> Value {
        let rename = |requirement: &Value| {
            let schemes = requirement.as_object().into_iter().flatten();
            Value::Object(schemes.map(|(name, scopes)| (self.scheme_name(name), scopes.clone())).collect())
        };
        requirements.as_array().into_iter().flatten().map(rename).collect()
    }

    /// Returns our name of a scheme: that of the same scheme, or else its own.
    fn scheme_name(&self, theirs: &str) -> String {
        let (our_schemes, their_schemes) = (schemes(self.ours), schemes(self.theirs));
        let is_same = |name: &String| {
            let pair = our_schemes.get(name).zip(their_schemes.get(theirs));
            pair.is_some_and(|(ours, theirs)| wire_fields(ours) == wire_fields(theirs))
        };
        let is_free = |name: &&String| !their_schemes.contains_key(*name);
        match our_schemes.keys().filter(is_free).find(|name| is_same(name)) {
            Some(same) if !our_schemes.contains_key(theirs) => same.clone(),
            _ => theirs.to_owned(),
        }
    }

    /// Writes the security schemes that the requirements need.
    pub(super) fn security_schemes(&self, root: &mut Value) {
        let our_schemes = schemes(self.ours);
        for (name, theirs) in schemes(self.theirs) {
            let our_name = self.scheme_name(&name);
            let is_same =
                our_schemes.get(&our_name).is_some_and(|ours| wire_fields(ours) == wire_fields(&theirs));
            if !is_same {
                root["components"]["securitySchemes"][our_name] = theirs;
            }
        }
    }
}

/// Returns requirements in a form that is the same for the same meaning.
fn requirements(list: &Value) -> Vec<BTreeMap<String, Vec<String>>> {
    let requirement = |value: &Value| {
        let schemes = value.as_object().into_iter().flatten();
        let scopes = |scopes: &Value| {
            let texts = scopes.as_array().into_iter().flatten().filter_map(Value::as_str);
            let mut scopes: Vec<String> = texts.map(str::to_owned).collect();
            scopes.sort_unstable();
            scopes
        };
        schemes.map(|(name, list)| (name.clone(), scopes(list))).collect()
    };
    let mut requirements: Vec<_> = list.as_array().into_iter().flatten().map(requirement).collect();
    if requirements.is_empty() {
        requirements.push(BTreeMap::new());
    }
    requirements.sort_unstable();
    requirements.dedup();
    requirements
}

/// Returns the security schemes of a document by name, with references followed.
fn schemes(root: &Value) -> BTreeMap<String, Value> {
    let schemes = root.pointer("/components/securitySchemes").and_then(Value::as_object);
    let resolved =
        |scheme: &Value| targets(root, scheme).last().map_or(scheme.clone(), |(_, value)| value.clone());
    schemes.into_iter().flatten().map(|(name, scheme)| (name.clone(), resolved(scheme))).collect()
}
