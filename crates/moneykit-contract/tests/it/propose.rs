//! Tests of proposing an update of a contract.

use moneykit_contract::{Compatibility, Diff, Document, downgrade, extract, propose};
use serde_json::json;

const OURS: &str = "
openapi: 3.0.3
info: { title: Things, version: '1' }
servers: [{ url: https://api.test, description: Production }]
paths:
  /things/{thing_id}:
    post:
      operationId: change_thing
      summary: Change a thing
      tags: [Things]
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Change' } } } }
      responses:
        '200': { description: The thing, content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } } }
  /old: { get: { operationId: old, responses: { '204': { description: Done } } } }
components:
  schemas:
    Thing:
      description: A thing of ours.
      type: object
      required: [id, secret]
      properties:
        secret: { description: Keep it., type: string, format: password, example: s3 }
        id: { description: Which., type: string, maxLength: 10 }
        size: { description: How large., type: integer }
        gone: { description: No longer., type: string }
    Change: { type: object, properties: { size: { type: integer, description: How large. } } }
";

const THEIRS: &str = "
openapi: 3.1.0
info: { title: The vendor's, version: '2', summary: All }
servers: [{ url: https://api.test }, { url: https://eu.api.test }]
paths:
  /things/{id}:
    post:
      operationId: change_thing_things__id__post
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/ThingUpdate' } } } }
      responses:
        '200': { description: OK, content: { application/json: { schema: { $ref: '#/components/schemas/ThingOut' } } } }
        '422': { description: Invalid, content: { application/json: { schema: { $ref: '#/components/schemas/Invalid' } } } }
components:
  schemas:
    ThingOut:
      title: ThingOut
      type: object
      required: [id, secret, size]
      properties:
        id: { type: string, title: Id }
        secret: { type: string }
        size: { type: [integer, 'null'] }
        parent: { anyOf: [{ $ref: '#/components/schemas/ThingOut' }, { type: 'null' }] }
    ThingUpdate: { type: object, properties: { size: { type: integer, title: Size } } }
    Invalid: { type: object, properties: { detail: { type: string } } }
";

fn proposal() -> (Document, Document, Document) {
    let ours = Document::parse("ours", OURS).unwrap();
    let theirs = Document::parse("theirs", THEIRS).unwrap();
    let vendor = downgrade(extract(&theirs, &ours).document).document;
    let proposed = propose(&ours, &vendor);
    (ours, vendor, proposed)
}

#[test]
fn a_proposal_matches_the_vendor() {
    let (_, theirs, proposed) = proposal();

    let diff = Diff::between(&theirs, &proposed).unwrap();
    let different: Vec<_> = diff
        .changes()
        .iter()
        .filter(|change| change.compatibility != Compatibility::Editorial)
        .map(|change| (change.rule.id, change.pointer.as_str()))
        .collect();
    // The contract keeps its operation ids, `format: password`, and operations that the vendor does not have.
    assert_eq!(
        different,
        [
            ("operation-added", "/paths/~1old/get"),
            ("operation-renamed", "/paths/~1things~1{thing_id}/post/operationId"),
            ("secret-marked", "/components/schemas/Thing/properties/secret/format"),
        ]
    );
    assert!(diff.unclassified().is_empty(), "{:?}", diff.unclassified());
}

#[test]
fn a_proposal_keeps_our_annotations_names_and_order() {
    let (_, _, proposed) = proposal();
    let root = proposed.root();

    let thing = &root["components"]["schemas"]["Thing"];
    let names: Vec<_> = thing["properties"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["secret", "id", "size", "parent"]);
    assert_eq!(thing["description"], "A thing of ours.");
    assert_eq!(thing["properties"]["secret"]["example"], "s3");
    assert_eq!(thing["required"], json!(["id", "secret", "size"]));
    // A reference to their name of a schema becomes a reference to our name.
    assert_eq!(thing["properties"]["parent"]["allOf"][0]["$ref"], "#/components/schemas/Thing");
    assert_eq!(
        thing["properties"]["size"],
        json!({ "description": "How large.", "type": "integer", "nullable": true })
    );
    // A schema that accepts the same values keeps its text.
    assert_eq!(root["components"]["schemas"]["Change"]["properties"]["size"]["description"], "How large.");
    assert_eq!(root["components"]["schemas"]["Invalid"]["type"], "object");
    assert_eq!(root["servers"][0]["description"], "Production");
    assert_eq!(root["servers"][1]["url"], "https://eu.api.test");
    assert_eq!(root["info"], json!({ "title": "Things", "version": "2" }));
}

#[test]
fn an_equal_vendor_document_changes_nothing() {
    let ours = Document::parse("ours", OURS).unwrap();

    assert_eq!(propose(&ours, &extract(&ours, &ours).document).root(), ours.root());
}

#[test]
fn an_added_component_does_not_replace_one_of_ours() {
    let ours = Document::parse("ours", OURS).unwrap();
    // Their `Change` is another schema than ours; our `Change` has another name in their document.
    let theirs = THEIRS.replace("/Invalid'", "/Change'").replace("    Invalid:", "    Change:");
    let theirs = Document::parse("theirs", &theirs).unwrap();

    let proposed = propose(&ours, &downgrade(extract(&theirs, &ours).document).document);
    let schemas = &proposed.root()["components"]["schemas"];
    assert!(schemas["Change"]["properties"]["size"].is_object(), "{schemas}");
    assert!(schemas["ChangeOfVendor"]["properties"]["detail"].is_object(), "{schemas}");
    assert!(proposed.root().to_string().contains("#/components/schemas/ChangeOfVendor"));
}
