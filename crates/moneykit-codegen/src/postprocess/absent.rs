//! Omits absent fields of recursive types.

use quote::ToTokens;
use syn::{Item, ItemMod, parse_quote};

/// Makes optional fields that refer to their own type absent if they have no value. The generator boxes such a field, and
/// would send null for it.
pub(super) fn omit_absent(types: &mut ItemMod) {
    let items = types.content.iter_mut().flat_map(|(_, items)| items);
    for item in items {
        let Item::Struct(item) = item else { continue };
        for field in &mut item.fields {
            let of = field.ty.to_token_stream().to_string().replace(' ', "");
            let attributes = field.attrs.iter().filter(|attribute| attribute.path().is_ident("serde"));
            let mut attributes = attributes.map(|attribute| attribute.to_token_stream().to_string());
            let is_omitted = attributes.clone().any(|attribute| attribute.contains("skip_serializing_if"));
            let has_default = attributes.any(|attribute| attribute.contains("default"));
            if of.starts_with("::std::boxed::Box<::std::option::Option<") && has_default && !is_omitted {
                field
                    .attrs
                    .push(parse_quote!(#[serde(skip_serializing_if = "::std::option::Option::is_none")]));
            }
        }
    }
}
