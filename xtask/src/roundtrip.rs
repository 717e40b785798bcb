//! Checks that the generated types describe the same schemas as the contract.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::process::Output;

use anyhow::{Result, bail};
use moneykit_codegen::{Contract, folded};
use moneykit_contract::{Change, Compatibility, Diff, Document, downgrade};
use serde_json::{Map, Value};

use crate::uses::Uses;

/// What the generated types make of a contract.
#[derive(Debug, Default)]
pub(crate) struct Proof {
    /// The parts of the contract that the types do not preserve.
    pub(crate) losses: Vec<Loss>,
    /// The keywords that the types do not enforce, by keyword and reason, with the number of places. None of them
    /// changes the wire.
    pub(crate) unenforced: BTreeMap<(String, &'static str), usize>,
}

/// A part of a contract that the generated types do not preserve.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Loss {
    /// The JSON pointer of the part.
    pub(crate) pointer: String,
    pub(crate) message: String,
    /// The operations with requests or responses that contain the part, such as `POST /auth/token`.
    pub(crate) operations: BTreeSet<String>,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.message)
    }
}

/// Compares a contract with the JSON schemas of the types that were generated from it.
///
/// Replaces the contract's schemas by those of the types and compares the two documents by the rules of `cargo xtask
/// diff`. The contract is the one that the generator gets: what the rewrites changed in it is the same on the wire.
pub(crate) fn prove(contract: &Contract, types: &Document) -> Result<Proof> {
    let mut proof = compare(&contract.without_stand_ins()?, types)?;
    for (keyword, reason, count) in contract.unenforced() {
        *proof.unenforced.entry((keyword.to_owned(), reason)).or_default() += count;
    }
    Ok(proof)
}

/// Runs the example `schemas` of a package with `cargo run`, and returns the JSON schemas of the generated types.
pub(crate) fn schemas(run: impl FnOnce(&[&str]) -> Result<Output>) -> Result<Document> {
    // The reviewed copy compiles without the generator.
    let arguments =
        ["run", "--quiet", "--example", "schemas", "--no-default-features", "--features", "schemars"];
    let output = run(&arguments)?;
    if !output.status.success() {
        bail!("the generated types do not compile:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(Document::parse("the generated types", &String::from_utf8(output.stdout)?)?)
}

fn compare(contract: &Document, types: &Document) -> Result<Proof> {
    let downgraded = downgrade(types.clone());
    let mut proof = Proof::default();
    let mut root = contract.root().clone();
    if let Some(schemas) = root["components"]["schemas"].as_object_mut() {
        let generated = downgraded.document.root()["components"]["schemas"].as_object();
        schemas.extend(generated.map(with_contract_names).unwrap_or_default());
    }
    let generated = Document::new("the generated types", root)?;
    let uses = Uses::of(generated.root());
    let operations_of = |pointer: &str| {
        let schema = pointer.strip_prefix("/components/schemas/").and_then(|rest| rest.split('/').next());
        schema.map(|schema| uses.operations(schema)).unwrap_or_default()
    };
    let unsupported = downgraded.unsupported.iter();
    proof.losses.extend(unsupported.map(|one| Loss {
        pointer: one.pointer.clone(),
        message: format!("`{}`: {}", one.keyword, one.reason),
        operations: operations_of(&one.pointer),
    }));

    let diff = Diff::between(contract, &generated)?;
    let changed = diff.changes().iter().map(|change| (change.rule.id, change.pointer.as_str())).collect();
    let context = Context { generated: &generated, changed };
    let mut counted = HashSet::new();
    for change in diff.changes().iter().filter(|change| change.compatibility != Compatibility::Editorial) {
        if EXPLAINED.iter().any(|(_, matches)| matches(change, &context)) {
            continue;
        }
        if let Some(entry) = unenforced(change, contract) {
            // A schema is compared once for each of its uses.
            if counted.insert((change.pointer.clone(), change.rule.id)) {
                *proof.unenforced.entry(entry).or_default() += 1;
            }
            continue;
        }
        let message = format!("{} ({})", change.message, change.rule.id);
        let operations = change.uses.iter().map(|one| one.operation.to_string()).collect();
        proof.losses.push(Loss { pointer: change.pointer.clone(), message, operations });
    }
    proof.losses.extend(diff.unclassified().iter().map(|one| Loss {
        pointer: one.pointer.clone(),
        message: one.message.clone(),
        operations: operations_of(&one.pointer),
    }));
    proof.losses.sort();
    proof.losses.dedup();
    Ok(proof)
}

/// Returns the schemas of types under the names that they have in the contract, by which alternatives are compared. A
/// schema whose type has another name refers to that type.
fn with_contract_names(types: &Map<String, Value>) -> Map<String, Value> {
    const SCHEMAS: &str = "#/components/schemas/";
    let aliases = types.iter().filter_map(|(name, schema)| {
        let fields = schema.as_object().filter(|fields| fields.len() == 1)?;
        let target = fields.get("$ref")?.as_str()?.strip_prefix(SCHEMAS)?;
        (target != name && folded(target) == folded(name)).then(|| (target.to_owned(), name.clone()))
    });
    let names: HashMap<String, String> = aliases.collect();
    let renamed = |name: &str| names.get(name).map_or_else(|| name.to_owned(), Clone::clone);
    let mut schemas = Map::new();
    for (name, schema) in types {
        let is_alias = names.values().any(|alias| alias == name);
        if !is_alias {
            let mut schema = schema.clone();
            rename(&mut schema, SCHEMAS, &renamed);
            schemas.insert(renamed(name), schema);
        }
    }
    schemas
}

fn rename(value: &mut Value, prefix: &str, renamed: &dyn Fn(&str) -> String) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                match value.as_str().and_then(|text| text.strip_prefix(prefix)) {
                    Some(name) if field == "$ref" => {
                        *value = Value::from(format!("{prefix}{}", renamed(name)));
                    }
                    _ => rename(value, prefix, renamed),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, prefix, renamed)),
        _ => {}
    }
}

/// Returns the keyword that a type does not enforce, and the reason, if a change is that.
fn unenforced(change: &Change, contract: &Document) -> Option<(String, &'static str)> {
    if let Some((_, reason)) = UNENFORCED.iter().find(|(rule, _)| *rule == change.rule.id) {
        return Some((keyword(change), reason));
    }
    let is_addition = ["property-added", "property-added-to-closed"].contains(&change.rule.id);
    let property = property_at(contract, &change.pointer).filter(|_| is_addition)?;
    let keyword =
        ["readOnly", "writeOnly"].into_iter().find(|keyword| property[keyword] == Value::Bool(true))?;
    Some((keyword.to_owned(), "the type has the property in both directions, and the client can omit it"))
}

/// Returns the schema of a property, which may be that of a part of an `allOf`.
fn property_at<'a>(contract: &'a Document, pointer: &str) -> Option<&'a Value> {
    fn find<'a>(contract: &'a Document, schema: &'a Value, name: &str, depth: usize) -> Option<&'a Value> {
        /// No schema that people write is nested as deeply. The limit ends cycles.
        const MAX_DEPTH: usize = 20;

        let schema = moneykit_contract::resolve(contract.root(), schema).filter(|_| depth < MAX_DEPTH)?;
        let parts = schema["allOf"].as_array().into_iter().flatten();
        schema["properties"]
            .get(name)
            .or_else(|| parts.into_iter().find_map(|part| find(contract, part, name, depth + 1)))
    }

    let (owner, name) = pointer.rsplit_once("/properties/")?;
    let name = name.replace("~1", "/").replace("~0", "~");
    find(contract, contract.root().pointer(owner)?, &name, 0)
}

/// Returns the keyword that a change concerns.
fn keyword(change: &Change) -> String {
    match change.rule.id {
        "property-undeprecated" => "deprecated".to_owned(),
        "object-opened" => "additionalProperties".to_owned(),
        _ => change.pointer.rsplit('/').next().unwrap_or_default().to_owned(),
    }
}

/// The rules whose differences change nothing on the wire, with the reason.
const UNENFORCED: [(&str, &str); 6] = [
    ("constraint-loosened", "the type allows more values than the constraint"),
    ("constraint-changed", "the type allows other values than the constraint"),
    ("format-widened", "the value is text, and no Rust type checks the format"),
    ("default-removed", "an absent value stays absent, and the documentation names its default"),
    ("property-undeprecated", "the documentation says so, but no attribute"),
    ("object-opened", "the type ignores further properties"),
];

/// What the explanations know besides the change.
struct Context<'a> {
    /// The contract with the schemas of the types.
    generated: &'a Document,
    /// The rule and the pointer of each change.
    changed: HashSet<(&'static str, &'a str)>,
}

impl Context<'_> {
    /// Returns true if a rule reports a change of the same value.
    fn has(&self, rule: &'static str, change: &Change) -> bool {
        self.changed.contains(&(rule, change.pointer.as_str()))
    }

    fn value(&self, pointer: &str) -> Option<&Value> {
        self.generated.root().pointer(pointer)
    }

    /// Returns true if the type requires the property at a pointer. Items and variants count as required.
    fn is_required(&self, pointer: &str) -> bool {
        let Some((object, name)) = pointer.rsplit_once("/properties/") else { return true };
        let names = self.value(object).and_then(|object| object["required"].as_array());
        names.into_iter().flatten().any(|required| required == name)
    }

    fn is_nullable(&self, pointer: &str) -> bool {
        let schema = self.generated.resolve(pointer).map(|(_, schema)| schema);
        schema.is_some_and(|schema| schema["nullable"] == Value::Bool(true))
    }
}

/// A difference that is no loss: the reason and a predicate that recognizes it.
type Explanation = (&'static str, fn(&Change, &Context<'_>) -> bool);

/// The differences that are no loss.
const EXPLAINED: [Explanation; 5] = [
    ("schemars adds the width of a Rust number as a format", |change, context| {
        let format = context.value(&change.pointer).and_then(Value::as_str).unwrap_or_default();
        let is_width = format.strip_prefix('u').unwrap_or(format).strip_prefix("int");
        let is_number = ["float", "double"].contains(&format);
        ["format-narrowed", "format-changed"].contains(&change.rule.id)
            && (is_number || is_width.is_some_and(|width| width.parse::<u8>().is_ok()))
    }),
    ("serde treats null like a missing property if the property is optional", |change, context| {
        change.rule.id == "null-allowed"
            && !context.is_required(&change.pointer)
            && !context.has("property-optional", change)
    }),
    ("serde reads a missing property as null if it can be null, and writes the null", |change, context| {
        change.rule.id == "property-optional"
            && context.is_nullable(&change.pointer)
            && !context.has("null-allowed", change)
    }),
    ("the alternatives are ordered so that the first one that fits is the right one", |change, _| {
        change.rule.id == "one-of-to-any-of"
    }),
    ("the alternatives have the values of the discriminator themselves", |change, context| {
        change.rule.id == "discriminator-changed" && context.value(&change.pointer).is_none()
    }),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(version: &str, thing: &Value) -> Document {
        let content = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } });
        let root = json!({
            "openapi": version,
            "info": { "title": "Things", "version": "1" },
            "paths": { "/things": { "post": {
                "operationId": "add_thing",
                "requestBody": { "content": content },
                "responses": { "200": { "description": "The thing", "content": content } },
            } } },
            "components": { "schemas": { "Thing": thing } },
        });
        Document::new(version, root).unwrap()
    }

    fn proof(contract: &Value, types: &Value) -> Proof {
        compare(&document("3.0.3", contract), &document("3.1.0", types)).unwrap()
    }

    fn losses(contract: &Value, types: &Value) -> Vec<String> {
        proof(contract, types).losses.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn equivalent_types_lose_nothing() {
        let contract = json!({ "type": "object", "required": ["a"], "properties": {
            "a": { "type": "integer", "minimum": 0 }, "b": { "type": "string", "enum": ["x"] },
        } });
        let types = json!({ "type": "object", "required": ["a"], "properties": {
            "a": { "type": "integer", "format": "uint64", "minimum": 0 },
            "b": { "type": ["string", "null"], "enum": ["x", null] },
        } });
        assert_eq!(losses(&contract, &types), Vec::<String>::new());
    }

    #[test]
    fn a_keyword_that_changes_nothing_on_the_wire_is_unenforced() {
        for (keyword, schema, generated) in [
            ("maximum", json!({ "type": "integer", "maximum": 9 }), json!({ "type": "integer" })),
            ("maxLength", json!({ "type": "string", "maxLength": 5 }), json!({ "type": "string" })),
            ("format", json!({ "type": "string", "format": "email" }), json!({ "type": "string" })),
            ("deprecated", json!({ "type": "string", "deprecated": true }), json!({ "type": "string" })),
            ("default", json!({ "type": "string", "default": "a" }), json!({ "type": "string" })),
        ] {
            let object = |b: Value| json!({ "type": "object", "required": ["b"], "properties": { "b": b } });
            let proof = proof(&object(schema), &object(generated));
            assert_eq!(proof.losses, []);
            let keywords: Vec<_> = proof.unenforced.keys().map(|(keyword, _)| keyword.as_str()).collect();
            assert_eq!(keywords, [keyword]);
        }
    }

    #[test]
    fn a_property_of_one_direction_is_unenforced() {
        for additional in [true, false] {
            let object = |a: Value| json!({ "type": "object", "additionalProperties": additional, "properties": { "a": a } });
            let contract = object(json!({ "type": "string", "readOnly": true }));
            let proof = proof(&contract, &object(json!({ "type": "string" })));
            assert_eq!(proof.losses, []);
            assert!(proof.unenforced.keys().any(|(keyword, _)| keyword == "readOnly"));
        }
    }

    #[test]
    fn a_property_of_one_direction_in_a_part_of_a_composition_is_unenforced() {
        let part =
            json!({ "type": "object", "properties": { "a": { "type": "string", "writeOnly": true } } });
        let contract =
            json!({ "allOf": [part, { "type": "object", "properties": { "b": { "type": "string" } } }] });
        let text = json!({ "type": "string" });
        let types = json!({ "type": "object", "properties": { "a": text, "b": text } });
        assert_eq!(losses(&contract, &types), Vec::<String>::new());
    }

    #[test]
    fn a_required_property_that_can_be_null_is_not_lost() {
        let contract = json!({ "type": "object", "required": ["a"], "properties": {
            "a": { "type": "string", "nullable": true },
        } });
        let types = json!({ "type": "object", "properties": { "a": { "type": ["string", "null"] } } });
        assert_eq!(losses(&contract, &types), Vec::<String>::new());
    }

    #[test]
    fn a_required_property_that_becomes_optional_is_lost() {
        let contract =
            json!({ "type": "object", "required": ["a"], "properties": { "a": { "type": "string" } } });
        let types = json!({ "type": "object", "properties": { "a": { "type": ["string", "null"] } } });
        let losses = losses(&contract, &types);
        assert!(losses.iter().any(|loss| loss.contains("property-optional")), "{losses:?}");
    }

    #[test]
    fn a_loss_names_the_operations_that_it_concerns() {
        let contract = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
        let types = json!({ "type": "object", "properties": { "a": { "type": "string", "contentEncoding": "gzip" } } });
        for types in [types, json!({ "type": "object" })] {
            let losses = proof(&contract, &types).losses;
            assert_eq!(losses[0].operations, BTreeSet::from(["POST /things".to_owned()]), "{losses:?}");
        }
    }

    #[test]
    fn a_type_has_the_name_of_its_schema() {
        let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        let types =
            json!({ "SdkAction": { "not": reference("SdkAction") }, "SDKAction": reference("SdkAction") });
        let named = with_contract_names(types.as_object().unwrap());
        assert_eq!(Value::from(named), json!({ "SDKAction": { "not": reference("SDKAction") } }));
    }

    #[test]
    fn a_number_is_not_lost() {
        let contract = json!({ "type": "object", "properties": { "n": { "type": "number" } } });
        let types = json!({ "type": "object", "properties": { "n": { "type": ["number", "null"], "format": "double" } } });
        assert_eq!(losses(&contract, &types), Vec::<String>::new());
    }

    #[test]
    fn each_loss_is_reported() {
        let contract = |b: Value| json!({ "type": "object", "required": ["b"], "properties": { "b": b } });
        for (schema, generated, loss) in [
            (
                json!({ "type": "string", "format": "password" }),
                json!({ "type": "string" }),
                "secret-unmarked",
            ),
            (json!({ "type": "string", "enum": ["x"] }), json!({ "type": "string" }), "enum-widened"),
            (json!({ "type": "string" }), json!({ "type": ["string", "null"] }), "null-allowed"),
            (
                json!({ "type": "string", "format": "date" }),
                json!({ "type": "string", "format": "time" }),
                "format-changed",
            ),
            (
                json!({ "type": "string" }),
                json!({ "type": "string", "contentEncoding": "gzip" }),
                "contentEncoding",
            ),
        ] {
            let losses = losses(&contract(schema), &contract(generated));
            assert!(losses.iter().any(|found| found.contains(loss)), "{loss}: {losses:?}");
        }
        let losses = losses(&contract(json!({ "type": "string" })), &json!({ "type": "object" }));
        assert!(losses[0].contains("property-removed"), "{losses:?}");
    }
}
