//! Checks that the typed model represents the whole text, by converting the model back.

use moneykit_contract::child;
use openapiv3::OpenAPI;
use serde_json::Value;

use crate::error::Diagnostic;
use crate::index::ContractIndex;

/// Reports everything that the typed model drops or changes.
///
/// The model is lenient: it silently drops an unknown field, and may turn an unexpected value into another one.
/// Values that the model adds, such as a default that the text omits, are not compared: no part of the text is lost.
pub(crate) fn roundtrip(index: &ContractIndex<'_>, model: &OpenAPI) -> Vec<Diagnostic> {
    let mut comparison = Comparison { index, path: Vec::new(), diagnostics: Vec::new() };
    match serde_json::to_value(model) {
        Ok(model) => comparison.compare(index.root(), &model),
        Err(error) => comparison.diagnostics.push(Diagnostic::new(
            index.value_position(""),
            format!("the model can't be converted back: {error}"),
            "look for a map key that is not text",
        )),
    }
    comparison.diagnostics
}

struct Comparison<'i, 'a, 'v> {
    index: &'i ContractIndex<'a>,
    /// The steps from the root to the current value.
    path: Vec<Step<'v>>,
    diagnostics: Vec<Diagnostic>,
}

impl<'v> Comparison<'_, '_, 'v> {
    fn compare(&mut self, text: &'v Value, model: &Value) {
        match (text, model) {
            (Value::Object(fields), Value::Object(model)) => {
                for (name, value) in fields {
                    self.path.push(Step::Field(name));
                    match model.get(name) {
                        Some(model) => self.compare(value, model),
                        None if is_default(name, value) => {}
                        None => self.diagnostics.push(Diagnostic::new(
                            self.index.position(&self.pointer()),
                            format!("`{name}` is not a field of this object: it would be dropped silently"),
                            "correct the spelling or the place; the name of an extension begins with `x-`",
                        )),
                    }
                    self.path.pop();
                }
            }
            (Value::Array(items), Value::Array(model)) if items.len() == model.len() => {
                for (i, (item, model)) in items.iter().zip(model).enumerate() {
                    self.path.push(Step::Item(i));
                    self.compare(item, model);
                    self.path.pop();
                }
            }
            (text, model) if !text.is_object() && !text.is_array() && is_same(text, model) => {}
            _ => self.diagnostics.push(Diagnostic::new(
                self.index.value_position(&self.pointer()),
                format!("this value is misread as `{model}`"),
                "write the value in the type that OpenAPI 3.0.3 defines for this field",
            )),
        }
    }

    /// Returns the JSON pointer of the current value. Only a mistake needs it.
    fn pointer(&self) -> String {
        let steps = self.path.iter();
        steps.fold(String::new(), |pointer, step| match step {
            Step::Field(name) => child(&pointer, name),
            Step::Item(i) => format!("{pointer}/{i}"),
        })
    }
}

/// A step from a value to one in it.
enum Step<'v> {
    Field(&'v str),
    Item(usize),
}

/// The fields whose default is `false`, which the model omits.
const FALSE: [&str; 9] = [
    "allowReserved",
    "deprecated",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "nullable",
    "readOnly",
    "required",
    "uniqueItems",
    "writeOnly",
];
/// The fields whose default is an empty collection, which the model omits. `enum` and `oneOf` are not among them:
/// if they are empty they allow nothing, while their absence allows anything.
const EMPTY: [&str; 16] = [
    "callbacks",
    "content",
    "encoding",
    "examples",
    "headers",
    "links",
    "mapping",
    "parameters",
    "properties",
    "requestBodies",
    "required",
    "responses",
    "schemas",
    "securitySchemes",
    "servers",
    "tags",
];
/// The fields that hold any value. The model can't distinguish `null` from an absent field.
const ANY_VALUE: [&str; 3] = ["default", "example", "value"];

/// Returns true if a field has the same meaning when it is omitted.
fn is_default(name: &str, value: &Value) -> bool {
    let known: &[&str] = match value {
        Value::Bool(false) => &FALSE,
        Value::Null => &ANY_VALUE,
        Value::Array(items) if items.is_empty() => &EMPTY,
        Value::Object(fields) if fields.is_empty() => &EMPTY,
        _ => &[],
    };
    known.contains(&name)
}

fn is_same(text: &Value, model: &Value) -> bool {
    match (text.as_f64(), model.as_f64()) {
        // `minimum: 0` and `minimum: 0.0` are the same number.
        #[expect(clippy::float_cmp, reason = "both come from the same text, and neither was computed")]
        (Some(text), Some(model)) => text == model,
        _ => text == model,
    }
}
