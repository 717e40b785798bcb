use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, ItemMod, parse_quote};

use crate::access::{takes_bearer, token_operation};
use crate::check::squeezed;
use crate::contract::Contract;
use crate::tree::Node;
use crate::walk::{Kind, Operation, Survey};

/// Joins what the generator made with what else the contract says, and formats it.
pub(crate) fn polish(contract: &Contract, client: TokenStream, mocks: &TokenStream) -> syn::Result<String> {
    let mut file: syn::File = syn::parse2(client)?;
    let survey = contract.survey();
    for item in &mut file.items {
        if let Item::Mod(module) = item
            && module.ident == "types"
        {
            let schemas = schemas_function(&survey, module);
            derive_json_schema(module);
            if let Some((_, items)) = &mut module.content {
                items.push(schemas);
            }
        }
    }
    file.items.push(contract_module(contract.document(), &survey));
    file.items.push(parse_quote! {
        /// Typed helpers for tests with `httpmock`. A form body is compared as JSON there: match forms by hand.
        #[cfg(feature = "httpmock")]
        pub mod mock { #mocks }
    });
    // The generator's snippets have no client to call, so they can't be tests, not even ignored ones.
    let source = prettyplease::unparse(&file).replace("```ignore", "```text");
    Ok(format!("// Made from spec/openapi.yaml by `cargo xtask regen`; edits here are lost.\n\n{source}"))
}

/// Lets every type describe itself as JSON schema, where the crate that includes it asks for that.
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

/// Writes the function by which the types say what became of the contract's schemas.
fn schemas_function(survey: &Survey<'_>, types: &ItemMod) -> Item {
    let items = types.content.iter().flat_map(|(_, items)| items);
    let idents: Vec<&syn::Ident> = items
        .filter_map(|item| match item {
            Item::Struct(item) => Some(&item.ident),
            Item::Enum(item) => Some(&item.ident),
            Item::Type(item) => Some(&item.ident),
            _ => None,
        })
        .collect();
    let described = survey.components(Kind::Schema).iter().map(|component| {
        let name = &component.key;
        // No two names of the contract come down to the same. What has no type of its own is a secret.
        let made = idents.iter().find(|ident| squeezed(&ident.to_string()) == squeezed(name));
        let made = made.map_or_else(|| quote!(crate::Secret), |ident| quote!(#ident));
        quote!((#name, generator.subschema_for::<#made>()))
    });
    parse_quote! {
        /// Describes the types that were made of the contract's schemas, by the names that they have there.
        #[cfg(feature = "schemars")]
        pub fn schemas(
            generator: &mut ::schemars::SchemaGenerator,
        ) -> ::std::vec::Vec<(&'static str, ::schemars::Schema)> {
            ::std::vec![#(#described),*]
        }
    }
}

/// Writes down what the contract says beside types and operations.
fn contract_module(document: &OpenAPI, survey: &Survey<'_>) -> Item {
    let server = document.servers.first().map_or("", |server| server.url.as_str());
    let server_doc = "The base URL of the contract's first server; empty where it names none.";
    let version = &document.info.version;
    let bearer =
        survey.operations.iter().filter(|operation| takes_bearer(survey.tree(), **operation)).copied();
    let takes_bearer = is_one_of(bearer);
    let is_token_operation = is_one_of(token_operation(survey));
    parse_quote! {
        /// What the contract says beside its types and operations.
        pub mod contract {
            #[doc = #server_doc]
            pub const SERVER: &str = #server;
            /// The version of the API that the contract describes (`info.version`).
            pub const VERSION: &str = #version;
            /// Says whether the contract asks for the bearer token on an operation.
            #[must_use]
            pub fn takes_bearer(operation_id: &str) -> bool #takes_bearer
            /// Says whether an operation is the one that trades client credentials for the bearer token: the
            /// POST to the `tokenUrl` of the contract's client credentials flow.
            #[must_use]
            pub fn is_token_operation(operation_id: &str) -> bool #is_token_operation
        }
    }
}

/// Writes the body of a function that knows some operations by their ids.
fn is_one_of<'a>(operations: impl IntoIterator<Item = Operation<'a>>) -> TokenStream {
    let ids: Vec<&str> =
        operations.into_iter().filter_map(|operation| operation.id().and_then(Node::as_str)).collect();
    if ids.is_empty() {
        quote!({
            let _ = operation_id;
            false
        })
    } else {
        quote!({ matches!(operation_id, #(#ids)|*) })
    }
}
