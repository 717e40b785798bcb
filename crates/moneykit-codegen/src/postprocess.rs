//! Completes and formats the source that the generator returned.

use moneykit_contract::Kind;
use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, ItemMod, parse_quote};

use crate::auth::{takes_bearer, token_operation};
use crate::check::folded;
use crate::contract::Contract;
use crate::index::{ContractIndex, Operation};

/// Adds to the generated source what the generator ignores in the contract, and formats it.
pub(crate) fn postprocess(
    contract: &Contract,
    client: TokenStream,
    mocks: &TokenStream,
) -> syn::Result<String> {
    let mut file: syn::File = syn::parse2(client)?;
    let index = contract.index();
    for item in &mut file.items {
        if let Item::Mod(module) = item
            && module.ident == "types"
        {
            let schemas = schemas_function(&index, module);
            derive_json_schema(module);
            if let Some((_, items)) = &mut module.content {
                items.push(schemas);
            }
        }
    }
    file.items.push(contract_module(contract.model(), &index));
    file.items.push(parse_quote! {
        /// Typed helpers for tests with `httpmock`. They compare a form body as JSON: match forms by hand.
        #[cfg(feature = "httpmock")]
        pub mod mock { #mocks }
    });
    // The generator's examples have no client to call, so they can't be doc tests, not even ignored ones.
    let source = prettyplease::unparse(&file).replace("```ignore", "```text");
    Ok(format!("// Generated from spec/openapi.yaml by `cargo xtask regen`; do not edit.\n\n{source}"))
}

/// Derives `JsonSchema` on every type, behind the feature `schemars` of the crate that includes it.
fn derive_json_schema(types: &mut ItemMod) {
    let Some((_, items)) = &mut types.content else { return };
    for item in items {
        let attrs = match item {
            Item::Struct(item) => &mut item.attrs,
            Item::Enum(item) => &mut item.attrs,
            _ => continue,
        };
        attrs.push(parse_quote!(#[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]));
    }
}

/// Returns the function that maps the schemas of the contract to the JSON schemas of the types.
fn schemas_function(index: &ContractIndex<'_>, types: &ItemMod) -> Item {
    let items = types.content.iter().flat_map(|(_, items)| items);
    let idents: Vec<&syn::Ident> = items
        .filter_map(|item| match item {
            Item::Struct(item) => Some(&item.ident),
            Item::Enum(item) => Some(&item.ident),
            Item::Type(item) => Some(&item.ident),
            _ => None,
        })
        .collect();
    let entries = index.components(Kind::Schema).map(|component| {
        let name = &component.name;
        // The names of schemas differ when folded. No type is generated for the schema of a secret.
        let generated = idents.iter().find(|ident| folded(&ident.to_string()) == folded(name));
        let generated = generated.map_or_else(|| quote!(crate::Secret), |ident| quote!(#ident));
        quote!((#name, generator.subschema_for::<#generated>()))
    });
    parse_quote! {
        /// Returns the JSON schemas of the types that were generated from the contract's schemas, with their names in
        /// the contract.
        #[cfg(feature = "schemars")]
        pub fn schemas(
            generator: &mut ::schemars::SchemaGenerator,
        ) -> ::std::vec::Vec<(&'static str, ::schemars::Schema)> {
            ::std::vec![#(#entries),*]
        }
    }
}

/// Returns the module of facts about the contract that are neither types nor operations.
fn contract_module(model: &OpenAPI, index: &ContractIndex<'_>) -> Item {
    let server = model.servers.first().map_or("", |server| server.url.as_str());
    let server_doc = "The base URL of the contract's first server; empty if it names none.";
    let version = &model.info.version;
    let bearer = index.operations().iter().filter(|operation| takes_bearer(index.root(), operation));
    let takes_bearer = is_one_of(bearer);
    let is_token_operation = is_one_of(token_operation(index));
    parse_quote! {
        /// Facts about the contract besides its types and operations.
        pub mod contract {
            #[doc = #server_doc]
            pub const SERVER: &str = #server;
            /// The version of the API that the contract describes (`info.version`).
            pub const VERSION: &str = #version;
            /// Returns true if the contract requires the bearer token for an operation.
            #[must_use]
            pub fn takes_bearer(operation_id: &str) -> bool #takes_bearer
            /// Returns true if an operation is the token endpoint: the POST to the `tokenUrl` of the contract's
            /// client credentials flow.
            #[must_use]
            pub fn is_token_operation(operation_id: &str) -> bool #is_token_operation
        }
    }
}

/// Returns the body of a function that returns true for the ids of some operations.
fn is_one_of<'i, 'a: 'i>(operations: impl IntoIterator<Item = &'i Operation<'a>>) -> TokenStream {
    let ids: Vec<&str> = operations.into_iter().filter_map(Operation::id).collect();
    if ids.is_empty() {
        quote!({
            let _ = operation_id;
            false
        })
    } else {
        quote!({ matches!(operation_id, #(#ids)|*) })
    }
}
