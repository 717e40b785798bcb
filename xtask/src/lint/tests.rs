//! Tests of the lint rules on edits of the contract.

use super::*;

/// Edits of the contract, in order: a text and its replacement.
type Edits<'a> = &'a [(&'a str, &'a str)];
/// Diagnostics: the text at the position and the start of the message.
type Expected<'a> = &'a [(&'a str, &'a str)];

fn contract() -> String {
    std::fs::read_to_string(root().join("spec/openapi.yaml")).unwrap()
}

fn edited(edits: Edits<'_>) -> String {
    edits.iter().fold(contract(), |text, (from, to)| {
        assert!(text.contains(from), "the contract has no {from:?}");
        let edited = text.replacen(from, to, 1);
        assert_ne!(edited, text, "replacing {from:?} changed nothing");
        edited
    })
}

fn linted(text: &str) -> (Outcome, String) {
    let mut out = Vec::new();
    let outcome = lint("a.yaml", text, Rules::House, &mut out).unwrap();
    (outcome, String::from_utf8(out).unwrap())
}

/// Returns the line and column at which some words begin.
fn position(text: &str, words: &str) -> String {
    let before = &text[..text.find(words).unwrap_or_else(|| panic!("no {words:?} in the contract"))];
    let line = before.rsplit('\n').next().unwrap_or_default();
    format!("{}:{}", before.matches('\n').count() + 1, line.chars().count() + 1)
}

fn assert_diagnostics(edits: Edits<'_>, expected: Expected<'_>) {
    let text = edited(edits);
    let (outcome, printed) = linted(&text);
    let found: Vec<_> = printed.lines().filter(|line| line.starts_with("a.yaml:")).collect();
    let (count, found) = found.split_last().unwrap();
    assert_eq!(outcome, Outcome::Fail, "{edits:?}: {printed}");
    assert_eq!(*count, format!("a.yaml: {}", counted(expected.len(), "diagnostic")), "{edits:?}: {printed}");
    for (found, (words, message)) in found.iter().zip(expected) {
        let start = format!("a.yaml:{}: {message}", position(&text, words));
        assert!(found.starts_with(&start), "{edits:?}:\n{printed}should have been\n{start}");
    }
    assert_eq!(printed.matches("\n  help: ").count(), expected.len(), "each has a help line: {printed}");
}

const TOKEN_RESPONSE: &str = "          description: A new access token.\n";
const TAGS: &str = "      tags: [Access token]\n";
const EXPIRES_IN: &str = "        expires_in:\n          description";
const ERRORS: &str = "    ErrorResponse:\n";

/// Adds a property `more` to the token response.
fn property(schema: &str) -> String {
    format!("        more: {{ {schema} }}\n{EXPIRES_IN}")
}

/// Adds a parameter `page` with a number to the token request.
fn parameter(fields: &str) -> String {
    let parameter = format!("{{ name: page, in: query, schema: {{ type: integer }}, {fields} }}");
    format!("{TAGS}      parameters:\n        - {parameter}\n")
}

/// Adds a header with a number to the token response.
fn header(fields: &str) -> String {
    let header = format!("X-Remaining: {{ schema: {{ type: integer }}, {fields} }}");
    format!("{TOKEN_RESPONSE}          headers:\n            {header}\n")
}

/// Adds an operation with some error responses.
fn ping(failures: &str) -> String {
    format!(
        "  /ping:\n    get:\n      operationId: ping\n      summary: s\n      description: d\n      \
         tags: [Access token]\n      responses:\n        '204': {{ description: d }}\n{failures}\n\
         components:\n"
    )
}

/// Adds a named schema.
fn schema(name: &str, fields: &str) -> String {
    format!("    {name}: {{ description: d, {fields} }}\n{ERRORS}")
}

#[test]
fn the_contract_breaks_no_rule() {
    let (outcome, printed) = linted(&contract());
    assert_eq!(outcome, Outcome::Pass, "{printed}");
    assert_eq!(printed.lines().count(), 1, "{printed}");
    assert!(printed.starts_with("a.yaml: no problems in 1 operation, "), "{printed}");
}

#[test]
fn a_diagnostic_has_a_position_and_a_fix() {
    let text = edited(&[("          description: The error message, for people.\n", "")]);
    let line = text.lines().position(|line| line == "        error_message:").unwrap() + 1;
    let (outcome, printed) = linted(&text);
    assert_eq!(outcome, Outcome::Fail);
    assert_eq!(
        printed,
        format!(
            "a.yaml:{line}:9: the property `error_message` has no description\n  help: add a \
             `description` of what it means to users of the API\n\na.yaml: 1 diagnostic\n"
        )
    );
}

#[test]
fn missing_descriptions_are_reported() {
    let inside = "description: d, type: object, properties: { first: { type: string, example: Ada } }";
    for (edit, diagnostic) in [
        (
            ("      description: The error of a rejected request.\n", ""),
            ("ErrorResponse:\n", "the schema `ErrorResponse` has no description"),
        ),
        (
            ("description: A new access token.", "description: ' '"),
            ("'201':", "the response `201` has no description"),
        ),
        ((TAGS, &parameter("example: 2")), ("{ name: page", "the parameter `page` has no description")),
        (
            (TOKEN_RESPONSE, &header("example: 2")),
            ("X-Remaining:", "the header `X-Remaining` has no description"),
        ),
        (
            (EXPIRES_IN, &property("type: string, example: a")),
            ("more:", "the property `more` has no description"),
        ),
        ((EXPIRES_IN, &property(inside)), ("first:", "the property `first` has no description")),
    ] {
        assert_diagnostics(&[edit], &[diagnostic]);
    }
}

#[test]
fn conditions_that_no_value_meets_need_no_description() {
    let condition =
        "description: d, type: object, not: { properties: { kind: { type: string } } }, example: { kind: 1 }";
    let (outcome, printed) = linted(&edited(&[(EXPIRES_IN, &property(condition))]));
    assert_eq!(outcome, Outcome::Pass, "{printed}");
}

#[test]
fn incomplete_operations_are_reported() {
    for (from, to, at, message) in [
        ("      summary: Generate an access token\n", "", "post:", "the operation has no summary"),
        (
            "      description: |\n        Validates",
            "      x-note: |\n        Checks",
            "post:",
            "the operation has no description",
        ),
        (TAGS, "", "post:", "the operation has no tag"),
        (TAGS, "      tags: []\n", "post:", "the operation has no tag"),
    ] {
        assert_diagnostics(&[(from, to)], &[(at, message)]);
    }
}

#[test]
fn unmarked_secrets_are_reported_at_their_schema() {
    let unmarked = "          format: password\n          example: 52ea";
    assert_diagnostics(
        &[(unmarked, "          example: 52ea")],
        &[(
            "access_token:\n          description",
            "`access_token` is named like a secret and not marked as one",
        )],
    );
    let keys = property("description: d, type: array, items: { type: string, example: k }");
    assert_diagnostics(
        &[(EXPIRES_IN, &keys.replace("more:", "api_keys:"))],
        &[("items: { type: string, example: k", "`api_keys` is named like a secret and not marked as one")],
    );
    let word = property("$ref: '#/components/schemas/Word'");
    assert_diagnostics(
        &[
            (EXPIRES_IN, &word.replace("more:", "password:")),
            (ERRORS, &schema("Word", "type: string, example: w")),
        ],
        &[("Word: {", "`password` is named like a secret and not marked as one")],
    );
}

#[test]
fn error_responses_with_another_schema_are_reported() {
    let schema = "{ schema: { $ref: '#/components/schemas/AccessToken' } }";
    for (failures, at, message) in [
        ("        '503': { description: d }", "'503':", "this error response has no JSON body"),
        ("        5XX: { description: d }", "5XX:", "this error response has no JSON body"),
        ("        default: { description: d }", "default:", "this error response has no JSON body"),
        (
            "        '503': { description: d, content: { text/plain: { schema: { type: string } } } }",
            "'503':",
            "this error response has no JSON body",
        ),
        (
            &format!("        '503': {{ description: d, content: {{ application/json: {schema} }} }}"),
            "application/json: { schema",
            "the body of this error response is not an `ErrorResponse`",
        ),
        (
            "        '503': { description: d, content: { application/json: { schema: { type: string } } } }",
            "application/json: { schema",
            "the body of this error response is not an `ErrorResponse`",
        ),
    ] {
        assert_diagnostics(&[("components:\n", &ping(failures))], &[(at, message)]);
    }
}

#[test]
fn a_shared_error_response_is_reported_once() {
    let shared = "        '500': { $ref: '#/components/responses/Empty' }\n        \
                  '503': { $ref: '#/components/responses/Empty' }";
    let empty = "    Empty: { description: d }\n    InvalidGrantType:\n";
    assert_diagnostics(
        &[("components:\n", &ping(shared)), ("    InvalidGrantType:\n", empty)],
        &[("Empty: {", "this error response has no JSON body")],
    );
}

#[test]
fn unused_components_are_reported() {
    assert_diagnostics(
        &[
            (
                ERRORS,
                &schema("One", "type: object, properties: { two: { $ref: '#/components/schemas/Two' } }"),
            ),
            (ERRORS, &schema("Two", "type: array, items: { $ref: '#/components/schemas/One' }")),
        ],
        &[("One: {", "the component `One` is unused"), ("Two: {", "the component `Two` is unused")],
    );
    assert_diagnostics(
        &[("        - HTTPBasic: []\n", "")],
        &[("HTTPBasic:\n", "the component `HTTPBasic` is unused")],
    );
    assert_diagnostics(
        &[(
            "          $ref: '#/components/responses/Unauthorized'",
            "          $ref: '#/components/responses/InvalidGrantType'",
        )],
        &[("Unauthorized:\n", "the component `Unauthorized` is unused")],
    );
}

#[test]
fn missing_examples_are_reported() {
    for schema in [
        "type: string",
        "type: object",
        "type: array, items: { type: string }",
        "type: object, additionalProperties: { type: string }",
        "type: object, additionalProperties: true",
        "oneOf: [{ type: string }, { type: integer }]",
    ] {
        assert_diagnostics(
            &[(EXPIRES_IN, &property(&format!("description: d, {schema}")))],
            &[("more: {", "the property `more` has no example")],
        );
    }
    assert_diagnostics(
        &[
            (EXPIRES_IN, &property("$ref: '#/components/schemas/Id'")),
            (ERRORS, &schema("Id", "type: string")),
        ],
        &[("Id: {", "the schema `Id` has no example")],
    );
    assert_diagnostics(
        &[(TAGS, &parameter("description: d")), (TOKEN_RESPONSE, &header("description: d"))],
        &[
            ("{ name: page", "the parameter `page` has no example"),
            ("X-Remaining:", "the header `X-Remaining` has no example"),
        ],
    );
}

#[test]
fn invalid_examples_are_reported_at_the_invalid_value() {
    let invalid = "invalid value: ";
    let property = |schema: &str| property(&format!("description: d, {schema}"));
    let parameter = |fields: &str| parameter(&format!("description: d, {fields}"));
    for (edit, at, message) in [
        // Examples of bodies: an invalid value and a missing one.
        (("expires_in: 3600", "expires_in: soon"), "expires_in: soon", "it is not of type \"integer\""),
        (
            ("                expires_in: 3600\n", ""),
            "example:\n                access_token",
            "\"expires_in\" is a required property",
        ),
        (
            ("grant_type: client_credentials", "grant_type: password"),
            "grant_type: password",
            "it is not one of",
        ),
        (
            ("error_message: Invalid grant type", "error_message: 12"),
            "error_message: 12",
            "it is not of type",
        ),
        // Examples and defaults of schemas.
        (("example: 3600", "example: -1"), "example: -1", "it is less than the minimum of 0"),
        (("default: api_error.auth.unauthorized", "default: other"), "default: other", "it is not one of"),
        ((EXPIRES_IN, &property("type: string, example: null")), "example: null", "it is not of type"),
        (
            (EXPIRES_IN, &property("type: number, minimum: 0, exclusiveMinimum: true, example: 0")),
            "example: 0",
            "it is less than or equal to the minimum of 0",
        ),
        (
            (EXPIRES_IN, &property("type: string, format: date, example: 2023-02-30")),
            "example: 2023-02-30",
            "it is not a \"date\"",
        ),
        (
            (EXPIRES_IN, &property("type: array, items: { type: integer }, example: [1, two]")),
            "two]",
            "it is not of type \"integer\"",
        ),
        // Parameters and headers.
        ((TAGS, &parameter("example: one")), "example: one", "it is not of type \"integer\""),
        (
            (TAGS, &parameter("examples: { first: { value: 1 }, second: { value: two } }")),
            "value: two",
            "it is not of type \"integer\"",
        ),
        (
            (TOKEN_RESPONSE, &header("description: d, example: some")),
            "example: some",
            "it is not of type \"integer\"",
        ),
    ] {
        assert_diagnostics(&[edit], &[(at, &format!("{invalid}{message}"))]);
    }
}

#[test]
fn a_named_example_is_checked_against_the_schema_where_it_is_used() {
    let at = "              basic:\n                summary: Credentials in the Authorization header\n\
              \x20               value:\n                  grant_type: client_credentials\n";
    let reference = "              basic: { $ref: '#/components/examples/Basic' }\n";
    let example = "components:\n  examples:\n    Basic: { value: { scope: 12 } }\n";
    assert_diagnostics(
        &[(at, reference), ("components:\n", example)],
        &[("scope: 12", "invalid value: it is not of type \"string\"")],
    );
}

#[test]
fn required_properties_apply_to_the_direction_that_they_are_sent_in() {
    let required = ("token_type, expires_in]", "token_type, expires_in, id]");
    let id = |fields: &str| {
        let id = format!("description: d, type: string, example: a, {fields}");
        property(&id).replace("more:", "id:")
    };
    let (outcome, printed) = linted(&edited(&[required, (EXPIRES_IN, &id("writeOnly: true"))]));
    assert_eq!(outcome, Outcome::Pass, "{printed}");
    assert_diagnostics(
        &[required, (EXPIRES_IN, &id("readOnly: true"))],
        &[("example:\n                access_token", "invalid value: \"id\" is a required property")],
    );
}

#[test]
fn an_invalid_schema_is_reported_wherever_it_has_examples() {
    let unusable = "the examples of this schema can't be checked: \"(\" is not a \"regex\"";
    assert_diagnostics(
        &[(EXPIRES_IN, &property("description: d, type: string, pattern: '(', example: a"))],
        &[
            ("schema:\n                $ref: '#/components/schemas/AccessToken'\n", unusable),
            ("more: {", unusable),
        ],
    );
}

#[test]
fn valid_alternatives_are_not_reported() {
    for schema in [
        "$ref: '#/components/schemas/ErrorResponse'",
        "description: d, type: array, items: { $ref: '#/components/schemas/ErrorResponse' }",
        "description: d, nullable: true, allOf: [{ $ref: '#/components/schemas/ErrorResponse' }]",
        "description: d, type: object, properties: { a: { description: d, type: string, example: b } }",
        "description: d, type: object, additionalProperties: { type: string, example: b }",
        "description: d, type: string, nullable: true, example: null",
        // A recursive schema.
        "description: d, type: array, items: { $ref: '#/components/schemas/AccessToken' }",
        // An example is data, even with keys that are keywords elsewhere.
        "description: d, type: object, example: { $ref: data, $id: data, access_token: secret }",
    ] {
        let (outcome, printed) = linted(&edited(&[(EXPIRES_IN, &property(schema))]));
        assert_eq!(outcome, Outcome::Pass, "{schema}: {printed}");
    }
    let shown = parameter("description: d").replace("type: integer", "type: integer, example: 2");
    let (outcome, printed) = linted(&edited(&[(TAGS, &shown)]));
    assert_eq!(outcome, Outcome::Pass, "{printed}");
    let basic = "grant_type: client_credentials\n      responses:";
    let form = "'grant_type=client_credentials'\n      responses:";
    let (outcome, printed) =
        linted(&edited(&[(&format!("value:\n                  {basic}"), &format!("value: {form}"))]));
    assert_eq!(outcome, Outcome::Pass, "a form as a string: {printed}");
}

#[test]
fn errors_of_the_generator_have_the_same_form() {
    assert_diagnostics(
        &[("#/components/responses/Unauthorized", "#/components/responses/Nobody")],
        &[("'#/components/responses/Nobody'", "`#/components/responses/Nobody` does not exist")],
    );
}

#[test]
fn an_unreadable_contract_is_an_error() {
    for text in ["openapi: [", "just words", "swagger: '2.0'\n"] {
        let mut out = Vec::new();
        let error = lint("a.yaml", text, Rules::House, &mut out).unwrap_err().to_string();
        assert!(error.starts_with("a.yaml:"), "{error}");
        assert!(error.contains("\n  help: "), "{error}");
        assert!(out.is_empty());
    }
    let error = run(Some(Path::new("no/such.yaml")), false, Linters::Own).unwrap_err().to_string();
    assert_eq!(error, "can't read no/such.yaml: check the path and that the file is UTF-8");
}

/// Operations as banks describe them: a list by page and filter, a file in either direction, an event with a
/// discriminator.
const BANK_PATHS: &str = "
  /accounts/{account_id}/entries:
    get:
      operationId: list_entries
      summary: List entries
      description: Returns a page of the entries of an account.
      tags: [Access token]
      parameters:
        - { name: account_id, in: path, required: true, description: The account., schema: { type: string, format: uuid }, example: 5c739a36-9515-410f-89e0-5c739a369515 }
        - { name: page, in: query, description: The page., schema: { type: integer, format: int32, minimum: 1, default: 1 }, example: 2 }
        - { name: since, in: query, description: The first day., schema: { type: string, format: date }, example: '2023-01-31' }
        - { name: kinds, in: query, description: The kinds., schema: { type: array, items: { $ref: '#/components/schemas/Kind' } }, example: [debit] }
        - { name: filter, in: query, style: deepObject, explode: true, description: A filter., schema: { type: object, properties: { min: { description: The minimum., type: number, example: 1.5 } } }, example: { min: 1.5 } }
      responses:
        '200':
          description: The page.
          content: { application/json: { schema: { $ref: '#/components/schemas/Entries' }, example: { entries: [], next_page: null } } }
        '400':
          description: The filter is invalid.
          content: { application/problem+json: { schema: { $ref: '#/components/schemas/ErrorResponse' } } }
  /documents/{id}:
    parameters: [{ name: id, in: path, required: true, description: The document., schema: { type: string }, example: a }]
    get:
      operationId: download_document
      summary: Download a document
      description: Returns the file.
      tags: [Access token]
      responses:
        '200':
          description: The file.
          headers: { Content-Disposition: { description: The name., schema: { type: string }, example: attachment } }
          content: { application/pdf: { schema: { type: string, format: binary } } }
    post:
      operationId: upload_document
      summary: Upload a document
      description: Stores the file.
      tags: [Access token]
      requestBody:
        description: The file.
        required: true
        content:
          multipart/form-data:
            schema: { type: object, required: [file], properties: { file: { description: The file., type: string, format: binary }, kind: { description: Its kind., type: string, enum: [pdf, csv], example: pdf } } }
      responses: { '204': { description: Stored. } }
  /events/{id}:
    get:
      operationId: get_event
      summary: Get an event
      description: Returns an event.
      tags: [Access token]
      parameters: [{ name: id, in: path, required: true, description: The event., schema: { type: string }, example: a }]
      responses:
        '200': { description: The event., content: { application/json: { schema: { $ref: '#/components/schemas/Event' } } } }

components:
";
const BANK_SCHEMAS: &str = "
    Kind: { description: The kind., type: string, enum: [debit, credit], example: debit }
    Entries:
      description: A page of entries.
      type: object
      required: [entries]
      properties:
        entries: { description: The entries., type: array, items: { $ref: '#/components/schemas/Entry' } }
        next_page: { description: The next page., type: integer, nullable: true, example: 2 }
    Entry:
      description: An entry.
      type: object
      required: [amount, posted_at]
      properties:
        amount: { description: The amount., type: number, example: 12.5 }
        currency: { description: The currency., type: string, maxLength: 3, example: EUR }
        month: { description: The month., type: integer, minimum: 1, maximum: 12, example: 1 }
        contact: { description: The address., type: string, format: email, deprecated: true, example: a@a.test }
        posted_at: { description: The time., type: string, format: date-time, example: '2023-01-31T10:00:00Z' }
        extra: { description: More., type: object, additionalProperties: { type: string }, example: { mcc: '5411' } }
    Event:
      description: An event.
      oneOf: [{ $ref: '#/components/schemas/Opened' }, { $ref: '#/components/schemas/Closed' }]
      discriminator: { propertyName: kind, mapping: { opened: '#/components/schemas/Opened', closed: '#/components/schemas/Closed' } }
      example: { kind: opened }
    Opened: { description: It opened., type: object, required: [kind], properties: { kind: { description: Its kind., type: string, enum: [opened], example: opened } } }
    Closed: { description: It closed., type: object, required: [kind], properties: { kind: { description: Its kind., type: string, enum: [closed], example: closed } } }
    ErrorResponse:
";

#[test]
fn operations_as_banks_describe_them_break_no_rule() {
    let text = edited(&[("\ncomponents:\n", BANK_PATHS), (ERRORS, BANK_SCHEMAS.trim_start_matches('\n'))]);

    let (outcome, printed) = linted(&text);

    assert_eq!(outcome, Outcome::Pass, "{printed}");
    assert!(printed.starts_with("a.yaml: no problems in 5 operations, "), "{printed}");
    let contract = Contract::parse("a.yaml", &text).unwrap();
    let client = moneykit_codegen::generate(&contract).unwrap();
    for operation in ["list_entries", "download_document", "upload_document", "get_event"] {
        assert!(client.contains(&format!("pub fn {operation}(&self)")), "{operation}");
    }
    let crates: Vec<_> = moneykit_codegen::dependencies(&client).iter().map(|one| one.name).collect();
    assert_eq!(crates, ["chrono", "uuid"]);
}

#[test]
fn an_example_that_a_bank_copied_from_elsewhere_is_reported() {
    let example = "{ application/problem+json: { schema: { $ref: '#/components/schemas/ErrorResponse' }, example: { error_code: a, error_message: b } } }";
    let paths = BANK_PATHS.replace(
        "{ application/problem+json: { schema: { $ref: '#/components/schemas/ErrorResponse' } } }",
        example,
    );
    let schemas = BANK_SCHEMAS.trim_start_matches('\n');

    assert_diagnostics(
        &[("\ncomponents:\n", &paths), (ERRORS, schemas)],
        &[("error_code: a,", "invalid value: it is not one of \"api_error.auth.unauthorized\"")],
    );
}

#[test]
fn the_contract_of_a_vendor_needs_no_descriptions() {
    let text = edited(&[(TAGS, "")]);
    let mut out = Vec::new();

    assert_eq!(lint("a.yaml", &text, Rules::Correctness, &mut out).unwrap(), Outcome::Pass);
    assert_eq!(linted(&text).0, Outcome::Fail);
}
