//! Restores the names of fields that are another name in the generator's document.

use std::collections::BTreeMap;

use syn::visit_mut::{self, VisitMut};

/// Replaces stand-ins by the names on the wire in every attribute and every literal.
pub(super) fn restore(file: &mut syn::File, fields: &BTreeMap<String, String>) {
    Restore(fields).visit_file_mut(file);
}

struct Restore<'a>(&'a BTreeMap<String, String>);

impl VisitMut for Restore<'_> {
    fn visit_attribute_mut(&mut self, attribute: &mut syn::Attribute) {
        let syn::Meta::List(list) = &mut attribute.meta else { return };
        if list.path.is_ident("serde") {
            list.tokens = self.tokens(std::mem::take(&mut list.tokens));
        }
    }

    fn visit_lit_str_mut(&mut self, literal: &mut syn::LitStr) {
        if let Some(name) = self.0.get(&literal.value()) {
            *literal = syn::LitStr::new(name, literal.span());
        }
        visit_mut::visit_lit_str_mut(self, literal);
    }
}

impl Restore<'_> {
    fn tokens(&self, tokens: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
        tokens
            .into_iter()
            .map(|token| match &token {
                proc_macro2::TokenTree::Literal(literal) => {
                    let text: Option<syn::LitStr> = syn::parse_str(&literal.to_string()).ok();
                    match text.and_then(|text| self.0.get(&text.value())) {
                        Some(name) => proc_macro2::Literal::string(name).into(),
                        None => token,
                    }
                }
                _ => token,
            })
            .collect()
    }
}
