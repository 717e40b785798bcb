//! The table of rules: each kind of change, and its effect on clients that were built from the old contract.
//!
//! A change has opposite effects in the two directions. A server that requires more breaks clients that send;
//! a server that returns less, or returns values that clients do not expect, breaks clients that receive.

use crate::change::{Compatibility, Direction};
use Compatibility::{Breaking, Compatible, Editorial};

/// A kind of change, and its classification.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The identifier that reports use.
    pub id: &'static str,
    /// A description of the change in one sentence.
    pub description: &'static str,
    /// The classification of a value that clients send.
    pub sent: Classification,
    /// The classification of a value that clients receive.
    pub received: Classification,
}

/// The classification that a rule assigns in one direction.
#[derive(Debug, PartialEq, Eq)]
pub struct Classification {
    /// The effect on clients.
    pub compatibility: Compatibility,
    /// The action that a client developer has to take; `none` if there is nothing to do.
    pub remedy: &'static str,
}

impl Rule {
    /// Returns the classification for a direction. `None` is for changes without a direction; their rules
    /// have the same classification for both.
    pub fn classification(&self, direction: Option<Direction>) -> &Classification {
        match direction {
            Some(Direction::Received) => &self.received,
            Some(Direction::Sent) | None => &self.sent,
        }
    }

    /// Returns true if the classification depends on the direction.
    pub fn is_directional(&self) -> bool {
        self.sent != self.received
    }
}

/// Defines a constant for each rule, and the list of all rules.
macro_rules! rules {
    ($($name:ident $id:literal $description:literal $(always $compatibility:ident $remedy:literal)?
        $(sent $sent:ident $sent_remedy:literal received $received:ident $received_remedy:literal)?;)+) => {
        $(pub(crate) static $name: Rule = Rule {
            id: $id,
            description: $description,
            $(sent: Classification { compatibility: $compatibility, remedy: $remedy },
            received: Classification { compatibility: $compatibility, remedy: $remedy },)?
            $(sent: Classification { compatibility: $sent, remedy: $sent_remedy },
            received: Classification { compatibility: $received, remedy: $received_remedy },)?
        };)+

        /// All rules.
        pub static RULES: &[&Rule] = &[$(&$name),+];
    };
}

rules! {
    // Document
    VERSION_CHANGED "version-changed" "The API version changed."
        always Compatible "none; clients request the new version once they are rebuilt";
    SERVER_REMOVED "server-removed" "A server was removed."
        always Breaking "use another server";
    SERVER_ADDED "server-added" "A server was added."
        always Compatible "none";
    DEFAULT_SERVER_CHANGED "default-server-changed" "The first server changed, which clients use by default."
        always Breaking "rebuild, or set the base URL";
    SERVER_VARIABLES_CHANGED "server-variables-changed" "The variables in a server URL changed."
        always Breaking "check the base URL";
    SCHEMA_RENAMED "schema-renamed" "A schema was renamed, and so is its type in generated code."
        always Editorial "use the new name in code";
    UNUSED_COMPONENT_CHANGED "unused-component-changed"
        "A component that no operation uses was added, removed or changed."
        always Editorial "none";
    ANNOTATION_CHANGED "annotation-changed" "A description, title, example or tag changed."
        always Editorial "none";
    EXTENSION_CHANGED "extension-changed" "An extension (`x-…`) changed."
        always Editorial "none, unless your tools read it";

    // Operations
    OPERATION_REMOVED "operation-removed" "An operation was removed."
        always Breaking "stop calling it";
    OPERATION_ADDED "operation-added" "An operation was added."
        always Compatible "none";
    OPERATION_MOVED "operation-moved" "The path or method of an operation changed."
        always Breaking "rebuild: clients call the old path or method";
    OPERATION_RENAMED "operation-renamed"
        "An `operationId` changed, and so does the method in generated code."
        always Breaking "call it by its new name";
    OPERATION_DEPRECATED "operation-deprecated" "An operation was deprecated."
        always Compatible "plan to stop calling it";
    OPERATION_UNDEPRECATED "operation-undeprecated" "An operation is no longer deprecated."
        always Compatible "none";
    PATH_PARAMETER_RENAMED "path-parameter-renamed" "A path parameter was renamed; requests stay the same."
        always Editorial "use the new name in code";

    // Parameters: always sent
    PARAMETER_REMOVED "parameter-removed" "A parameter was removed."
        always Breaking "stop sending it";
    PARAMETER_ADDED "parameter-added" "An optional parameter was added."
        always Compatible "none";
    REQUIRED_PARAMETER_ADDED "required-parameter-added" "A required parameter was added."
        always Breaking "send it";
    PARAMETER_REQUIRED "parameter-required" "A parameter became required."
        always Breaking "always send it";
    PARAMETER_OPTIONAL "parameter-optional" "A parameter became optional."
        always Compatible "none";
    PARAMETER_SERIALIZATION_CHANGED "parameter-serialization-changed"
        "The serialization of a parameter changed (`style`, `explode` or `allowReserved`)."
        always Breaking "rebuild: the server misreads the old serialization";
    PARAMETER_DEPRECATED "parameter-deprecated" "A parameter was deprecated."
        always Compatible "plan to stop sending it";
    PARAMETER_UNDEPRECATED "parameter-undeprecated" "A parameter is no longer deprecated."
        always Compatible "none";

    // Bodies
    BODY_ADDED "body-added" "A response body, or an optional request body, was added."
        always Compatible "none";
    REQUIRED_BODY_ADDED "required-body-added" "A required request body was added."
        always Breaking "send a body";
    BODY_REMOVED "body-removed" "A body was removed."
        sent Breaking "stop sending a body" received Breaking "stop reading the body";
    BODY_REQUIRED "body-required" "A request body became required."
        always Breaking "always send a body";
    BODY_OPTIONAL "body-optional" "A request body became optional."
        always Compatible "none";
    MEDIA_TYPE_REMOVED "media-type-removed" "A media type of a body was removed."
        sent Breaking "send another media type" received Breaking "accept another media type";
    MEDIA_TYPE_ADDED "media-type-added" "A media type of a body was added."
        always Compatible "none";
    MEDIA_TYPE_PARAMETER_ADDED "media-type-parameter-added"
        "A parameter of a media type was added, such as `charset=latin1`."
        sent Breaking "send the parameter, and a body that it describes" received Compatible "none";
    MEDIA_TYPE_PARAMETER_REMOVED "media-type-parameter-removed" "A parameter of a media type was removed."
        sent Compatible "none" received Breaking "handle bodies with other values of the parameter";
    MEDIA_TYPE_PARAMETER_CHANGED "media-type-parameter-changed" "A parameter of a media type changed its value."
        sent Breaking "send a body that the new value describes"
        received Breaking "read a body that the new value describes";
    PART_SERIALIZATION_CHANGED "part-serialization-changed"
        "The serialization of a form field or of a multipart part changed (`encoding`)."
        always Breaking "rebuild: the receiver misreads the old serialization";

    // Responses: always received
    SUCCESS_RESPONSE_ADDED "success-response-added"
        "A success status was added, which existing clients do not expect."
        always Breaking "handle that status";
    SUCCESS_RESPONSE_REMOVED "success-response-removed" "A success status was removed."
        always Breaking "stop expecting that status";
    ERROR_RESPONSE_ADDED "error-response-added"
        "An error status was documented; clients must expect any error status."
        always Compatible "none";
    ERROR_RESPONSE_REMOVED "error-response-removed" "An error status is no longer documented."
        always Compatible "none";
    HEADER_REMOVED "header-removed" "A response header was removed."
        always Breaking "stop reading it";
    HEADER_ADDED "header-added" "A response header was added."
        always Compatible "none";
    HEADER_OPTIONAL "header-optional" "A response header became optional."
        always Breaking "handle responses without it";
    HEADER_REQUIRED "header-required" "A response header became required."
        always Compatible "none";

    // Values
    TYPE_CHANGED "type-changed" "The type of a value changed."
        sent Breaking "send the new type" received Breaking "read the new type";
    TYPE_WIDENED "type-widened" "A value can have more types."
        sent Compatible "none" received Breaking "handle the wider type";
    TYPE_NARROWED "type-narrowed" "A value can have fewer types."
        sent Breaking "send the narrower type" received Compatible "none";
    NULL_ALLOWED "null-allowed" "A value became nullable."
        sent Compatible "none" received Breaking "handle null";
    NULL_FORBIDDEN "null-forbidden" "A value is no longer nullable."
        sent Breaking "stop sending null" received Compatible "none";
    FORMAT_CHANGED "format-changed" "The format of a value changed."
        sent Breaking "send the new format" received Breaking "read the new format";
    FORMAT_WIDENED "format-widened" "The format of a value was removed or widened."
        sent Compatible "none" received Breaking "handle values outside the old format";
    FORMAT_NARROWED "format-narrowed" "The format of a value was added or narrowed."
        sent Breaking "send only that format" received Compatible "none";
    SECRET_MARKED "secret-marked" "A value was marked as a secret (`format: password`)."
        always Compatible "rebuild, so that it is redacted";
    SECRET_UNMARKED "secret-unmarked" "A value is no longer marked as a secret, so generated code prints it."
        always Breaking "keep it out of logs yourself";
    ENUM_WIDENED "enum-widened" "Values were added to an enum, or the enum was removed."
        sent Compatible "none" received Breaking "handle the new values";
    ENUM_NARROWED "enum-narrowed" "Values were removed from an enum, or an enum was added."
        sent Breaking "stop sending the removed values" received Compatible "none";
    CONSTRAINT_TIGHTENED "constraint-tightened" "A constraint on a value became stricter."
        sent Breaking "send values within the new constraint" received Compatible "none";
    CONSTRAINT_LOOSENED "constraint-loosened" "A constraint on a value became looser."
        sent Compatible "none" received Breaking "handle values outside the old constraint";
    CONSTRAINT_CHANGED "constraint-changed"
        "A constraint on a value changed, and is neither stricter nor looser."
        sent Breaking "send values within the new constraint"
        received Breaking "handle values outside the old constraint";
    DEFAULT_ADDED "default-added" "A default value was documented."
        always Compatible "none";
    DEFAULT_REMOVED "default-removed" "A default value is no longer documented."
        sent Breaking "send the value explicitly" received Breaking "define what a missing value means";
    DEFAULT_CHANGED "default-changed" "A default value changed."
        sent Breaking "send the value explicitly"
        received Breaking "rebuild: a missing value means the new default";

    // Objects
    PROPERTY_REMOVED "property-removed" "A property was removed."
        sent Breaking "stop sending it" received Breaking "stop reading it";
    PROPERTY_ADDED "property-added" "A property was added, and requests can omit it."
        always Compatible "none";
    REQUIRED_PROPERTY_ADDED "required-property-added" "A required property was added."
        sent Breaking "send it" received Compatible "none";
    PROPERTY_ADDED_TO_CLOSED "property-added-to-closed"
        "A property was added to an object that did not allow additional properties."
        sent Compatible "none" received Breaking "rebuild: strict clients reject the unknown property";
    PROPERTY_REQUIRED "property-required" "A property became required."
        sent Breaking "always send it" received Compatible "none";
    PROPERTY_OPTIONAL "property-optional" "A property became optional."
        sent Compatible "none" received Breaking "handle its absence";
    PROPERTY_DEPRECATED "property-deprecated" "A property was deprecated."
        always Compatible "plan to stop using it";
    PROPERTY_UNDEPRECATED "property-undeprecated" "A property is no longer deprecated."
        always Compatible "none";
    OBJECT_CLOSED "object-closed" "An object no longer allows additional properties, or allows fewer of them."
        sent Breaking "send only the listed properties" received Compatible "none";
    OBJECT_OPENED "object-opened" "An object allows additional properties."
        sent Compatible "none" received Breaking "handle additional properties";

    // `oneOf`, `anyOf`, `not`
    VARIANT_ADDED "variant-added" "A variant was added to a `oneOf`, an `anyOf` or a discriminator."
        sent Compatible "none" received Breaking "handle the new variant";
    VARIANT_REMOVED "variant-removed" "A variant was removed from a `oneOf`, an `anyOf` or a discriminator."
        sent Breaking "send another variant" received Compatible "none";
    ONE_OF_TO_ANY_OF "one-of-to-any-of" "`oneOf` changed to `anyOf`: a value can match several variants."
        sent Compatible "none" received Breaking "handle values that match several variants";
    ANY_OF_TO_ONE_OF "any-of-to-one-of" "`anyOf` changed to `oneOf`: a value must match exactly one variant."
        sent Breaking "send values that match exactly one variant" received Compatible "none";
    DISCRIMINATOR_CHANGED "discriminator-changed" "The property or the values of a discriminator changed."
        sent Breaking "send the new discriminator value"
        received Breaking "select the variant by the new discriminator value";
    NOT_CHANGED "not-changed"
        "The `not` schema changed; the rules do not determine whether it excludes more or less."
        sent Breaking "check the values that you send" received Breaking "check the values that you read";

    // Security
    SECURITY_REMOVED "security-removed"
        "A security requirement was removed; credentials that satisfied it are rejected."
        always Breaking "authenticate in another way";
    SECURITY_ADDED "security-added" "An alternative security requirement was added."
        always Compatible "none";
    SECURITY_LOOSENED "security-loosened" "A security requirement has fewer schemes or scopes."
        always Compatible "none";
    SECURITY_SCHEME_CHANGED "security-scheme-changed" "A security scheme changed."
        always Breaking "authenticate in the new way";
    SECURITY_SCHEME_WIDENED "security-scheme-widened" "A flow or a scope was added to a security scheme."
        always Compatible "none";
    SECURITY_SCHEME_RENAMED "security-scheme-renamed" "A security scheme was renamed; requests stay the same."
        always Editorial "none";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_ids_are_unique() {
        let mut ids: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), RULES.len());
    }

    #[test]
    fn every_breaking_rule_has_a_remedy() {
        for rule in RULES {
            for classification in [&rule.sent, &rule.received] {
                assert!(
                    classification.compatibility != Breaking || classification.remedy != "none",
                    "{}",
                    rule.id
                );
            }
        }
    }
}
