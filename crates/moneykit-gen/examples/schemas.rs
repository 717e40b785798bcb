//! Prints what the schemas of the contract became in Rust, as the components of an OpenAPI 3.1 document:
//! `cargo run -p moneykit-gen --example schemas --features schemars`.

#![expect(clippy::print_stdout, reason = "printing is what this program does")]

use moneykit_gen::{contract, types};
use schemars::generate::SchemaSettings;
use serde_json::{Map, json};

fn main() {
    let settings = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into());
    let mut generator = settings.into_generator();
    let described = types::schemas(&mut generator);
    let mut schemas: Map<_, _> = generator.take_definitions(true);
    for (name, schema) in described {
        // A type that has the name of its schema is there already.
        schemas.entry(name).or_insert_with(|| schema.to_value());
    }
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "The types of the contract", "version": contract::VERSION },
        "components": { "schemas": schemas },
    });
    println!("{document:#}");
}
