//! Typed helpers for tests with `httpmock` in a user's crate.

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, FnArg, Item, LitStr, parse_quote};

use super::allowed_lints;
use super::paths::Paths;
use crate::check::folded;
use crate::contract::Contract;
use crate::index::Operation;
use crate::media_type::Media;
use crate::postprocess::format;

/// Returns the source of the helpers. The module that includes it must have the module `types` of the client.
pub(crate) fn embed_mocks(file: syn::File, contract: &Contract, moneykit: &syn::Path) -> String {
    let is_mock = |item: &Item| matches!(item, Item::Mod(module) if module.ident == "mock");
    let mut items = match file.items.into_iter().find(is_mock) {
        Some(Item::Mod(module)) => module.content.map(|(_, items)| items).unwrap_or_default(),
        _ => Vec::new(),
    };
    let mut corrections = Corrections { with_form: with_form(contract) };
    for item in &mut items {
        corrections.visit_item_mut(item);
    }
    let allowed_lints = allowed_lints();
    let mut file: syn::File = parse_quote! {
        #[allow(unused_imports, unreachable_pub, clippy::allow_attributes_without_reason, reason = "generated code")]
        pub use self::generated::{MockServerExt, operations};

        #[allow(#allowed_lints)]
        mod generated {
            use super::types;

            #(#items)*

            /// Returns the pattern that only this value of a path parameter matches.
            fn segment(value: &str) -> ::std::string::String {
                let segment = match ::moneykit::codegen::encode_path(value) {
                    Ok(segment) => segment,
                    Err(error) => panic!("{}", error),
                };
                let mut pattern = ::std::string::String::new();
                for character in segment.chars() {
                    if !character.is_ascii_alphanumeric() {
                        pattern.push('\\');
                    }
                    pattern.push(character);
                }
                pattern
            }
        }
    };
    Paths::new(moneykit).rewrite(&mut file);
    format(&file, "an OpenAPI contract by `moneykit_codegen::Config::httpmock`")
}

/// Returns the folded ids of the operations whose body is a form.
fn with_form(contract: &Contract) -> Vec<String> {
    let index = contract.index();
    let has_form = |operation: &Operation<'_>| {
        let body = operation.node.value.get("requestBody");
        let reference = body.and_then(|body| body.get("$ref")?.as_str()?.strip_prefix('#'));
        let body = reference.map_or(body, |pointer| index.root().pointer(pointer));
        let content = body.and_then(|body| body.get("content")?.as_object());
        content.is_some_and(|content| {
            content.iter().any(|(name, media)| Media::of(name, &media["schema"]) == Media::Form)
        })
    };
    let operations = index.operations().iter().filter(|operation| has_form(operation));
    operations.filter_map(Operation::id).map(folded).collect()
}

/// Corrects what the generator's helpers get wrong.
struct Corrections {
    with_form: Vec<String>,
}

impl VisitMut for Corrections {
    fn visit_item_use_mut(&mut self, item: &mut syn::ItemUse) {
        *item = parse_quote!(
            use super::{segment, types};
        );
    }

    fn visit_item_impl_mut(&mut self, item: &mut syn::ItemImpl) {
        let of = text(&item.self_ty);
        let has_form = of.strip_suffix("When").is_some_and(|id| self.with_form.contains(&folded(id)));
        // A form would be compared as JSON, and httpmock cannot compare bytes.
        item.items.retain(|item| {
            let item = text(item);
            let compares_bytes = item.contains(". json_body (value)") && of.ends_with("When");
            let compares_form = has_form && item.contains(". json_body_obj (value)");
            !compares_bytes && !compares_form
        });
        visit_mut::visit_item_impl_mut(self, item);
    }

    fn visit_impl_item_fn_mut(&mut self, function: &mut syn::ImplItemFn) {
        visit_mut::visit_impl_item_fn_mut(self, function);
        let Some(FnArg::Typed(value)) = function.sig.inputs.iter_mut().next_back() else { return };
        let of = text(&value.ty);
        if of.ends_with(":: serde_json :: Value") {
            // A response that is not JSON.
            *value.ty = parse_quote!(impl AsRef<[u8]>);
        }
        if text(&function.sig).contains(":: std :: vec :: Vec <") {
            Lists.visit_block_mut(&mut function.block);
        }
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        let Expr::MethodCall(call) = &*expression else { return };
        let replacement = if call.method == "unwrap" {
            pattern_of(&call.receiver)
        } else if call.method == "json_body" {
            match &*call.receiver {
                Expr::MethodCall(header) => {
                    let receiver = &header.receiver;
                    Some(parse_quote!(#receiver.body(value)))
                }
                _ => None,
            }
        } else {
            None
        };
        if let Some(replacement) = replacement {
            *expression = replacement;
        }
    }
}

/// Returns the corrected pattern of `regex::Regex::new(pattern)`. httpmock makes an expression of it.
fn pattern_of(expression: &Expr) -> Option<Expr> {
    let Expr::Call(call) = expression else { return None };
    if text(&call.func) != "regex :: Regex :: new" {
        return None;
    }
    match call.args.first()? {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) => {
            let pattern = corrected(path);
            Some(parse_quote!(#pattern))
        }
        Expr::Reference(reference) => {
            let Expr::Macro(formatted) = &*reference.expr else { return None };
            let path = formatted.mac.tokens.clone().into_iter().next()?;
            let TokenTree::Literal(path) = path else { return None };
            let pattern = corrected(&syn::parse2(path.into_token_stream()).ok()?);
            Some(parse_quote!(::std::format!(#pattern, segment(&value.to_string()))))
        }
        _ => None,
    }
}

/// Returns the pattern of a path in which a parameter is one segment, and all other characters stand for themselves.
fn corrected(pattern: &LitStr) -> LitStr {
    let pattern_text = pattern.value();
    let path = pattern_text.trim_start_matches('^').trim_end_matches('$');
    let literal = |part: &str| {
        let mut escaped = String::new();
        for character in part.chars() {
            if !character.is_alphanumeric() && character.is_ascii() && character != '/' {
                escaped.push('\\');
            }
            escaped.push(character);
        }
        escaped
    };
    let with_value = |part: &str| part.split("{}").map(literal).collect::<Vec<_>>().join("{}");
    // The generator has both for a parameter.
    let path = path.replace("[^/]*", ".*");
    let path = path.split(".*").map(with_value).collect::<Vec<_>>().join("[^/]*");
    LitStr::new(&format!("^{path}$"), pattern.span())
}

/// Sends each item of a list as a parameter of its own, as the client does.
struct Lists;

impl VisitMut for Lists {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        if let Expr::MethodCall(call) = &*expression
            && call.method == "query_param"
            && let Some(name) = call.args.first()
        {
            let receiver = &call.receiver;
            *expression = parse_quote! {
                value.iter().fold(#receiver, |when, item| when.query_param(#name, item.to_string()))
            };
            return;
        }
        visit_mut::visit_expr_mut(self, expression);
    }
}

fn text(part: &impl ToTokens) -> String {
    part.to_token_stream().to_string()
}
