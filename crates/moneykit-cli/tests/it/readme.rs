//! The transcripts of the README: each command is run, and its output is compared.

use moneykit_emulator::Emulator;
use snapbox::Redactions;

use crate::home::{Home, run};

#[test]
fn the_transcripts_are_true() {
    let link = r#"{"link_id": "lnk_123", "institution_name": "First Bank"}"#;
    let missing = r#"{"error_code": "api_error.link.not_found", "error_message": "Unknown link"}"#;
    let emulator = Emulator::builder().stub("GET", "/links/lnk_123", 200, link).stub(
        "GET",
        "/links/lnk_0",
        404,
        missing,
    );
    let home = Home::with_emulator(emulator);
    write_documents(&home);
    let token = home.run(&["token"]).ok();
    let address = home.emulator.url().trim_start_matches("http://").to_owned();
    let folder = home.path("x").parent().unwrap().display().to_string();

    let mut redactions = Redactions::new();
    redactions.insert("[TOKEN]", token.trim_end().to_owned()).unwrap();
    redactions.insert("[URL]", home.emulator.url().to_owned()).unwrap();
    redactions.insert("[ADDRESS]", address).unwrap();
    redactions.insert("[HOME]", folder).unwrap();

    let readme = include_str!("../../README.md");
    let mut count = 0;
    for block in readme.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
        for transcript in format!("\n{block}").split("\n$ ").skip(1) {
            let (command, expected) = transcript.split_once('\n').unwrap_or((transcript, ""));
            let run = run(&mut home.program("sh", &["-c", &format!("{{ {command}; }} 2>&1")]));
            let actual = redactions.redact(&run.stdout);
            let assert = snapbox::Assert::new().redact_with(redactions.clone());
            assert.eq(
                format!("$ {command}\n{}", actual.trim_end()),
                format!("$ {command}\n{}", expected.trim_end()),
            );
            count += 1;
        }
    }
    assert!(count >= 12, "{count} transcripts");
}

/// Writes the documents of the section on contracts.
fn write_documents(home: &Home) {
    let document = |version: &str, schema: &str| {
        serde_json::json!({
            "openapi": "3.1.0",
            "info": { "title": "Bank", "version": version },
            "servers": [{ "url": "https://bank.test" }],
            "paths": {
                "/links/{id}": { "get": {
                    "operationId": "get_link",
                    "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }],
                    "responses": { "200": {
                        "description": "The link.",
                        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Link" } } },
                    } },
                } },
                "/ping": { "get": { "operationId": "ping", "responses": { "204": { "description": "Pong." } } } },
            },
            "components": { "schemas": { "Link": {
                "type": "object",
                "required": ["id"],
                "properties": { "id": { "type": "string" }, "state": { "type": schema } },
            } } },
        })
    };
    home.write("old.yaml", &document("7", "string").to_string(), 0o644);
    home.write("new.yaml", &document("7", "integer").to_string(), 0o644);
    let mut vendor = document("7", "string");
    let tags = serde_json::json!({ "type": "array", "items": { "type": "string" }, "contains": {} });
    vendor["components"]["schemas"]["Link"]["properties"]["tags"] = tags;
    home.write("vendor.yaml", &vendor.to_string(), 0o644);
}
