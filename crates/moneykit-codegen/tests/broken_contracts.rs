//! Every way to break a contract that the generator would not notice, or would meet with a panic.

use moneykit_codegen::{Contract, Error, generate};

const SOUND: &str = r"openapi: 3.0.3
info:
  title: Sound
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

fn made_of(text: &str) -> Result<String, Error> {
    generate(&Contract::parse("pets.yaml", text)?)
}

#[test]
fn the_sound_contract_makes_a_client() {
    let source = made_of(SOUND).unwrap();

    assert!(source.contains("pub fn list_pets(&self)"));
    assert!(source.contains("pub pin: ::std::option::Option<crate::Secret>"));
}

/// One edit to the sound contract, and what is then said about it.
struct Case {
    /// The text that is replaced, where it first occurs, and what it is replaced by.
    edit: (&'static str, &'static str),
    /// The line of the edited contract that the message points at.
    line: &'static str,
    what: &'static str,
    help: &'static str,
}

const CASES: &[Case] = &[
    // Not YAML, or not this kind of document.
    Case {
        edit: ("  title: Sound", "  title: [Sound"),
        line: "",
        what: "this can't be read",
        help: "mend the YAML",
    },
    Case {
        edit: ("  title: Sound", "  title: a\n  title: b"),
        line: "  title: b",
        what: "duplicate",
        help: "mend the YAML",
    },
    Case {
        edit: ("openapi: 3.0.3", "openapi: 3.1.0"),
        line: "openapi: 3.1.0",
        what: "OpenAPI 3.1.0 is not supported",
        help: "openapi: 3.0.3",
    },
    Case {
        edit: ("openapi: 3.0.3", "openapi: 3.0"),
        line: "openapi: 3.0",
        what: "not a version",
        help: "openapi: 3.0.3",
    },
    Case {
        edit: ("openapi: 3.0.3", "swagger: '2.0'"),
        line: "swagger: '2.0'",
        what: "Swagger 2.0",
        help: "openapi: 3.0.3",
    },
    Case {
        edit: ("openapi: 3.0.3\n", ""),
        line: "info:",
        what: "`openapi` is missing",
        help: "openapi: 3.0.3",
    },
    // Keywords that the document model drops or misreads.
    Case {
        edit: ("      type: object", "      type: objec"),
        line: "      type: objec",
        what: "type `objec` does not exist",
        help: "use one of string, integer",
    },
    Case {
        edit: ("            type: integer", "            type: int"),
        line: "            type: int",
        what: "type `int` does not exist",
        help: "use one of",
    },
    Case {
        edit: ("          type: string\n", "          type: [string, 'null']\n"),
        line: "          type: [string, 'null']",
        what: "does not exist",
        help: "nullable: true",
    },
    Case {
        edit: ("      required: [name]", "      requird: [name]"),
        line: "      requird: [name]",
        what: "`requird` is not a keyword",
        help: "spelling",
    },
    Case {
        edit: ("          minimum: 0", "          minLength: 0"),
        line: "          minLength: 0",
        what: "`minLength` has no meaning for the type `number`",
        help: "change the type to string",
    },
    Case {
        edit: ("          minLength: 1", "          minLenght: 1"),
        line: "          minLenght: 1",
        what: "`minLenght` is not a keyword",
        help: "spelling",
    },
    Case {
        edit: ("          type: number\n", ""),
        line: "          minimum: 0",
        what: "without a `type`",
        help: "add `type: integer`",
    },
    Case {
        edit: ("          type: number", "          type: number\n          oneOf: []"),
        line: "          oneOf: []",
        what: "`oneOf` beside a `type`",
        help: "drop the `type`",
    },
    Case {
        edit: ("      operationId: add_pet", "      operationId: add_pet\n      sumary: Add"),
        line: "      sumary: Add",
        what: "`sumary` is not read here",
        help: "`x-`",
    },
    Case {
        edit: ("  title: Sound", "  title: Sound\n  titel: Sound"),
        line: "  titel: Sound",
        what: "`titel` is not read here",
        help: "spelling",
    },
    Case {
        edit: ("paths:", "webhooks: { a: b }\npaths:"),
        line: "webhooks: { a: b }",
        what: "`webhooks` is not read here",
        help: "place",
    },
    Case {
        edit: ("          in: query", "          in: query\n          format: int32"),
        line: "          format: int32",
        what: "`format` is not read here",
        help: "place",
    },
    Case {
        edit: ("          in: query", "          in: body"),
        line: "",
        what: "this can't be read",
        help: "OpenAPI 3.0.3",
    },
    Case {
        edit: ("          in: query", "          in: query\n          explod: false"),
        line: "          explod: false",
        what: "`explod` is not read here",
        help: "spelling",
    },
    Case {
        edit: ("      operationId: add_pet", "      operationId: add_pet\n      securty: []"),
        line: "      securty: []",
        what: "`securty` is not read here",
        help: "spelling",
    },
    Case {
        edit: ("  title: Sound", "  title: Sound\n  x: null"),
        line: "  x: null",
        what: "`x` is not read here",
        help: "spelling",
    },
    Case {
        edit: ("      required: [name]", "      required: [nam]"),
        line: "      required: [nam]",
        what: "required property `nam` does not exist",
        help: "correct the name",
    },
    Case {
        edit: ("            type: integer", "            type: integer\n            minimum: 0.5"),
        line: "            minimum: 0.5",
        what: "the `minimum` of an integer is not a whole number",
        help: "change the type to number",
    },
    Case {
        edit: (
            "            type: integer",
            "            type: integer\n            maximum: 18446744073709551615",
        ),
        line: "            maximum: 18446744073709551615",
        what: "the `maximum` of an integer",
        help: "from -9223372036854775808",
    },
    // References.
    Case {
        edit: ("schemas/Pet'", "schemas/Pett'"),
        line: "                  $ref: '#/components/schemas/Pett'",
        what: "leads nowhere",
        help: "define it",
    },
    Case {
        edit: ("'#/components/schemas/Pet'", "'pets.yaml#/Pet'"),
        line: "                  $ref: 'pets.yaml#/Pet'",
        what: "leads out of this document",
        help: "under `components`",
    },
    Case {
        edit: ("  /pets:", "  /more:\n    $ref: '#/paths/~1pets'\n  /pets:"),
        line: "    $ref: '#/paths/~1pets'",
        what: "a path can't be a `$ref`",
        help: "write the path's operations here",
    },
    Case {
        edit: ("schemas/Pet'", "schemas/Pet/properties/name'"),
        line: "                  $ref: '#/components/schemas/Pet/properties/name'",
        what: "is not what this place takes",
        help: "refer to `#/components/schemas/",
    },
    Case {
        edit: ("'#/components/schemas/Pet'", "'#/components/responses/Missing'"),
        line: "                  $ref: '#/components/responses/Missing'",
        what: "is not what this place takes",
        help: "#/components/schemas/",
    },
    Case {
        edit: ("'#/components/responses/Missing'", "'#/components/schemas/Pet'"),
        line: "          $ref: '#/components/schemas/Pet'",
        what: "is not what this place takes",
        help: "#/components/responses/",
    },
    Case {
        edit: ("'#/components/schemas/Pet'", "'#'"),
        line: "                  $ref: '#'",
        what: "is not what this place takes",
        help: "#/components/schemas/",
    },
    Case {
        edit: ("'#/components/schemas/Pet'", "'#Pet'"),
        line: "                  $ref: '#Pet'",
        what: "leads nowhere",
        help: "define it",
    },
    Case {
        edit: (
            "        '404':\n",
            "        default:\n          $ref: '#/components/responses/Gone'\n        '404':\n",
        ),
        line: "          $ref: '#/components/responses/Gone'",
        what: "leads nowhere",
        help: "define it",
    },
    Case {
        edit: (
            "        weight:",
            "        default: { $ref: '#/components/schemas/Nothing' }\n        weight:",
        ),
        line: "        default: { $ref: '#/components/schemas/Nothing' }",
        what: "leads nowhere",
        help: "define it",
    },
    Case {
        edit: ("    Problem:", "    Loop: { $ref: '#/components/schemas/Loop' }\n    Problem:"),
        line: "    Loop: { $ref: '#/components/schemas/Loop' }",
        what: "is made of itself",
        help: "let a property",
    },
    Case {
        edit: ("    Problem:", "    Loop: { allOf: [{ $ref: '#/components/schemas/Loop' }] }\n    Problem:"),
        line: "    Loop: { allOf: [{ $ref: '#/components/schemas/Loop' }] }",
        what: "is made of itself",
        help: "let a property",
    },
    Case {
        edit: (
            "    Problem:",
            "    One: { $ref: '#/components/schemas/Two' }\n    Two: { oneOf: [{ $ref: '#/components/schemas/One' }] }\n    Problem:",
        ),
        line: "    Two: { oneOf: [{ $ref: '#/components/schemas/One' }] }",
        what: "is made of itself",
        help: "let a property",
    },
    Case {
        edit: ("    Missing:", "    Again: { $ref: '#/components/responses/Again' }\n    Missing:"),
        line: "    Again: { $ref: '#/components/responses/Again' }",
        what: "is made of itself",
        help: "drop the reference",
    },
    // Operations.
    Case {
        edit: ("      operationId: list_pets\n", ""),
        line: "    get:",
        what: "GET /pets has no operationId",
        help: "add `operationId",
    },
    Case {
        edit: ("operationId: add_pet", "operationId: list_pets"),
        line: "      operationId: list_pets",
        what: "is taken by the operation on line 7",
        help: "an id of its own",
    },
    Case {
        edit: ("operationId: add_pet", "operationId: addPet"),
        line: "      operationId: addPet",
        what: "`addPet` is not in snake case",
        help: "`operationId: add_pet`",
    },
    Case {
        edit: ("operationId: add_pet", "operationId: 2nd_pet"),
        line: "      operationId: 2nd_pet",
        what: "is not in snake case",
        help: "`operationId: call_2nd_pet`",
    },
    Case {
        edit: ("operationId: add_pet", "operationId: move"),
        line: "      operationId: move",
        what: "`move` is a word of Rust",
        help: "`move_something`",
    },
    Case {
        edit: ("operationId: add_pet", "operationId: new"),
        line: "      operationId: new",
        what: "`new` is a name that the generated client has already",
        help: "`new_something`",
    },
    Case {
        edit: ("operationId: add_pet", "operationId: baseurl"),
        line: "      operationId: baseurl",
        what: "has already",
        help: "`baseurl_something`",
    },
    Case {
        edit: ("operationId: add_pet", "operationId: exec"),
        line: "      operationId: exec",
        what: "has already",
        help: "`exec_something`",
    },
    Case {
        edit: ("operationId: add_pet", "operationId: response_value"),
        line: "      operationId: response_value",
        what: "has already",
        help: "_something`",
    },
    Case {
        edit: ("operationId: add_pet", "operationId: listpets"),
        line: "      operationId: listpets",
        what: "`list_pets` and `listpets` would get the same name",
        help: "rename one",
    },
    Case {
        edit: ("    Problem:", "    PET: { type: string }\n    Problem:"),
        line: "    PET: { type: string }",
        what: "`Pet` and `PET` would get the same name in Rust",
        help: "rename one",
    },
    Case {
        edit: ("    Problem:", "    Foo-Bar: { type: string }\n    FooBar: { type: string }\n    Problem:"),
        line: "    FooBar: { type: string }",
        what: "`Foo-Bar` and `FooBar` would get",
        help: "rename one",
    },
    Case {
        edit: ("        weight:", "        Pin: { type: string }\n        weight:"),
        line: "        Pin: { type: string }",
        what: "`pin` and `Pin` would get",
        help: "rename one",
    },
    Case {
        edit: (
            "          description: Added.\n",
            "          description: Added.\n    servers: [{ url: 'https://b.test' }]\n",
        ),
        line: "    servers: [{ url: 'https://b.test' }]",
        what: "`servers` of a path or an operation",
        help: "drop it",
    },
    Case {
        edit: (
            "      operationId: add_pet",
            "      operationId: add_pet\n      servers: [{ url: 'https://b.test' }]",
        ),
        line: "      servers: [{ url: 'https://b.test' }]",
        what: "`servers` of a path or an operation",
        help: "drop it",
    },
    Case {
        edit: ("      responses:\n        '201':\n          description: Added.\n", ""),
        line: "    post:",
        what: "POST /pets has no responses",
        help: "add `responses`",
    },
    Case {
        edit: ("          schema:\n            type: integer\n", ""),
        line: "        - name: limit",
        what: "the parameter `limit` has no schema",
        help: "add `schema",
    },
    Case {
        edit: (
            "      parameters:\n",
            "      parameters:\n        - { name: Limit, in: header, schema: { type: integer } }\n",
        ),
        line: "        - name: limit",
        what: "takes `limit` in the query and `Limit` in the header",
        help: "rename one",
    },
    Case {
        edit: (
            "    get:\n",
            "    parameters: [{ name: limit, in: header, schema: { type: integer } }]\n    get:\n",
        ),
        line: "        - name: limit",
        what: "takes `limit` in the query and `limit` in the header",
        help: "rename one",
    },
    Case {
        edit: ("        - name: limit", "        - name: send"),
        line: "        - name: send",
        what: "name that its builder has already",
        help: "rename the parameter",
    },
    Case {
        edit: (
            "      operationId: add_pet",
            "      operationId: add_pet\n      parameters:\n        - { name: body, in: query, schema: { type: string } }",
        ),
        line: "        - { name: body, in: query, schema: { type: string } }",
        what: "name that its builder has already",
        help: "rename the parameter",
    },
    Case {
        edit: (
            "        - name: limit\n          in: query",
            "        - name: limit\n          required: true\n          in: path",
        ),
        line: "        - name: limit",
        what: "`limit` is no part of the path /pets",
        help: "put `{limit}` in the path",
    },
    Case {
        edit: (
            "  /pets:\n    get:",
            "  /pets/{limit}:\n    put: { operationId: a, responses: { '204': { description: d } } }\n  /pets:\n    get:",
        ),
        line: "    put: { operationId: a, responses: { '204': { description: d } } }",
        what: "PUT /pets/{limit} has no parameter for `{limit}`",
        help: "add the parameter `limit`",
    },
    Case {
        edit: (
            "  /pets:\n    get:",
            "  /pets/{limit}:\n    put:\n      operationId: a\n      parameters:\n        - { name: limit, in: path, schema: { type: string } }\n      responses: { '204': { description: d } }\n  /pets:\n    get:",
        ),
        line: "        - { name: limit, in: path, schema: { type: string } }",
        what: "`limit` is a part of the path, yet not required",
        help: "`required: true`",
    },
    // Security.
    Case {
        edit: ("paths:", "security: [{ Nobody: [] }]\npaths:"),
        line: "security: [{ Nobody: [] }]",
        what: "the security scheme `Nobody` does not exist",
        help: "components/securitySchemes",
    },
    Case {
        edit: ("      operationId: add_pet", "      operationId: add_pet\n      security: [{ Key: [] }]"),
        line: "      security: [{ Key: [] }]",
        what: "POST /pets can't be authenticated",
        help: "oauth2, openIdConnect or http bearer",
    },
    Case {
        edit: ("      operationId: add_pet", "      operationId: add_pet\n      security: [{ Basic: [] }]"),
        line: "      security: [{ Basic: [] }]",
        what: "POST /pets can't be authenticated",
        help: "`{}` for none",
    },
    Case {
        edit: (
            "      operationId: add_pet",
            "      operationId: add_pet\n      security: [{ Bearer: [], Key: [] }]",
        ),
        line: "      security: [{ Bearer: [], Key: [] }]",
        what: "POST /pets can't be authenticated",
        help: "by itself",
    },
    Case {
        edit: (
            "    Basic: { type",
            "    Other: { $ref: '#/components/securitySchemes/Key' }\n    Basic: { type",
        ),
        line: "    Other: { $ref: '#/components/securitySchemes/Key' }",
        what: "a security scheme can't be a `$ref`",
        help: "write the scheme here",
    },
    // Secrets.
    Case {
        edit: ("          format: password", "          format: password\n          minLength: 4"),
        line: "          minLength: 4",
        what: "`minLength` on a secret",
        help: "drop it",
    },
    Case {
        edit: ("          format: password", "          format: password\n          default: '0000'"),
        line: "          default: '0000'",
        what: "`default` on a secret",
        help: "drop it",
    },
    Case {
        edit: ("          format: password", "          format: password\n          x-note: pin"),
        line: "          x-note: pin",
        what: "`x-note` on a secret",
        help: "drop it",
    },
    Case {
        edit: ("          format: password", "          format: Password"),
        line: "          format: Password",
        what: "the format `Password` is not known",
        help: "`format: password`",
    },
    Case {
        edit: (
            "          type: string\n          format: password",
            "          type: integer\n          format: password",
        ),
        line: "          format: password",
        what: "a secret that is not a string",
        help: "`type: string`",
    },
    Case {
        edit: ("          type: string\n          format: password", "          format: password"),
        line: "          format: password",
        what: "a secret that is not a string",
        help: "`type: string`",
    },
    Case {
        edit: (
            "          type: string\n          format: password",
            "          allOf:\n            - { type: string, format: password }",
        ),
        line: "            - { type: string, format: password }",
        what: "a secret as a part of a composition",
        help: "in place of the composition",
    },
    Case {
        edit: ("            type: integer", "            type: string\n            format: password"),
        line: "          schema:",
        what: "a secret as a parameter",
        help: "request's body",
    },
    Case {
        edit: (
            "            type: integer",
            "            type: array\n            items: { $ref: '#/components/schemas/Pet' }",
        ),
        line: "          schema:",
        what: "a secret as a parameter",
        help: "request's body",
    },
    Case {
        edit: (
            "    Problem:",
            "    Pin: { type: string, format: password }\n    Pins: { anyOf: [{ type: integer }, { $ref: '#/components/schemas/Pin' }] }\n    Problem:",
        ),
        line: "    Pins: { anyOf: [{ type: integer }, { $ref: '#/components/schemas/Pin' }] }",
        what: "a secret as a part of a composition",
        help: "refer to it directly",
    },
    Case {
        edit: (
            "    Problem:",
            "    Stricter:\n      allOf:\n        - $ref: '#/components/schemas/Pet'\n        - { type: object, properties: { pin: { type: string, minLength: 4 } } }\n    Problem:",
        ),
        line: "        - { type: object, properties: { pin: { type: string, minLength: 4 } } }",
        what: "a secret that another part of the same `allOf` describes as well",
        help: "describe it in one part",
    },
    Case {
        edit: (
            "    Problem:",
            "    Stricter:\n      allOf:\n        - $ref: '#/components/schemas/Pet'\n        - { type: object, additionalProperties: { type: string, minLength: 4 } }\n    Problem:",
        ),
        line: "        - { type: object, additionalProperties: { type: string, minLength: 4 } }",
        what: "a secret that another part of the same `allOf` describes as well",
        help: "describe it in one part",
    },
    // What progenitor can't express.
    Case {
        edit: (
            "          description: Added.",
            "          description: Added.\n          content: { application/json: { example: {} } }",
        ),
        line: "        '201':",
        what: "the JSON of the response 201 to POST /pets has no schema",
        help: "give it a `schema`",
    },
    Case {
        edit: (
            "          application/json:\n            schema:\n              $ref: '#/components/schemas/Pet'",
            "          application/json: { schema: { type: string } }\n          text/plain: { schema: { type: string } }",
        ),
        line: "      requestBody:",
        what: "POST /pets takes 2 media types",
        help: "keep the one",
    },
    Case {
        edit: (
            "        '404':",
            "        '500':\n          description: Oops.\n          content: { application/json: { schema: { type: string } } }\n        '404':",
        ),
        line: "        '404':",
        what: "the error responses of GET /pets have different schemas",
        help: "refer to the same schema",
    },
    Case {
        edit: (
            "          description: Added.",
            "          description: Added.\n          content: { application/json: { schema: { type: string } } }\n        '200':\n          description: There.\n          content: { application/json: { schema: { type: integer } } }",
        ),
        line: "        '200':",
        what: "the success responses of POST /pets have different schemas",
        help: "refer to the same schema",
    },
    Case {
        edit: ("          in: query", "          in: cookie"),
        line: "    get:",
        what: "the generator can't express GET /pets",
        help: "progenitor supports",
    },
    Case {
        edit: ("  /pets:", "  /pets/{pet:"),
        line: "    get:",
        what: "the generator can't express GET /pets/{pet",
        help: "progenitor supports",
    },
    Case {
        edit: ("        '404':", "        '500':\n          description: Oops.\n        '404':"),
        line: "        '404':",
        what: "the error responses of GET /pets have different schemas",
        help: "refer to the same schema",
    },
    Case {
        edit: (
            "          description: Added.",
            "          description: Added.\n          content: { application/json: { schema: { type: string } } }\n        '204':\n          description: There.",
        ),
        line: "        '204':",
        what: "the success responses of POST /pets have different schemas",
        help: "refer to the same schema",
    },
    Case {
        edit: (
            "          description: Added.",
            "          description: Added.\n        default:\n          description: Oops.\n          content: { application/json: { schema: { type: string } } }",
        ),
        line: "        default:",
        what: "the success responses of POST /pets have different schemas",
        help: "write `4XX` and `5XX`",
    },
    Case {
        edit: (
            "    Problem:",
            "    Odd: { oneOf: [{ type: object, properties: { pet: { $ref: '#/components/schemas/Bad' } } }] }\n    Bad: { not: { type: object } }\n    Problem:",
        ),
        line: "    Bad: { not: { type: object } }",
        what: "the generator can't express the schema `Bad`",
        help: "simplify the schema",
    },
];

#[test]
fn every_broken_contract_is_refused_with_its_line_and_a_remedy() {
    for Case { edit: (from, to), line, what, help } in CASES {
        assert!(SOUND.contains(from), "the sound contract has no {from:?}");
        let broken = SOUND.replacen(from, to, 1);

        let error = made_of(&broken).expect_err(to);

        let [problem] = error.problems() else { panic!("{to:?}: one problem expected, got {error}") };
        assert!(problem.what().contains(what), "{to:?}: {error}");
        assert!(problem.help().contains(help), "{to:?}: {error}");
        let position = problem.position().unwrap();
        if !line.is_empty() {
            let lines: Vec<_> = broken.lines().collect();
            let pointed_at = lines[usize::try_from(position.line()).unwrap() - 1];
            assert_eq!(pointed_at, *line, "{error}");
        }
        assert!(error.to_string().starts_with(&format!("pets.yaml:{position}: ")), "{error}");
    }
}

#[test]
fn several_mistakes_are_reported_at_once_in_the_order_of_their_lines() {
    let broken = SOUND
        .replace("      operationId: add_pet\n", "")
        .replace("type: number", "type: numbr")
        .replace("  title: Sound", "  title: Sound\n  titel: Sound");

    let error = Contract::parse("pets.yaml", &broken).unwrap_err();

    let what: Vec<_> = error.problems().iter().map(moneykit_codegen::Problem::what).collect();
    assert_eq!(what.len(), 3, "{error}");
    assert!(
        what[0].contains("titel") && what[1].contains("operationId") && what[2].contains("numbr"),
        "{error}"
    );
}

#[test]
fn what_leaves_nothing_out_is_accepted() {
    for (from, to) in [
        // Defaults that are written out are not lost by being left out.
        (
            "          in: query",
            "          in: query\n          required: false\n          deprecated: false",
        ),
        ("      operationId: add_pet", "      operationId: add_pet\n      tags: []"),
        ("          minimum: 0", "          minimum: 0\n          exclusiveMinimum: false"),
        ("          minimum: 0", "          minimum: 0.0"),
        // Extensions are the author's own.
        ("          minimum: 0", "          minimum: 0\n          x-unit: kg"),
        ("  title: Sound", "  title: Sound\n  x-team: pets"),
        // A property may have any name.
        (
            "        weight:",
            "        schema: { type: string }\n        $ref: { type: string }\n        weight:",
        ),
        // Words that YAML 1.1 took for booleans.
        ("All pets.", "no"),
        ("      operationId: add_pet", "      operationId: add_pet\n      servers: []\n      parameters: []"),
        // The author's data may look like anything.
        ("  title: Sound", "  title: Sound\n  x-internal: { schema: { type: money, $ref: nowhere } }"),
        (
            "          application/json:",
            "          application/json:\n              examples: { one: { value: { $ref: nowhere, schema: { type: money } } } }",
        ),
        ("          minimum: 0", "          minimum: 0\n          default: 0"),
        // A property may be required by the part of a composition that does not have it, or be one of many.
        (
            "    Problem:",
            "    Named: { type: object, required: [name] }\n    Both: { allOf: [{ $ref: '#/components/schemas/Pet' }, { $ref: '#/components/schemas/Named' }] }\n    Problem:",
        ),
        (
            "    Problem:",
            "    Any: { type: object, required: [name], additionalProperties: { type: string } }\n    Problem:",
        ),
        // What leads back through a property is a tree.
        ("        weight:", "        parent: { $ref: '#/components/schemas/Pet' }\n        weight:"),
        // An operation may say anew what its path says.
        ("    get:\n", "    parameters: [{ name: limit, in: query, schema: { type: string } }]\n    get:\n"),
        // Bytes are bytes, and a type is a type, whatever is said about it.
        (
            "        '404':",
            "        '500':\n          description: Oops.\n          content: { application/json: { schema: { $ref: '#/components/schemas/Problem' }, example: {} } }\n        '404':",
        ),
        (
            "          description: Added.",
            "          description: Added.\n          content: { application/json: { schema: { type: string, description: a } } }\n        '200':\n          description: There.\n          content: { application/json: { schema: { type: string, description: b } } }",
        ),
        // Ways to authenticate that the client has, among others.
        ("paths:", "security: [{ Key: [] }, { Token: [] }]\npaths:"),
        ("paths:", "security: [{ Key: [] }, {}]\npaths:"),
        // JSON schemas in examples are data.
        ("          minimum: 0", "          minimum: 0\n          example: 3"),
    ] {
        assert!(SOUND.contains(from), "the sound contract has no {from:?}");
        let text = SOUND.replacen(from, to, 1);
        if let Err(error) = made_of(&text) {
            panic!("{to:?}: {error}");
        }
    }
}

#[test]
fn the_same_contract_makes_the_same_text() {
    assert_eq!(made_of(SOUND).unwrap(), made_of(SOUND).unwrap());
}

#[test]
fn json_is_read_as_well() {
    let contract = Contract::parse("pets.yaml", SOUND).unwrap();
    let json = serde_json::to_string_pretty(contract.document()).unwrap();

    assert_eq!(made_of(&json).unwrap(), made_of(SOUND).unwrap());
}

#[test]
fn a_secret_is_a_secret_wherever_it_stands() {
    let secret = "{ type: string, format: password, nullable: true, title: Pin, description: Four digits., example: '1234' }";
    let text = SOUND
        .replace(
            "        weight:",
            &format!(
                "        pins: {{ type: array, items: {secret} }}\n        old: {secret}\n        weight:"
            ),
        )
        .replace("    Problem:", &format!("    Named: {secret}\n    Problem:"));

    let source = made_of(&text).unwrap();

    assert!(source.contains("pub pins: ::std::vec::Vec<::std::option::Option<crate::Secret>>"), "{source}");
    assert!(source.contains("pub old: ::std::option::Option<crate::Secret>"), "{source}");
    let named = source.split("pub struct Named").nth(1).unwrap().lines().next().unwrap();
    assert!(named.contains("crate::Secret"), "{named}");
}

#[test]
fn annotations_leave_a_secret_a_secret() {
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
        let text = SOUND.replace("          description: A secret.", &format!("          {annotation}"));
        let source = made_of(&text).unwrap_or_else(|error| panic!("{annotation}: {error}"));
        assert!(source.contains("pub pin: ::std::option::Option<crate::Secret>"), "{annotation}: {source}");
    }
}

#[test]
fn a_secret_inside_composed_objects_is_a_secret() {
    let text = SOUND.replace(
        "    Problem:",
        "    Chip: { type: object, properties: { code: { type: string, format: password } } }\n    Chipped: \
         { allOf: [{ $ref: '#/components/schemas/Pet' }, { $ref: '#/components/schemas/Chip' }] }\n    Problem:",
    );

    let source = made_of(&text).unwrap();

    let chipped = source.split("pub struct Chipped").nth(1).unwrap().split("\n    }").next().unwrap();
    assert_eq!(chipped.matches("crate::Secret").count(), 2, "{chipped}");
}

#[test]
fn the_client_knows_which_operations_take_a_token_and_which_one_makes_it() {
    let text = SOUND
        .replace("paths:", "security: [{ Bearer: [] }]\npaths:")
        .replace("https://pets.test/token", "/pets")
        .replace("      operationId: add_pet", "      operationId: add_pet\n      security: [{ Basic: [] }]");

    let contract = made_of(&text).unwrap().split("pub mod contract").nth(1).unwrap().to_owned();

    let (takes_bearer, rest) = contract.split_once("pub fn is_token_operation").unwrap();
    assert!(takes_bearer.contains(r#"matches!(operation_id, "list_pets")"#), "{contract}");
    assert!(rest.contains(r#"matches!(operation_id, "add_pet")"#), "{contract}");
}

#[test]
fn a_contract_without_a_token_operation_says_so_of_every_operation() {
    let source = made_of(SOUND).unwrap();

    let body = source.split("pub fn is_token_operation(operation_id: &str) -> bool {").nth(1).unwrap();
    assert!(body.trim_start().starts_with("let _ = operation_id;\n        false\n"), "{body}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Contract::read("nowhere/openapi.yaml").unwrap_err().to_string();

    assert!(error.starts_with("nowhere/openapi.yaml: the contract can't be read"), "{error}");
}
