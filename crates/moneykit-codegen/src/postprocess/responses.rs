//! The enums of responses whose type depends on the status.

use heck::ToPascalCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Item, parse_quote};

use crate::check::snake_case;
use crate::wire::{Content, Responses, Wire};

/// Returns the module of the enums, or `None` if no operation needs one.
pub(super) fn module(wire: &Wire, of: &dyn Fn(&str) -> TokenStream) -> Option<Item> {
    let all = wire.operations.values().flat_map(|notes| [&notes.success, &notes.error]).flatten();
    let enums: Vec<TokenStream> = all.map(|responses| one(responses, of)).collect();
    (!enums.is_empty()).then(|| {
        parse_quote! {
            /// The responses of operations whose type depends on the status.
            pub mod responses {
                use super::{ByteStream, types};
                #(#enums)*
            }
        }
    })
}

fn one(responses: &Responses, of: &dyn Fn(&str) -> TokenStream) -> TokenStream {
    let name = format_ident!("{}", responses.name);
    let variants = variants(responses);
    let declarations = variants.iter().map(|(content, variant)| {
        let statuses: Vec<&str> = responses
            .variants
            .iter()
            .filter(|(_, other)| other == *content)
            .map(|(status, _)| status.as_str())
            .collect();
        let doc = format!("The response to {}.", statuses.join(", "));
        match content {
            Content::Empty => quote!(#[doc = #doc] #variant),
            Content::Bytes => quote!(#[doc = #doc] #variant(ByteStream)),
            Content::Json(component) => {
                let of = of(component);
                quote!(#[doc = #doc] #variant(#of))
            }
        }
    });
    let formats = variants.iter().map(|(content, variant)| {
        let text = variant.to_string();
        match content {
            Content::Empty => quote!(Self::#variant => f.write_str(#text)),
            Content::Bytes => quote!(Self::#variant(_) => f.debug_tuple(#text).finish_non_exhaustive()),
            Content::Json(_) => quote!(Self::#variant(value) => f.debug_tuple(#text).field(value).finish()),
        }
    });
    let doc = "The responses of an operation, by their type.";
    quote! {
        #[doc = #doc]
        pub enum #name { #(#declarations),* }
        impl ::std::fmt::Debug for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                match self { #(#formats),* }
            }
        }
    }
}

/// Lists the distinct contents of responses, with the name of the variant for each.
pub(super) fn variants(responses: &Responses) -> Vec<(&Content, syn::Ident)> {
    let mut variants: Vec<(&Content, syn::Ident)> = Vec::new();
    for (_, content) in &responses.variants {
        if variants.iter().any(|(known, _)| *known == content) {
            continue;
        }
        let base = match content {
            Content::Empty => "Empty".to_owned(),
            Content::Bytes => "Bytes".to_owned(),
            Content::Json(component) => {
                let name = snake_case(component).to_pascal_case();
                if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("Type{name}") }
            }
        };
        let mut name = if base == "Self" { "SelfValue".to_owned() } else { base.clone() };
        let mut count = 1;
        while variants.iter().any(|(_, known)| *known == name) {
            count += 1;
            name = format!("{base}{count}");
        }
        variants.push((content, format_ident!("{name}")));
    }
    variants
}
