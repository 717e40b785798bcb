//! Renders a contract with everything that the reference supports.

use super::*;

const RICH: &str = r"openapi: 3.0.3
info: { title: Rich, version: '1' }
paths:
  /pets/{id}:
    parameters:
      - { name: id, in: path, required: true, description: Which pet., schema: { type: integer, minimum: 1 } }
      - { name: sort, in: query, schema: { type: string } }
    put:
      operationId: put_pet
      parameters:
        - { name: sort, in: query, schema: { type: string, enum: [age, name], default: age } }
        - $ref: '#/components/parameters/Tags'
      requestBody: { $ref: '#/components/requestBodies/Pet' }
      responses:
        '200':
          description: Stored.
          headers:
            x-rate: { description: Calls left., schema: { type: integer, maximum: 9 } }
            x-more: { $ref: '#/components/headers/More' }
          content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Pet' } } } }
components:
  headers:
    More: { description: Whether there is more., schema: { type: boolean } }
  parameters:
    Tags: { name: tags, in: query, schema: { type: array, maxItems: 3, items: { type: string, maxLength: 8 } } }
  requestBodies:
    Pet: { description: The pet., content: { application/json: { schema: { $ref: '#/components/schemas/Pet' } } } }
  schemas:
    Pet:
      type: object
      properties:
        kind: { $ref: '#/components/schemas/Kind' }
        weights: { type: array, items: { type: number, exclusiveMinimum: true, minimum: 0 } }
        born: { type: string, format: date }
        owner: { type: object, required: [name], properties: { name: { type: string } } }
        stays: { type: array, items: { type: object, properties: { days: { type: integer } } } }
    Kind: { description: What it is., type: string, enum: [cat, dog] }
    Pets: { type: array, minItems: 1, items: { $ref: '#/components/schemas/Pet' } }
    Chipped:
      allOf:
        - $ref: '#/components/schemas/Pet'
        - { type: object, required: [chip], properties: { chip: { type: string, format: password } } }
    Either: { oneOf: [{ type: string }, { $ref: '#/components/schemas/Kind' }], nullable: true }
    Ages: { type: object, additionalProperties: { type: integer } }
    Same: { $ref: '#/components/schemas/Kind' }
";

#[test]
fn every_part_of_a_contract_is_rendered() {
    let page = render(&Contract::parse("rich.yaml", RICH).unwrap());

    for (part, lines) in [
        ("a path's parameter", "| `id` | path | integer | required. Which pet. Range: at least 1. |"),
        ("an operation's parameter", "| `sort` | query | string | Allowed: `age`, `name`. Default: `age`. |"),
        (
            "a referenced parameter",
            "| `tags` | query | array of string | Range: at most 3 items. Of the items: Range: at most 8 characters. |",
        ),
        (
            "a referenced body",
            "### Request\n\nThe pet.\n\nThe body is optional.\n\n`application/json`: [Pet](#pet)",
        ),
        ("a response's type", "| 200 | array of [Pet](#pet) | Stored. |"),
        ("a header", "| 200 | `x-rate` | integer | Calls left. Range: at most 9. |"),
        ("a referenced header", "| 200 | `x-more` | boolean | Whether there is more. |"),
        ("items", "| `weights` | array of number | Of the items: Range: more than 0. |"),
        ("a format", "| `born` | string, date |  |"),
        ("a field's fields", "| `owner.name` | string | **required.**  |"),
        ("an item's fields", "| `stays[].days` | integer |  |"),
        ("an enum", "### Kind\n\nWhat it is.\n\nType: string. Allowed: `cat`, `dog`."),
        ("an array", "### Pets\n\nType: array of [Pet](#pet). Range: at least 1 items."),
        ("a composition", "### Chipped\n\nType: all of [Pet](#pet), object.\n\n| field |"),
        ("a composition's field", "| `chip` | string, secret | **required.**  |"),
        ("alternatives", "### Either\n\nType: one of string, [Kind](#kind) or null."),
        ("a map", "### Ages\n\nType: object with values of integer."),
        ("an alias", "### Same\n\nType: [Kind](#kind)."),
    ] {
        assert!(page.contains(lines), "{part}: no {lines:?} in\n{page}");
    }
    assert_eq!(page.matches("| `sort` |").count(), 1, "an overridden parameter is listed once:\n{page}");
}
