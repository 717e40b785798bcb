use super::*;

/// Edits of the contract, in order: the text that is there, and what takes its place.
type Edits<'a> = &'a [(&'a str, &'a str)];
/// Objections: the text that stands where each points, and its first words.
type Expected<'a> = &'a [(&'a str, &'a str)];

fn contract() -> String {
    std::fs::read_to_string(root().join("spec/openapi.yaml")).unwrap()
}

fn edited(edits: Edits<'_>) -> String {
    edits.iter().fold(contract(), |text, (from, to)| {
        assert!(text.contains(from), "the contract has no {from:?}");
        let edited = text.replacen(from, to, 1);
        assert_ne!(edited, text, "{from:?} is what it was");
        edited
    })
}

fn judged(text: &str) -> (Outcome, String) {
    let mut out = Vec::new();
    let verdict = judge("a.yaml", text, &mut out).unwrap();
    (verdict, String::from_utf8(out).unwrap())
}

/// Says where in the text some words begin, as editors count.
fn place(text: &str, words: &str) -> String {
    let before = &text[..text.find(words).unwrap_or_else(|| panic!("no {words:?} in the contract"))];
    let line = before.rsplit('\n').next().unwrap_or_default();
    format!("{}:{}", before.matches('\n').count() + 1, line.chars().count() + 1)
}

fn assert_objections(edits: Edits<'_>, expected: Expected<'_>) {
    let text = edited(edits);
    let (verdict, printed) = judged(&text);
    let found: Vec<_> = printed.lines().filter(|line| line.starts_with("a.yaml:")).collect();
    let (count, found) = found.split_last().unwrap();
    assert_eq!(verdict, Outcome::Fail, "{edits:?}: {printed}");
    assert_eq!(*count, format!("a.yaml: {}", counted(expected.len(), "diagnostic")), "{edits:?}: {printed}");
    for (found, (words, what)) in found.iter().zip(expected) {
        let start = format!("a.yaml:{}: {what}", place(&text, words));
        assert!(found.starts_with(&start), "{edits:?}:\n{printed}should have been\n{start}");
    }
    assert_eq!(printed.matches("\n  help: ").count(), expected.len(), "each says what to do: {printed}");
}

const TOKEN_RESPONSE: &str = "          description: A new access token.\n";
const TAGS: &str = "      tags: [Access token]\n";
const EXPIRES_IN: &str = "        expires_in:\n          description";
const ERRORS: &str = "    ErrorResponse:\n";

/// Adds a property `more` to the answer with a token.
fn property(schema: &str) -> String {
    format!("        more: {{ {schema} }}\n{EXPIRES_IN}")
}

/// Adds a parameter `page` to the token request: a number.
fn parameter(fields: &str) -> String {
    let parameter = format!("{{ name: page, in: query, schema: {{ type: integer }}, {fields} }}");
    format!("{TAGS}      parameters:\n        - {parameter}\n")
}

/// Adds a header to the answer with a token: a number.
fn header(fields: &str) -> String {
    let header = format!("X-Rest: {{ schema: {{ type: integer }}, {fields} }}");
    format!("{TOKEN_RESPONSE}          headers:\n            {header}\n")
}

/// Adds an operation that answers so when it fails.
fn ping(failures: &str) -> String {
    format!(
        "  /ping:\n    get:\n      operationId: ping\n      summary: s\n      description: d\n      \
         tags: [Access token]\n      responses:\n        '204': {{ description: d }}\n{failures}\n\
         components:\n"
    )
}

/// Adds a schema.
fn schema(name: &str, fields: &str) -> String {
    format!("    {name}: {{ description: d, {fields} }}\n{ERRORS}")
}

#[test]
fn the_contract_breaks_no_rule() {
    let (verdict, printed) = judged(&contract());
    assert_eq!(verdict, Outcome::Pass, "{printed}");
    assert_eq!(printed.lines().count(), 1, "{printed}");
    assert!(printed.starts_with("a.yaml: nothing to object to in 1 operation, "), "{printed}");
}

#[test]
fn an_objection_has_its_place_and_a_remedy() {
    let text = edited(&[("          description: What went wrong, for people.\n", "")]);
    let line = text.lines().position(|line| line == "        error_message:").unwrap() + 1;
    let (verdict, printed) = judged(&text);
    assert_eq!(verdict, Outcome::Fail);
    assert_eq!(
        printed,
        format!(
            "a.yaml:{line}:9: the property `error_message` has no description\n  help: add a \
             `description`: what it means to those who use it\n\na.yaml: 1 diagnostic\n"
        )
    );
}

#[test]
fn what_is_not_described_is_objected_to() {
    let inside = "description: d, type: object, properties: { first: { type: string, example: Ada } }";
    for (edit, diagnostic) in [
        (
            ("      description: Why a request was refused.\n", ""),
            ("ErrorResponse:\n", "the schema `ErrorResponse` has no description"),
        ),
        (
            ("description: A new access token.", "description: ' '"),
            ("'201':", "the response `201` has no description"),
        ),
        ((TAGS, &parameter("example: 2")), ("{ name: page", "the parameter `page` has no description")),
        ((TOKEN_RESPONSE, &header("example: 2")), ("X-Rest:", "the header `X-Rest` has no description")),
        (
            (EXPIRES_IN, &property("type: string, example: a")),
            ("more:", "the property `more` has no description"),
        ),
        ((EXPIRES_IN, &property(inside)), ("first:", "the property `first` has no description")),
    ] {
        assert_objections(&[edit], &[diagnostic]);
    }
}

#[test]
fn an_operation_that_lacks_something_is_objected_to() {
    for (from, to, at, what) in [
        ("      summary: Generate an access token\n", "", "post:", "the operation has no summary"),
        (
            "      description: |\n        Checks",
            "      x-note: |\n        Checks",
            "post:",
            "the operation has no description",
        ),
        (TAGS, "", "post:", "the operation has no tag"),
        (TAGS, "      tags: []\n", "post:", "the operation has no tag"),
        (
            "generate_access_token",
            "generateAccessToken",
            "generateAccessToken",
            "the operationId `generateAccessToken` is not in snake case",
        ),
    ] {
        assert_objections(&[(from, to)], &[(at, what)]);
    }
}

#[test]
fn a_secret_that_is_not_marked_is_objected_to_where_it_is_written() {
    let unmarked = "          format: password\n          example: 52ea";
    assert_objections(
        &[(unmarked, "          example: 52ea")],
        &[(
            "access_token:\n          description",
            "`access_token` is called a secret, and not marked as one",
        )],
    );
    let keys = property("description: d, type: array, items: { type: string, example: k }");
    assert_objections(
        &[(EXPIRES_IN, &keys.replace("more:", "api_keys:"))],
        &[("items: { type: string, example: k", "`api_keys` is called a secret, and not marked as one")],
    );
    let word = property("$ref: '#/components/schemas/Word'");
    assert_objections(
        &[
            (EXPIRES_IN, &word.replace("more:", "password:")),
            (ERRORS, &schema("Word", "type: string, example: w")),
        ],
        &[("Word: {", "`password` is called a secret, and not marked as one")],
    );
}

#[test]
fn an_error_response_without_the_schema_of_errors_is_objected_to() {
    let schema = "{ schema: { $ref: '#/components/schemas/AccessToken' } }";
    for (failures, at, what) in [
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
        assert_objections(&[("components:\n", &ping(failures))], &[(at, what)]);
    }
}

#[test]
fn an_error_response_that_operations_share_is_objected_to_once() {
    let shared = "        '500': { $ref: '#/components/responses/Empty' }\n        \
                  '503': { $ref: '#/components/responses/Empty' }";
    let empty = "    Empty: { description: d }\n    InvalidGrantType:\n";
    assert_objections(
        &[("components:\n", &ping(shared)), ("    InvalidGrantType:\n", empty)],
        &[("Empty: {", "this error response has no JSON body")],
    );
}

#[test]
fn a_component_that_no_operation_leads_to_is_objected_to() {
    assert_objections(
        &[
            (
                ERRORS,
                &schema("One", "type: object, properties: { two: { $ref: '#/components/schemas/Two' } }"),
            ),
            (ERRORS, &schema("Two", "type: array, items: { $ref: '#/components/schemas/One' }")),
        ],
        &[
            ("One: {", "nothing leads to the component `One`"),
            ("Two: {", "nothing leads to the component `Two`"),
        ],
    );
    assert_objections(
        &[("        - HTTPBasic: []\n", "")],
        &[("HTTPBasic:\n", "nothing leads to the component `HTTPBasic`")],
    );
    assert_objections(
        &[(
            "          $ref: '#/components/responses/Unauthorized'",
            "          $ref: '#/components/responses/InvalidGrantType'",
        )],
        &[("Unauthorized:\n", "nothing leads to the component `Unauthorized`")],
    );
}

#[test]
fn what_shows_no_value_is_objected_to() {
    for schema in [
        "type: string",
        "type: object",
        "type: array, items: { type: string }",
        "type: object, additionalProperties: { type: string }",
        "type: object, additionalProperties: true",
        "oneOf: [{ type: string }, { type: integer }]",
    ] {
        assert_objections(
            &[(EXPIRES_IN, &property(&format!("description: d, {schema}")))],
            &[("more: {", "the property `more` has no example")],
        );
    }
    assert_objections(
        &[
            (EXPIRES_IN, &property("$ref: '#/components/schemas/Id'")),
            (ERRORS, &schema("Id", "type: string")),
        ],
        &[("Id: {", "the schema `Id` has no example")],
    );
    assert_objections(
        &[(TAGS, &parameter("description: d")), (TOKEN_RESPONSE, &header("description: d"))],
        &[
            ("{ name: page", "the parameter `page` has no example"),
            ("X-Rest:", "the header `X-Rest` has no example"),
        ],
    );
}

#[test]
fn an_example_that_its_schema_does_not_allow_is_objected_to_where_it_goes_wrong() {
    let wrong = "the contract does not allow this: ";
    let property = |schema: &str| property(&format!("description: d, {schema}"));
    let parameter = |fields: &str| parameter(&format!("description: d, {fields}"));
    for (edit, at, what) in [
        // The example of a body: one value in it, and what is not in it.
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
        assert_objections(&[edit], &[(at, &format!("{wrong}{what}"))]);
    }
}

#[test]
fn a_named_example_is_judged_by_the_schema_where_it_is_used() {
    let at = "              basic:\n                summary: Credentials in the Authorization header\n\
              \x20               value:\n                  grant_type: client_credentials\n";
    let reference = "              basic: { $ref: '#/components/examples/Basic' }\n";
    let example = "components:\n  examples:\n    Basic: { value: { scope: 12 } }\n";
    assert_objections(
        &[(at, reference), ("components:\n", example)],
        &[("scope: 12", "the contract does not allow this: it is not of type \"string\"")],
    );
}

#[test]
fn a_required_property_is_asked_of_the_examples_that_it_is_sent_in() {
    let required = ("token_type, expires_in]", "token_type, expires_in, id]");
    let id = |fields: &str| {
        let id = format!("description: d, type: string, example: a, {fields}");
        property(&id).replace("more:", "id:")
    };
    let (verdict, printed) = judged(&edited(&[required, (EXPIRES_IN, &id("writeOnly: true"))]));
    assert_eq!(verdict, Outcome::Pass, "{printed}");
    assert_objections(
        &[required, (EXPIRES_IN, &id("readOnly: true"))],
        &[(
            "example:\n                access_token",
            "the contract does not allow this: \"id\" is a required property",
        )],
    );
}

#[test]
fn a_schema_that_can_not_judge_is_objected_to_wherever_it_should() {
    let unusable = "the examples of this schema can't be checked: \"(\" is not a \"regex\"";
    assert_objections(
        &[(EXPIRES_IN, &property("description: d, type: string, pattern: '(', example: a"))],
        &[
            ("schema:\n                $ref: '#/components/schemas/AccessToken'\n", unusable),
            ("more: {", unusable),
        ],
    );
}

#[test]
fn what_the_rules_leave_to_the_author_is_not_objected_to() {
    for schema in [
        "$ref: '#/components/schemas/ErrorResponse'",
        "description: d, type: array, items: { $ref: '#/components/schemas/ErrorResponse' }",
        "description: d, nullable: true, allOf: [{ $ref: '#/components/schemas/ErrorResponse' }]",
        "description: d, type: object, properties: { a: { description: d, type: string, example: b } }",
        "description: d, type: object, additionalProperties: { type: string, example: b }",
        "description: d, type: string, nullable: true, example: null",
        // A schema that holds itself.
        "description: d, type: array, items: { $ref: '#/components/schemas/AccessToken' }",
        // An example is data, whatever its keys are called.
        "description: d, type: object, example: { $ref: data, $id: data, access_token: secret }",
    ] {
        let (verdict, printed) = judged(&edited(&[(EXPIRES_IN, &property(schema))]));
        assert_eq!(verdict, Outcome::Pass, "{schema}: {printed}");
    }
    let shown = parameter("description: d").replace("type: integer", "type: integer, example: 2");
    let (verdict, printed) = judged(&edited(&[(TAGS, &shown)]));
    assert_eq!(verdict, Outcome::Pass, "{printed}");
    let basic = "grant_type: client_credentials\n      responses:";
    let form = "'grant_type=client_credentials'\n      responses:";
    let (verdict, printed) =
        judged(&edited(&[(&format!("value:\n                  {basic}"), &format!("value: {form}"))]));
    assert_eq!(verdict, Outcome::Pass, "a form in its own format: {printed}");
}

#[test]
fn what_the_generator_refuses_is_shown_in_the_same_form() {
    assert_objections(
        &[("#/components/responses/Unauthorized", "#/components/responses/Nobody")],
        &[("'#/components/responses/Nobody'", "`#/components/responses/Nobody` leads nowhere")],
    );
}

#[test]
fn what_can_not_be_read_gets_no_verdict() {
    for text in ["openapi: [", "just words", "swagger: '2.0'\n"] {
        let mut out = Vec::new();
        let error = judge("a.yaml", text, &mut out).unwrap_err().to_string();
        assert!(error.starts_with("a.yaml:"), "{error}");
        assert!(error.contains("\n  help: "), "{error}");
        assert!(out.is_empty());
    }
    let error = run(Some(Path::new("no/such.yaml")), Linters::Ours).unwrap_err().to_string();
    assert_eq!(error, "can't read no/such.yaml: check the path, and that it is UTF-8");
}
