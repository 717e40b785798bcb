//! Words the generator's messages about parameters as errors of the client are: with what to do.

use syn::visit_mut::VisitMut;

/// Rewrites the messages of the request builders.
pub(super) struct Messages;

impl VisitMut for Messages {
    fn visit_lit_str_mut(&mut self, literal: &mut syn::LitStr) {
        if let Some(message) = reworded(&literal.value()) {
            *literal = syn::LitStr::new(&message, literal.span());
        }
    }
}

fn reworded(message: &str) -> Option<String> {
    if let Some(name) = message.strip_suffix(" was not initialized") {
        return Some(format!(
            "the parameter `{name}` is required and has no value; call `{name}` before `send`"
        ));
    }
    let (of, name) =
        message.strip_prefix("conversion to `")?.strip_suffix(" failed")?.split_once("` for ")?;
    let of = without_paths(of);
    Some(format!("the value of the parameter `{name}` does not convert to `{of}`; pass one that does"))
}

/// Returns `Vec<Uuid>` for `:: std :: vec :: Vec < :: uuid :: Uuid >`.
fn without_paths(of: &str) -> String {
    let of = of.replace(' ', "");
    let names = of.split_inclusive(['<', '>', ',']).map(|part| part.rsplit("::").next().unwrap_or(part));
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_parameter_and_the_remedy() {
        for (message, expected) in [
            (
                "limit was not initialized",
                Some("the parameter `limit` is required and has no value; call `limit` before `send`"),
            ),
            (
                "conversion to `i32` for limit failed",
                Some("the value of the parameter `limit` does not convert to `i32`; pass one that does"),
            ),
            (
                "conversion to `:: std :: vec :: Vec < super :: types :: Kind >` for kind failed",
                Some("the value of the parameter `kind` does not convert to `Vec<Kind>`; pass one that does"),
            ),
            ("conversion to `Pet` for body failed: {}", None),
            ("application/json", None),
        ] {
            assert_eq!(reworded(message).as_deref(), expected, "{message}");
        }
    }
}
