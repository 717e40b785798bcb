//! Completes and formats the source that the generator returned.

mod absent;
mod names;
mod operations;
mod responses;
mod support;

use std::collections::HashSet;

use moneykit_contract::{Kind, Position};
use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, ItemMod, parse_quote};

use crate::auth::{takes_bearer, token_operation};
use crate::check::folded;
use crate::contract::Contract;
use crate::error::Diagnostic;
use crate::index::{ContractIndex, Operation};
use crate::postprocess::support::Support;
use crate::wire::Wire;

/// Adds to the generated source what the generator ignores in the contract.
pub(crate) fn postprocess(
    contract: &Contract,
    client: TokenStream,
    mocks: &TokenStream,
) -> Result<syn::File, Diagnostic> {
    let unreadable = |error: syn::Error| {
        Diagnostic::new(
            None,
            format!("the generated source does not parse: {error}"),
            "simplify the part of the contract that changed last: the generator does not support it",
        )
    };
    let mut file: syn::File = syn::parse2(client).map_err(unreadable)?;
    let index = contract.index();
    let wire = contract.wire();
    let support = Support::of(wire);
    let mut generated = Vec::new();
    for item in &mut file.items {
        if let Item::Mod(module) = item
            && module.ident == "types"
        {
            if let Some(name) = uninhabited(module) {
                return Err(Diagnostic::new(
                    schema_position(&index, &name),
                    format!("no value fits the type `{name}`: parts of its composition exclude each other"),
                    "describe each property in one part, or with the same type in all of them",
                ));
            }
            if let Some(name) = duplicate(module) {
                return Err(Diagnostic::new(
                    schema_position(&index, &name),
                    format!("two schemas become the type `{name}`"),
                    "rename one of them: the type of an inner schema is named for its owner and its property",
                ));
            }
            let schemas = schemas_function(&index, wire, module);
            derive_json_schema(module);
            absent::omit_absent(module);
            if let Some((_, items)) = &mut module.content {
                items.push(schemas);
                items.extend(support.use_in_types());
            }
            generated
                .clone_from(&module.content.as_ref().map(|(_, items)| items.clone()).unwrap_or_default());
        }
    }
    let of = |component: &str| rust_type(&generated, component);
    let fields = |name: &str| fields_of(&generated, name, wire);
    for item in &mut file.items {
        if let Item::Mod(module) = item
            && module.ident == "builder"
        {
            operations::correct(module, wire, &operations::Types { of: &of, fields: &fields });
        }
    }
    file.items.extend(responses::module(wire, &of));
    file.items.extend(support.modules());
    if !wire.fields.is_empty() {
        names::restore(&mut file, &wire.fields);
    }
    file.items.push(contract_module(contract.model(), &index));
    file.items.push(parse_quote! {
        /// Typed helpers for tests with `httpmock`. They compare a form body as JSON: match forms by hand.
        #[cfg(feature = "httpmock")]
        pub mod mock { #mocks }
    });
    Ok(file)
}

/// Formats a source, below a line that says where it comes from.
pub(crate) fn format(file: &syn::File, origin: &str) -> String {
    // The generator's examples have no client to call, so they can't be doc tests, not even ignored ones.
    let source = prettyplease::unparse(file).replace("```ignore", "```text");
    format!("// Generated from {origin}; do not edit.\n\n{source}")
}

/// Returns the Rust type of a component. No type is generated for the schema of a secret.
fn rust_type(types: &[Item], component: &str) -> TokenStream {
    let ident = types.iter().filter_map(ident).find(|ident| folded(&ident.to_string()) == folded(component));
    ident.map_or_else(|| quote!(crate::Secret), |ident| quote!(super::types::#ident))
}

fn ident(item: &Item) -> Option<&syn::Ident> {
    match item {
        Item::Struct(item) => Some(&item.ident),
        Item::Enum(item) => Some(&item.ident),
        Item::Type(item) => Some(&item.ident),
        _ => None,
    }
}

/// Returns the name of an enum without variants: the generator makes one of a schema that no value fits.
fn uninhabited(types: &ItemMod) -> Option<String> {
    let items = types.content.iter().flat_map(|(_, items)| items);
    items.into_iter().find_map(|item| match item {
        Item::Enum(item) if item.variants.is_empty() => Some(item.ident.to_string()),
        _ => None,
    })
}

/// Returns the name that two types have.
fn duplicate(types: &ItemMod) -> Option<String> {
    let items = types.content.iter().flat_map(|(_, items)| items);
    let mut seen = HashSet::new();
    items.into_iter().filter_map(ident).find(|ident| !seen.insert(*ident)).map(ToString::to_string)
}

/// Returns the position of the schema whose name a type has, or whose name the type's begins with.
fn schema_position(index: &ContractIndex<'_>, name: &str) -> Option<Position> {
    let name = folded(name);
    let components = index.components(Kind::Schema);
    let owner = components.filter(|component| name.starts_with(&folded(&component.name)));
    let owner = owner.max_by_key(|component| component.name.len())?;
    index.position(&owner.pointer)
}

/// Returns the fields of a generated type.
fn fields_of(types: &[Item], name: &str, wire: &Wire) -> Vec<operations::Field> {
    let item = types.iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == name => Some(item),
        _ => None,
    });
    let fields = item.into_iter().flat_map(|item| &item.fields);
    let fields = fields.filter_map(|field| {
        let ident = field.ident.clone()?;
        let of = &field.ty;
        let attributes: Vec<String> =
            field.attrs.iter().map(|attribute| quote!(#attribute).to_string()).collect();
        let is_map = attributes.iter().any(|attribute| attribute.contains("flatten"));
        let renamed = attributes.iter().find_map(|attribute| {
            let (_, rest) = attribute.split_once("rename = \"")?;
            Some(rest.split('"').next()?.to_owned())
        });
        let name = renamed.unwrap_or_else(|| ident.to_string().trim_start_matches("r#").to_owned());
        let name = wire.fields.get(&name).cloned().unwrap_or(name);
        let is_file = quote!(#of).to_string().contains("multipart :: File");
        Some(operations::Field { ident, name: (!is_map).then_some(name), is_file })
    });
    fields.collect()
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
fn schemas_function(index: &ContractIndex<'_>, wire: &Wire, types: &ItemMod) -> Item {
    let items = types.content.iter().flat_map(|(_, items)| items);
    let idents: Vec<&syn::Ident> = items.filter_map(ident).collect();
    // An enum of responses is decoded by the status, so it has no schema.
    let responses = wire.operations.values().flat_map(|notes| [&notes.success, &notes.error]).flatten();
    let stand_ins: Vec<&str> = responses.map(|responses| responses.name.as_str()).collect();
    let stand_ins: Vec<&str> =
        stand_ins.into_iter().chain(wire.stand_ins.keys().map(String::as_str)).collect();
    let components = index.components(Kind::Schema).filter(|one| !stand_ins.contains(&one.name.as_str()));
    let entries = components.map(|component| {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_types_of_one_name_are_found() {
        let module = parse_quote! { pub mod types { pub struct A; pub enum B {} impl A {} pub type A = B; } };
        assert_eq!(duplicate(&module).as_deref(), Some("A"));
        assert_eq!(duplicate(&parse_quote! { pub mod types { pub struct A; impl A {} } }), None);
    }
}
