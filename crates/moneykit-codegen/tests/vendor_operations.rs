//! Tests that operations as vendors describe them generate a client, and what it sends and receives.

use moneykit_codegen::{Contract, dependencies, generate};

/// Returns the source of a client for an operation, given the lines below its path and those below `schemas`.
#[expect(clippy::unwrap_used, reason = "a helper of the tests")]
fn generated(operation: &str, schemas: &str) -> String {
    let indent = |text: &str, by: usize| {
        let lines: Vec<_> = text.lines().map(|line| format!("{}{line}", " ".repeat(by))).collect();
        lines.join("\n") + "\n"
    };
    let contract = format!(
        "openapi: 3.0.3\ninfo: {{ title: Bank, version: '1' }}\npaths:\n  /things:\n    post:\n      \
         operationId: call_thing\n{}components:\n  schemas:\n    Problem:\n      type: object\n      properties: {{ reason: {{ type: \
         string }} }}\n{}",
        indent(operation, 6),
        indent(schemas, 4),
    );
    let contract = Contract::parse("bank.yaml", &contract).unwrap();
    generate(&contract).unwrap()
}

/// Returns the source of a client that receives a schema.
fn received(schema: &str) -> String {
    let responses = "responses:\n  '200': { description: d, content: { application/json: { schema: { $ref: \
                     '#/components/schemas/Thing' } } } }";
    generated(responses, &format!("Thing: {schema}"))
}

/// Asserts that a source contains text, regardless of how it is broken into lines.
fn assert_contains(source: &str, text: &str) {
    let plain = |text: &str| {
        text.split_whitespace().collect::<String>().replace(",)", ")").replace(",}", "}").replace(",>", ">")
    };
    assert!(plain(source).contains(&plain(text)), "{text:?} is missing");
}

#[test]
fn values_have_rust_types() {
    for (property, rust) in [
        ("{ type: number }", "pub a: ::std::option::Option<f64>"),
        ("{ type: string, format: date }", "pub a: ::std::option::Option<::chrono::naive::NaiveDate>"),
        (
            "{ type: string, format: date-time }",
            "pub a: ::std::option::Option<::chrono::DateTime<::chrono::offset::Utc>>",
        ),
        ("{ type: string, format: uuid }", "pub a: ::std::option::Option<::uuid::Uuid>"),
        ("{ type: string, format: email }", "pub a: ::std::option::Option<::std::string::String>"),
        ("{ type: string, format: byte }", "pub a: ::std::option::Option<::std::string::String>"),
        ("{ type: string, maxLength: 5 }", "pub struct ThingA(::std::string::String)"),
        ("{ type: string, pattern: '^a' }", "::regress::Regex"),
        ("{ type: integer, minimum: 1, maximum: 12 }", "::std::num::NonZeroU64"),
        (
            "{ type: string, nullable: true, deprecated: true }",
            "pub a: ::std::option::Option<::std::string::String>",
        ),
        (
            "{ type: object, additionalProperties: { type: string } }",
            "pub a: ::std::collections::HashMap<::std::string::String, ::std::string::String>",
        ),
    ] {
        let source = received(&format!("{{ type: object, properties: {{ a: {property} }} }}"));
        assert_contains(&source, rust);
    }
}

#[test]
fn a_client_needs_the_crates_of_its_types() {
    let names = |source: &str| dependencies(source).iter().map(|one| one.name).collect::<Vec<_>>();
    let source = received("{ type: object, properties: { a: { type: string, format: uuid } } }");
    assert_eq!(names(&source), ["uuid"]);
    assert!(names(&received("{ type: object, properties: { a: { type: string } } }")).is_empty());
}

#[test]
fn a_discriminated_union_is_an_enum() {
    let source = generated(
        "responses:\n  '200': { description: d, content: { application/json: { schema: { $ref: \
         '#/components/schemas/Event' } } } }",
        "Event:\n  oneOf: [{ $ref: '#/components/schemas/Opened' }, { $ref: '#/components/schemas/Closed' }]\n  \
         discriminator: { propertyName: kind, mapping: { opened: '#/components/schemas/Opened' } }\nOpened:\n  type: \
         object\n  properties: { kind: { type: string } }\nClosed:\n  type: object\n  properties: { kind: { type: string }, \
         reason: { type: string } }",
    );

    assert_contains(&source, "pub enum Event { Opened(Opened), Closed(Closed) }");
    assert_contains(&source, "pub enum OpenedKind { #[serde(rename = \"opened\")] Opened }");
    assert_contains(&source, "pub enum ClosedKind { Closed }");
}

#[test]
fn responses_of_several_types_are_decoded_by_their_status() {
    let source = generated(
        "responses:\n  '200': { description: d, content: { application/json: { schema: { type: string } } } }\n  '204': { \
         description: d }\n  '400': { description: d, content: { application/problem+json: { schema: { $ref: \
         '#/components/schemas/Problem' } } } }\n  default: { description: d, content: { text/html: {} } }",
        "",
    );

    assert_contains(&source, "Result<ResponseValue<super::responses::CallThingSuccess>");
    assert_contains(&source, "Error<super::responses::CallThingError>");
    assert_contains(&source, "204u16 => { ResponseValue::empty(response)");
    assert_contains(&source, "ResponseValue::<super::types::Problem>::from_response(response)");
    assert_contains(&source, "500..=599 =>");
    assert_contains(&source, "pub enum CallThingError");
    // The media types of both, the success first.
    assert_contains(
        &source,
        ".header(::reqwest::header::ACCEPT, \"application/json, application/problem+json\")",
    );
}

#[test]
fn a_body_is_sent_in_its_media_type() {
    for (media_type, schema, sent) in [
        (
            "application/vnd.bank.v1+json",
            "{ type: object }",
            ".header(::reqwest::header::CONTENT_TYPE, \"application/vnd.bank.v1+json\").json(&body)",
        ),
        (
            "application/pdf",
            "{ type: string, format: binary }",
            ".header(::reqwest::header::CONTENT_TYPE, \"application/pdf\").body(body)",
        ),
        (
            "application/x-www-form-urlencoded",
            "{ type: object, properties: { tags: { type: array, items: { type: string } } } }",
            ".form_urlencoded(&super::wire::form_body(&body, &[]).map_err(Error::InvalidRequest)?)?",
        ),
    ] {
        let source = generated(
            &format!(
                "requestBody: {{ content: {{ {media_type}: {{ schema: {schema} }} }} }}\nresponses: {{ '204': {{ \
                 description: d }} }}"
            ),
            "",
        );
        assert_contains(&source, sent);
    }
}

#[test]
fn an_optional_body_is_sent_like_a_required_one() {
    for media_type in ["application/x-www-form-urlencoded", "application/json"] {
        let source = |required: &str| {
            generated(
                &format!(
                    "requestBody:\n  {required}\n  content:\n    {media_type}:\n      schema: {{ $ref: \
                     '#/components/schemas/Problem' }}\nresponses: {{ '204': {{ description: d }} }}"
                ),
                "",
            )
        };
        assert_eq!(source("required: false"), source("required: true"));
        assert_eq!(source("description: d"), source("description: d\n  required: true"));
    }
}

#[test]
fn a_multipart_body_is_built_from_fields_and_files() {
    let source = generated(
        "requestBody:\n  content:\n    multipart/form-data:\n      schema:\n        type: object\n        required: \
         [file]\n        properties: { file: { type: string, format: binary }, kind: { type: string } }\nresponses: { \
         '204': { description: d } }",
        "",
    );

    assert_contains(&source, "pub file: super::multipart::File");
    assert_contains(&source, "super::multipart::Part::add_to(&body.file, &mut parts, \"file\", None)");
    assert_contains(&source, "parts.value(\"kind\", &body.kind, None)");
    assert_contains(&source, ".header(::reqwest::header::CONTENT_TYPE, multipart_type).body(multipart_body)");
}

#[test]
fn parameters_are_sent_in_their_style() {
    let source = generated(
        "parameters:\n  - { name: filter, in: query, style: deepObject, explode: true, schema: { type: object, properties: \
         { since: { type: string, format: date } } } }\n  - { name: fields, in: query, explode: false, schema: { type: \
         array, items: { type: string, enum: [a, b] } } }\n  - { name: session, in: cookie, schema: { type: string } }\n  - \
         { name: X-Ids, in: header, schema: { type: array, items: { type: integer } } }\nresponses: { '204': { description: \
         d } }",
        "",
    );

    assert_contains(&source, "super::wire::deep_object(&mut pairs, \"filter\", &filter)");
    assert_contains(&source, "super::wire::separated(&mut pairs, \"fields\", &fields, \",\")");
    assert_contains(&source, "header_map.get(::reqwest::header::COOKIE)");
    assert_contains(&source, "super::wire::simple(&value, false)");
}

#[test]
fn a_path_parameter_is_sent_in_its_style() {
    for (style, schema, sent) in [
        ("label", "{ type: string }", "super::wire::label(&thing_id, false)"),
        ("matrix", "{ type: string }", "super::wire::matrix(\"thing_id\", &thing_id, false)"),
        ("simple", "{ type: array, items: { type: string } }", "super::wire::simple(&thing_id, false)"),
        ("simple", "{ type: string }", "encode_path(&thing_id.to_string())"),
    ] {
        let contract = format!(
            "openapi: 3.0.3\ninfo: {{ title: Bank, version: '1' }}\npaths:\n  /things/{{thing_id}}:\n    get:\n      \
             operationId: get_thing\n      parameters:\n        - {{ name: thing_id, in: path, required: true, style: \
             {style}, schema: {schema} }}\n      responses: {{ '204': {{ description: d }} }}\n"
        );
        let contract = Contract::parse("bank.yaml", &contract).unwrap();
        assert_contains(&generate(&contract).unwrap(), sent);
    }
}

#[test]
fn titles_do_not_name_types() {
    let source = received(
        "{ type: object, nullable: true, title: Thing, properties: { a: { title: Thing, type: object, properties: { b: \
         { type: string } } } } }",
    );

    assert_contains(&source, "pub struct Thing(pub ::std::option::Option<ThingInner>)");
    assert_contains(&source, "pub a: ::std::option::Option<ThingInnerA>");
}

#[test]
fn an_absent_field_of_a_recursive_type_is_not_sent() {
    let source = generated(
        "responses:\n  '200': { description: d, content: { application/json: { schema: { $ref: \
         '#/components/schemas/Owner' } } } }",
        "Owner: { type: object, properties: { thing: { $ref: '#/components/schemas/Thing' } } }\nThing: { type: object, \
         properties: { a: { $ref: '#/components/schemas/Thing' } } }",
    );

    assert_contains(
        &source,
        "#[serde(default)] #[serde(skip_serializing_if = \"::std::option::Option::is_none\")] pub a: \
         ::std::boxed::Box<::std::option::Option<Thing>>",
    );
}
