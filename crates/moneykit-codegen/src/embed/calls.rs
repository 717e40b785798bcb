//! Sends each operation by a client of the crate `moneykit`.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, Item, Stmt, Type, parse_quote};

use super::Operation;

/// Rewrites the methods `send` of the request builders.
pub(super) struct Calls<'a> {
    pub(super) operations: &'a HashMap<String, Operation>,
}

impl VisitMut for Calls<'_> {
    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        let Some((_, items)) = &mut module.content else { return };
        if module.ident == "responses" {
            let parts: Vec<Item> = items.iter().filter_map(part_of).collect();
            items.extend(parts);
        }
        if module.ident != "builder" {
            return;
        }
        items.retain(|item| !matches!(item, Item::Use(_)));
        items.insert(
            0,
            parse_quote!(
                use super::types;
            ),
        );
        items.insert(
            1,
            parse_quote!(
                use super::{ByteStream, Error, RequestBuilderExt, ResponseValue, encode_path};
            ),
        );
        let redacted: Vec<Item> = items.iter_mut().filter_map(redact).collect();
        items.extend(redacted);
        visit_mut::visit_item_mod_mut(self, module);
    }

    fn visit_impl_item_fn_mut(&mut self, function: &mut syn::ImplItemFn) {
        if function.sig.ident != "send" {
            return;
        }
        let syn::ReturnType::Type(_, outcome) = &function.sig.output else { return };
        let outcome = outcome.clone();
        let Some([success, error]) = arguments_of(&outcome) else { return };
        // `Error<super::responses::X>`
        let part = match arguments_of(&error) {
            Some([of, _]) if text(&of).contains("responses ::") => quote!(#of::part),
            _ => quote!(|body| body),
        };
        let Some(id) = operation_id(&function.block) else { return };
        let Some(operation) = self.operations.get(&id) else { return };
        Statements.visit_block_mut(&mut function.block);
        let statements = &function.block.stmts;
        let Operation { path, takes_bearer } = operation;
        function.sig.output = parse_quote!(-> ::std::result::Result<#success, ::moneykit::Error>);
        function.block = parse_quote!({
            let mut call = ::moneykit::codegen::Call::new(
                &self.client.0,
                ::moneykit::codegen::Operation { id: #id, path: #path, takes_bearer: #takes_bearer },
            );
            let outcome: #outcome = async { #(#statements)* }.await;
            call.finish(outcome, #part)
        });
    }
}

/// Returns the function that returns the value of whichever variant an enum of responses has.
fn part_of(item: &Item) -> Option<Item> {
    let Item::Enum(item) = item else { return None };
    let name = &item.ident;
    let arms = item.variants.iter().map(|variant| {
        let ident = &variant.ident;
        if variant.fields.is_empty() {
            quote!(Self::#ident => &())
        } else {
            quote!(Self::#ident(value) => value)
        }
    });
    Some(parse_quote! {
        impl #name {
            pub(super) fn part(&self) -> &dyn ::std::any::Any {
                match self { #(#arms),* }
            }
        }
    })
}

/// Replaces the `Debug` of a request builder: its parameters may be secrets.
fn redact(item: &mut Item) -> Option<Item> {
    let Item::Struct(item) = item else { return None };
    let derive = item.attrs.iter_mut().find(|attribute| attribute.path().is_ident("derive"))?;
    if text(derive).contains("Clone") {
        *derive = parse_quote!(#[derive(Clone)]);
    } else {
        item.attrs.retain(|attribute| !attribute.path().is_ident("derive"));
    }
    let (name, text) = (&item.ident, item.ident.to_string());
    let (generics, arguments, bounds) = item.generics.split_for_impl();
    Some(parse_quote! {
        impl #generics ::std::fmt::Debug for #name #arguments #bounds {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(#text).finish_non_exhaustive()
            }
        }
    })
}

/// Returns the first and the last type argument of a type.
fn arguments_of(of: &Type) -> Option<[Type; 2]> {
    let Type::Path(path) = of else { return None };
    let syn::PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else {
        return None;
    };
    match (arguments.args.first()?, arguments.args.last()?) {
        (syn::GenericArgument::Type(first), syn::GenericArgument::Type(last)) => {
            Some([first.clone(), last.clone()])
        }
        _ => None,
    }
}

/// Returns the id that the generated code passes to its hooks.
fn operation_id(block: &syn::Block) -> Option<String> {
    block.stmts.iter().find_map(|statement| {
        let Stmt::Local(local) = statement else { return None };
        let Expr::Struct(info) = &*local.init.as_ref()?.expr else { return None };
        if !info.path.is_ident("OperationInfo") {
            return None;
        }
        match &info.fields.first()?.expr {
            Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(id), .. }) => Some(id.value()),
            _ => None,
        }
    })
}

/// Replaces the hooks by the call, and the decoding of bodies by one with bounds and with errors that quote nothing.
struct Statements;

impl VisitMut for Statements {
    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        block.stmts.retain(|statement| !is_hook(statement));
        for statement in &mut block.stmts {
            if text(statement).starts_with("let response = result") {
                *statement = parse_quote!(let response = call.send(request).await?;);
            }
        }
        visit_mut::visit_block_mut(self, block);
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        let replacement = match expression {
            // In this place the outcome is an operand of something else.
            Expr::Try(tried) => {
                decoded(&tried.expr).map(|of| parse_quote!(::moneykit::codegen::json #of (response).await?))
            }
            Expr::Await(_) => decoded(expression)
                .map(|of| parse_quote!(Ok(::moneykit::codegen::json #of (response).await?))),
            // The client that builds requests.
            Expr::Field(field) if text(&field.base) == "client" && text(&field.member) == "client" => {
                Some(parse_quote!(call.http()))
            }
            Expr::Call(call) if is_call_of(call, "stream") => {
                Some(parse_quote!(::moneykit::codegen::stream(response)))
            }
            Expr::Call(call) if is_call_of(call, "empty") => {
                Some(parse_quote!(::moneykit::codegen::empty(&response)))
            }
            _ => None,
        };
        match replacement {
            Some(replacement) => *expression = replacement,
            None => visit_mut::visit_expr_mut(self, expression),
        }
    }
}

/// Returns true for a statement that calls a hook, or that adds a header which the API does not know.
fn is_hook(statement: &Stmt) -> bool {
    let text = text(statement);
    text.starts_with("let info = OperationInfo")
        || text.starts_with("let result = client . exec")
        || text.starts_with("client . pre (")
        || text.starts_with("client . post (")
        || (text.starts_with("header_map . append") && text.contains("Client :: api_version ()"))
}

/// Returns the type arguments of `ResponseValue::<T>::from_response(response).await` as those of a function.
fn decoded(expression: &Expr) -> Option<TokenStream> {
    let Expr::Await(awaited) = expression else { return None };
    let Expr::Call(call) = &*awaited.base else { return None };
    if !is_call_of(call, "from_response") {
        return None;
    }
    let Expr::Path(path) = &*call.func else { return None };
    let value = path.path.segments.iter().find(|segment| segment.ident == "ResponseValue")?;
    let arguments = &value.arguments;
    Some(match arguments {
        syn::PathArguments::None => TokenStream::new(),
        syn::PathArguments::AngleBracketed(arguments) => {
            let arguments = &arguments.args;
            quote!(::<#arguments>)
        }
        syn::PathArguments::Parenthesized(_) => return None,
    })
}

/// Returns true for a call of a function of `ResponseValue`.
fn is_call_of(call: &syn::ExprCall, name: &str) -> bool {
    let Expr::Path(path) = &*call.func else { return false };
    let segments = &path.path.segments;
    segments.first().is_some_and(|first| first.ident == "ResponseValue")
        && segments.last().is_some_and(|last| last.ident == name)
}

fn text(part: &impl ToTokens) -> String {
    part.to_token_stream().to_string()
}
