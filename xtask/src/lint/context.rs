use moneykit_contract::{Document, Kind, NodeRef};
use serde_json::Value;

/// A contract, as the rules look at it. Its references were followed before: they lead to components.
pub(super) struct LintContext<'a> {
    pub(super) document: &'a Document,
    pub(super) places: Vec<NodeRef<'a>>,
}

/// What a rule has to say against a place.
pub(super) struct Diagnostic {
    pub(super) pointer: String,
    pub(super) what: String,
    pub(super) help: String,
}

impl<'a> LintContext<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self { document, places: document.places() }
    }

    /// Lists what is written out and of this kind.
    pub(super) fn of(&self, kind: Kind) -> impl Iterator<Item = &NodeRef<'a>> {
        self.written().filter(move |place| place.kind == kind)
    }

    /// Lists what is written out. What a `$ref` stands for is listed where it is written.
    pub(super) fn written(&self) -> impl Iterator<Item = &NodeRef<'a>> {
        self.places.iter().filter(|place| place.target().is_none())
    }

    /// Follows references to what is written out, and where.
    pub(super) fn resolve(&self, mut pointer: String, mut value: &'a Value) -> Option<(String, &'a Value)> {
        // More hops than this is a circle, which the generator refuses.
        for _ in 0..100 {
            let Some(target) = value.get("$ref").and_then(Value::as_str) else {
                return Some((pointer, value));
            };
            target.strip_prefix('#')?.clone_into(&mut pointer);
            value = self.document.root().pointer(&pointer)?;
        }
        None
    }
}

impl Diagnostic {
    pub(super) fn new(pointer: impl Into<String>, what: impl Into<String>, help: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), what: what.into(), help: help.into() }
    }
}

/// Names what people give names to: properties, components, parameters, headers, responses.
pub(super) fn name_of(place: &NodeRef<'_>) -> Option<String> {
    let (what, name) = match place.kind {
        Kind::Schema if place.field == "properties" => ("property", place.name.as_str()),
        Kind::Schema if place.is_component() => ("schema", place.name.as_str()),
        Kind::Parameter => ("parameter", place.value.get("name").and_then(Value::as_str).unwrap_or_default()),
        Kind::Header => ("header", place.name.as_str()),
        Kind::Response => ("response", place.name.as_str()),
        _ => return None,
    };
    Some(format!("the {what} `{name}`"))
}

/// Says whether a field holds words.
pub(super) fn has_text(value: &Value, field: &str) -> bool {
    value.get(field).and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty())
}
