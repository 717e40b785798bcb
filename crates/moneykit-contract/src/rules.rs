//! The rules, one a line: what may change, and what that does to clients which were built before it did.
//!
//! What a client sends and what it receives break in opposite ways. A server that asks for more breaks those who
//! send; a server that gives less, or something that nobody was prepared for, breaks those who receive.

use crate::change::{Compatibility, Direction};
use Compatibility::{Breaking, Compatible, Editorial};

/// A kind of change, and how it is judged.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name in reports.
    pub id: &'static str,
    /// What it is about, in a sentence.
    pub about: &'static str,
    /// How it is judged where the client sends.
    pub sent: Classification,
    /// How it is judged where the client receives.
    pub received: Classification,
}

/// What a rule says for one direction.
#[derive(Debug, PartialEq, Eq)]
pub struct Classification {
    /// What the change does to clients.
    pub verdict: Compatibility,
    /// What a caller must do.
    pub remedy: &'static str,
}

impl Rule {
    /// Returns what the rule says for a direction. Where there is none, both say the same.
    pub fn classification(&self, direction: Option<Direction>) -> &Classification {
        match direction {
            Some(Direction::Received) => &self.received,
            Some(Direction::Sent) | None => &self.sent,
        }
    }

    /// Says whether the direction makes a difference.
    pub fn is_directional(&self) -> bool {
        self.sent != self.received
    }
}

/// Makes a constant of each line, and the list of all.
macro_rules! rules {
    ($($name:ident $id:literal $about:literal $(always $verdict:ident $remedy:literal)?
        $(sent $sent:ident $sending:literal received $received:ident $receiving:literal)?;)+) => {
        $(pub(crate) static $name: Rule = Rule {
            id: $id,
            about: $about,
            $(sent: Classification { verdict: $verdict, remedy: $remedy },
            received: Classification { verdict: $verdict, remedy: $remedy },)?
            $(sent: Classification { verdict: $sent, remedy: $sending },
            received: Classification { verdict: $received, remedy: $receiving },)?
        };)+

        /// Every rule there is.
        pub static RULES: &[&Rule] = &[$(&$name),+];
    };
}

rules! {
    // The document
    VERSION_CHANGED "version-changed" "The version of the API is another."
        always Compatible "nothing; clients that are built from it ask for this version";
    SERVER_REMOVED "server-removed" "A server is no longer there."
        always Breaking "use another server";
    SERVER_ADDED "server-added" "There is one more server."
        always Compatible "nothing";
    DEFAULT_SERVER_CHANGED "default-server-changed" "The first server, which clients use unless told otherwise, is another."
        always Breaking "rebuild, or set the base URL";
    SERVER_VARIABLES_CHANGED "server-variables-changed" "A server's URL is put together in another way."
        always Breaking "check the base URL";
    SCHEMA_RENAMED "schema-renamed" "A schema has another name; its type in generated code too."
        always Editorial "use the new name in code";
    UNUSED_CHANGED "unused-changed" "A component that no operation uses came, went or changed."
        always Editorial "nothing";
    TEXT_CHANGED "text-changed" "A description, title, example or tag reads differently."
        always Editorial "nothing";
    EXTENSION_CHANGED "extension-changed" "An extension (`x-…`) is another."
        always Editorial "nothing, unless a tool of yours reads it";

    // Operations
    OPERATION_REMOVED "operation-removed" "An operation is no longer there."
        always Breaking "stop calling it";
    OPERATION_ADDED "operation-added" "There is one more operation."
        always Compatible "nothing";
    OPERATION_MOVED "operation-moved" "An operation has another path or method."
        always Breaking "rebuild: clients ask in the old place";
    OPERATION_RENAMED "operation-renamed" "An operation has another id; its method in generated code too."
        always Breaking "call it by its new name";
    OPERATION_DEPRECATED "operation-deprecated" "An operation is going to be removed."
        always Compatible "plan to stop calling it";
    OPERATION_UNDEPRECATED "operation-undeprecated" "An operation is no longer going to be removed."
        always Compatible "nothing";
    PATH_PARAMETER_RENAMED "path-parameter-renamed" "A parameter in a path has another name, which no server sees."
        always Editorial "use the new name in code";

    // Parameters: sent always
    PARAMETER_REMOVED "parameter-removed" "A parameter is no longer read."
        always Breaking "stop sending it";
    PARAMETER_ADDED "parameter-added" "There is one more parameter, which may be left out."
        always Compatible "nothing";
    REQUIRED_PARAMETER_ADDED "required-parameter-added" "There is one more parameter, which must be sent."
        always Breaking "send it";
    PARAMETER_REQUIRED "parameter-required" "A parameter may no longer be left out."
        always Breaking "always send it";
    PARAMETER_OPTIONAL "parameter-optional" "A parameter may be left out."
        always Compatible "nothing";
    PARAMETER_WRITTEN_OTHERWISE "parameter-written-otherwise" "A parameter is written into the request in another way."
        always Breaking "rebuild: the server misreads the old form";
    PARAMETER_DEPRECATED "parameter-deprecated" "A parameter is going to be removed."
        always Compatible "plan to stop sending it";
    PARAMETER_UNDEPRECATED "parameter-undeprecated" "A parameter is no longer going to be removed."
        always Compatible "nothing";

    // Bodies
    BODY_ADDED "body-added" "There is a body where there was none; when sent, it may be left out."
        always Compatible "nothing";
    REQUIRED_BODY_ADDED "required-body-added" "A request must have a body where it had none."
        always Breaking "send one";
    BODY_REMOVED "body-removed" "There is no body any more."
        sent Breaking "stop sending one" received Breaking "stop reading it";
    BODY_REQUIRED "body-required" "The body of a request may no longer be left out."
        always Breaking "always send one";
    BODY_OPTIONAL "body-optional" "The body of a request may be left out."
        always Compatible "nothing";
    MEDIA_TYPE_REMOVED "media-type-removed" "A body no longer comes in this type."
        sent Breaking "send another type" received Breaking "accept another type";
    MEDIA_TYPE_ADDED "media-type-added" "A body may come in one more type."
        always Compatible "nothing";
    PART_WRITTEN_OTHERWISE "part-written-otherwise" "A field of a form, or a part of a body, is written in another way."
        always Breaking "rebuild: the other side misreads the old form";

    // Responses: received always
    SUCCESS_ADDED "success-added" "There is one more way to succeed, which clients do not expect."
        always Breaking "handle that status";
    SUCCESS_REMOVED "success-removed" "A way to succeed is no longer there."
        always Breaking "stop waiting for that status";
    FAILURE_ADDED "failure-added" "One more failure is documented; clients must expect any."
        always Compatible "nothing";
    FAILURE_REMOVED "failure-removed" "A failure is no longer documented."
        always Compatible "nothing";
    HEADER_REMOVED "header-removed" "A header of the response no longer comes."
        always Breaking "stop reading it";
    HEADER_ADDED "header-added" "There is one more header in the response."
        always Compatible "nothing";
    HEADER_OPTIONAL "header-optional" "A header of the response may be missing."
        always Breaking "be ready for a response without it";
    HEADER_REQUIRED "header-required" "A header of the response is always there."
        always Compatible "nothing";

    // Values
    TYPE_CHANGED "type-changed" "A value is of another type."
        sent Breaking "send the new type" received Breaking "read the new type";
    TYPE_WIDENED "type-widened" "A value may be of more types."
        sent Compatible "nothing" received Breaking "be ready for the wider type";
    TYPE_NARROWED "type-narrowed" "A value may be of fewer types."
        sent Breaking "send the narrower type" received Compatible "nothing";
    NULL_ALLOWED "null-allowed" "A value may be null."
        sent Compatible "nothing" received Breaking "be ready for null";
    NULL_FORBIDDEN "null-forbidden" "A value may no longer be null."
        sent Breaking "stop sending null" received Compatible "nothing";
    FORMAT_CHANGED "format-changed" "A value is written in another format."
        sent Breaking "write the new format" received Breaking "read the new format";
    FORMAT_WIDENED "format-widened" "A value is no longer held to a format, or to a wider one."
        sent Compatible "nothing" received Breaking "be ready for values beyond the old format";
    FORMAT_NARROWED "format-narrowed" "A value is held to a format, or to a narrower one."
        sent Breaking "send that format only" received Compatible "nothing";
    SECRET_MARKED "secret-marked" "A value is marked as a secret (`format: password`)."
        always Compatible "rebuild, so that it is redacted";
    SECRET_UNMARKED "secret-unmarked" "A value is no longer marked as a secret, and would be printed."
        always Breaking "keep it out of logs yourself";
    ENUM_WIDENED "enum-widened" "A value may be one that was not listed."
        sent Compatible "nothing" received Breaking "be ready for the new values";
    ENUM_NARROWED "enum-narrowed" "A value may no longer be one that was allowed."
        sent Breaking "stop sending the old values" received Compatible "nothing";
    BOUND_TIGHTENED "bound-tightened" "A value is held to a closer bound."
        sent Breaking "stay within the new bound" received Compatible "nothing";
    BOUND_LOOSENED "bound-loosened" "A value is held to a wider bound."
        sent Compatible "nothing" received Breaking "be ready for values beyond the old bound";
    BOUND_CHANGED "bound-changed" "A value is held to another bound, neither closer nor wider."
        sent Breaking "stay within the new bound" received Breaking "be ready for values beyond the old bound";
    DEFAULT_ADDED "default-added" "What a missing value means is written down."
        always Compatible "nothing";
    DEFAULT_REMOVED "default-removed" "What a missing value means is no longer said."
        sent Breaking "send the value that you mean" received Breaking "decide what its absence means";
    DEFAULT_CHANGED "default-changed" "A missing value means something else."
        sent Breaking "send the value that you mean" received Breaking "rebuild: its absence means the new value";

    // Objects
    PROPERTY_REMOVED "property-removed" "A property is no longer there."
        sent Breaking "stop sending it" received Breaking "stop reading it";
    PROPERTY_ADDED "property-added" "There is one more property; when sent, it may be left out."
        always Compatible "nothing";
    REQUIRED_PROPERTY_ADDED "required-property-added" "There is one more property, which is required."
        sent Breaking "send it" received Compatible "nothing";
    PROPERTY_ADDED_TO_CLOSED "property-added-to-closed" "An object has one more property, though it was said to have no others."
        sent Compatible "nothing" received Breaking "rebuild: clients refuse what they were told would not come";
    PROPERTY_REQUIRED "property-required" "A property may no longer be missing."
        sent Breaking "always send it" received Compatible "nothing";
    PROPERTY_OPTIONAL "property-optional" "A property may be missing."
        sent Compatible "nothing" received Breaking "be ready for its absence";
    PROPERTY_DEPRECATED "property-deprecated" "A property is going to be removed."
        always Compatible "plan to do without it";
    PROPERTY_UNDEPRECATED "property-undeprecated" "A property is no longer going to be removed."
        always Compatible "nothing";
    OBJECT_CLOSED "object-closed" "An object may no longer have properties beyond those listed, or fewer of them."
        sent Breaking "send the listed properties only" received Compatible "nothing";
    OBJECT_OPENED "object-opened" "An object may have properties beyond those listed."
        sent Compatible "nothing" received Breaking "be ready for other properties";

    // Choices
    ALTERNATIVE_ADDED "alternative-added" "A value may have one more shape."
        sent Compatible "nothing" received Breaking "be ready for the new shape";
    ALTERNATIVE_REMOVED "alternative-removed" "A value may no longer have one of its shapes."
        sent Breaking "send another shape" received Compatible "nothing";
    CHOICE_LOOSENED "choice-loosened" "A value may have several of its shapes at once (`anyOf`)."
        sent Compatible "nothing" received Breaking "be ready for several at once";
    CHOICE_TIGHTENED "choice-tightened" "A value must have one of its shapes alone (`oneOf`)."
        sent Breaking "send one shape alone" received Compatible "nothing";
    DISCRIMINATOR_CHANGED "discriminator-changed" "What tells the shapes apart is another."
        sent Breaking "send the new mark" received Breaking "tell them apart by the new mark";
    EXCLUSION_CHANGED "exclusion-changed" "What a value must not be (`not`) is another; whether that is more or less, no rule can tell."
        sent Breaking "check what you send" received Breaking "check what you read";

    // Access
    ACCESS_REMOVED "access-removed" "A way to authenticate is no longer accepted."
        always Breaking "authenticate in another way";
    ACCESS_ADDED "access-added" "There is one more way to authenticate."
        always Compatible "nothing";
    ACCESS_LOOSENED "access-loosened" "A way to authenticate asks for less than before."
        always Compatible "nothing";
    SCHEME_CHANGED "scheme-changed" "A security scheme works differently."
        always Breaking "authenticate in the new way";
    SCHEME_WIDENED "scheme-widened" "A security scheme offers more than before."
        always Compatible "nothing";
    SCHEME_RENAMED "scheme-renamed" "A security scheme has another name, which no server sees."
        always Editorial "nothing";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_name_of_its_own() {
        let mut ids: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), RULES.len());
    }

    #[test]
    fn what_breaks_says_what_to_do() {
        for rule in RULES {
            for classification in [&rule.sent, &rule.received] {
                assert!(
                    classification.verdict != Breaking || classification.remedy != "nothing",
                    "{}",
                    rule.id
                );
            }
        }
    }
}
