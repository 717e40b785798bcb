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
    // What progenitor can't express.
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
fn a_file_that_is_not_there_is_named() {
    let error = Contract::read("nowhere/openapi.yaml").unwrap_err().to_string();

    assert!(error.starts_with("nowhere/openapi.yaml: the contract can't be read"), "{error}");
}
