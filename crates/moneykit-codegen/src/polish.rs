use openapiv3::{OpenAPI, Operation, PathItem, ReferenceOr, SecurityRequirement, SecurityScheme};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, ItemMod, parse_quote};

/// Joins what the generator made with what else the contract says, and formats it.
pub(crate) fn polish(document: &OpenAPI, client: TokenStream, mocks: &TokenStream) -> syn::Result<String> {
    let mut file: syn::File = syn::parse2(client)?;
    for item in &mut file.items {
        if let Item::Mod(module) = item
            && module.ident == "types"
        {
            derive_json_schema(module);
        }
    }
    file.items.push(contract_module(document));
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

/// Writes down what the contract says beside types and operations.
fn contract_module(document: &OpenAPI) -> Item {
    let server = document.servers.first().map_or("", |server| server.url.as_str());
    let server_doc = "The base URL of the contract's first server; empty where it names none.";
    let version = &document.info.version;
    let bearer: Vec<&str> = operations(document)
        .filter(|operation| takes_bearer(document, operation))
        .filter_map(|operation| operation.operation_id.as_deref())
        .collect();
    let body = if bearer.is_empty() {
        quote!({
            let _ = operation_id;
            false
        })
    } else {
        quote!({ matches!(operation_id, #(#bearer)|*) })
    };
    parse_quote! {
        /// What the contract says beside its types and operations.
        pub mod contract {
            #[doc = #server_doc]
            pub const SERVER: &str = #server;
            /// The version of the API that the contract describes (`info.version`).
            pub const VERSION: &str = #version;
            /// Says whether the contract asks for the bearer token on an operation.
            #[must_use]
            pub fn takes_bearer(operation_id: &str) -> bool #body
        }
    }
}

fn operations(document: &OpenAPI) -> impl Iterator<Item = &Operation> {
    let items = document.paths.paths.values().filter_map(ReferenceOr::as_item);
    items.flat_map(PathItem::iter).map(|(_, operation)| operation)
}

/// Says whether one of the ways to authenticate an operation is a bearer token.
fn takes_bearer(document: &OpenAPI, operation: &Operation) -> bool {
    let requirements = operation.security.as_ref().or(document.security.as_ref());
    requirements.into_iter().flatten().flat_map(SecurityRequirement::keys).any(|name| {
        let schemes = document.components.as_ref().map(|components| &components.security_schemes);
        match schemes.and_then(|schemes| schemes.get(name)).and_then(ReferenceOr::as_item) {
            Some(SecurityScheme::OAuth2 { .. } | SecurityScheme::OpenIDConnect { .. }) => true,
            Some(SecurityScheme::HTTP { scheme, .. }) => scheme.eq_ignore_ascii_case("bearer"),
            Some(SecurityScheme::APIKey { .. }) | None => false,
        }
    })
}
