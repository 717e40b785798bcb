//! Names the crates that generated code needs through the crate `moneykit`.

use proc_macro2::{Group, Ident, Literal, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Item, Path, parse_quote};

/// The crates that `moneykit` re-exports. Those that some contracts need are dependencies of the user's crate.
const REEXPORTED: [&str; 4] = ["progenitor_client", "reqwest", "serde", "serde_json"];

/// Rewrites the paths of a source.
pub(super) struct Paths {
    moneykit: Path,
}

impl Paths {
    /// Creates a rewriter for a crate that knows the crate `moneykit` by this path.
    pub(super) fn new(moneykit: &Path) -> Self {
        Self { moneykit: moneykit.clone() }
    }

    pub(super) fn rewrite(&mut self, file: &mut syn::File) {
        SerdeCrate.visit_file_mut(file);
        self.visit_file_mut(file);
    }

    /// Returns what the first segment of a path stands for. `leads` is true if the path begins with `::`.
    fn root(&self, first: &Ident, leads: bool, second: Option<&Ident>) -> Option<Path> {
        let moneykit = &self.moneykit;
        if leads && first == "moneykit" {
            return Some(moneykit.clone());
        }
        if REEXPORTED.iter().any(|name| first == name) {
            return Some(parse_quote!(#moneykit::codegen::#first));
        }
        let is_secret = first == "crate" && second.is_some_and(|second| second == "Secret");
        is_secret.then(|| parse_quote!(#moneykit::codegen))
    }

    /// Rewrites the tokens of a macro or an attribute, which have no syntax tree.
    fn tokens(&self, tokens: TokenStream) -> TokenStream {
        let input: Vec<TokenTree> = tokens.into_iter().collect();
        let mut output = TokenStream::new();
        let mut i = 0;
        while let Some(token) = input.get(i) {
            let leads = is_colons(&input[i..]);
            let first = if leads { input.get(i + 2) } else { Some(token) };
            let is_first = i == 0 || !(is_name(&input[i - 1]) || is_colon(&input[i - 1]));
            if let Some(TokenTree::Ident(first)) = first
                && is_first
            {
                let after = i + if leads { 3 } else { 1 };
                let second = match &input[after.min(input.len())..] {
                    [colon, _, TokenTree::Ident(second), ..] if is_colon(colon) => Some(second),
                    _ => None,
                };
                if let Some((tokens, length)) = self.replaced(&input[i..]) {
                    output.extend(tokens);
                    i += length;
                    continue;
                }
                if let Some(root) = second.and_then(|second| self.root(first, leads, Some(second))) {
                    root.to_tokens(&mut output);
                    i = after;
                    continue;
                }
            }
            match token {
                TokenTree::Group(group) => {
                    let inner = Group::new(group.delimiter(), self.tokens(group.stream()));
                    output.extend([TokenTree::Group(inner)]);
                }
                TokenTree::Literal(literal) => output.extend([TokenTree::Literal(self.literal(literal))]),
                other => output.extend([other.clone()]),
            }
            i += 1;
        }
        output
    }

    /// Returns the tokens for the expressions within `format!` that concern the client, and how many they replace.
    fn replaced(&self, tokens: &[TokenTree]) -> Option<(TokenStream, usize)> {
        match tokens {
            [TokenTree::Ident(client), TokenTree::Punct(dot), TokenTree::Ident(url), ..]
                if client == "client" && dot.as_char() == '.' && url == "baseurl" =>
            {
                Some((quote!(call.base_url()), 3))
            }
            [TokenTree::Ident(encode), TokenTree::Group(arguments), ..] if encode == "encode_path" => {
                let arguments = self.tokens(arguments.stream());
                Some((quote!(#encode(#arguments)?), 2))
            }
            _ => None,
        }
    }

    /// Rewrites the path in a literal of an attribute, such as `skip_serializing_if = "::serde_json::Map::is_empty"`.
    fn literal(&self, literal: &Literal) -> Literal {
        let text: Option<syn::LitStr> = syn::parse_str(&literal.to_string()).ok();
        let Some(text) = text.map(|text| text.value()) else { return literal.clone() };
        let moneykit = self.moneykit.to_token_stream().to_string().replace(' ', "");
        if text == MONEYKIT_SERDE {
            return Literal::string(&format!("{moneykit}::codegen::serde"));
        }
        let name = text.strip_prefix("::").and_then(|path| path.split("::").next()).unwrap_or_default();
        if REEXPORTED.contains(&name) {
            return Literal::string(&format!("{moneykit}::codegen{text}"));
        }
        literal.clone()
    }
}

impl VisitMut for Paths {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        let mut segments = path.segments.iter().map(|segment| &segment.ident);
        let Some(first) = segments.next() else { return };
        let second = segments.next();
        if path.leading_colon.is_none() && second.is_none() {
            return;
        }
        let Some(root) = self.root(first, path.leading_colon.is_some(), second) else { return };
        let rest = path.segments.iter().skip(1).cloned();
        let Path { leading_colon, mut segments } = root;
        segments.extend(rest);
        *path = Path { leading_colon, segments };
    }

    fn visit_expr_path_mut(&mut self, expression: &mut syn::ExprPath) {
        let length = expression.path.segments.len();
        visit_mut::visit_expr_path_mut(self, expression);
        move_trait(expression.qself.as_mut(), expression.path.segments.len() - length);
    }

    fn visit_type_path_mut(&mut self, path: &mut syn::TypePath) {
        let length = path.path.segments.len();
        visit_mut::visit_type_path_mut(self, path);
        move_trait(path.qself.as_mut(), path.path.segments.len() - length);
    }

    fn visit_item_use_mut(&mut self, item: &mut syn::ItemUse) {
        if let Ok(rewritten) = syn::parse2(self.tokens(item.to_token_stream())) {
            *item = rewritten;
        }
    }

    fn visit_macro_mut(&mut self, called: &mut syn::Macro) {
        called.tokens = self.tokens(std::mem::take(&mut called.tokens));
    }

    fn visit_attribute_mut(&mut self, attribute: &mut Attribute) {
        if let syn::Meta::List(list) = &mut attribute.meta
            && !list.path.is_ident("doc")
        {
            list.tokens = self.tokens(std::mem::take(&mut list.tokens));
        }
    }
}

/// Stands for the path of serde in its attributes until that is known.
const MONEYKIT_SERDE: &str = "::moneykit::codegen::serde";

/// Tells serde's derive macros the path of serde.
struct SerdeCrate;

impl VisitMut for SerdeCrate {
    fn visit_item_mut(&mut self, item: &mut Item) {
        visit_mut::visit_item_mut(self, item);
        let attributes = match item {
            Item::Struct(item) => &mut item.attrs,
            Item::Enum(item) => &mut item.attrs,
            _ => return,
        };
        if let Some(derive) = attributes.iter().position(derives_serde) {
            attributes.insert(derive + 1, parse_quote!(#[serde(crate = #MONEYKIT_SERDE)]));
        }
    }
}

fn derives_serde(attribute: &Attribute) -> bool {
    attribute.path().is_ident("derive") && attribute.to_token_stream().to_string().contains(":: serde ::")
}

/// Tells `<T as a::Trait>::name` where its trait ends after its path has become longer.
fn move_trait(qualified: Option<&mut syn::QSelf>, by: usize) {
    if let Some(qualified) = qualified.filter(|qualified| qualified.position > 0) {
        qualified.position += by;
    }
}

/// Returns true if tokens begin with `::`.
fn is_colons(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [first, second, ..] if is_colon(first) && is_colon(second))
}

fn is_colon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':')
}

fn is_name(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Ident(name) if name != "as" && name != "use")
}
