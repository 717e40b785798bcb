//! Tests of contracts that are cut out of small documents.

use serde_json::json;

use super::*;
use crate::{Contract, generate};

const VENDOR: &str = "
openapi: 3.1.0
info: { title: Bank, version: '1', description: The whole API., x-logo: { url: a } }
servers: [{ url: 'https://bank.test/v1' }]
security: [{ oauth: [read] }, { key: [] }]
tags: [{ name: Links, description: Links. }, { name: Users, description: Users. }]
paths:
  /links/{id}:
    get:
      operationId: getLink
      summary: Get a link
      tags: [Links]
      x-samples: [{ lang: ruby }]
      responses:
        '200':
          description: The link.
          content: { application/json: { schema: { $ref: '#/components/schemas/Link' }, example: { link_id: a } } }
          links: { user: { operationId: getUser } }
      callbacks:
        changed: { '{$request.body#/url}': { post: { requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Event' } } } }, responses: { '204': { description: d } } } } }
    delete:
      responses: { '204': { description: Deleted. } }
  /users:
    post:
      operationId: createUser
      tags: [Users]
      security: [{ key: [] }]
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/User' } } } }
      responses: { '200': { description: The user., content: { application/json: { schema: { $ref: '#/components/schemas/User' } } } } }
  /ping:
    get:
      operationId: ping
      security: []
      parameters: [{ name: token, in: query, schema: { $ref: '#/components/schemas/Token' } }]
      responses: { '204': { description: Pong. } }
components:
  securitySchemes:
    oauth: { type: oauth2, description: Log in., flows: { clientCredentials: { tokenUrl: 'https://bank.test/token', scopes: { read: Read. } } } }
    key: { type: apiKey, in: header, name: X-Key }
  schemas:
    Link:
      description: A link.
      type: object
      required: [link_id, extra]
      properties:
        link_id: { type: [string, 'null'], description: Its ID. }
        state: { type: string, if: { minLength: 1 } }
        access_token: { $ref: '#/components/schemas/Token' }
    User:
      type: object
      properties:
        password: { type: string, minLength: 8 }
        api_keys: { type: array, items: { type: string } }
        token_type: { type: string }
        secret: { type: string, enum: [a] }
        name: { $ref: '#/components/schemas/Name' }
        client_secret: { $ref: '#/components/schemas/Name' }
        missing: { $ref: '#/components/schemas/Missing' }
    Token: { type: string, description: A token. }
    Name: { type: string }
    Event: { type: object, not: { if: {} } }
";

fn vendor() -> Document {
    Document::parse("vendor.yaml", VENDOR).unwrap()
}

fn extracted(operations: &[&str]) -> ExtractedContract {
    let extracted = extract_contract(&vendor(), operations).unwrap();
    let contract = Contract::from_document(extracted.document.clone()).unwrap();
    generate(&contract).unwrap();
    extracted
}

#[test]
fn the_contract_has_the_operation_and_what_it_refers_to() {
    let extracted = extracted(&["getLink"]);

    let root = extracted.document.root();
    assert_eq!(root["openapi"], "3.0.3");
    assert_eq!(root["servers"][0]["url"], "https://bank.test/v1");
    assert_eq!(root["tags"], json!([{ "name": "Links", "description": "Links." }]));
    let fields: Vec<_> = root.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["openapi", "info", "servers", "security", "tags", "paths", "components"]);
    let operation = &root["paths"]["/links/{id}"]["get"];
    assert_eq!(operation["summary"], "Get a link");
    assert_eq!(
        operation["responses"]["200"]["content"]["application/json"]["example"],
        json!({ "link_id": "a" })
    );
    assert!(root["paths"]["/links/{id}"].get("delete").is_none());
    let schemas: Vec<_> = root["components"]["schemas"].as_object().unwrap().keys().collect();
    assert_eq!(schemas, ["Link", "Token"]);
    assert_eq!(root["components"]["schemas"]["Link"]["properties"]["link_id"]["nullable"], true);
}

#[test]
fn what_is_lost_dropped_or_assumed_is_listed() {
    let extracted = extracted(&["GET /links/{id}"]);

    let lost: Vec<_> = extracted.unsupported.iter().map(|part| part.pointer.as_str()).collect();
    assert_eq!(lost, ["/components/schemas/Link/properties/state/if"]);
    let dropped: Vec<_> = extracted.dropped.keys().collect();
    assert_eq!(dropped, ["callbacks", "links", "x-logo", "x-samples"]);
    let assumptions = extracted.assumptions.join("\n");
    assert!(assumptions.contains("GET /links/{id} does not describe `id`"), "{assumptions}");
    assert!(assumptions.contains("/components/schemas/Link requires `extra`"), "{assumptions}");
    assert_eq!(extracted.assumptions.len(), 2, "{assumptions}");
}

#[test]
fn a_bearer_scheme_is_kept_and_others_become_one() {
    let link = extracted(&["getLink"]);
    assert_eq!(link.document.root()["security"], json!([{ "oauth": ["read"] }]));
    let schemes = &link.document.root()["components"]["securitySchemes"];
    assert_eq!(schemes.as_object().unwrap().keys().collect::<Vec<_>>(), ["oauth"]);
    assert_eq!(schemes["oauth"]["description"], "Log in.");

    let user = extracted(&["createUser"]);
    assert_eq!(user.document.root()["paths"]["/users"]["post"]["security"], json!([{ "oauth": [] }]));
    assert!(user.assumptions[0].contains("authenticates POST /users with `key`"), "{:?}", user.assumptions);

    let ping = extracted(&["ping"]);
    assert!(ping.assumptions[0].contains("no credentials for GET /ping"), "{:?}", ping.assumptions);

    let without = VENDOR.replace("{ oauth: [read] }, ", "").replace("    oauth:", "    x-oauth:");
    let without = Document::parse("vendor.yaml", &without).unwrap();
    let root = extract_contract(&without, &["getLink"]).unwrap().document.root().clone();
    assert_eq!(root["security"], json!([{ "AccessToken": [] }]));
    assert_eq!(root["components"]["securitySchemes"]["AccessToken"]["scheme"], "bearer");
}

#[test]
fn properties_that_are_named_like_secrets_are_marked() {
    let user = extracted(&["createUser"]);
    let pointer = |name: &str| format!("/components/schemas/User/properties/{name}");
    // Values of an enum are public, and `Name` is the schema of another property as well.
    assert_eq!(user.secrets, [pointer("password"), pointer("api_keys/items")]);
    assert_eq!(user.document.root().pointer(&pointer("password/format")).unwrap(), "password");

    assert_eq!(extracted(&["getLink"]).secrets, ["/components/schemas/Token"]);
    // A parameter would be a part of the URL, so its schema stays a string.
    assert_eq!(extracted(&["getLink", "ping"]).secrets, [""; 0]);
}

#[test]
fn the_order_of_the_names_does_not_matter() {
    let text = |operations: &[&str]| extracted(operations).document.to_yaml().unwrap();

    let names = ["createUser", "DELETE /links/{id}", "get /links/{id}"];
    assert_eq!(text(&names), text(&["getLink", names[1], names[0], names[0]]));
    assert!(text(&names).contains("delete_links_id"));
}

#[test]
fn an_unknown_operation_is_an_error_with_the_nearest_names() {
    let no_names: [&str; 0] = [];
    let error = extract_contract(&vendor(), &no_names).unwrap_err();
    assert_eq!(error.diagnostics()[0].message(), "no operation is named");
    for (name, help) in [
        ("get_link", "did you mean `getLink`"),
        ("GET /links/{link_id}", "did you mean `GET /links/{id}`"),
        ("POST /links/{id}", "`GET /links/{id}`"),
        ("something_else", "name one of its 4 operations"),
    ] {
        let error = extract_contract(&vendor(), &[name, "ping"]).unwrap_err();
        assert!(error.diagnostics()[0].message().contains(name), "{error}");
        assert!(error.diagnostics()[0].help().contains(help), "{error}");
    }
}

#[test]
fn an_id_of_several_operations_is_an_error() {
    let twice = VENDOR.replace("createUser", "ping");
    let error = extract_contract(&Document::parse("v", &twice).unwrap(), &["ping"]).unwrap_err();

    assert!(error.to_string().contains("name one of them: `POST /users`, `GET /ping`"), "{error}");
}

#[test]
fn an_operation_in_another_file_is_an_error() {
    for item in ["{ $ref: 'users.yaml' }", "{ get: { $ref: 'users.yaml#/get' } }"] {
        let text = format!("openapi: 3.0.3\ninfo: {{ title: T, version: '1' }}\npaths:\n  /users: {item}\n");
        let vendor = Document::parse("v", &text).unwrap();

        let error = extract_contract(&vendor, &["GET /users"]).unwrap_err().to_string();
        assert!(error.contains("is in another file, `users.yaml") && error.contains("bundle"), "{error}");
        let error = extract_contract(&vendor, &["getUsers"]).unwrap_err().to_string();
        assert!(error.contains("are in other files: bundle"), "{error}");
    }
}
