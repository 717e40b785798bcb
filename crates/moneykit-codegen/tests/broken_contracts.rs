//! Tests that every mistake in a contract is rejected with its position and a fix.
//!
//! The generator alone would ignore most of these mistakes, and panic on the others.

use moneykit_codegen::{Contract, Diagnostic, Error, generate};

const VALID: &str = r"openapi: 3.0.3
info:
  title: Valid
  version: '1'
paths:
  /pets:
    get:
      operationId: list_pets
      parameters:
        - name: limit
          in: query
          schema:
            type: integer
      responses:
        '200':
          description: All pets.
          content:
            application/json:
              schema:
                type: array
                items:
                  $ref: '#/components/schemas/Pet'
        '404':
          $ref: '#/components/responses/Missing'
    post:
      operationId: add_pet
      requestBody:
        content:
          application/json:
            schema:
              $ref: '#/components/schemas/Pet'
      responses:
        '201':
          description: Added.
components:
  responses:
    Missing:
      description: No pets.
      content:
        application/json:
          schema:
            $ref: '#/components/schemas/Problem'
  schemas:
    Pet:
      type: object
      required: [name]
      properties:
        name:
          type: string
          minLength: 1
        pin:
          type: string
          format: password
          description: A secret.
        weight:
          type: number
          minimum: 0
    Problem:
      type: object
      properties:
        reason:
          type: string
          nullable: true
  securitySchemes:
    Bearer: { type: http, scheme: Bearer }
    Key: { type: apiKey, name: key, in: header }
    Basic: { type: http, scheme: basic }
    Token:
      type: oauth2
      flows: { clientCredentials: { tokenUrl: 'https://pets.test/token', scopes: {} } }
";

fn generated(text: &str) -> Result<String, Error> {
    generate(&Contract::parse("pets.yaml", text)?)
}

#[test]
fn a_valid_contract_generates_a_client() {
    let source = generated(VALID).unwrap();

    assert!(source.contains("pub fn list_pets(&self)"));
    assert!(source.contains("pub pin: ::std::option::Option<crate::Secret>"));
}

/// One edit to the valid contract, and the diagnostic that it causes.
struct Case {
    /// The text whose first occurrence is replaced, and its replacement.
    edit: (&'static str, &'static str),
    /// The line of the edited contract at the position of the diagnostic; empty if it is not checked.
    line: &'static str,
    message: &'static str,
    help: &'static str,
}

const CASES: &[Case] = &[
    Case {
        edit: ("openapi: 3.0.3\n", ""),
        line: "info:",
        message: "`openapi` is missing",
        help: "openapi: 3.0.3",
    },
    Case {
        edit: ("      operationId: list_pets\n", ""),
        line: "    get:",
        message: "GET /pets has no operationId",
        help: "add `operationId",
    },
    Case {
        edit: ("      responses:\n        '201':\n          description: Added.\n", ""),
        line: "    post:",
        message: "POST /pets has no responses",
        help: "add `responses`",
    },
    Case {
        edit: ("          schema:\n            type: integer\n", ""),
        line: "        - name: limit",
        message: "the parameter `limit` has no schema",
        help: "add `schema",
    },
    // Not YAML, or not this kind of document.
    Case {
        edit: ("  title: Valid", "  title: [Valid"),
        line: "",
        message: "failed to parse",
        help: "fix the YAML",
    },
    Case {
        edit: ("  title: Valid", "  title: a\n  title: b"),
        line: "  title: b",
        message: "duplicate",
        help: "fix the YAML",
    },
    Case {
        edit: ("openapi: 3.0.3", "openapi: 3.1.0"),
        line: "openapi: 3.1.0",
        message: "OpenAPI 3.1.0 is not supported",
        help: "openapi: 3.0.3",
    },
    Case {
        edit: ("openapi: 3.0.3", "openapi: 3.0"),
        line: "openapi: 3.0",
        message: "not a version",
        help: "openapi: 3.0.3",
    },
    Case {
        edit: ("openapi: 3.0.3", "swagger: '2.0'"),
        line: "swagger: '2.0'",
        message: "Swagger 2.0",
        help: "openapi: 3.0.3",
    },
    // Keywords that the typed model drops or misreads.
    Case {
        edit: ("      type: object", "      type: objec"),
        line: "      type: objec",
        message: "type `objec` does not exist",
        help: "use one of string, integer",
    },
    Case {
        edit: ("            type: integer", "            type: int"),
        line: "            type: int",
        message: "type `int` does not exist",
        help: "use one of",
    },
    Case {
        edit: ("          type: string\n", "          type: [string, 'null']\n"),
        line: "          type: [string, 'null']",
        message: "does not exist",
        help: "nullable: true",
    },
    Case {
        edit: ("      required: [name]", "      requird: [name]"),
        line: "      requird: [name]",
        message: "`requird` is not a keyword",
        help: "spelling",
    },
    Case {
        edit: ("          minLength: 1", "          minLenght: 1"),
        line: "          minLenght: 1",
        message: "`minLenght` is not a keyword",
        help: "spelling",
    },
    Case {
        edit: ("          type: number", "          type: number\n          oneOf: []"),
        line: "          oneOf: []",
        message: "`oneOf` beside a `type`",
        help: "drop the `type`",
    },
    Case {
        edit: ("      operationId: add_pet", "      operationId: add_pet\n      sumary: Add"),
        line: "      sumary: Add",
        message: "`sumary` is not a field of this object",
        help: "`x-`",
    },
    Case {
        edit: ("  title: Valid", "  title: Valid\n  titel: Valid"),
        line: "  titel: Valid",
        message: "`titel` is not a field of this object",
        help: "spelling",
    },
    Case {
        edit: ("paths:", "webhooks: { a: b }\npaths:"),
        line: "webhooks: { a: b }",
        message: "`webhooks` is not a field of this object",
        help: "place",
    },
    Case {
        edit: ("          in: query", "          in: query\n          format: int32"),
        line: "          format: int32",
        message: "`format` is not a field of this object",
        help: "place",
    },
    Case {
        edit: ("          in: query", "          in: body"),
        line: "          in: body",
        message: "no location",
        help: "requestBody",
    },
    Case {
        edit: ("          in: query", "          in: query\n          explod: false"),
        line: "          explod: false",
        message: "`explod` is not a field of this object",
        help: "spelling",
    },
    Case {
        edit: ("      operationId: add_pet", "      operationId: add_pet\n      securty: []"),
        line: "      securty: []",
        message: "`securty` is not a field of this object",
        help: "spelling",
    },
    Case {
        edit: ("  title: Valid", "  title: Valid\n  x: null"),
        line: "  x: null",
        message: "`x` is not a field of this object",
        help: "spelling",
    },
    Case {
        edit: ("      required: [name]", "      required: [nam]"),
        line: "      required: [nam]",
        message: "required property `nam` does not exist",
        help: "correct the name",
    },
    // References.
    Case {
        edit: ("schemas/Pet'", "schemas/Pett'"),
        line: "                  $ref: '#/components/schemas/Pett'",
        message: "does not exist",
        help: "define it",
    },
    Case {
        edit: ("'#/components/schemas/Pet'", "'pets.yaml#/Pet'"),
        line: "                  $ref: 'pets.yaml#/Pet'",
        message: "is not in this document",
        help: "under `components`",
    },
    Case {
        edit: ("'#/components/schemas/Pet'", "'#/components/responses/Missing'"),
        line: "                  $ref: '#/components/responses/Missing'",
        message: "is of another kind than this location requires",
        help: "#/components/schemas/",
    },
    Case {
        edit: ("'#/components/responses/Missing'", "'#/components/schemas/Pet'"),
        line: "          $ref: '#/components/schemas/Pet'",
        message: "is of another kind than this location requires",
        help: "#/components/responses/",
    },
    Case {
        edit: ("'#/components/schemas/Pet'", "'#'"),
        line: "                  $ref: '#'",
        message: "is of another kind than this location requires",
        help: "#/components/schemas/",
    },
    Case {
        edit: ("'#/components/schemas/Pet'", "'#Pet'"),
        line: "                  $ref: '#Pet'",
        message: "does not exist",
        help: "define it",
    },
    Case {
        edit: (
            "        '404':\n",
            "        default:\n          $ref: '#/components/responses/Gone'\n        '404':\n",
        ),
        line: "          $ref: '#/components/responses/Gone'",
        message: "does not exist",
        help: "define it",
    },
    Case {
        edit: (
            "        weight:",
            "        default: { $ref: '#/components/schemas/Nothing' }\n        weight:",
        ),
        line: "        default: { $ref: '#/components/schemas/Nothing' }",
        message: "does not exist",
        help: "define it",
    },
    Case {
        edit: ("    Problem:", "    Loop: { $ref: '#/components/schemas/Loop' }\n    Problem:"),
        line: "    Loop: { $ref: '#/components/schemas/Loop' }",
        message: "refers to itself",
        help: "move it into a property",
    },
    Case {
        edit: ("    Problem:", "    Loop: { allOf: [{ $ref: '#/components/schemas/Loop' }] }\n    Problem:"),
        line: "    Loop: { allOf: [{ $ref: '#/components/schemas/Loop' }] }",
        message: "refers to itself",
        help: "move it into a property",
    },
    Case {
        edit: (
            "    Problem:",
            "    One: { $ref: '#/components/schemas/Two' }\n    Two: { oneOf: [{ $ref: '#/components/schemas/One' }] }\n    Problem:",
        ),
        line: "    Two: { oneOf: [{ $ref: '#/components/schemas/One' }] }",
        message: "refers to itself",
        help: "move it into a property",
    },
    Case {
        edit: ("    Missing:", "    Again: { $ref: '#/components/responses/Again' }\n    Missing:"),
        line: "    Again: { $ref: '#/components/responses/Again' }",
        message: "refers to itself",
        help: "drop the reference",
    },
    Case {
        edit: ("operationId: add_pet", "operationId: list_pets"),
        line: "      operationId: list_pets",
        message: "is taken by the operation on line 7",
        help: "a unique id",
    },
    Case {
        edit: ("operationId: add_pet", "operationId: listpets"),
        line: "      operationId: listpets",
        message: "`list_pets` and `listpets` would be the same name",
        help: "rename one",
    },
    Case {
        edit: (
            "      operationId: add_pet",
            "      operationId: add_pet\n      servers: [{ url: 'https://b.test' }]",
        ),
        line: "      servers: [{ url: 'https://b.test' }]",
        message: "`servers` of a path or an operation",
        help: "drop it",
    },
    Case {
        edit: (
            "        - name: limit\n          in: query",
            "        - name: limit\n          required: true\n          in: path",
        ),
        line: "        - name: limit",
        message: "`limit` is not in the path /pets",
        help: "put `{limit}` in the path",
    },
    Case {
        edit: (
            "  /pets:\n    get:",
            "  /pets/{limit}:\n    put: { operationId: a, responses: { '204': { description: d } } }\n  /pets:\n    get:",
        ),
        line: "    put: { operationId: a, responses: { '204': { description: d } } }",
        message: "PUT /pets/{limit} has no parameter for `{limit}`",
        help: "add the parameter `limit`",
    },
    // Security.
    Case {
        edit: ("paths:", "security: [{ Nobody: [] }]\npaths:"),
        line: "security: [{ Nobody: [] }]",
        message: "the security scheme `Nobody` does not exist",
        help: "components/securitySchemes",
    },
    Case {
        edit: ("      operationId: add_pet", "      operationId: add_pet\n      security: [{ Key: [] }]"),
        line: "      security: [{ Key: [] }]",
        message: "POST /pets can't be authenticated",
        help: "oauth2, openIdConnect or http bearer",
    },
    Case {
        edit: ("      operationId: add_pet", "      operationId: add_pet\n      security: [{ Basic: [] }]"),
        line: "      security: [{ Basic: [] }]",
        message: "POST /pets can't be authenticated",
        help: "`{}` for none",
    },
    Case {
        edit: (
            "      operationId: add_pet",
            "      operationId: add_pet\n      security: [{ Bearer: [], Key: [] }]",
        ),
        line: "      security: [{ Bearer: [], Key: [] }]",
        message: "POST /pets can't be authenticated",
        help: "scheme alone",
    },
    Case {
        edit: ("          format: password", "          format: password\n          x-note: pin"),
        line: "          x-note: pin",
        message: "`x-note` on a secret",
        help: "drop it",
    },
    Case {
        edit: ("          format: password", "          format: Password"),
        line: "          format: Password",
        message: "the format `Password` is not known",
        help: "`format: password`",
    },
    Case {
        edit: (
            "          type: string\n          format: password",
            "          type: integer\n          format: password",
        ),
        line: "          format: password",
        message: "a secret that is not a string",
        help: "`type: string`",
    },
    Case {
        edit: (
            "          type: string\n          format: password",
            "          allOf:\n            - { type: string, format: password }",
        ),
        line: "            - { type: string, format: password }",
        message: "a secret as a part of a composition",
        help: "in place of the composition",
    },
    Case {
        edit: ("            type: integer", "            type: string\n            format: password"),
        line: "          schema:",
        message: "a secret as a parameter",
        help: "request's body",
    },
    Case {
        edit: (
            "            type: integer",
            "            type: array\n            items: { $ref: '#/components/schemas/Pet' }",
        ),
        line: "          schema:",
        message: "a secret as a parameter",
        help: "request's body",
    },
    Case {
        edit: (
            "    Problem:",
            "    Pin: { type: string, format: password }\n    Pins: { anyOf: [{ type: integer }, { $ref: '#/components/schemas/Pin' }] }\n    Problem:",
        ),
        line: "    Pins: { anyOf: [{ type: integer }, { $ref: '#/components/schemas/Pin' }] }",
        message: "a secret as a part of a composition",
        help: "refer to it directly",
    },
    Case {
        edit: (
            "    Problem:",
            "    Stricter:\n      allOf:\n        - $ref: '#/components/schemas/Pet'\n        - { type: object, properties: { pin: { type: string, minLength: 4 } } }\n    Problem:",
        ),
        line: "        - { type: object, properties: { pin: { type: string, minLength: 4 } } }",
        message: "a secret that another part of the same `allOf` describes as well",
        help: "describe it in one part",
    },
    Case {
        edit: (
            "    Problem:",
            "    Stricter:\n      allOf:\n        - $ref: '#/components/schemas/Pet'\n        - { type: object, additionalProperties: { type: string, minLength: 4 } }\n    Problem:",
        ),
        line: "        - { type: object, additionalProperties: { type: string, minLength: 4 } }",
        message: "a secret that another part of the same `allOf` describes as well",
        help: "describe it in one part",
    },
    Case {
        edit: ("  /pets:", "  /pets/{pet:"),
        line: "    get:",
        message: "the generator can't express GET /pets/{pet",
        help: "progenitor supports",
    },
];

#[test]
fn every_broken_contract_is_rejected_with_its_line_and_a_fix() {
    for Case { edit: (from, to), line, message, help } in CASES {
        assert!(VALID.contains(from), "the valid contract has no {from:?}");
        let broken = VALID.replacen(from, to, 1);

        let error = rejected(&broken, to);

        let [diagnostic] = error.diagnostics() else {
            panic!("{to:?}: one diagnostic expected, got {error}")
        };
        assert!(diagnostic.message().contains(message), "{to:?}: {error}");
        assert!(diagnostic.help().contains(help), "{to:?}: {error}");
        let position = diagnostic.position().unwrap();
        if !line.is_empty() {
            let lines: Vec<_> = broken.lines().collect();
            let pointed_at = lines[usize::try_from(position.line()).unwrap() - 1];
            assert_eq!(pointed_at, *line, "{error}");
        }
        assert!(error.to_string().starts_with(&format!("pets.yaml:{position}: ")), "{error}");
    }
}

/// Returns the error of a broken contract. A generated source would be a long message.
fn rejected(text: &str, edit: &str) -> Error {
    generated(text).map(drop).expect_err(edit)
}

/// Parts that the generator can't express, and that are described to it in another way.
const REWRITTEN: &[(&str, &str)] = &[
    ("          minimum: 0", "          minLength: 0"),
    ("          type: number\n", ""),
    ("            type: integer", "            type: integer\n            minimum: 0.5"),
    ("            type: integer", "            type: integer\n            maximum: 18446744073709551615"),
    ("schemas/Pet'", "schemas/Pet/properties/name'"),
    ("operationId: add_pet", "operationId: addPet"),
    ("operationId: add_pet", "operationId: 2nd_pet"),
    ("operationId: add_pet", "operationId: move"),
    ("operationId: add_pet", "operationId: new"),
    ("operationId: add_pet", "operationId: baseurl"),
    ("operationId: add_pet", "operationId: exec"),
    ("operationId: add_pet", "operationId: response_value"),
    ("    Problem:", "    PET: { type: string }\n    Problem:"),
    ("    Problem:", "    Foo-Bar: { type: string }\n    FooBar: { type: string }\n    Problem:"),
    ("        weight:", "        Pin: { type: string }\n        weight:"),
    (
        "          description: Added.\n",
        "          description: Added.\n    servers: [{ url: 'https://b.test' }]\n",
    ),
    (
        "      parameters:\n",
        "      parameters:\n        - { name: Limit, in: header, schema: { type: integer } }\n",
    ),
    ("    get:\n", "    parameters: [{ name: limit, in: header, schema: { type: integer } }]\n    get:\n"),
    ("        - name: limit", "        - name: send"),
    (
        "      operationId: add_pet",
        "      operationId: add_pet\n      parameters:\n        - { name: body, in: query, schema: { type: string } }",
    ),
    (
        "  /pets:\n    get:",
        "  /pets/{limit}:\n    put:\n      operationId: a\n      parameters:\n        - { name: limit, in: path, schema: { type: string } }\n      responses: { '204': { description: d } }\n  /pets:\n    get:",
    ),
    ("    Basic: { type", "    Other: { $ref: '#/components/securitySchemes/Key' }\n    Basic: { type"),
    ("          format: password", "          format: password\n          minLength: 4"),
    ("          format: password", "          format: password\n          default: '0000'"),
    ("          type: string\n          format: password", "          format: password"),
    (
        "          description: Added.",
        "          description: Added.\n          content: { application/json: { example: {} } }",
    ),
    (
        "          application/json:\n            schema:\n              $ref: '#/components/schemas/Pet'",
        "          application/json: { schema: { type: string } }\n          text/plain: { schema: { type: string } }",
    ),
    (
        "        '404':",
        "        '500':\n          description: Oops.\n          content: { application/json: { schema: { type: string } } }\n        '404':",
    ),
    (
        "          description: Added.",
        "          description: Added.\n          content: { application/json: { schema: { type: string } } }\n        '200':\n          description: There.\n          content: { application/json: { schema: { type: integer } } }",
    ),
    ("          in: query", "          in: cookie"),
    ("        '404':", "        '500':\n          description: Oops.\n        '404':"),
    (
        "          description: Added.",
        "          description: Added.\n          content: { application/json: { schema: { type: string } } }\n        '204':\n          description: There.",
    ),
    (
        "          description: Added.",
        "          description: Added.\n        default:\n          description: Oops.\n          content: { application/json: { schema: { type: string } } }",
    ),
    (
        "    Problem:",
        "    Odd: { oneOf: [{ type: object, properties: { pet: { $ref: '#/components/schemas/Bad' } } }] }\n    Bad: { not: { type: object } }\n    Problem:",
    ),
];

#[test]
fn what_the_generator_can_not_express_is_described_to_it_in_another_way() {
    for (from, to) in REWRITTEN {
        assert!(VALID.contains(from), "the valid contract has no {from:?}");
        let text = VALID.replacen(from, to, 1);
        if let Err(error) = generated(&text) {
            panic!("{to:?}: {error}");
        }
    }
}

#[test]
fn a_diagnostic_has_the_column_of_its_key_or_value() {
    for (from, to, position) in [
        ("openapi: 3.0.3", "openapi: 3.1.0", "1:10"),
        ("openapi: 3.0.3", "openapi: 3.0", "1:10"),
        ("      type: object", "      type: objec", "45:13"),
        ("      required: [name]", "      requird: [name]", "46:7"),
        ("      required: [name]", "      required: [name, nam]", "46:24"),
        ("schemas/Pet'", "schemas/Pett'", "22:25"),
        ("      operationId: list_pets\n", "", "7:5"),
        ("paths:", "security: [{ Nobody: [] }]\npaths:", "5:14"),
    ] {
        let broken = VALID.replacen(from, to, 1);
        let error = rejected(&broken, to);
        assert_eq!(error.diagnostics()[0].position().unwrap().to_string(), position, "{error}");
    }
}

#[test]
fn several_mistakes_are_reported_at_once_in_the_order_of_their_lines() {
    let broken = VALID
        .replace("      operationId: add_pet\n", "")
        .replace("type: number", "type: numbr")
        .replace("  title: Valid", "  title: Valid\n  titel: Valid");

    let error = Contract::parse("pets.yaml", &broken).unwrap_err();

    let messages: Vec<_> = error.diagnostics().iter().map(Diagnostic::message).collect();
    assert_eq!(messages.len(), 3, "{error}");
    assert!(
        messages[0].contains("titel") && messages[1].contains("operationId") && messages[2].contains("numbr"),
        "{error}"
    );
}

#[test]
fn valid_variants_are_accepted() {
    for (from, to) in [
        // Explicit defaults are omitted by the model without loss.
        (
            "          in: query",
            "          in: query\n          required: false\n          deprecated: false",
        ),
        ("      operationId: add_pet", "      operationId: add_pet\n      tags: []"),
        ("          minimum: 0", "          minimum: 0\n          exclusiveMinimum: false"),
        ("          minimum: 0", "          minimum: 0.0"),
        // Extensions are data of the author.
        ("          minimum: 0", "          minimum: 0\n          x-unit: kg"),
        ("  title: Valid", "  title: Valid\n  x-team: pets"),
        // A property may have any name.
        (
            "        weight:",
            "        schema: { type: string }\n        $ref: { type: string }\n        weight:",
        ),
        // Booleans of YAML 1.1 are text.
        ("All pets.", "no"),
        ("      operationId: add_pet", "      operationId: add_pet\n      servers: []\n      parameters: []"),
        // Data of the author may look like schemas and references.
        ("  title: Valid", "  title: Valid\n  x-internal: { schema: { type: money, $ref: nowhere } }"),
        (
            "          application/json:",
            "          application/json:\n              examples: { one: { value: { $ref: nowhere, schema: { type: money } } } }",
        ),
        ("          minimum: 0", "          minimum: 0\n          default: 0"),
        // A part of a composition may require a property of another part, or an additional one.
        (
            "    Problem:",
            "    Named: { type: object, required: [name] }\n    Both: { allOf: [{ $ref: '#/components/schemas/Pet' }, { $ref: '#/components/schemas/Named' }] }\n    Problem:",
        ),
        (
            "    Problem:",
            "    Any: { type: object, required: [name], additionalProperties: { type: string } }\n    Problem:",
        ),
        // A property may refer to its owner: the type is recursive.
        ("        weight:", "        parent: { $ref: '#/components/schemas/Pet' }\n        weight:"),
        // A parameter of an operation overrides one of its path.
        ("    get:\n", "    parameters: [{ name: limit, in: query, schema: { type: string } }]\n    get:\n"),
        // Annotations do not make response types differ.
        (
            "        '404':",
            "        '500':\n          description: Oops.\n          content: { application/json: { schema: { $ref: '#/components/schemas/Problem' }, example: {} } }\n        '404':",
        ),
        (
            "          description: Added.",
            "          description: Added.\n          content: { application/json: { schema: { type: string, description: a } } }\n        '200':\n          description: There.\n          content: { application/json: { schema: { type: string, description: b } } }",
        ),
        // Alternatives that the client supports, among others.
        ("paths:", "security: [{ Key: [] }, { Token: [] }]\npaths:"),
        ("paths:", "security: [{ Key: [] }, {}]\npaths:"),
        // JSON schemas in examples are data.
        ("          minimum: 0", "          minimum: 0\n          example: 3"),
    ] {
        assert!(VALID.contains(from), "the valid contract has no {from:?}");
        let text = VALID.replacen(from, to, 1);
        if let Err(error) = generated(&text) {
            panic!("{to:?}: {error}");
        }
    }
}

#[test]
fn the_same_contract_generates_the_same_text() {
    assert_eq!(generated(VALID).unwrap(), generated(VALID).unwrap());
}

#[test]
fn a_contract_can_be_json() {
    let contract = Contract::parse("pets.yaml", VALID).unwrap();
    let json = serde_json::to_string_pretty(contract.model()).unwrap();

    assert_eq!(generated(&json).unwrap(), generated(VALID).unwrap());
}

#[test]
fn a_secret_has_the_secret_type_in_every_location() {
    let secret = "{ type: string, format: password, nullable: true, title: Pin, description: Four digits., example: '1234' }";
    let text = VALID
        .replace(
            "        weight:",
            &format!(
                "        pins: {{ type: array, items: {secret} }}\n        old: {secret}\n        weight:"
            ),
        )
        .replace("    Problem:", &format!("    Named: {secret}\n    Problem:"));

    let source = generated(&text).unwrap();

    assert!(source.contains("pub pins: ::std::vec::Vec<::std::option::Option<crate::Secret>>"), "{source}");
    assert!(source.contains("pub old: ::std::option::Option<crate::Secret>"), "{source}");
    let named = source.split("pub struct Named").nth(1).unwrap().lines().next().unwrap();
    assert!(named.contains("crate::Secret"), "{named}");
}

#[test]
fn a_secret_with_annotations_has_the_secret_type() {
    for annotation in [
        "nullable: true",
        "title: Pin",
        "description: Four digits.",
        "example: '1234'",
        "deprecated: true",
        "readOnly: true",
        "writeOnly: true",
        "externalDocs: { url: 'https://pets.test' }",
    ] {
        let text = VALID.replace("          description: A secret.", &format!("          {annotation}"));
        let source = generated(&text).unwrap_or_else(|error| panic!("{annotation}: {error}"));
        assert!(source.contains("pub pin: ::std::option::Option<crate::Secret>"), "{annotation}: {source}");
    }
}

#[test]
fn a_secret_in_composed_objects_has_the_secret_type() {
    let text = VALID.replace(
        "    Problem:",
        "    Chip: { type: object, properties: { code: { type: string, format: password } } }\n    Chipped: \
         { allOf: [{ $ref: '#/components/schemas/Pet' }, { $ref: '#/components/schemas/Chip' }] }\n    Problem:",
    );

    let source = generated(&text).unwrap();

    let chipped = source.split("pub struct Chipped").nth(1).unwrap().split("\n    }").next().unwrap();
    assert_eq!(chipped.matches("crate::Secret").count(), 2, "{chipped}");
}

#[test]
fn the_client_knows_which_operations_take_a_token_and_which_one_issues_it() {
    let text = VALID
        .replace("paths:", "security: [{ Bearer: [] }]\npaths:")
        .replace("https://pets.test/token", "/pets")
        .replace("      operationId: add_pet", "      operationId: add_pet\n      security: [{ Basic: [] }]");

    let contract = generated(&text).unwrap().split("pub mod contract").nth(1).unwrap().to_owned();

    let (takes_bearer, rest) = contract.split_once("pub fn is_token_operation").unwrap();
    assert!(takes_bearer.contains(r#"matches!(operation_id, "list_pets")"#), "{contract}");
    assert!(rest.contains(r#"matches!(operation_id, "add_pet")"#), "{contract}");
}

#[test]
fn no_operation_is_the_token_operation_if_the_contract_has_none() {
    let source = generated(VALID).unwrap();

    let body = source.split("pub fn is_token_operation(operation_id: &str) -> bool {").nth(1).unwrap();
    assert!(body.trim_start().starts_with("let _ = operation_id;\n        false\n"), "{body}");
}

#[test]
fn a_missing_file_is_named_in_the_error() {
    let error = Contract::read("nowhere/openapi.yaml").unwrap_err().to_string();

    assert!(error.starts_with("nowhere/openapi.yaml: the contract can't be read"), "{error}");
}
