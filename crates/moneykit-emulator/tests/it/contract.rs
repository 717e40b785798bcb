//! Tests of an emulator that follows an OpenAPI document.

use moneykit_emulator::{Contract, Emulator, RequestFilter, StatusCode, Stub, StubResponse, Unmatched};
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{JsonResponse, http_client, issue_token, send};

const CONTRACT: &str = r"
openapi: 3.0.3
info: { title: Links, version: '1' }
servers:
  - url: 'https://api.example.com/{version}'
    variables: { version: { default: v1 } }
paths:
  /links:
    get:
      operationId: list_links
      parameters:
        - { name: limit, in: query, schema: { type: integer, maximum: 100 } }
        - { name: state, in: query, schema: { type: array, items: { type: string, enum: [open, closed] } } }
        - { name: X-Trace, in: header, required: true, schema: { type: string, minLength: 3 } }
      responses:
        '200':
          description: Links
          content:
            application/json:
              schema: { type: array, items: { $ref: '#/components/schemas/Link' } }
              example: [{ link_id: lnk_77, state: open }]
    post:
      operationId: create_link
      requestBody:
        required: true
        content:
          application/json:
            schema: { $ref: '#/components/schemas/Link' }
          application/x-www-form-urlencoded:
            schema: { type: object, required: [amount], properties: { amount: { type: integer } } }
      responses:
        '201':
          description: Created
          content:
            application/json: { schema: { $ref: '#/components/schemas/Link' } }
        default:
          description: Error
          content:
            application/json:
              schema: { type: object, required: [error_code], properties: { error_code: { type: string } } }
  /links/mine:
    get:
      responses:
        '200': { description: Mine, content: { text/plain: { example: all mine } } }
  /links/{link_id}:
    parameters:
      - { name: link_id, in: path, required: true, schema: { type: string, pattern: '^lnk_' } }
    delete:
      responses: { '204': { description: Deleted } }
  /broken:
    get:
      responses:
        '200':
          description: No value fits.
          content:
            application/json:
              schema: { type: integer, minimum: 3, maximum: 2 }
components:
  schemas:
    Link:
      type: object
      required: [link_id, state]
      additionalProperties: false
      properties:
        link_id: { type: string, pattern: '^lnk_[0-9]{2,}$', readOnly: true }
        state: { type: string, enum: [open, closed] }
        parent: { nullable: true, allOf: [{ $ref: '#/components/schemas/Link' }] }
        note: { type: string, nullable: true, maxLength: 5 }
";

fn start() -> Emulator {
    Emulator::builder().contract(Contract::parse(CONTRACT).unwrap()).start().unwrap()
}

fn request(emulator: &Emulator, method: Method, path: &str) -> reqwest::blocking::RequestBuilder {
    let url = format!("{}{path}", emulator.url());
    http_client().request(method, url).bearer_auth(issue_token(emulator)).header("x-trace", "abc")
}

fn post(emulator: &Emulator, body: &Value) -> JsonResponse {
    send(request(emulator, Method::POST, "/links").json(body))
}

#[test]
fn operations_respond_with_examples_or_values_of_their_schemas() {
    let emulator = start();
    // The path of a server may precede that of the operation.
    for path in ["/links", "/v1/links"] {
        let links = send(request(&emulator, Method::GET, path));
        assert_eq!(
            (links.status, links.body),
            (200, json!([{"link_id": "lnk_77", "state": "open"}])),
            "{path}"
        );
    }
}

#[test]
fn documented_headers_are_sent() {
    let contract = r"
openapi: 3.0.3
paths:
  /links:
    get:
      responses:
        '200':
          description: Links
          headers:
            X-Total: { schema: { type: integer, minimum: 7 } }
            X-Next: { schema: { type: string }, example: lnk_2 }
            X-Tags: { schema: { type: array, items: { type: string, enum: [a] }, minItems: 2 } }
            X-Trace: { $ref: '#/components/headers/Trace' }
            X-Wrong: { schema: { type: integer }, example: none }
            X-Object: { schema: { type: object } }
            X-Text: { schema: { type: string, enum: [ä, b] } }
            X-Impossible: { schema: { type: integer, minimum: 3, maximum: 2 } }
            not a name: { schema: { type: string } }
            # The body is not compressed, and the server sets the rest.
            Content-Encoding: { schema: { type: string, enum: [gzip] } }
            Content-Length: { schema: { type: integer, example: 1 } }
            Content-Type: { schema: { type: string, example: text/csv } }
            Transfer-Encoding: { schema: { type: string, enum: [chunked] } }
          content: { application/json: { schema: { type: array, items: { type: string } } } }
components:
  headers:
    Trace: { examples: { one: { value: t-1 } } }
";
    let emulator = Emulator::builder().contract(Contract::parse(contract).unwrap()).start().unwrap();
    let response = send(request(&emulator, Method::GET, "/links"));
    for (name, expected) in [
        ("x-total", Some("7")),
        ("x-next", Some("lnk_2")),
        ("x-tags", Some("a,a")),
        ("x-trace", Some("t-1")),
        ("x-object", None),
        ("x-text", None),
        ("x-impossible", None),
        ("content-encoding", None),
        ("content-type", Some("application/json")),
        ("transfer-encoding", None),
    ] {
        assert_eq!(response.header(name), expected, "{name}");
    }
    assert_ne!(response.header("x-wrong"), Some("none"));
    assert!(response.header("content-length").unwrap().len() == 1);
}

#[test]
fn the_media_type_is_one_that_the_request_accepts() {
    let contract = r"
openapi: 3.0.3
paths:
  /report:
    get:
      responses:
        '200':
          description: A report
          content:
            text/csv: { example: 'a,b' }
            application/vnd.bank+json: { example: { a: 1 } }
            application/json: { example: { a: 2 } }
";
    let emulator = Emulator::builder().contract(Contract::parse(contract).unwrap()).start().unwrap();
    for (accept, expected) in [
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("text/html, TEXT/*;q=0.5, application/json", "text/csv"),
        ("application/vnd.bank+json", "application/vnd.bank+json"),
        ("image/png", "application/json"),
    ] {
        let response = request(&emulator, Method::GET, "/report").header("accept", accept).send().unwrap();
        assert_eq!(response.headers()["content-type"], expected, "{accept}");
    }
}

#[test]
fn an_example_that_does_not_fit_its_schema_is_not_sent() {
    let contract = CONTRACT.replace("link_id: lnk_77", "link_id: wrong");
    let emulator = Emulator::builder().contract(Contract::parse(&contract).unwrap()).start().unwrap();
    let links = send(request(&emulator, Method::GET, "/links"));
    assert_eq!((links.status, &links.body[0]["link_id"]), (200, &json!("lnk_11")));
}

#[test]
fn values_are_derived_from_schemas() {
    let emulator = start();
    let created = post(&emulator, &json!({"state": "open"}));
    let link = json!({"link_id": "lnk_11", "state": "open", "parent": null, "note": "text"});
    assert_eq!((created.status, created.body), (201, link));
    let mine = request(&emulator, Method::GET, "/links/mine").send().unwrap();
    assert_eq!(mine.status(), 200);
    assert_eq!(mine.headers()["content-type"], "text/plain");
    assert_eq!(mine.text().unwrap(), "all mine");
    let deleted = request(&emulator, Method::DELETE, "/links/lnk_1").send().unwrap();
    assert_eq!((deleted.status(), deleted.text().unwrap()), (StatusCode::NO_CONTENT, String::new()));
    let broken = send(request(&emulator, Method::GET, "/broken"));
    broken.assert_error(501, "emulator_error.no_sample");
    assert!(broken.body["error_message"].as_str().unwrap().contains("GET /broken"), "{}", broken.body);
}

#[test]
fn requests_that_do_not_fit_are_rejected_with_the_place_and_the_reason() {
    let emulator = start();
    let get = |query: &str| send(request(&emulator, Method::GET, &format!("/links{query}")));
    let url = format!("{}/links", emulator.url());
    let bare = || http_client().get(&url).bearer_auth(issue_token(&emulator));
    let form = |form: &'static str| {
        let form_type = "application/x-www-form-urlencoded";
        send(request(&emulator, Method::POST, "/links").header("content-type", form_type).body(form))
    };
    let text = |text: &'static str, content_type: &str| {
        send(request(&emulator, Method::POST, "/links").header("content-type", content_type).body(text))
    };
    let cases = [
        (get("?limit=101"), "query parameter `limit`: "),
        (get("?limit=pale"), "query parameter `limit`: value is not of type \"integer\""),
        (get("?state=open&state=pale"), "query parameter `state`: /1: "),
        (send(bare()), "header `X-Trace`: it is required"),
        (send(bare().header("x-trace", "ab")), "header `X-Trace`: "),
        (send(request(&emulator, Method::POST, "/links")), "body: it is required"),
        (post(&emulator, &json!({"state": "pale"})), "body /state: "),
        (
            post(&emulator, &json!({"state": "open", "parent": {"state": "open", "note": "too long"}})),
            "body /parent",
        ),
        (post(&emulator, &json!({})), "body: \"state\" is a required property"),
        (post(&emulator, &json!({"state": "open", "other": 1})), "body: "),
        (text("{", "application/json"), "body: it is not valid JSON"),
        (text("pale", "text/plain"), "header `content-type`: it must be application/json or "),
        (form("amount=pale"), "body /amount: "),
        (send(request(&emulator, Method::DELETE, "/links/other")), "path parameter `link_id`: "),
    ];
    let rejected = RequestFilter::new().status(StatusCode::BAD_REQUEST);
    let entries = emulator.requests(&rejected).requests;
    assert_eq!(entries.len(), cases.len());
    for ((response, expected), entry) in cases.into_iter().zip(entries) {
        response.assert_error(400, "api_error.request_invalid");
        let message = response.body["error_message"].as_str().unwrap();
        assert!(message.contains(expected), "{expected}: {message}");
        assert!(!message.contains("pale"), "{message}");
        assert!(entry.violations[0].contains(expected), "{expected}: {:?}", entry.violations);
    }

    for response in [get("?limit=100&state=open&state=closed&unknown=1"), get("?limit=7"), form("amount=5")] {
        assert!(response.status < 300, "{}", response.body);
    }
}

#[test]
fn the_journal_names_the_operation() {
    let emulator = start();
    send(request(&emulator, Method::GET, "/links"));
    send(request(&emulator, Method::GET, "/other"));
    request(&emulator, Method::GET, "/links/mine").send().unwrap();
    let filter = RequestFilter::new().method("GET");
    let entries = emulator.requests(&filter).requests;
    let operations: Vec<_> = entries.iter().map(|entry| entry.operation.as_deref()).collect();
    assert_eq!(operations, [Some("list_links"), None, Some("GET /links/mine")]);
}

#[test]
fn a_stub_precedes_the_contract_but_not_its_checks() {
    let emulator = start();
    emulator.add_stub(Stub::new("GET", "/links").respond(StubResponse::new(200).json(json!([])))).unwrap();
    assert_eq!(send(request(&emulator, Method::GET, "/links")).body, json!([]));
    let invalid = send(request(&emulator, Method::GET, "/links?limit=x"));
    invalid.assert_error(400, "api_error.request_invalid");
}

#[test]
fn a_stub_that_does_not_fit_is_refused_with_its_name() {
    let emulator = start();
    let links = |response| Stub::new("GET", "/links").respond(response);
    let link = |body| StubResponse::new(201).json(body);
    for (stub, expected) in [
        (links(StubResponse::new(200).json(json!([{"link_id": "pale"}]))), "/0/link_id: "),
        (links(StubResponse::new(200)), "requires a body of the response 200 of list_links"),
        (links(StubResponse::new(200).text("x")), "requires application/json"),
        (links(StubResponse::new(202)), "no response 202 of list_links"),
        (Stub::new("POST", "/links").respond(link(json!({}))), "create_link"),
        (Stub::new("POST", "/*").respond(link(json!({}))), "create_link"),
        (Stub::new("POST", "/links").respond(StubResponse::new(422).json(json!({}))), "error_code"),
    ] {
        let error = emulator.add_stub(stub).unwrap_err().to_string();
        assert!(error.contains(expected) && error.starts_with("the stub for "), "{error}");
        assert!(!error.contains("pale"), "{error}");
    }
    for stub in [
        // Errors that the contract does not document, and paths that it does not have.
        links(StubResponse::new(503)),
        Stub::new("POST", "/links").respond(StubResponse::new(502)),
        Stub::new("GET", "/other").respond(StubResponse::new(200).json(json!({"any": 1}))),
        // It responds to one of the operations that the pattern includes.
        Stub::any_method("/links/*").respond(StubResponse::new(204)),
    ] {
        emulator.add_stub(stub).unwrap();
    }
    let builder = Emulator::builder().contract(Contract::parse(CONTRACT).unwrap());
    let error = builder.stub("GET", "/links", 200, "{}").start().unwrap_err().to_string();
    assert!(error.starts_with("the stub for GET /links"), "{error}");
}

#[test]
fn other_paths_and_methods_follow_the_setting_for_unmatched_requests() {
    let emulator = start();
    assert_eq!(send(request(&emulator, Method::PUT, "/links")).body["method"], "PUT");
    emulator.set_unmatched(Unmatched::Fail);
    send(request(&emulator, Method::GET, "/other")).assert_error(404, "emulator_error.no_stub");
    assert_eq!(send(request(&emulator, Method::GET, "/links")).status, 200);
}

#[test]
fn requests_without_a_token_are_rejected_first() {
    let emulator = start();
    let response = send(http_client().get(format!("{}/links", emulator.url())));
    response.assert_error(401, "api_error.auth.unauthorized");
}

#[test]
fn schemas_of_openapi_3_1_are_json_schema() {
    let contract = r#"{"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {"2XX": {"content": {"application/json": {
        "schema": {"type": ["null", "object"], "properties": {"n": {"type": "integer", "exclusiveMinimum": 4}, "c": {"const": 7}}}
    }}}}}}}}"#;
    let emulator = Emulator::builder().contract(Contract::parse(contract).unwrap()).start().unwrap();
    assert_eq!(send(request(&emulator, Method::GET, "/a")).body, json!({"n": 5, "c": 7}));
}

#[test]
fn a_document_that_is_no_contract_is_an_error_with_the_reason() {
    for (old, new, expected) in [
        ("openapi: 3.0.3", "swagger: '2.0'", "OpenAPI 3.0 or 3.1"),
        ("openapi: 3.0.3", "openapi: [", "neither YAML nor JSON"),
        ("/links/mine:", "/links/{mine:", "invalid path"),
        ("'204': {", "twenty: {", "invalid status"),
        ("'204': { description: Deleted }", "'204': { $ref: 'other.yaml' }", "bundle"),
        ("'204': { description: Deleted }", "'204': { $ref: '#/components/x' }", "dangling"),
        (
            "'204': { description: Deleted }",
            "'204': { $ref: '#/paths/~1links~1{link_id}/delete/responses/204' }",
            "circle",
        ),
    ] {
        let text = CONTRACT.replace(old, new);
        assert_ne!(text, CONTRACT, "{old}");
        let error = Contract::parse(&text).unwrap_err().to_string();
        assert!(error.contains(expected), "{new}: {error}");
    }
}
