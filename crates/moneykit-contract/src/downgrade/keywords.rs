//! What the keywords of JSON Schema are to OpenAPI 3.0.

/// What a schema of OpenAPI 3.0 may hold, extensions aside.
const KNOWN: [&str; 36] = [
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "default",
    "deprecated",
    "description",
    "discriminator",
    "enum",
    "example",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "externalDocs",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "nullable",
    "oneOf",
    "pattern",
    "properties",
    "readOnly",
    "required",
    "title",
    "type",
    "uniqueItems",
    "writeOnly",
    "xml",
];

/// What says something about a schema, and nothing about which values it allows.
const NOTES: [&str; 10] = [
    "default",
    "deprecated",
    "description",
    "example",
    "examples",
    "externalDocs",
    "readOnly",
    "title",
    "writeOnly",
    "xml",
];

/// What decides about null. Whatever else a schema says is about other values alone.
const ABOUT_NULL: [&str; 10] =
    ["type", "enum", "const", "allOf", "anyOf", "oneOf", "not", "if", "$ref", "$dynamicRef"];

pub(super) fn is_known(keyword: &str) -> bool {
    keyword.starts_with("x-") || KNOWN.contains(&keyword)
}

pub(super) fn is_note(keyword: &str) -> bool {
    keyword.starts_with("x-") || NOTES.contains(&keyword)
}

pub(super) fn is_about_null(keyword: &str) -> bool {
    ABOUT_NULL.contains(&keyword)
}

/// Says what is lost with a keyword that OpenAPI 3.0 does not know.
pub(super) fn loss(keyword: &str) -> &'static str {
    match keyword {
        "if" | "then" | "else" => "the condition, and what it asks for, no longer apply",
        "patternProperties" => "fields are no longer told apart by patterns of their names",
        "unevaluatedProperties" => "fields that no part of the schema describes are no longer restricted",
        "unevaluatedItems" => "items that no part of the schema describes are no longer restricted",
        "prefixItems" => "items are no longer described by their position",
        "additionalItems" => "items after those that have a position are no longer restricted",
        "dependentRequired" | "dependentSchemas" | "dependencies" => {
            "what a field asks for when it is there no longer applies"
        }
        "contains" | "minContains" | "maxContains" => "no item has to match any longer",
        "propertyNames" => "the names of fields are no longer restricted",
        "contentSchema" => "what is inside of the text is no longer described",
        "$schema" => "the dialect of this schema is no longer named",
        "$comment" => "the comment is gone",
        "$id" | "$anchor" | "$dynamicAnchor" | "$recursiveAnchor" => {
            "the schema lost this name, and what refers to it by that name finds nothing"
        }
        "$dynamicRef" | "$recursiveRef" => "the schema that it refers to no longer applies",
        "$vocabulary" => "the vocabularies are no longer named",
        _ => "OpenAPI 3.0 does not know this keyword, and what it says is gone",
    }
}
