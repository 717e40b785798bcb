//! Compares the types of a compiled client with the contract, and attributes the losses to operations.

use anyhow::Result;
use moneykit_codegen::GeneratedClient;
use quote::ToTokens;
use syn::{Attribute, Item, Meta, Token, punctuated::Punctuated};

use super::operation::{Operation, Outcome};
use crate::generated_package::GeneratedPackage;
use crate::roundtrip;

/// Runs the proof of `cargo xtask regen` for the operations that compile.
pub(super) fn prove(client: &GeneratedClient, operations: &mut [Operation]) -> Result<()> {
    let package = GeneratedPackage::types("proof", &types_of(&client.source)?)?;
    let types = roundtrip::schemas(|arguments| package.cargo(arguments));
    let mut losses = match types.and_then(|types| roundtrip::prove(&client.contract, &types)) {
        Ok(proof) => proof.losses,
        Err(error) => {
            let text = error.to_string();
            let line = text.lines().find(|line| line.starts_with("error")).unwrap_or(&text);
            conclude(operations, |_| Some(line.to_owned()));
            return Ok(());
        }
    };
    // An operation counts for the loss that most operations share.
    losses.sort_by_key(|loss| std::cmp::Reverse(loss.operations.len()));
    conclude(operations, |operation| {
        losses.iter().find(|loss| loss.operations.contains(&operation.vendor.name)).map(ToString::to_string)
    });
    Ok(())
}

/// Concludes the proof of each operation that compiles: it fails if there is a reason.
fn conclude(operations: &mut [Operation], reason: impl Fn(&Operation) -> Option<String>) {
    for operation in operations.iter_mut().filter(|operation| operation.outcome == Outcome::Compiled) {
        operation.outcome = reason(operation).map_or(Outcome::Proven, Outcome::Unproven);
    }
}

/// Returns the types of a client, without what has no part in their JSON schemas: operations, builders, documentation
/// and the derived `Deserialize`.
fn types_of(source: &str) -> Result<String> {
    let mut file = syn::parse_file(source)?;
    file.items.retain(|item| is_module(item, &["types", "multipart", "contract"]));
    for item in &mut file.items {
        let Item::Mod(module) = item else { continue };
        let Some((_, items)) = module.content.as_mut().filter(|_| module.ident == "types") else { continue };
        items.retain(|item| match item {
            Item::Impl(item) => !item.to_token_stream().to_string().contains("builder"),
            Item::Use(item) => !item.tree.to_token_stream().to_string().contains("responses"),
            item => !is_module(item, &["builder"]),
        });
        for item in items {
            let (attributes, fields) = match item {
                Item::Struct(item) => (&mut item.attrs, Some(&mut item.fields)),
                Item::Enum(item) => (&mut item.attrs, None),
                _ => continue,
            };
            strip(attributes);
            fields.into_iter().flatten().for_each(|field| strip(&mut field.attrs));
        }
    }
    Ok(file.into_token_stream().to_string())
}

fn is_module(item: &Item, names: &[&str]) -> bool {
    matches!(item, Item::Mod(module) if names.iter().any(|name| module.ident == name))
}

/// Removes documentation and the derived `Deserialize`.
fn strip(attributes: &mut Vec<Attribute>) {
    attributes.retain(|attribute| !attribute.path().is_ident("doc"));
    for attribute in attributes {
        if !attribute.path().is_ident("derive") {
            continue;
        }
        let parser = Punctuated::<syn::Path, Token![,]>::parse_terminated;
        let (Ok(paths), Meta::List(list)) = (attribute.parse_args_with(parser), &mut attribute.meta) else {
            continue;
        };
        let is_kept = |path: &syn::Path| path.segments.last().is_none_or(|last| last.ident != "Deserialize");
        list.tokens =
            paths.into_iter().filter(is_kept).collect::<Punctuated<_, Token![,]>>().into_token_stream();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_types_of_a_client_keep_what_their_schemas_depend_on() {
        let source = "pub struct Client; pub mod types { #[derive(::serde::Deserialize, ::serde::Serialize, Clone)] \
                      #[serde(rename = \"a\")] pub struct A { #[doc = \"d\"] a: i64 } impl A { pub fn builder() -> \
                      builder::A {} } impl From<A> for i64 {} pub mod builder {} }";

        let types = types_of(source).unwrap();

        let expected = "pub mod types { #[derive(::serde::Serialize, Clone)] #[serde(rename = \"a\")] pub struct A { a: \
                        i64 } impl From<A> for i64 {} }";
        let plain = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(plain(&types), plain(expected));
    }
}
