//! Lists of JSON Schema keywords, by their meaning in OpenAPI 3.0.

/// The schema keywords of OpenAPI 3.0, without extensions.
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

/// The keywords that do not affect validation.
const ANNOTATIONS: [&str; 10] = [
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

/// The keywords that can accept or reject null. All other keywords apply to other values only.
const NULL_CONSTRAINTS: [&str; 10] =
    ["type", "enum", "const", "allOf", "anyOf", "oneOf", "not", "if", "$ref", "$dynamicRef"];

/// Returns true for the keywords that OpenAPI 3.0 defines for schemas, and for extensions (`x-…`).
pub fn is_schema_keyword(keyword: &str) -> bool {
    keyword.starts_with("x-") || KNOWN.contains(&keyword)
}

pub(super) fn is_annotation(keyword: &str) -> bool {
    keyword.starts_with("x-") || ANNOTATIONS.contains(&keyword)
}

pub(super) fn constrains_null(keyword: &str) -> bool {
    NULL_CONSTRAINTS.contains(&keyword)
}

/// Returns the effect of dropping a keyword that OpenAPI 3.0 does not support.
pub(super) fn drop_effect(keyword: &str) -> &'static str {
    match keyword {
        "if" | "then" | "else" => "OpenAPI 3.0 does not support conditions; the condition is dropped",
        "patternProperties" => "properties are no longer validated by patterns of their names",
        "unevaluatedProperties" => "properties that no subschema describes are no longer restricted",
        "unevaluatedItems" => "items that no subschema describes are no longer restricted",
        "prefixItems" => "items are no longer validated by position",
        "additionalItems" => "items after the positional ones are no longer restricted",
        "dependentRequired" | "dependentSchemas" | "dependencies" => {
            "requirements that depend on the presence of a property are dropped"
        }
        "contains" | "minContains" | "maxContains" => "the array no longer has to contain matching items",
        "propertyNames" => "property names are no longer restricted",
        "contentSchema" => "the decoded content is no longer validated",
        "$schema" => "the dialect of the schema is dropped",
        "$comment" => "the comment is dropped",
        "$id" | "$anchor" | "$dynamicAnchor" | "$recursiveAnchor" => {
            "the identifier is dropped, and references to it no longer resolve"
        }
        "$dynamicRef" | "$recursiveRef" => "the referenced schema no longer applies",
        "$vocabulary" => "the vocabularies are dropped",
        _ => "OpenAPI 3.0 does not support this keyword; it is dropped",
    }
}
