//! Tests of proposing an update of a contract.

use moneykit_contract::{Compatibility, Diff, Document, Upstream, downgrade, extract, propose};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

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
    let proposed = propose(&ours, &vendor).unwrap();
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

    assert_eq!(propose(&ours, &extract(&ours, &ours).document).unwrap().root(), ours.root());
}

#[test]
fn an_added_component_does_not_replace_one_of_ours() {
    let ours = Document::parse("ours", OURS).unwrap();
    // Their `Change` is another schema than ours; our `Change` has another name in their document.
    let theirs = THEIRS.replace("/Invalid'", "/Change'").replace("    Invalid:", "    Change:");
    let theirs = Document::parse("theirs", &theirs).unwrap();

    let proposed = propose(&ours, &downgrade(extract(&theirs, &ours).document).document).unwrap();
    let schemas = &proposed.root()["components"]["schemas"];
    assert!(schemas["Change"]["properties"]["size"].is_object(), "{schemas}");
    assert!(schemas["ChangeOfVendor"]["properties"]["detail"].is_object(), "{schemas}");
    assert!(proposed.root().to_string().contains("#/components/schemas/ChangeOfVendor"));
}

/// Takes the proposal for a contract, and returns it once nothing differs from the vendor's document any more.
fn settled(ours: &Value, theirs: &Value) -> Document {
    let document = |name: &str, root: &Value| Document::new(name, root.clone()).unwrap();
    let (ours, theirs) = (document("ours", ours), document("theirs", theirs));
    let proposal = Upstream::compare(&ours, &theirs).unwrap().proposal(&ours).unwrap();
    let upstream = Upstream::compare(&proposal, &theirs).unwrap();
    let changes = upstream.diff.changes().iter();
    let changes: Vec<_> = changes.filter(|change| change.compatibility != Compatibility::Editorial).collect();
    // People decide about operations that the vendor does not have.
    let is_missing = |rule: &str| rule == "operation-removed";
    assert!(
        changes.iter().all(|change| is_missing(change.rule.id)) && upstream.diff.unclassified().is_empty(),
        "{:#?}\n{:?}\nours: {}\ntheirs: {}\nproposal: {}",
        changes
            .iter()
            .map(|it| (it.rule.id, &it.location.path, &it.pointer, &it.message))
            .collect::<Vec<_>>(),
        upstream.diff.unclassified(),
        ours.root(),
        theirs.root(),
        proposal.root()
    );
    proposal
}

/// Returns a document in which each path returns one of the schemas.
fn returning(paths: &[(&str, &str)], schemas: &Value) -> Value {
    let item = |name: &str, schema: &str| {
        let content =
            json!({ "application/json": { "schema": { "$ref": format!("#/components/schemas/{schema}") } } });
        json!({ "post": {
            "operationId": name,
            "requestBody": { "content": content },
            "responses": { "200": { "description": "d", "content": content } },
        } })
    };
    let paths: Map<String, Value> =
        paths.iter().map(|(path, schema)| ((*path).to_owned(), item(&path[1..], schema))).collect();
    json!({
        "openapi": "3.0.3",
        "info": { "title": "t", "version": "1" },
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

#[test]
fn the_usage_of_properties_is_taken() {
    let note = |id: Value, draft: Value, pin: Value| json!({ "Note": { "properties": { "id": id, "draft": draft, "pin": pin } } });
    let text = || json!({ "type": "string", "description": "ours" });
    let ours = returning(&[("/a", "Note")], &note(text(), text(), text()));
    let marked = |keyword: &str| json!({ "type": "string", keyword: true });
    let theirs =
        returning(&[("/a", "Note")], &note(marked("readOnly"), marked("deprecated"), marked("writeOnly")));

    let proposal = settled(&ours, &theirs);
    let properties = &proposal.root()["components"]["schemas"]["Note"]["properties"];
    assert_eq!(properties["id"], json!({ "type": "string", "description": "ours", "readOnly": true }));
    assert_eq!(properties["draft"]["deprecated"], true);
    assert_eq!(properties["pin"]["writeOnly"], true);
    // And back: what the vendor no longer marks is not marked.
    let back = settled(proposal.root(), &ours);
    assert_eq!(back.root()["components"]["schemas"]["Note"], ours["components"]["schemas"]["Note"]);
}

#[test]
fn a_schema_that_the_vendor_splits_is_split() {
    let text =
        json!({ "type": "object", "description": "ours", "properties": { "x": { "type": "string" } } });
    let number = json!({ "type": "object", "properties": { "x": { "type": "integer" } } });
    let ours = returning(&[("/a", "Note"), ("/b", "Note"), ("/c", "Note")], &json!({ "Note": text }));
    for paths in
        [[("/a", "Note"), ("/b", "Memo"), ("/c", "Note")], [("/a", "Memo"), ("/b", "Note"), ("/c", "Note")]]
    {
        let theirs = returning(&paths, &json!({ "Note": text, "Memo": number }));

        let proposal = settled(&ours, &theirs);
        let schemas = &proposal.root()["components"]["schemas"];
        assert_eq!(schemas["Note"], text, "{schemas}");
        assert_eq!(schemas["Memo"]["properties"]["x"]["type"], "integer");
        assert_eq!(schemas["Memo"]["description"], "ours");
    }
    // Two schemas that accept the same values need no split.
    let theirs = returning(&[("/a", "In"), ("/b", "Out"), ("/c", "In")], &json!({ "In": text, "Out": text }));
    assert_eq!(settled(&ours, &theirs).root(), &ours);
}

#[test]
fn a_schema_behind_one_that_stays_is_updated() {
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let schemas = |network: &str, values: Value| {
        json!({
            "Page": { "type": "object", "properties": { "items": { "type": "array", "items": reference("Item") } } },
            "Item": { "type": "object", "properties": { "network": reference(network) } },
            "Network": { "type": "string", "enum": values },
            "Other": { "type": "string", "enum": ["a", "b"] },
        })
    };
    let ours = returning(&[("/a", "Page"), ("/b", "Network")], &schemas("Network", json!(["a", "b"])));
    // The item accepts the same values, but by another schema, since the first one has more values now.
    let theirs = returning(&[("/a", "Page"), ("/b", "Network")], &schemas("Other", json!(["a", "b", "c"])));

    let proposal = settled(&ours, &theirs);
    assert_eq!(proposal.root()["components"]["schemas"]["Item"]["properties"]["network"], reference("Other"));
}

#[test]
fn values_of_discriminators_survive() {
    let schemas = |event: Value, names: [&str; 2], property: &str| {
        let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        let variant = |property: &str| json!({ "type": "object", "required": ["kind"], "properties": { "kind": { "type": "string" }, property: { "type": "string" } } });
        let mut event = event;
        event["oneOf"] = names.map(reference).to_vec().into();
        json!({ "Event": event, names[0]: variant("a"), names[1]: variant(property) })
    };
    let implicit = || json!({ "discriminator": { "propertyName": "kind" } });
    let ours = returning(&[("/a", "Event")], &schemas(implicit(), ["Opened", "Closed"], "b"));
    // A variant changes: its name is its value, and stays.
    let theirs = returning(&[("/a", "Event")], &schemas(implicit(), ["Opened", "Closed"], "c"));
    let proposal = settled(&ours, &theirs);
    assert!(proposal.root()["components"]["schemas"]["Closed"]["properties"]["c"].is_object());
    // A variant is renamed, and so is its value: our name stays with the new value mapped to it, or theirs is taken.
    let theirs = returning(&[("/a", "Event")], &schemas(implicit(), ["Opened", "Ended"], "c"));
    settled(&ours, &theirs);
    // The values are mapped.
    let mapped = |closed: &str| json!({ "discriminator": { "propertyName": "kind", "mapping": { "o": "#/components/schemas/Opened", "c": closed } } });
    let theirs = returning(&[("/a", "Event")], &schemas(mapped("Ended"), ["Opened", "Ended"], "c"));
    settled(&ours, &theirs);
    // Subtypes extend the schema, and nothing refers to them.
    let subtypes = |names: &[&str], kind: &str| {
        let mut schemas = json!({ "Pet": { "type": "object", "discriminator": { "propertyName": "kind" }, "properties": { "kind": { "type": "string" } } } });
        for name in names {
            schemas[*name] = json!({ "allOf": [{ "$ref": "#/components/schemas/Pet" }, { "properties": { "x": { "type": kind } } }] });
        }
        schemas
    };
    let ours = returning(&[("/a", "Pet")], &subtypes(&["Cat", "Dog"], "string"));
    let theirs = returning(&[("/a", "Pet")], &subtypes(&["Cat", "Cow"], "integer"));
    let proposal = settled(&ours, &theirs);
    let names: Vec<_> = proposal.root()["components"]["schemas"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["Pet", "Cat", "Cow"]);
}

#[test]
fn parameters_security_and_media_types_are_taken() {
    let ours = json!({
        "openapi": "3.0.3",
        "info": { "title": "t", "version": "1" },
        "security": [{ "bearer": [] }],
        "paths": { "/notes/{note_id}": {
            "parameters": [
                { "name": "note_id", "in": "path", "required": true, "schema": { "type": "string" }, "description": "ours" },
                { "name": "trace", "in": "header", "schema": { "type": "string" } },
            ],
            "get": { "operationId": "get_note", "responses": { "200": { "$ref": "#/components/responses/Note" } } },
            "put": { "operationId": "put_note", "responses": { "200": { "$ref": "#/components/responses/Note" } } },
            "delete": { "operationId": "delete_note", "responses": { "204": { "description": "d" } } },
        } },
        "components": {
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } },
            "responses": { "Note": { "description": "ours", "content": { "application/json": { "schema": { "type": "string", "format": "password" } } } } },
        },
    });
    let note = |schema: Value| json!({ "description": "theirs", "content": { "application/json; charset=utf-8": { "schema": schema } } });
    let theirs = json!({
        "openapi": "3.0.3",
        "info": { "title": "t", "version": "2" },
        "paths": { "/notes/{id}": {
            "get": {
                "operationId": "other",
                "security": [{ "token": [] }, { "key": [] }],
                "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "integer" } }],
                "responses": { "200": note(json!({ "type": "string", "format": "uuid" })) },
            },
            "put": {
                "parameters": [
                    { "name": "id", "in": "path", "required": true, "schema": { "type": "integer" } },
                    { "name": "Trace", "in": "header", "required": true, "schema": { "type": "string" } },
                ],
                "responses": { "200": note(json!({ "type": "string", "maxLength": 3 })) },
            },
        } },
        "components": { "securitySchemes": {
            "token": { "type": "http", "scheme": "bearer" },
            "key": { "type": "apiKey", "in": "header", "name": "X-Key" },
        } },
    });

    let proposal = settled(&ours, &theirs);
    let item = &proposal.root()["paths"]["/notes/{note_id}"];
    assert_eq!(item["get"]["operationId"], "get_note");
    assert_eq!(item["get"]["security"], json!([{ "bearer": [] }, { "key": [] }]));
    assert_eq!(item["put"]["security"], json!([]));
    let id = |node: &Value| node["parameters"][0].clone();
    assert_eq!(
        id(&item["get"]),
        json!({ "name": "note_id", "in": "path", "required": true, "schema": { "type": "integer" }, "description": "ours" })
    );
    // An operation that the vendor does not have keeps what it had.
    assert_eq!(item["delete"]["parameters"], ours["paths"]["/notes/{note_id}"]["parameters"]);
}

proptest! {
    #![proptest_config(crate::invariants::config())]

    #[test]
    fn nothing_differs_once_a_proposal_is_taken(ours in contract(), theirs in contract()) {
        settled(&ours, &theirs);
    }

    #[test]
    fn a_proposal_from_the_contract_itself_changes_nothing(ours in contract()) {
        let document = Document::new("ours", ours.clone()).unwrap();
        let proposal = Upstream::compare(&document, &document).unwrap().proposal(&document).unwrap();
        prop_assert_eq!(proposal.root(), &ours);
    }
}

const SCHEMAS: [&str; 5] = ["A", "B", "C", "D", "E"];

/// Generates contracts with few names, so that two of them have much in common.
fn contract() -> impl Strategy<Value = Value> {
    let schemas = vec(component(), SCHEMAS.len());
    let paths =
        vec((select(vec!["/a", "/b/{x}", "/b/{y}", "/c"]), select(vec!["get", "post"]), operation()), 1..5);
    (schemas, paths).prop_map(|(schemas, operations)| {
        let mut schemas: Map<String, Value> = SCHEMAS.iter().map(|name| (*name).to_owned()).zip(schemas).collect();
        // References that lead back to themselves have no meaning.
        for (name, schema) in &mut schemas {
            let choices = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
            let leads_back = choices.chain([&*schema]).any(|part| {
                let target = part.get("$ref").and_then(Value::as_str);
                target.is_some_and(|target| target.rsplit('/').next() <= Some(name.as_str()))
            });
            if leads_back {
                *schema = json!({ "type": "string" });
            }
        }
        let mut paths = json!({});
        for (path, method, mut operation) in operations {
            if let Some(name) = path.strip_prefix("/b/{").and_then(|rest| rest.strip_suffix('}')) {
                operation["parameters"] = json!([{ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }]);
            }
            paths[path][method] = operation;
        }
        json!({
            "openapi": "3.0.3",
            "info": { "title": "t", "version": "1" },
            "paths": paths,
            "components": {
                "schemas": schemas,
                "securitySchemes": { "one": { "type": "http", "scheme": "basic" }, "two": { "type": "http", "scheme": "bearer" } },
            },
        })
    })
}

fn operation() -> impl Strategy<Value = Value> {
    let security =
        select(vec![json!([]), json!([{ "one": [] }]), json!([{ "one": [] }, {}]), json!([{ "two": [] }])]);
    let parameter = (select(vec!["q", "r"]), select(vec!["query", "header"]), schema());
    let media_type =
        || select(vec!["application/json", "application/json; charset=utf-8", "text/*", "text/csv"]);
    let body = || proptest::option::of((media_type(), schema()));
    (security, proptest::option::of(parameter), body(), body()).prop_map(|(security, parameter, sent, received)| {
        let content = |(name, schema): (&str, Value)| json!({ "description": "d", "content": { name: { "schema": schema } } });
        let mut operation = json!({ "security": security, "responses": {} });
        if let Some((name, kind, schema)) = parameter {
            operation["parameters"] = json!([{ "name": name, "in": kind, "schema": schema }]);
        }
        if let Some(sent) = sent {
            operation["requestBody"] = content(sent);
        }
        operation["responses"]["200"] = received.map_or(json!({ "description": "d" }), content);
        operation
    })
}

fn reference() -> impl Strategy<Value = Value> {
    select(SCHEMAS.to_vec()).prop_map(|name| json!({ "$ref": format!("#/components/schemas/{name}") }))
}

/// Generates component schemas: objects, and unions of them.
fn component() -> impl Strategy<Value = Value> {
    let union = (vec(reference(), 1..3), select(vec!["oneOf", "anyOf"]), any::<bool>()).prop_map(
        |(mut list, keyword, has_kind)| {
            list.dedup();
            let mut union = json!({ keyword: list });
            if has_kind {
                union["discriminator"] = json!({ "propertyName": "kind" });
            }
            union
        },
    );
    prop_oneof![4 => object(), 1 => union, 1 => schema()]
}

fn object() -> impl Strategy<Value = Value> {
    let usage = select(vec!["", "", "", "readOnly", "writeOnly", "deprecated"]);
    let property = (select(vec!["p", "q", "kind"]), schema(), usage);
    let required = proptest::sample::subsequence(vec!["p", "q", "kind"], 0..3);
    (vec(property, 0..4), required).prop_map(|(properties, required)| {
        let mut object = json!({ "type": "object", "properties": {} });
        for (name, mut schema, usage) in properties {
            if !usage.is_empty() && schema.get("$ref").is_none() {
                schema[usage] = true.into();
            }
            object["properties"][name] = schema;
        }
        if !required.is_empty() {
            object["required"] = json!(required);
        }
        object
    })
}

fn schema() -> impl Strategy<Value = Value> {
    let leaf = select(vec![
        json!({ "type": "string" }),
        json!({ "type": "string", "description": "a text" }),
        json!({ "type": "string", "format": "password" }),
        json!({ "type": "string", "format": "uuid" }),
        json!({ "type": "string", "enum": ["a", "b"] }),
        json!({ "type": "string", "enum": ["b", "c"], "default": "b" }),
        json!({ "type": "integer", "minimum": 1 }),
        json!({ "type": "number", "minimum": 1.0, "nullable": true }),
    ]);
    prop_oneof![
        3 => leaf.clone(),
        3 => reference(),
        1 => reference().prop_map(|item| json!({ "type": "array", "items": item })),
        1 => leaf.prop_map(|value| json!({ "type": "object", "additionalProperties": value })),
        1 => reference().prop_map(|part| json!({ "allOf": [part], "description": "one" })),
    ]
}

#[test]
fn a_secret_whose_format_the_vendor_composes_is_no_contradiction() {
    let schemas = |event: Value, part: Value| json!({ "E": event, "Part": part });
    let ours =
        returning(&[("/a", "E")], &schemas(json!({ "type": "string", "format": "password" }), json!({})));
    let composed = json!({ "allOf": [{ "$ref": "#/components/schemas/Part" }] });
    let theirs = |part: Value| returning(&[("/a", "E")], &schemas(composed.clone(), part));

    let proposal = settled(&ours, &theirs(json!({ "type": "string", "format": "uuid" })));
    assert!(proposal.root()["components"]["schemas"]["E"].get("format").is_none());
    let proposal = settled(&ours, &theirs(json!({ "type": "string" })));
    assert_eq!(proposal.root()["components"]["schemas"]["E"]["format"], "password");
}

#[test]
fn the_alternatives_beside_a_new_discriminator_have_the_names_that_it_implies() {
    let schemas = |event: Value| {
        let object = json!({ "type": "object", "properties": {} });
        json!({ "A": object, "B": object, "E": event })
    };
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    // No operation of ours refers to the event, so nothing says which of two equal schemas is which.
    let mut ours = returning(&[("/a", "E")], &schemas(json!({ "anyOf": [reference("A")] })));
    let theirs = json!({ "anyOf": [reference("B")], "discriminator": { "propertyName": "kind" } });
    let theirs = returning(&[("/a", "E")], &schemas(theirs));
    ours["paths"]["/a"]["post"] = json!({ "responses": { "200": { "description": "d" } } });

    let proposal = settled(&ours, &theirs);

    assert_eq!(proposal.root()["components"]["schemas"]["E"]["anyOf"], json!([reference("B")]));
}
