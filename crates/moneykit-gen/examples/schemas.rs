//! Prints the JSON schemas of the generated types as the components of an OpenAPI 3.1 document:
//! `cargo run -p moneykit-gen --example schemas --features schemars`.

#![expect(clippy::print_stdout, reason = "the program's output goes to stdout")]

use moneykit_gen::{contract, types};
use schemars::generate::SchemaSettings;
use serde_json::{Map, json};

fn main() {
    let settings = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into());
    let mut generator = settings.into_generator();
    let schemas_by_name = types::schemas(&mut generator);
    let mut components: Map<_, _> = generator.take_definitions(true);
    for (name, schema) in schemas_by_name {
        // Types that are named like their schema are among the definitions already.
        components.entry(name).or_insert_with(|| schema.to_value());
    }
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "The types of the contract", "version": contract::VERSION },
        "components": { "schemas": components },
    });
    println!("{document:#}");
}
