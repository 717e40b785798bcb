//! Tests that the contract, the generated types and the emulator's responses agree.

use std::collections::BTreeSet;

use moneykit_contract::{Direction, Document};
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

/// Returns the keys of an object or the strings in a list. It skips a null in a list, which an optional field's enum
/// may have.
fn names(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(fields) => fields.keys().cloned().collect(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => BTreeSet::new(),
    }
}

/// Returns the `enum` values of a property, which are in the property itself, in its `allOf` or in its `anyOf`.
fn enum_values(property: &Value) -> BTreeSet<String> {
    let nested = property["allOf"][0].get("enum").or_else(|| property["anyOf"][0].get("enum"));
    names(property.get("enum").or(nested).unwrap_or(&Value::Null))
}

#[test]
fn generated_types_have_the_properties_required_fields_and_enums_of_the_contract() {
    let contract = contract();
    let schemas = &contract.root()["components"]["schemas"];
    // The types of schemas added later need no line here: the same generator makes them.
    let generated_types = [
        ("AccessTokenRequest", schema_of::<types::AccessTokenRequest>()),
        ("AccessToken", schema_of::<types::AccessToken>()),
        ("ErrorResponse", schema_of::<types::ErrorResponse>()),
    ];

    for (name, generated) in generated_types {
        let documented = &schemas[name];
        assert_eq!(names(&generated["properties"]), names(&documented["properties"]), "{name}");
        assert_eq!(names(&generated["required"]), names(&documented["required"]), "{name}");
        for (field, documented) in documented["properties"].as_object().unwrap() {
            let generated = &generated["properties"][field];
            assert_eq!(enum_values(generated), enum_values(documented), "{name}.{field}: {generated}");
            assert_eq!(
                generated.get("minimum").and_then(Value::as_f64),
                documented.get("minimum").and_then(Value::as_f64)
            );
            let is_secret = |schema: &Value| schema["format"] == json!("password");
            assert_eq!(is_secret(generated), is_secret(documented), "{name}.{field}: {generated}");
        }
    }
}

#[test]
fn emulator_and_contract_accept_a_basic_request_without_a_body() {
    let emulator = Emulator::builder().start().unwrap();
    let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let request = client.post(format!("{}/auth/token", emulator.url()));

    let response = request.basic_auth(DEFAULT_CLIENT_ID, Some(DEFAULT_CLIENT_SECRET)).send().unwrap();

    assert_eq!(response.status().as_u16(), 201);
    let contract = contract();
    let operation = &contract.root()["paths"]["/auth/token"]["post"];
    assert_ne!(operation["requestBody"]["required"], true);
    assert_eq!(operation["security"], json!([{ "HTTPBasic": [] }, {}]));
}

#[test]
fn emulator_responses_match_the_contract() {
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
    let valid = [("client_id", DEFAULT_CLIENT_ID), ("client_secret", DEFAULT_CLIENT_SECRET)];
    let responses = [
        (201, "AccessToken", post(&valid)),
        (400, "ErrorResponse", post(&[valid[0], valid[1], ("grant_type", "password")])),
        (401, "ErrorResponse", post(&[valid[0], ("client_secret", "wrong")])),
    ];
    let documented = &contract.root()["paths"]["/auth/token"]["post"]["responses"];
    assert_eq!(names(documented), responses.iter().map(|(status, ..)| status.to_string()).collect());

    for (status, schema, response) in responses {
        assert_eq!(response.status().as_u16(), status);
        let body: Value = response.json().unwrap();
        let mut json_schema = contract.to_json_schema(Some(Direction::Received));
        json_schema["$ref"] = format!("#/components/schemas/{schema}").into();
        let validator = jsonschema::draft202012::new(&json_schema).unwrap();
        assert!(
            validator.is_valid(&body),
            "{status}: {:?}",
            validator.iter_errors(&body).map(|error| error.to_string()).collect::<Vec<_>>()
        );
        let documented = names(&contract.root()["components"]["schemas"][schema]["properties"]);
        assert!(names(&body).is_subset(&documented), "{status}: {body}");
    }
}
