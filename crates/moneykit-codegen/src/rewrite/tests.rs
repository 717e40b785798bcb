//! Tests each rewrite: the description before and after it, of the same values on the wire.

use serde_json::{Value, json};

use super::rewrite;
use crate::wire::{Body, Content, Location, Style, Wire};

/// Rewrites a document with a component `Thing`, which an operation receives, and others.
fn rewritten(thing: &Value, others: &Value) -> (Value, Wire) {
    let mut schemas = others.clone();
    schemas["Thing"] = thing.clone();
    let content = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } });
    rewrite(&json!({
        "openapi": "3.0.3",
        "paths": { "/things": { "get": {
            "operationId": "list_things",
            "responses": { "200": { "description": "", "content": content } },
        } } },
        "components": { "schemas": schemas },
    }))
}

fn schema(before: &Value) -> Value {
    rewritten(before, &json!({})).0["components"]["schemas"]["Thing"].clone()
}

/// Rewrites an operation of a document with some components.
fn operation(before: &Value, schemas: &Value) -> (Value, Wire) {
    let mut operation = before.clone();
    operation["operationId"] = json!("call_thing");
    let (root, wire) = rewrite(&json!({
        "openapi": "3.0.3",
        "paths": { "/things/{id}": { "post": operation } },
        "components": { "schemas": schemas },
    }));
    (root["paths"]["/things/{id}"]["post"].clone(), wire)
}

fn responses(responses: &Value) -> (Value, Wire) {
    let (operation, wire) = operation(&json!({ "responses": responses }), &json!({ "A": {}, "B": {} }));
    (operation["responses"].clone(), wire)
}

fn with_id(mut operation: Value) -> Value {
    operation["operationId"] = json!("call_thing");
    operation
}

fn json_of(schema: &Value) -> Value {
    json!({ "description": "", "content": { "application/json": { "schema": schema } } })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

#[test]
fn a_schema_that_the_generator_knows_is_left_alone() {
    for known in [
        json!({ "type": "string", "minLength": 1, "pattern": "^a+$", "nullable": true }),
        json!({ "type": "object", "required": ["a"], "properties": { "a": { "type": "integer", "minimum": 0 } } }),
        json!({ "type": "array", "items": { "type": "string", "enum": ["a", "b"] } }),
        json!({ "type": "string", "enum": ["a"], "default": "a" }),
        json!({ "type": "string", "format": "password", "description": "a" }),
        json!({ "type": "object", "additionalProperties": { "type": "number" } }),
    ] {
        assert_eq!(schema(&known), known);
    }
}

#[test]
fn a_schema_is_described_in_another_way() {
    let object = |properties: Value| json!({ "type": "object", "properties": properties });
    for (before, after) in [
        // types
        (
            json!({ "properties": { "a": { "enum": ["x"] } } }),
            object(json!({ "a": { "enum": ["x"], "type": "string" } })),
        ),
        (
            json!({ "items": { "format": "date" } }),
            json!({ "items": { "format": "date", "type": "string" }, "type": "array" }),
        ),
        (json!({ "format": "decimal", "description": "a" }), json!({ "description": "a" })),
        // constraints
        (
            json!({ "allOf": [{ "type": "object", "properties": { "a": {} } }, { "maxLength": 80 }] }),
            json!({ "allOf": [{ "type": "object", "properties": { "a": {} } }] }),
        ),
        // keywords
        (json!({ "type": "integer", "minLength": 1 }), json!({ "type": "integer" })),
        (json!({ "type": "boolean", "format": "yes" }), json!({ "type": "boolean" })),
        (json!({ "type": "string", "title": "a" }), json!({ "type": "string", "description": "a" })),
        (
            json!({ "type": "string", "title": "a", "description": "b" }),
            json!({ "type": "string", "description": "b" }),
        ),
        // formats
        (json!({ "type": "string", "pattern": "(?<" }), json!({ "type": "string" })),
        (
            json!({ "type": "string", "format": "uuid", "maxLength": 36 }),
            json!({ "type": "string", "format": "uuid" }),
        ),
        // secrets
        (
            json!({ "type": "string", "format": "password", "minLength": 8 }),
            json!({ "type": "string", "format": "password" }),
        ),
        // bounds
        (json!({ "type": "integer", "minimum": 1.0 }), json!({ "type": "integer", "minimum": 1 })),
        (json!({ "type": "integer", "maximum": 1e30 }), json!({ "type": "integer" })),
        (json!({ "type": "integer", "maximum": 65535 }), json!({ "type": "integer" })),
        (
            json!({ "type": "integer", "minimum": 0, "maximum": 65535 }),
            json!({ "type": "integer", "minimum": 0, "maximum": 65535 }),
        ),
        (
            json!({ "type": "number", "exclusiveMinimum": 0 }),
            json!({ "type": "number", "exclusiveMinimum": true, "minimum": 0 }),
        ),
        // enums
        (json!({ "type": "string", "enum": ["a", "a", 1] }), json!({ "type": "string", "enum": ["a", "1"] })),
        (
            json!({ "type": "string", "enum": ["a", null] }),
            json!({ "type": "string", "enum": ["a", null], "nullable": true }),
        ),
        (json!({ "type": "string", "enum": ["<", ">"] }), json!({ "type": "string" })),
        (json!({ "type": "integer", "enum": [1, 2] }), json!({ "type": "integer" })),
        // defaults
        (json!({ "type": "integer", "default": "many" }), json!({ "type": "integer" })),
        // composition
        (
            json!({ "type": "object", "properties": { "a": { "type": "string" } }, "allOf": [{ "properties": { "b": { "type": "string" } } }] }),
            json!({ "allOf": [
                { "properties": { "b": { "type": "string" } }, "type": "object" },
                { "type": "object", "properties": { "a": { "type": "string" } } },
            ] }),
        ),
        (
            json!({ "type": "object", "properties": { "a": { "type": "string" } }, "oneOf": [{ "required": ["a"] }] }),
            object(json!({ "a": { "type": "string" } })),
        ),
        (json!({ "type": "string", "not": { "enum": ["a"] } }), json!({ "type": "string" })),
    ] {
        assert_eq!(schema(&before), after, "{before}");
    }
}

#[test]
fn siblings_of_a_reference_are_dropped_and_null_is_kept() {
    let thing = json!({ "type": "object", "properties": {
        "a": { "$ref": "#/components/schemas/Other", "description": "a" },
        "b": { "$ref": "#/components/schemas/Other", "nullable": true },
    } });
    let (root, _) = rewritten(&thing, &json!({ "Other": { "type": "string" } }));

    let properties = &root["components"]["schemas"]["Thing"]["properties"];
    assert_eq!(properties["a"], reference("Other"));
    assert_eq!(properties["b"], json!({ "allOf": [reference("Other")], "nullable": true }));
}

#[test]
fn an_inline_schema_of_a_body_becomes_a_component() {
    let object = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
    let list = json!({ "type": "array", "items": object });
    let text = json!({ "type": "array", "items": { "type": "string" } });
    let body = |schema: &Value| json!({ "content": { "application/json": { "schema": schema } } });
    let before = json!({ "requestBody": body(&list), "responses": {
        "200": json_of(&object), "201": json_of(&object), "400": json_of(&text),
    } });
    let (root, _) = rewrite(&json!({
        "openapi": "3.0.3",
        "paths": { "/things": { "post": with_id(before) } },
    }));

    let operation = &root["paths"]["/things"]["post"];
    let items = reference("CallThingBodyItem");
    assert_eq!(operation["requestBody"], body(&json!({ "type": "array", "items": items })));
    // Equal schemas of responses are one type.
    for status in ["200", "201"] {
        assert_eq!(operation["responses"][status], json_of(&reference("CallThingResponse")));
    }
    assert_eq!(operation["responses"]["400"], json_of(&text));
    assert_eq!(
        root["components"]["schemas"],
        json!({ "CallThingBodyItem": object, "CallThingResponse": object })
    );
}

#[test]
fn the_target_of_a_reference_becomes_a_component() {
    let thing = json!({ "type": "object", "properties": {
        "a": { "type": "string", "minLength": 1 },
        "b": { "$ref": "#/components/schemas/Thing/properties/a" },
        "c": { "$ref": "#/components/schemas/a%20b" },
    } });
    let (root, _) = rewritten(&thing, &json!({ "a b": { "type": "string" } }));

    let schemas = &root["components"]["schemas"];
    assert_eq!(schemas["Thing"]["properties"]["b"], reference("Thing_aV2"));
    assert_eq!(schemas["Thing_aV2"], json!({ "type": "string", "minLength": 1 }));
    assert_eq!(schemas["Thing"]["properties"]["c"], reference("a_b"));
    assert_eq!(schemas["a_b"], json!({ "type": "string" }));
}

#[test]
fn a_discriminator_restricts_the_schemas_that_it_selects() {
    let pet = |name: &str| json!({ "type": "object", "properties": { "kind": { "type": "string" }, name: { "type": "string" } } });
    let thing = json!({
        "oneOf": [reference("Cat"), reference("Dog"), reference("Bird")],
        "discriminator": { "propertyName": "kind", "mapping": { "cat": "#/components/schemas/Cat" } },
    });
    let bird = json!({ "type": "object", "properties": { "kind": { "type": "string", "enum": ["bird"] } } });
    let (root, _) = rewritten(&thing, &json!({ "Cat": pet("purr"), "Dog": pet("bark"), "Bird": bird }));

    let schemas = &root["components"]["schemas"];
    assert_eq!(schemas["Cat"]["properties"]["kind"], json!({ "type": "string", "enum": ["cat"] }));
    assert_eq!(schemas["Bird"]["properties"]["kind"], json!({ "type": "string", "enum": ["bird"] }));
    assert_eq!(schemas["Cat"]["required"], json!(["kind"]));
    assert_eq!(schemas["Dog"]["properties"]["kind"], json!({ "type": "string", "enum": ["Dog"] }));
    assert_eq!(schemas["Thing"]["oneOf"], json!([reference("Cat"), reference("Dog"), reference("Bird")]));
}

#[test]
fn a_selected_schema_that_others_extend_is_restricted_apart_from_them() {
    let thing = json!({ "oneOf": [reference("Stop"), reference("Move")], "discriminator": { "propertyName": "kind" } });
    let stop = json!({ "type": "object", "properties": { "kind": { "type": "string", "enum": ["Stop"] } } });
    let (root, _) = rewritten(&thing, &json!({ "Stop": stop, "Move": { "allOf": [reference("Stop")] } }));

    let schemas = &root["components"]["schemas"];
    assert_eq!(schemas["Stop"]["properties"]["kind"]["enum"], json!(["Stop"]));
    assert_eq!(schemas["Move"]["allOf"][0], reference("StopBase"));
    // The value of the other schema was missing.
    assert_eq!(schemas["StopBase"]["properties"]["kind"]["enum"], json!(["Stop", "Move"]));
}

#[test]
fn alternatives_that_can_not_be_told_apart_become_one_object() {
    let thing = json!({ "oneOf": [reference("Cat"), reference("Dog")] });
    let pet = |name: &str| json!({ "type": "object", "required": ["id"], "properties": { "id": { "type": "string" }, name: { "type": "string" } } });
    let (root, _) = rewritten(&thing, &json!({ "Cat": pet("purr"), "Dog": pet("bark") }));

    let thing = &root["components"]["schemas"]["Thing"];
    assert_eq!(thing["required"], json!(["id"]));
    let properties: Vec<_> = thing["properties"].as_object().unwrap().keys().collect();
    assert_eq!(properties, ["id", "purr", "bark"]);
}

#[test]
fn alternatives_are_ordered_so_that_the_first_match_is_the_right_one() {
    let thing = json!({ "oneOf": [reference("Plain"), reference("Special")] });
    let (root, _) = rewritten(
        &thing,
        &json!({
            "Plain": { "type": "object", "properties": { "id": { "type": "string" } } },
            "Special": { "type": "object", "required": ["extra"], "properties": { "extra": { "type": "string" } } },
        }),
    );

    let thing = &root["components"]["schemas"]["Thing"];
    assert_eq!(thing["oneOf"], json!([reference("Special"), reference("Plain")]));
}

#[test]
fn a_property_whose_name_is_taken_has_a_stand_in() {
    let thing = json!({ "type": "object", "required": ["a-b"], "properties": {
        "a_b": { "type": "string" }, "a-b": { "type": "string" },
    } });
    let (root, wire) = rewritten(&thing, &json!({}));

    let thing = &root["components"]["schemas"]["Thing"];
    let names: Vec<_> = thing["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names[0], "a_b");
    assert_eq!(wire.fields[names[1]], "a-b");
    assert_eq!(thing["required"], json!([names[1]]));
}

#[test]
fn a_composition_that_allows_null_refers_to_one_that_does_not() {
    let parts = json!([reference("Other"), { "type": "object", "properties": { "a": {} } }]);
    let thing = json!({ "nullable": true, "description": "a", "allOf": parts });
    let (root, _) = rewritten(&thing, &json!({ "Other": { "type": "object" } }));

    let schemas = &root["components"]["schemas"];
    let inner = json!({ "allOf": [reference("ThingInner")], "nullable": true, "description": "a" });
    assert_eq!(schemas["Thing"], inner);
    assert_eq!(schemas["ThingInner"], json!({ "description": "a", "allOf": parts }));
}

#[test]
fn a_schema_is_renamed_if_an_inner_type_has_its_name() {
    let thing = json!({ "type": "object", "properties": {
        "kind": { "type": "string", "enum": ["a"] }, "other": reference("ThingKind"),
    } });
    let (root, _) = rewritten(&thing, &json!({ "ThingKind": { "type": "string", "enum": ["b"] } }));

    let schemas = &root["components"]["schemas"];
    assert_eq!(schemas["Thing"]["properties"]["other"], reference("ThingKindV2"));
    assert_eq!(schemas["ThingKindV2"]["enum"], json!(["b"]));
}

#[test]
fn a_schema_is_renamed_if_an_inner_type_of_a_merged_part_has_its_name() {
    let part = json!({ "type": "object", "properties": { "status": { "type": "string", "enum": ["a"] } } });
    let thing =
        json!({ "allOf": [reference("ThingStatus"), { "properties": { "id": { "type": "string" } } }] });
    let (root, _) = rewritten(&thing, &json!({ "ThingStatus": part }));

    let schemas = &root["components"]["schemas"];
    assert_eq!(schemas["Thing"]["allOf"][0], reference("ThingStatusV2"));
    assert_eq!(schemas["ThingStatusV2"], part);
}

#[test]
fn inner_schemas_whose_types_would_have_one_name_are_told_apart() {
    let object = |property: &str, value: &str| json!({ "type": "object", "properties": { property: { "type": "string", "enum": [value] } } });
    let mut thing = object("a_b", "x");
    thing["properties"]["other"] = reference("ThingA");
    let (root, _) = rewritten(&thing, &json!({ "ThingA": object("b", "y") }));

    let schemas = &root["components"]["schemas"];
    let moved: Vec<_> = schemas.as_object().unwrap().keys().collect();
    assert_eq!(moved.len(), 3, "{moved:?}");
    let inner = [&schemas["Thing"]["properties"]["a_b"], &schemas["ThingA"]["properties"]["b"]];
    assert_eq!(inner.iter().filter(|schema| schema.get("$ref").is_some()).count(), 1);

    // One type for both does no harm if they describe the same.
    let (root, _) = rewritten(&thing, &json!({ "ThingA": object("b", "x") }));
    assert_eq!(root["components"]["schemas"].as_object().unwrap().len(), 2);
}

#[test]
fn an_enum_keeps_the_values_that_break_its_other_constraints() {
    let text =
        json!({ "type": "string", "enum": ["A", "LONG-VALUE"], "maxLength": 3, "pattern": "^[A-Z]+$" });
    assert_eq!(schema(&text), json!({ "type": "string", "enum": ["A", "LONG-VALUE"] }));
}

#[test]
fn a_part_that_only_describes_the_others_is_no_part() {
    let described = json!({ "allOf": [reference("Other"), { "description": "d", "readOnly": true }] });
    let thing = json!({ "type": "object", "properties": { "a": described } });
    let (root, _) =
        rewritten(&thing, &json!({ "Other": { "oneOf": [{ "type": "string" }, { "type": "integer" }] } }));
    assert_eq!(
        root["components"]["schemas"]["Thing"]["properties"]["a"],
        json!({ "allOf": [reference("Other")], "description": "d", "readOnly": true })
    );
}

#[test]
fn a_default_is_not_sent() {
    let body = json!({ "content": { "application/json": { "schema": reference("A") } } });
    let before = json!({ "requestBody": body, "responses": { "204": { "description": "" } } });
    let sent =
        json!({ "A": { "type": "object", "properties": { "n": { "type": "boolean", "default": true } } } });
    let (root, wire) = rewrite(&json!({
        "openapi": "3.0.3",
        "paths": { "/things": { "post": before } },
        "components": { "schemas": sent },
    }));

    assert_eq!(root["components"]["schemas"]["A"]["properties"]["n"], json!({ "type": "boolean" }));
    assert_eq!(wire.unenforced.keys().next().unwrap().0, "default");
}

#[test]
fn responses_of_one_type_are_left_alone() {
    let before = json!({ "200": json_of(&reference("A")), "400": json_of(&reference("B")), "404": json_of(&reference("B")) });
    let (after, wire) = responses(&before);
    assert_eq!(after, before);
    assert!(wire.operations.is_empty());
}

#[test]
fn errors_of_several_types_become_one_enum() {
    let before = json!({
        "200": json_of(&reference("A")),
        "400": json_of(&reference("A")),
        "404": { "description": "" },
        "default": json_of(&reference("B")),
    });
    let (after, wire) = responses(&before);

    let stand_in = json_of(&reference("CallThingError"));
    assert_eq!(after["400"], stand_in);
    assert_eq!(after["404"], stand_in);
    assert_eq!(after["4XX"], stand_in);
    assert_eq!(after["5XX"], stand_in);
    assert_eq!(after["200"], json_of(&reference("A")));
    let error = wire.operations["call_thing"].error.as_ref().unwrap();
    assert_eq!(
        error.variants,
        [
            ("400".to_owned(), Content::Json("A".to_owned())),
            ("404".to_owned(), Content::Empty),
            ("default".to_owned(), Content::Json("B".to_owned())),
        ]
    );
}

#[test]
fn json_of_every_media_type_is_json_for_the_generator() {
    let with = |media_type: &str, name: &str| json!({ "description": "", "content": { media_type: { "schema": reference(name) } } });
    let before = json!({ "200": with("application/vnd.bank.v1+json", "A"), "400": with("application/problem+json", "B") });
    let (after, wire) = responses(&before);

    assert_eq!(after["200"], json_of(&reference("A")));
    assert_eq!(after["400"], json_of(&reference("B")));
    let accept = wire.operations["call_thing"].accept.as_deref();
    assert_eq!(accept, Some("application/vnd.bank.v1+json, application/problem+json"));
}

#[test]
fn parameters_keep_their_names_locations_and_styles() {
    let text = json!({ "type": "string" });
    let list = json!({ "type": "array", "items": text });
    let object = json!({ "type": "object", "properties": { "since": text } });
    let parameter = |name: &str, location: &str, schema: &Value| json!({ "name": name, "in": location, "schema": schema });
    let with = |mut parameter: Value, fields: &Value| {
        parameter.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        parameter
    };
    let before = json!({ "responses": { "204": { "description": "" } }, "parameters": [
        with(parameter("id", "path", &text), &json!({ "allowEmptyValue": true })),
        parameter("id", "query", &text),
        with(parameter("filter", "query", &object), &json!({ "style": "deepObject", "explode": true })),
        with(parameter("fields", "query", &list), &json!({ "explode": false })),
        parameter("tags", "query", &list),
        parameter("session", "cookie", &text),
        parameter("Authorization", "header", &text),
        { "name": "q", "in": "query", "content": { "application/json": { "schema": object } } },
    ] });
    let (after, wire) = operation(&before, &json!({}));

    let parameters = after["parameters"].as_array().unwrap();
    let names: Vec<_> = parameters.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["id", "id_query", "filter", "fields", "tags", "session", "q"]);
    assert_eq!(parameters[0], with(parameter("id", "path", &text), &json!({ "required": true })));
    assert_eq!(parameters[5]["in"], "header");
    let notes = &wire.operations["call_thing"].parameters;
    let note = |name: &str| (notes[name].name.as_str(), notes[name].location, notes[name].style);
    assert_eq!(note("id_query"), ("id", Location::Query, Style::Plain));
    assert_eq!(note("filter"), ("filter", Location::Query, Style::DeepObject));
    assert_eq!(note("fields"), ("fields", Location::Query, Style::Comma));
    assert_eq!(note("session").1, Location::Cookie);
    assert_eq!(note("q"), ("q", Location::Query, Style::Json));
    assert!(!notes.contains_key("tags") && !notes.contains_key("id"));
}

#[test]
fn a_request_body_has_one_media_type_that_the_generator_knows() {
    for (content, known, sent) in [
        (json!({ "text/plain": {}, "application/json": { "schema": {} } }), "application/json", None),
        (
            json!({ "application/vnd.a+json": { "schema": {} } }),
            "application/json",
            Some("application/vnd.a+json"),
        ),
        (json!({ "application/pdf": {} }), "application/octet-stream", Some("application/pdf")),
        (json!({ "text/csv": {} }), "text/plain", Some("text/csv")),
    ] {
        let before =
            json!({ "requestBody": { "content": content }, "responses": { "204": { "description": "" } } });
        let (after, wire) = operation(&before, &json!({}));

        let content = after["requestBody"]["content"].as_object().unwrap();
        assert_eq!(content.keys().collect::<Vec<_>>(), [known]);
        let noted = wire.operations.get("call_thing").and_then(|notes| notes.content_type.as_deref());
        assert_eq!(noted, sent);
    }
}

#[test]
fn a_multipart_body_has_fields_and_files() {
    let parts = json!({ "type": "object", "properties": {
        "file": { "type": "string", "format": "binary" }, "kind": { "type": "string" },
    } });
    let content = json!({ "multipart/form-data": {
        "schema": parts, "encoding": { "file": { "contentType": "application/pdf" } },
    } });
    let before =
        json!({ "requestBody": { "content": content }, "responses": { "204": { "description": "" } } });
    let (_, wire) = operation(&before, &json!({}));

    let notes = &wire.operations["call_thing"];
    let Body::Multipart(types) = &notes.body else { panic!("{:?}", notes.body) };
    assert_eq!(types["file"], "application/pdf");
}

#[test]
fn operation_ids_become_names_of_methods() {
    for (before, after) in
        [("listPets", "list_pets"), ("list_pets", "list_pets"), ("type", "call_type"), ("2fa", "call_2fa")]
    {
        let (root, _) = rewrite(&json!({
            "openapi": "3.0.3",
            "paths": { "/a": { "get": { "operationId": before, "responses": {} } } },
        }));
        assert_eq!(root["paths"]["/a"]["get"]["operationId"], after);
    }
}

#[test]
fn servers_of_operations_are_those_of_the_document() {
    let servers = json!([{ "url": "https://api.test" }]);
    let (root, _) = rewrite(&json!({
        "openapi": "3.0.3",
        "paths": { "/a": { "servers": servers, "get": { "responses": {} } } },
    }));

    assert_eq!(root["servers"], servers);
    assert!(root["paths"]["/a"].get("servers").is_none());
}
