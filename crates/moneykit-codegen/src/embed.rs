//! Turns the generated source into one that a user's crate includes: it needs only the crate `moneykit`, and each
//! operation is sent by a client of that crate.

mod calls;
mod messages;
mod mocks;
mod paths;

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Item, parse_quote};

use self::calls::Calls;
use self::messages::Messages;
pub(crate) use self::mocks::embed_mocks;
use self::paths::Paths;
use crate::auth::takes_bearer;
use crate::contract::Contract;
use crate::postprocess::format;

/// Returns the source for a crate in which `moneykit` is the path of the crate `moneykit`.
pub(crate) fn embed(mut file: syn::File, contract: &Contract, moneykit: &syn::Path) -> String {
    drop_optional(&mut file);
    let docs = client_docs(&file);
    file.items.retain(|item| !is_replaced(item));
    let operations = operations(contract);
    Calls { operations: &operations }.visit_file_mut(&mut file);
    Messages.visit_file_mut(&mut file);
    Prelude.visit_file_mut(&mut file);
    let items = &file.items;
    let facts = facts(contract);
    let allowed_lints = allowed_lints();
    let wrapped: syn::File = parse_quote! {
        #[allow(
            unused_imports,
            unreachable_pub,
            clippy::allow_attributes,
            clippy::allow_attributes_without_reason,
            reason = "generated code"
        )]
        pub use self::generated::*;

        #[allow(#allowed_lints)]
        mod generated {
            pub use ::moneykit::codegen::{ByteStream, ResponseValue, Secret};
            use ::moneykit::codegen::{CallError as Error, RequestBuilderExt, encode_path};
            // The prelude of the editions before 2021 lacks them.
            use ::std::convert::{TryFrom, TryInto};
            use ::std::iter::FromIterator;

            #(#docs)*
            #[derive(Clone, Debug)]
            pub struct Client(::moneykit::Client);

            impl ::std::convert::From<&::moneykit::Client> for Client {
                fn from(client: &::moneykit::Client) -> Self {
                    Self(::std::clone::Clone::clone(client))
                }
            }

            impl ::std::convert::From<::moneykit::Client> for Client {
                fn from(client: ::moneykit::Client) -> Self {
                    Self(client)
                }
            }

            #facts
            #(#items)*
        }
    };
    let mut file = wrapped;
    Paths::new(moneykit).rewrite(&mut file);
    format(&file, "an OpenAPI contract by `moneykit_codegen::compile`")
}

/// What a call has to know about its operation besides the request.
struct Operation {
    path: String,
    takes_bearer: bool,
}

/// Returns the lints that projects turn on, besides those that are on without it.
fn allowed_lints() -> TokenStream {
    quote! {
        unused,
        deprecated,
        missing_docs,
        missing_debug_implementations,
        missing_copy_implementations,
        elided_lifetimes_in_paths,
        explicit_outlives_requirements,
        single_use_lifetimes,
        trivial_casts,
        trivial_numeric_casts,
        unnameable_types,
        unreachable_pub,
        unused_lifetimes,
        unused_qualifications,
        unused_results,
        variant_size_differences,
        nonstandard_style,
        clippy::all,
        clippy::pedantic,
        clippy::nursery,
        clippy::restriction,
        rustdoc::all,
        reason = "generated code"
    }
}

/// Returns the operations by their ids.
fn operations(contract: &Contract) -> HashMap<String, Operation> {
    let index = contract.index();
    let operations = index.operations().iter().filter_map(|operation| {
        let takes_bearer = takes_bearer(index.root(), operation);
        Some((operation.id()?.to_owned(), Operation { path: operation.path().to_owned(), takes_bearer }))
    });
    operations.collect()
}

fn facts(contract: &Contract) -> TokenStream {
    let server = contract.model().servers.first().map_or("", |server| server.url.as_str());
    let version = &contract.model().info.version;
    quote! {
        /// Facts about the contract besides its types and operations.
        pub mod contract {
            /// The base URL of the contract's first server; empty if it names none. The client has a base URL of its own.
            pub const SERVER: &str = #server;
            /// The version of the API that the contract describes (`info.version`).
            pub const VERSION: &str = #version;
        }
    }
}

/// Returns the documentation of the generated client.
fn client_docs(file: &syn::File) -> Vec<Attribute> {
    let client = file.items.iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == "Client" => Some(&item.attrs),
        _ => None,
    });
    client.into_iter().flatten().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect()
}

/// Returns true for an item that the facade's client replaces.
fn is_replaced(item: &Item) -> bool {
    match item {
        Item::Use(_) | Item::Const(_) => true,
        Item::Struct(item) => item.ident == "Client",
        Item::Impl(item) => item.trait_.is_some() || constructs(item),
        Item::Mod(item) => ["contract", "mock", "prelude"].iter().any(|name| item.ident == name),
        _ => false,
    }
}

/// Returns true for the constructors of the client, which make an HTTP client of their own.
fn constructs(item: &syn::ItemImpl) -> bool {
    item.items
        .iter()
        .any(|item| matches!(item, syn::ImplItem::Fn(item) if item.sig.ident == "new_with_client"))
}

/// Drops what depends on the features `schemars` and `httpmock`, which are those of another crate.
fn drop_optional(file: &mut syn::File) {
    Optional.visit_file_mut(file);
}

struct Optional;

impl VisitMut for Optional {
    fn visit_file_mut(&mut self, file: &mut syn::File) {
        file.items.retain(|item| !attributes(item).iter().any(is_optional));
        visit_mut::visit_file_mut(self, file);
    }

    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        if let Some((_, items)) = &mut module.content {
            items.retain(|item| !attributes(item).iter().any(is_optional));
        }
        visit_mut::visit_item_mod_mut(self, module);
    }

    fn visit_item_struct_mut(&mut self, item: &mut syn::ItemStruct) {
        item.attrs.retain(|attribute| !is_optional(attribute));
    }

    fn visit_item_enum_mut(&mut self, item: &mut syn::ItemEnum) {
        item.attrs.retain(|attribute| !is_optional(attribute));
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        _ => &[],
    }
}

fn is_optional(attribute: &Attribute) -> bool {
    let is_conditional = ["cfg", "cfg_attr"].iter().any(|name| attribute.path().is_ident(name));
    is_conditional && quote!(#attribute).to_string().contains("feature =")
}

/// Imports into every module what the prelude of the editions before 2021 lacks.
struct Prelude;

impl VisitMut for Prelude {
    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        visit_mut::visit_item_mod_mut(self, module);
        let Some((_, items)) = &mut module.content else { return };
        let is_known = items.iter().any(|item| match item {
            Item::Use(item) => quote!(#item).to_string().contains("TryFrom"),
            _ => false,
        });
        if !is_known {
            items.insert(
                0,
                parse_quote!(
                    use ::std::convert::{TryFrom, TryInto};
                ),
            );
            items.insert(
                1,
                parse_quote!(
                    use ::std::iter::FromIterator;
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Contract, generate_client};

    const CONTRACT: &str = "
openapi: 3.0.3
info: { title: Pets, version: '1' }
paths:
  /pets/{id}:
    get:
      operationId: get_pet
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses:
        '200': { description: d, content: { application/json: { schema: { $ref: '#/components/schemas/Pet' } } } }
components:
  schemas:
    Pet:
      type: object
      properties: { pin: { type: string, format: password }, tags: { type: object, additionalProperties: true } }
";

    fn generated(moneykit: &str) -> String {
        generate_client(&Contract::parse("pets.yaml", CONTRACT).unwrap(), moneykit).unwrap()
    }

    #[test]
    fn only_the_crate_moneykit_is_named() {
        let source = generated("::bank");

        for name in
            ["crate::", "::moneykit::", "schemars", "httpmock", "= \"::serde", " ::serde", "new_with_client"]
        {
            assert!(!source.contains(name), "{name} is in\n{source}");
        }
        assert!(source.contains("::bank::codegen::Secret"));
        assert!(source.contains(r#"#[serde(crate = "::bank::codegen::serde")]"#));
        assert!(source.contains("skip_serializing_if = \"::bank::codegen::serde_json::Map::is_empty\""));
    }

    #[test]
    fn a_call_knows_its_operation() {
        let source = generated("::moneykit");

        assert!(source.contains(r#"path: "/pets/{id}""#));
        assert!(source.contains("takes_bearer: false"));
        assert!(source.contains("-> ::std::result::Result<ResponseValue<types::Pet>, ::moneykit::Error>"));
    }

    #[test]
    fn what_is_no_path_is_refused() {
        let contract = Contract::parse("pets.yaml", CONTRACT).unwrap();
        let error = generate_client(&contract, "not a path").unwrap_err();
        assert!(error.to_string().contains("pass a path such as `::moneykit`"), "{error}");
    }
}
