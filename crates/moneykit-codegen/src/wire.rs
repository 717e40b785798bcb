//! What the generated source must send and receive where the generator alone would do something else.

use std::collections::BTreeMap;

/// The notes of the rewrites for the generated source.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    /// The notes by the id of the operation.
    pub(crate) operations: BTreeMap<String, OperationWire>,
    /// The components that stand for another component in parameters, where the generator takes no struct.
    pub(crate) stand_ins: BTreeMap<String, String>,
    /// The names of fields in the generator's document that stand for other names on the wire.
    pub(crate) fields: BTreeMap<String, String>,
    /// How often each keyword was dropped that the generated types do not enforce, by keyword and reason.
    pub(crate) unenforced: BTreeMap<(String, &'static str), usize>,
}

/// The notes for one operation.
#[derive(Debug, Default)]
pub(crate) struct OperationWire {
    /// The value of the header `Accept`, if it is not `application/json`.
    pub(crate) accept: Option<String>,
    /// The media type of the request, if it is not the one that the generator sends.
    pub(crate) content_type: Option<String>,
    pub(crate) body: Body,
    /// The parameters that the generator would serialize in another way, by their name for the generator.
    pub(crate) parameters: BTreeMap<String, Parameter>,
    pub(crate) success: Option<Responses>,
    pub(crate) error: Option<Responses>,
}

/// The serialization of a request body.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) enum Body {
    /// As the generator does it.
    #[default]
    Unchanged,
    /// A form with nested values, with the style of each field that has another style than `form`.
    Form(BTreeMap<String, Style>),
    /// Parts of a multipart body: those that hold a file, and the content types of the others.
    Multipart(BTreeMap<String, String>),
}

/// The serialization of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parameter {
    /// The name on the wire.
    pub(crate) name: String,
    pub(crate) location: Location,
    pub(crate) style: Style,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Location {
    Path,
    Query,
    Header,
    Cookie,
}

/// The style of a serialized value (OpenAPI 3.0.3, "Parameter Object").
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Style {
    /// As the generator does it: only the name differs.
    Plain,
    /// `form` with `explode`: each item of an array and each property of an object is a pair of its own.
    Form,
    /// `form` without `explode`, and `simple`: the items, separated by commas.
    Comma,
    Space,
    Pipe,
    /// `name[property]=value`.
    DeepObject,
    /// `simple` with `explode`: `property=value`, separated by commas.
    Pairs,
    /// `label`: `.value`, in paths.
    Label {
        explode: bool,
    },
    /// `matrix`: `;name=value`, in paths.
    Matrix {
        explode: bool,
    },
    /// The value as JSON text.
    Json,
}

/// The responses of an operation whose type depends on the status.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Responses {
    /// The name of the enum.
    pub(crate) name: String,
    /// The responses by status: `200`, `4XX` or `default`.
    pub(crate) variants: Vec<(String, Content)>,
}

/// The content of a response.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    Empty,
    /// Bytes of any media type but JSON.
    Bytes,
    /// JSON that a component describes, by its name.
    Json(String),
}

impl Wire {
    pub(crate) fn operation(&mut self, id: &str) -> &mut OperationWire {
        self.operations.entry(id.to_owned()).or_default()
    }

    /// Notes that a keyword was dropped which the generated types do not enforce.
    pub(crate) fn unenforced(&mut self, keyword: &str, reason: &'static str) {
        *self.unenforced.entry((keyword.to_owned(), reason)).or_default() += 1;
    }
}
