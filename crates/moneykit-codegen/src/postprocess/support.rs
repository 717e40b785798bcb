//! The modules that corrected operations call.

use syn::{Item, parse_quote};

use crate::rewrite::FILE_FORMAT;
use crate::wire::{Body, Style, Wire};

/// The modules that the generated source needs.
pub(super) struct Support {
    wire: bool,
    multipart: bool,
    responses: bool,
}

impl Support {
    pub(super) fn of(wire: &Wire) -> Self {
        let any = |needs: fn(&crate::wire::OperationWire) -> bool| wire.operations.values().any(needs);
        Self {
            wire: any(|notes| {
                matches!(notes.body, Body::Form(_))
                    || notes.parameters.values().any(|parameter| parameter.style != Style::Plain)
            }),
            multipart: any(|notes| matches!(notes.body, Body::Multipart(_))),
            responses: any(|notes| notes.success.is_some() || notes.error.is_some()),
        }
    }

    /// Returns the imports by which the types find their modules at the same path as the builders do.
    pub(super) fn use_in_types(&self) -> Vec<Item> {
        let mut imports = Vec::new();
        if self.multipart {
            imports.push(parse_quote!(
                #[doc(hidden)]
                #[allow(unused_imports)]
                pub use super::multipart;
            ));
        }
        if self.responses {
            imports.push(parse_quote!(
                #[doc(hidden)]
                #[allow(unused_imports)]
                pub use super::responses;
            ));
        }
        imports
    }

    pub(super) fn modules(&self) -> Vec<Item> {
        let mut modules = Vec::new();
        let items = |source: &str| syn::parse_file(source).map(|file| file.items).unwrap_or_default();
        if self.wire {
            let items = items(include_str!("../support/wire.rs"));
            modules.push(parse_quote! {
                #[allow(dead_code)]
                mod wire { #(#items)* }
            });
        }
        if self.multipart {
            let mut items = items(include_str!("../support/multipart.rs"));
            items.push(parse_quote! {
                #[cfg(feature = "schemars")]
                impl ::schemars::JsonSchema for File {
                    fn inline_schema() -> bool {
                        true
                    }
                    fn schema_name() -> ::std::borrow::Cow<'static, str> {
                        "File".into()
                    }
                    fn json_schema(_: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                        ::schemars::json_schema!({ "type": "string", "format": #FILE_FORMAT })
                    }
                }
            });
            modules.push(parse_quote! {
                /// Multipart bodies (RFC 7578).
                #[allow(dead_code)]
                pub mod multipart { #(#items)* }
            });
        }
        modules
    }
}
