//! Checks that the generated types describe the same schemas as the contract.

use std::process::Command;

use anyhow::{Context, Result, bail};
use moneykit_contract::{Change, Compatibility, Diff, Document, downgrade};
use serde_json::Value;

use crate::workspace::{CONTRACT, root};

/// Returns the parts of the contract that the generated types do not preserve.
///
/// Replaces the contract's schemas by the JSON schemas of the generated types and compares the two documents by the
/// rules of `cargo xtask diff`.
pub(super) fn losses() -> Result<Vec<String>> {
    let contract = Document::read(root().join(CONTRACT))?;
    compare(&contract, &generated()?)
}

/// Compiles the generated types and returns their JSON schemas.
fn generated() -> Result<Document> {
    let arguments = ["run", "--quiet", "--package", "moneykit-gen", "--example", "schemas"];
    // The reviewed copy was just written and compiles without the generator.
    let features = ["--no-default-features", "--features", "schemars"];
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .args(features)
        .current_dir(root())
        .output()
        .context("can't run cargo")?;
    if !output.status.success() {
        bail!("the generated types do not compile:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(Document::parse("the generated types", &String::from_utf8(output.stdout)?)?)
}

fn compare(contract: &Document, types: &Document) -> Result<Vec<String>> {
    let downgraded = downgrade(types.clone());
    let mut losses: Vec<String> = downgraded.unsupported.iter().map(ToString::to_string).collect();
    let mut root = contract.root().clone();
    root["components"]["schemas"] = downgraded.document.root()["components"]["schemas"].clone();
    let generated = Document::new("the generated types", root)?;

    let diff = Diff::between(contract, &generated)?;
    let changes = diff.changes().iter().filter(|change| change.compatibility != Compatibility::Editorial);
    let unexplained =
        changes.filter(|change| !EXPLAINED.iter().any(|(_, matches)| matches(change, contract, &generated)));
    losses.extend(
        unexplained.map(|change| format!("{}: {} ({})", change.pointer, change.message, change.rule.id)),
    );
    losses.extend(
        diff.unclassified()
            .iter()
            .map(|unclassified| format!("{}: {}", unclassified.pointer, unclassified.message)),
    );
    losses.sort();
    losses.dedup();
    Ok(losses)
}

/// A difference that is no loss: the reason and a predicate that recognizes it.
type Explanation = (&'static str, fn(&Change, &Document, &Document) -> bool);

/// The differences that are no loss.
const EXPLAINED: [Explanation; 2] = [
    ("schemars adds the width of a Rust integer as a format", |change, _, generated| {
        let format = generated.root().pointer(&change.pointer).and_then(Value::as_str).unwrap_or_default();
        let is_width = format.strip_prefix('u').unwrap_or(format).strip_prefix("int");
        change.rule.id == "format-narrowed" && is_width.is_some_and(|width| width.parse::<u8>().is_ok())
    }),
    ("serde treats null like a missing property if the property is optional", |change, contract, _| {
        let Some((object, name)) = change.pointer.rsplit_once("/properties/") else { return false };
        let required = contract.root().pointer(object).map(|object| &object["required"]);
        let names = required.and_then(Value::as_array).into_iter().flatten();
        change.rule.id == "null-allowed" && !names.into_iter().any(|required| required == name)
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

    fn losses(contract: &Value, types: &Value) -> Vec<String> {
        compare(&document("3.0.3", contract), &document("3.1.0", types)).unwrap()
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
    fn each_loss_is_reported() {
        let contract = |b: Value| json!({ "type": "object", "required": ["b"], "properties": { "b": b } });
        for (schema, generated, loss) in [
            (
                json!({ "type": "string", "format": "password" }),
                json!({ "type": "string" }),
                "secret-unmarked",
            ),
            (json!({ "type": "string", "enum": ["x"] }), json!({ "type": "string" }), "enum-widened"),
            (json!({ "type": "integer", "maximum": 9 }), json!({ "type": "integer" }), "constraint-loosened"),
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
