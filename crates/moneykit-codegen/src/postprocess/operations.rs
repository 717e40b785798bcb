//! Corrects the source of operations by the notes of the rewrites.

use heck::ToPascalCase;
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprMethodCall, Item, ItemImpl, ItemMod, Lit, Token, parse_quote};

use crate::wire::{Body, Content, Location, OperationWire, Responses, Style, Wire};

/// Corrects the module of the request builders. `types` has the Rust types of components by their names.
pub(super) fn correct(module: &mut ItemMod, wire: &Wire, types: &Types<'_>) {
    for (id, notes) in &wire.operations {
        let builder = id.to_pascal_case();
        let Some((_, items)) = &mut module.content else { return };
        let implementations = items.iter_mut().filter_map(|item| match item {
            Item::Impl(item) if is_of(item, &builder) => Some(item),
            _ => None,
        });
        for implementation in implementations {
            Correction { notes, types }.visit_item_impl_mut(implementation);
        }
    }
    Methods.visit_item_mod_mut(module);
}

fn is_of(item: &ItemImpl, name: &str) -> bool {
    let syn::Type::Path(path) = &*item.self_ty else { return false };
    path.path.segments.last().is_some_and(|segment| segment.ident == name)
}

/// The Rust types of components.
pub(super) struct Types<'a> {
    pub(super) of: &'a dyn Fn(&str) -> TokenStream,
    /// The names of the fields of multipart bodies with their Rust names, by the name of the type.
    pub(super) fields: &'a dyn Fn(&str) -> Vec<Field>,
}

/// A field of a generated type.
pub(super) struct Field {
    pub(super) ident: syn::Ident,
    /// The name on the wire. `None` for the map of further fields.
    pub(super) name: Option<String>,
    pub(super) is_file: bool,
}

struct Correction<'a> {
    notes: &'a OperationWire,
    types: &'a Types<'a>,
}

impl VisitMut for Correction<'_> {
    fn visit_impl_item_fn_mut(&mut self, function: &mut syn::ImplItemFn) {
        if function.sig.ident != "send" {
            return;
        }
        if let Some(success) = &self.notes.success {
            replace_output(&mut function.sig.output, 0, &success.name);
        }
        if let Some(error) = &self.notes.error {
            replace_output(&mut function.sig.output, 1, &error.name);
        }
        visit_mut::visit_impl_item_fn_mut(self, function);
        if let Body::Multipart(content_types) = &self.notes.body {
            self.build_multipart(function, content_types);
        }
    }

    /// Corrects the arguments of `format!`, which builds the URL from the path parameters.
    fn visit_macro_mut(&mut self, call: &mut syn::Macro) {
        if !call.path.is_ident("format") {
            return;
        }
        let arguments = call.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated);
        let Ok(mut arguments) = arguments else { return };
        arguments.iter_mut().for_each(|argument| self.visit_expr_mut(argument));
        call.tokens = arguments.into_token_stream();
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        match expression {
            Expr::MethodCall(call) => {
                if let Some(corrected) = self.call(call) {
                    *expression = corrected;
                }
            }
            Expr::Call(call) => {
                if let Some(corrected) = self.path_parameter(call) {
                    *expression = corrected;
                }
            }
            Expr::Match(matched) => {
                let subject = &matched.expr;
                if quote!(#subject).to_string().contains("as_u16") {
                    self.arms(matched);
                }
            }
            _ => {}
        }
    }
}

impl Correction<'_> {
    fn call(&self, call: &ExprMethodCall) -> Option<Expr> {
        let receiver = &call.receiver;
        match call.method.to_string().as_str() {
            "header" if is_header(call, "ACCEPT") => {
                let accept = self.notes.accept.as_ref()?;
                Some(parse_quote!(#receiver.header(::reqwest::header::ACCEPT, #accept)))
            }
            "header" if is_header(call, "CONTENT_TYPE") => {
                let content_type = self.notes.content_type.as_ref()?;
                Some(parse_quote!(#receiver.header(::reqwest::header::CONTENT_TYPE, #content_type)))
            }
            "json" => match (&self.notes.body, &self.notes.content_type) {
                (Body::Multipart(_), _) => Some(parse_quote!(
                    #receiver.header(::reqwest::header::CONTENT_TYPE, multipart_type).body(multipart_body)
                )),
                // reqwest sets `application/json` unless there is a content type.
                (_, Some(content_type)) => Some(parse_quote!(
                    #receiver.header(::reqwest::header::CONTENT_TYPE, #content_type).json(&body)
                )),
                _ => None,
            },
            "form_urlencoded" => {
                let Body::Form(styles) = &self.notes.body else { return None };
                let styles = styles.iter().map(|(name, style)| {
                    let style = style_name(*style);
                    quote!((#name, #style))
                });
                Some(parse_quote!(#receiver.form_urlencoded(
                    &super::wire::form_body(&body, &[#(#styles),*]).map_err(Error::InvalidRequest)?
                )))
            }
            "query" => {
                let argument = call.args.first()?;
                let Expr::Reference(reference) = argument else { return None };
                let Expr::Call(new) = &*reference.expr else { return None };
                let name = literal(new.args.first()?)?;
                let parameter = self.notes.parameters.get(&name)?;
                let value = new.args.get(1)?;
                let wire_name = &parameter.name;
                let write = match parameter.style {
                    Style::Plain | Style::Pairs | Style::Label { .. } | Style::Matrix { .. } => {
                        return Some(parse_quote!(
                            #receiver.query(&progenitor_client::QueryParam::new(#wire_name, #value))
                        ));
                    }
                    Style::Form => quote!(super::wire::form(&mut pairs, #wire_name, #value)),
                    Style::Comma => quote!(super::wire::separated(&mut pairs, #wire_name, #value, ",")),
                    Style::Space => quote!(super::wire::separated(&mut pairs, #wire_name, #value, " ")),
                    Style::Pipe => quote!(super::wire::separated(&mut pairs, #wire_name, #value, "|")),
                    Style::DeepObject => quote!(super::wire::deep_object(&mut pairs, #wire_name, #value)),
                    Style::Json => quote!(super::wire::json(&mut pairs, #wire_name, #value)),
                };
                Some(parse_quote!(#receiver.query(&{
                    let mut pairs = ::std::vec::Vec::new();
                    #write.map_err(Error::InvalidRequest)?;
                    pairs
                })))
            }
            "append" => self.header_parameter(call),
            _ => None,
        }
    }

    fn header_parameter(&self, call: &ExprMethodCall) -> Option<Expr> {
        let name = literal(call.args.first()?)?;
        let parameter = self.notes.parameters.get(&name)?;
        // `value.to_string().try_into()?`
        let Expr::Try(tried) = call.args.get(1)? else { return None };
        let Expr::MethodCall(converted) = &*tried.expr else { return None };
        let Expr::MethodCall(printed) = &*converted.receiver else { return None };
        let value = &printed.receiver;
        let text = match parameter.style {
            Style::Plain => quote!(#value.to_string()),
            Style::Json => quote!(super::wire::json_text(&#value).map_err(Error::InvalidRequest)?),
            style => {
                let explode = style == Style::Pairs;
                quote!(super::wire::simple(&#value, #explode).map_err(Error::InvalidRequest)?)
            }
        };
        let (wire_name, text) = match parameter.location {
            // A request has one `Cookie` header (RFC 6265 §5.4).
            Location::Cookie => {
                let name = &parameter.name;
                return Some(parse_quote!({
                    let cookie = format!("{}={}", #name, #text);
                    let known: Option<&::reqwest::header::HeaderValue> =
                        header_map.get(::reqwest::header::COOKIE);
                    let cookies = match known.map(|known| known.to_str()) {
                        Some(Ok(known)) => format!("{known}; {cookie}"),
                        _ => cookie,
                    };
                    header_map.insert(::reqwest::header::COOKIE, cookies.try_into()?)
                }));
            }
            _ => (&parameter.name, text),
        };
        Some(parse_quote!(header_map.append(#wire_name, #text.try_into()?)))
    }

    /// Corrects `encode_path(&name.to_string())`.
    fn path_parameter(&self, call: &syn::ExprCall) -> Option<Expr> {
        let Expr::Path(function) = &*call.func else { return None };
        if !function.path.is_ident("encode_path") {
            return None;
        }
        let Expr::Reference(reference) = call.args.first()? else { return None };
        let Expr::MethodCall(printed) = &*reference.expr else { return None };
        let value = &printed.receiver;
        let ident = quote!(#value).to_string();
        let parameter = self.notes.parameters.iter().find(|(name, parameter)| {
            parameter.location == Location::Path
                && crate::check::snake_case(name) == ident.trim_end_matches('_')
        });
        let (_, parameter) = parameter?;
        let text = match parameter.style {
            Style::Json => quote!(super::wire::json_text(&#value)),
            Style::Label { explode } => quote!(super::wire::label(&#value, #explode)),
            Style::Matrix { explode } => {
                let name = &parameter.name;
                quote!(super::wire::matrix(#name, &#value, #explode))
            }
            style => {
                let explode = style == Style::Pairs;
                quote!(super::wire::simple(&#value, #explode))
            }
        };
        Some(parse_quote!(encode_path(&#text.map_err(Error::InvalidRequest)?)))
    }

    /// Decodes responses by their status.
    fn arms(&self, matched: &mut syn::ExprMatch) {
        let mut first: Vec<syn::Arm> = Vec::new();
        if let Some(success) = &self.notes.success {
            first.extend(self.decode(success, false));
        }
        if let Some(error) = &self.notes.error {
            first.extend(self.decode(error, true));
        }
        let replaces_success = self.notes.success.is_some();
        let replaces_error = self.notes.error.is_some();
        matched.arms.retain(|arm| {
            let pattern = &arm.pat;
            let pattern = quote!(#pattern).to_string();
            let is_fallback = pattern == "_" && {
                let body = &arm.body;
                quote!(#body).to_string().contains("UnexpectedResponse")
            };
            let is_success = pattern.starts_with('2');
            is_fallback || (is_success && !replaces_success) || (!is_success && !replaces_error)
        });
        let kept = std::mem::take(&mut matched.arms);
        // Exact statuses come before ranges, and ranges before the rest.
        let mut arms: Vec<syn::Arm> = first.into_iter().chain(kept).collect();
        arms.sort_by_key(|arm| {
            let pattern = &arm.pat;
            let pattern = quote!(#pattern).to_string();
            (pattern == "_", pattern.contains(".."))
        });
        if !arms.iter().any(|arm| {
            let pattern = &arm.pat;
            quote!(#pattern).to_string() == "_"
        }) {
            arms.push(parse_quote!(_ => Err(Error::UnexpectedResponse(response)),));
        }
        matched.arms = arms;
    }

    fn decode(&self, responses: &Responses, is_error: bool) -> Vec<syn::Arm> {
        let name = format_ident!("{}", responses.name);
        let variants = super::responses::variants(responses);
        let mut statuses: Vec<(String, &Content)> = Vec::new();
        let mut default = None;
        for (status, content) in &responses.variants {
            if status == "default" {
                default = Some(content);
            } else {
                statuses.push((status.clone(), content));
            }
        }
        if let Some(content) = default {
            let ranges: &[&str] = if is_error { &["4XX", "5XX"] } else { &["2XX"] };
            for range in ranges {
                if !statuses.iter().any(|(status, _)| status.eq_ignore_ascii_case(range)) {
                    statuses.push(((*range).to_owned(), content));
                }
            }
        }
        let arms = statuses.into_iter().filter_map(|(status, content)| {
            let pattern = pattern(&status)?;
            let variant = variants.iter().find(|(known, _)| *known == content).map(|(_, variant)| variant)?;
            let variant = quote!(super::responses::#name::#variant);
            let to_enum = quote!(map::<super::responses::#name, _, Error<_>>);
            let value = match content {
                Content::Empty => quote!(ResponseValue::empty(response).#to_enum(|()| #variant)),
                Content::Bytes => quote!(ResponseValue::stream(response).#to_enum(#variant)),
                Content::Json(component) => {
                    let of = (self.types.of)(component);
                    quote!(ResponseValue::<#of>::from_response(response).await?.#to_enum(#variant))
                }
            };
            Some(if is_error {
                parse_quote!(#pattern => Err(Error::ErrorResponse(#value?)),)
            } else {
                parse_quote!(#pattern => #value,)
            })
        });
        arms.collect()
    }

    fn build_multipart(
        &self,
        function: &mut syn::ImplItemFn,
        content_types: &std::collections::BTreeMap<String, String>,
    ) {
        let Some(component) = body_type(function) else { return };
        let media_type = self.notes.content_type.clone().unwrap_or_else(|| "multipart/form-data".to_owned());
        let fields = (self.types.fields)(&component);
        let parts = fields.iter().map(|field| {
            let ident = &field.ident;
            let Some(name) = &field.name else {
                return quote! {
                    for (name, value) in &body.#ident {
                        parts.value(name, value, None).map_err(Error::InvalidRequest)?;
                    }
                };
            };
            let content_type = content_types.get(name);
            let content_type = content_type.map_or_else(|| quote!(None), |known| quote!(Some(#known)));
            if field.is_file {
                quote! {
                    super::multipart::Part::add_to(&body.#ident, &mut parts, #name, #content_type)
                        .map_err(Error::InvalidRequest)?;
                }
            } else {
                quote!(parts.value(#name, &body.#ident, #content_type).map_err(Error::InvalidRequest)?;)
            }
        });
        let build: syn::Block = parse_quote!({
            let (multipart_type, multipart_body) = {
                let mut parts = super::multipart::Body::default();
                #(#parts)*
                parts.finish(#media_type)
            };
        });
        // The parameters are unpacked up to the statement that builds the URL.
        let statements = &mut function.block.stmts;
        let url = statements.iter().position(|statement| {
            let text = quote!(#statement).to_string();
            text.starts_with("let url =") || text.starts_with("let _url =")
        });
        let at = url.unwrap_or(statements.len().min(1));
        for statement in build.stmts.into_iter().rev() {
            statements.insert(at, statement);
        }
    }
}

/// Returns the name of the type that the builder makes the body of: `types::Name::try_from`.
fn body_type(function: &syn::ImplItemFn) -> Option<String> {
    for statement in &function.block.stmts {
        let text = quote!(#statement).to_string();
        if text.starts_with("let body =")
            && let Some((_, rest)) = text.split_once("types :: ")
        {
            return Some(rest.split(' ').next()?.to_owned());
        }
    }
    None
}

fn pattern(status: &str) -> Option<syn::Pat> {
    Some(match status.to_ascii_uppercase().as_str() {
        "2XX" => parse_pattern(&quote!(200..=299)),
        "4XX" => parse_pattern(&quote!(400..=499)),
        "5XX" => parse_pattern(&quote!(500..=599)),
        code => {
            let code: u16 = code.parse().ok()?;
            parse_pattern(&quote!(#code))
        }
    })
}

fn parse_pattern(tokens: &TokenStream) -> syn::Pat {
    parse_quote!(#tokens)
}

fn is_header(call: &ExprMethodCall, name: &str) -> bool {
    call.args.first().is_some_and(|header| quote!(#header).to_string().ends_with(&format!(":: {name}")))
}

fn literal(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

fn style_name(style: Style) -> &'static str {
    match style {
        Style::DeepObject => "deep_object",
        Style::Json => "json",
        Style::Comma => "comma",
        Style::Space => "space",
        Style::Pipe => "pipe",
        Style::Plain | Style::Form | Style::Pairs | Style::Label { .. } | Style::Matrix { .. } => "form",
    }
}

/// Replaces one of the two types in `Result<ResponseValue<_>, Error<_>>`.
fn replace_output(output: &mut syn::ReturnType, index: usize, name: &str) {
    let name = format_ident!("{name}");
    let of: syn::Type = parse_quote!(super::responses::#name);
    let syn::ReturnType::Type(_, result) = output else { return };
    if let Some(outer) = nth_argument(result, index)
        && let Some(inner) = nth_argument(outer, 0)
    {
        *inner = of;
    }
}

fn nth_argument(of: &mut syn::Type, index: usize) -> Option<&mut syn::Type> {
    let syn::Type::Path(path) = of else { return None };
    let segment = path.path.segments.last_mut()?;
    let syn::PathArguments::AngleBracketed(arguments) = &mut segment.arguments else { return None };
    match arguments.args.iter_mut().nth(index)? {
        syn::GenericArgument::Type(argument) => Some(argument),
        _ => None,
    }
}

/// Corrects the methods for which reqwest has no function.
struct Methods;

impl VisitMut for Methods {
    fn visit_expr_method_call_mut(&mut self, call: &mut ExprMethodCall) {
        visit_mut::visit_expr_method_call_mut(self, call);
        let method = match call.method.to_string().as_str() {
            "options" => format_ident!("OPTIONS"),
            "trace" => format_ident!("TRACE"),
            _ => return,
        };
        let receiver = &call.receiver;
        if call.args.len() == 1 && quote!(#receiver).to_string().ends_with(". client") {
            let url = &call.args[0];
            *call = parse_quote!(#receiver.request(::reqwest::Method::#method, #url));
        }
    }
}
