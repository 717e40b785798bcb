//! The contract, the types made from it, and the emulator that reads it agree.

use std::collections::BTreeSet;

use moneykit_contract::{Document, Way};
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};
use moneykit_gen::types;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::root;

fn contract() -> Document {
    Document::read(root().join("spec/openapi.yaml")).unwrap()
}

fn schema_of<T: schemars::JsonSchema>() -> Value {
    let settings = SchemaSettings::openapi3().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>().into()
}

/// Returns the names in an object or a list. A null in a list is no name: an optional field may be null.
fn names(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(fields) => fields.keys().cloned().collect(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => BTreeSet::new(),
    }
}

/// Returns what a property allows: its own `enum`, wherever the schema keeps it.
fn allowed(property: &Value) -> BTreeSet<String> {
    let nested = property["allOf"][0].get("enum").or_else(|| property["anyOf"][0].get("enum"));
    names(property.get("enum").or(nested).unwrap_or(&Value::Null))
}

#[test]
fn generated_types_have_the_properties_required_fields_and_enums_of_the_contract() {
    let contract = contract();
    let schemas = &contract.root()["components"]["schemas"];
    // A schema that the contract gains needs no line here: it is generated as these are.
    let generated = [
        ("AccessTokenRequest", schema_of::<types::AccessTokenRequest>()),
        ("AccessToken", schema_of::<types::AccessToken>()),
        ("ErrorResponse", schema_of::<types::ErrorResponse>()),
    ];

    for (name, generated) in generated {
        let written = &schemas[name];
        assert_eq!(names(&generated["properties"]), names(&written["properties"]), "{name}");
        assert_eq!(names(&generated["required"]), names(&written["required"]), "{name}");
        for (field, property) in written["properties"].as_object().unwrap() {
            let made = &generated["properties"][field];
            assert_eq!(allowed(made), allowed(property), "{name}.{field}: {made}");
            assert_eq!(
                made.get("minimum").and_then(Value::as_f64),
                property.get("minimum").and_then(Value::as_f64)
            );
            let is_secret = |schema: &Value| schema["format"] == json!("password");
            assert_eq!(is_secret(made), is_secret(property), "{name}.{field}: {made}");
        }
    }
}

#[test]
fn the_emulator_answers_as_the_contract_says() {
    let emulator = Emulator::builder().start().unwrap();
    let contract = contract();
    let post = |form: &[(&str, &str)]| {
        let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        let body: Vec<_> = form.iter().map(|(name, value)| format!("{name}={value}")).collect();
        client
            .post(format!("{}/auth/token", emulator.url()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.join("&"))
            .send()
            .unwrap()
    };
    let good = [("client_id", DEFAULT_CLIENT_ID), ("client_secret", DEFAULT_CLIENT_SECRET)];
    let answers = [
        (201, "AccessToken", post(&good)),
        (400, "ErrorResponse", post(&[good[0], good[1], ("grant_type", "password")])),
        (401, "ErrorResponse", post(&[good[0], ("client_secret", "wrong")])),
    ];
    let documented = &contract.root()["paths"]["/auth/token"]["post"]["responses"];
    assert_eq!(names(documented), answers.iter().map(|(status, ..)| status.to_string()).collect());

    for (status, schema, answer) in answers {
        assert_eq!(answer.status().as_u16(), status);
        let body: Value = answer.json().unwrap();
        let mut judge = contract.to_json_schema(Way::Response);
        judge["$ref"] = format!("#/components/schemas/{schema}").into();
        let validator = jsonschema::draft202012::new(&judge).unwrap();
        assert!(
            validator.is_valid(&body),
            "{status}: {:?}",
            validator.iter_errors(&body).map(|e| e.to_string()).collect::<Vec<_>>()
        );
        let known = names(&contract.root()["components"]["schemas"][schema]["properties"]);
        assert!(names(&body).is_subset(&known), "{status}: {body}");
    }
}
