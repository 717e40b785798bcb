//! Renders the contract as a reference in Markdown.

mod examples;
mod schemas;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use moneykit_codegen::Contract;
use moneykit_codegen::openapiv3::{
    Header, MediaType, OpenAPI, Operation, Parameter, ParameterSchemaOrContent, ReferenceOr, RequestBody,
    Response, Schema, SecurityRequirement, SecurityScheme,
};
use serde_json::Value;

/// Renders the whole contract as Markdown.
pub(crate) fn render(contract: &Contract) -> String {
    let document = contract.model();
    let mut page = Page { document, text: String::new() };
    page.introduction();
    page.authentication();
    for one in operations(document) {
        page.operation(one);
    }
    page.schemas();
    page.text
}

/// The page under construction.
struct Page<'a> {
    document: &'a OpenAPI,
    text: String,
}

/// Appends a line to the page. Writing to a string can't fail.
macro_rules! line {
    ($page:expr) => { $page.text.push('\n') };
    ($page:expr, $($arguments:tt)+) => {{
        let _ = writeln!($page.text, $($arguments)+);
    }};
}

impl<'a> Page<'a> {
    fn introduction(&mut self) {
        let info = &self.document.info;
        line!(self, "# {}, version {}", info.title, info.version);
        line!(self);
        line!(self, "<!-- Generated from openapi.yaml by `cargo xtask regen`. Do not edit. -->");
        line!(self);
        self.prose(info.description.as_deref());
        line!(self, "The contract is [openapi.yaml](openapi.yaml), in OpenAPI {}.", self.document.openapi);
        line!(self);
        line!(self, "| operation | summary |");
        line!(self, "|---|---|");
        for PathOperation { path, method, operation, .. } in operations(self.document) {
            let name = format!("{} {path}", method.to_uppercase());
            line!(
                self,
                "| [`{name}`](#{}) | {} |",
                anchor(&name),
                operation.summary.as_deref().unwrap_or_default()
            );
        }
        line!(self);
        for server in &self.document.servers {
            let description = server.description.as_deref().unwrap_or("Server");
            line!(self, "{description}: `{}`", server.url);
        }
        line!(self);
    }

    fn authentication(&mut self) {
        let Some(components) = &self.document.components else { return };
        if components.security_schemes.is_empty() {
            return;
        }
        line!(self, "## Authentication");
        line!(self);
        let default = self.document.security.as_deref().unwrap_or_default();
        line!(self, "Default: {}.", alternatives(default));
        line!(self);
        for (name, scheme) in &components.security_schemes {
            let ReferenceOr::Item(scheme) = scheme else { continue };
            let (kind, description) = match scheme {
                SecurityScheme::HTTP { scheme, description, .. } => (format!("HTTP {scheme}"), description),
                SecurityScheme::APIKey { name, description, .. } => {
                    (format!("API key `{name}`"), description)
                }
                SecurityScheme::OAuth2 { flows, description, .. } => {
                    let url = flows.client_credentials.as_ref().map(|flow| flow.token_url.as_str());
                    let kind = match url {
                        Some(url) => format!("OAuth 2 client credentials, token from `{url}`"),
                        None => "OAuth 2".to_owned(),
                    };
                    (kind, description)
                }
                SecurityScheme::OpenIDConnect { open_id_connect_url, description, .. } => {
                    (format!("OpenID Connect, `{open_id_connect_url}`"), description)
                }
            };
            line!(self, "- **{name}** ({kind}). {}", one_line(description.as_deref()));
        }
        line!(self);
    }

    fn operation(&mut self, one: PathOperation<'a>) {
        let PathOperation { path, method, operation, shared } = one;
        line!(self, "## {} {path}", method.to_uppercase());
        line!(self);
        if let Some(summary) = &operation.summary {
            line!(self, "**{summary}.**");
            line!(self);
        }
        self.prose(operation.description.as_deref());
        if operation.deprecated {
            line!(self, "**Deprecated.**");
            line!(self);
        }
        let security = operation.security.as_ref().or(self.document.security.as_ref());
        line!(self, "- Operation: `{}`", operation.operation_id.as_deref().unwrap_or_default());
        line!(self, "- Authentication: {}", alternatives(security.map(Vec::as_slice).unwrap_or_default()));
        line!(self);
        self.parameters(shared, &operation.parameters);
        if let Some(body) = operation.request_body.as_ref().and_then(|body| self.resolve_body(body)) {
            self.request(path, method, body);
        }
        self.responses(operation);
    }

    /// Lists the parameters of an operation and those of its path that the operation does not override.
    fn parameters(&mut self, shared: &'a [ReferenceOr<Parameter>], own: &'a [ReferenceOr<Parameter>]) {
        let resolve = |list: &'a [ReferenceOr<Parameter>]| -> Vec<&'a Parameter> {
            list.iter().filter_map(|parameter| self.resolve_parameter(parameter)).collect()
        };
        let own = resolve(own);
        let is_overridden =
            |parameter: &&Parameter| own.iter().any(|own| identity(own) == identity(parameter));
        let mut parameters = resolve(shared);
        parameters.retain(|parameter| !is_overridden(parameter));
        parameters.extend(own);
        if parameters.is_empty() {
            return;
        }
        line!(self, "### Parameters");
        line!(self);
        line!(self, "| parameter | in | type | meaning |");
        line!(self, "|---|---|---|---|");
        for parameter in parameters {
            let data = parameter.parameter_data_ref();
            let (kind, meaning) = type_and_meaning(
                data.required,
                data.deprecated,
                data.description.as_deref(),
                &data.format,
                data.example.as_ref(),
            );
            line!(self, "| `{}` | {} | {kind} | {meaning} |", data.name, identity(parameter).1);
        }
        line!(self);
    }

    fn request(&mut self, path: &str, method: &str, body: &'a RequestBody) {
        line!(self, "### Request");
        line!(self);
        self.prose(body.description.as_deref());
        if !body.required {
            line!(self, "The body is optional.");
            line!(self);
        }
        for (media_type, media) in &body.content {
            let schema = media.schema.as_ref().map(to_json);
            line!(self, "`{media_type}`{}", link(schema.as_ref(), ": "));
            line!(self);
            // The fields of a named schema are listed in the section of schemas.
            self.fields(schema.as_ref());
            let server = self.document.servers.first().map_or("", |server| server.url.as_str());
            for (summary, value) in examples_of(media) {
                if let Some(summary) = summary {
                    line!(self, "{summary}:");
                    line!(self);
                }
                let url = format!("{server}{path}");
                line!(self, "```sh\n{}\n```", examples::curl(method, &url, media_type, value));
                line!(self);
            }
        }
    }

    fn responses(&mut self, operation: &'a Operation) {
        line!(self, "### Responses");
        line!(self);
        line!(self, "| status | body | meaning |");
        line!(self, "|---|---|---|");
        let responses: Vec<(String, &Response)> = (operation.responses.responses.iter())
            .map(|(status, response)| (status.to_string(), response))
            .chain(operation.responses.default.iter().map(|response| ("any other".to_owned(), response)))
            .filter_map(|(status, response)| Some((status, self.resolve_response(response)?)))
            .collect();
        for (status, response) in &responses {
            let schema = response.content.values().find_map(|media| media.schema.as_ref()).map(to_json);
            let description = one_line(Some(&response.description));
            line!(self, "| {status} | {} | {description} |", link(schema.as_ref(), ""));
        }
        line!(self);
        self.headers(&responses);
        for (status, response) in &responses {
            for (media_type, media) in &response.content {
                for (_, value) in examples_of(media) {
                    line!(self, "{status}, `{media_type}`:");
                    line!(self);
                    line!(self, "```json\n{value:#}\n```");
                    line!(self);
                }
            }
        }
    }

    fn headers(&mut self, responses: &[(String, &'a Response)]) {
        let mut rows = Vec::new();
        for (status, response) in responses {
            for (name, header) in &response.headers {
                let Some(header) = self.resolve_header(header) else { continue };
                let (kind, meaning) = type_and_meaning(
                    header.required,
                    header.deprecated,
                    header.description.as_deref(),
                    &header.format,
                    header.example.as_ref(),
                );
                rows.push(format!("| {status} | `{name}` | {kind} | {meaning} |"));
            }
        }
        if rows.is_empty() {
            return;
        }
        line!(self, "| status | header | type | meaning |");
        line!(self, "|---|---|---|---|");
        for row in rows {
            line!(self, "{row}");
        }
        line!(self);
    }

    fn schemas(&mut self) {
        let Some(components) = &self.document.components else { return };
        line!(self, "## Schemas");
        line!(self);
        for (name, schema) in &components.schemas {
            line!(self, "### {name}");
            line!(self);
            let schema = to_json(schema);
            self.prose(schema["description"].as_str());
            let kind = schemas::type_name(&schema);
            if kind != "object" {
                line!(self, "{}", format!("Type: {kind}. {}", schemas::limits(&schema)).trim_end());
                line!(self);
            }
            self.fields(Some(&schema));
        }
        // One newline ends the file.
        self.text.truncate(self.text.trim_end().len());
        self.text.push('\n');
    }

    fn fields(&mut self, schema: Option<&Value>) {
        if let Some(table) = schema.and_then(schemas::fields) {
            line!(self, "{table}");
        }
    }

    fn prose(&mut self, text: Option<&str>) {
        if let Some(text) = text {
            line!(self, "{}", text.trim_end());
            line!(self);
        }
    }

    fn resolve_response(&self, response: &'a ReferenceOr<Response>) -> Option<&'a Response> {
        let components = self.document.components.as_ref();
        resolve(response, "#/components/responses/", |name| components?.responses.get(name))
    }

    fn resolve_body(&self, body: &'a ReferenceOr<RequestBody>) -> Option<&'a RequestBody> {
        let components = self.document.components.as_ref();
        resolve(body, "#/components/requestBodies/", |name| components?.request_bodies.get(name))
    }

    fn resolve_header(&self, header: &'a ReferenceOr<Header>) -> Option<&'a Header> {
        let components = self.document.components.as_ref();
        resolve(header, "#/components/headers/", |name| components?.headers.get(name))
    }

    fn resolve_parameter(&self, parameter: &'a ReferenceOr<Parameter>) -> Option<&'a Parameter> {
        let components = self.document.components.as_ref();
        resolve(parameter, "#/components/parameters/", |name| components?.parameters.get(name))
    }
}

/// Converts a schema to JSON, which `schemas` reads.
fn to_json(schema: &ReferenceOr<Schema>) -> Value {
    serde_json::to_value(schema).unwrap_or_default()
}

/// Returns the type of a schema, with a link if it is a named one, after a prefix.
fn link(schema: Option<&Value>, before: &str) -> String {
    schema.map_or_else(String::new, |schema| format!("{before}{}", schemas::type_name(schema)))
}

/// Returns what identifies a parameter: its name and location.
fn identity(parameter: &Parameter) -> (&str, &'static str) {
    let location = match parameter {
        Parameter::Query { .. } => "query",
        Parameter::Header { .. } => "header",
        Parameter::Path { .. } => "path",
        Parameter::Cookie { .. } => "cookie",
    };
    (&parameter.parameter_data_ref().name, location)
}

/// Returns the type and the meaning of a parameter or header.
fn type_and_meaning(
    required: bool,
    deprecated: Option<bool>,
    description: Option<&str>,
    format: &ParameterSchemaOrContent,
    example: Option<&Value>,
) -> (String, String) {
    let schema = match format {
        ParameterSchemaOrContent::Schema(schema) => Some(schema),
        ParameterSchemaOrContent::Content(content) => {
            content.values().find_map(|media| media.schema.as_ref())
        }
    };
    let mut schema = schema.map(to_json).unwrap_or_default();
    let kind = schemas::type_name(&schema);
    if let (Some(fields), Some(example)) = (schema.as_object_mut(), example) {
        fields.insert("example".to_owned(), example.clone());
    }
    let sentences = [
        if required { "required." } else { "" }.to_owned(),
        if deprecated == Some(true) { "Deprecated." } else { "" }.to_owned(),
        one_line(description),
        schemas::describe(&schema),
    ];
    (kind, sentences.into_iter().filter(|sentence| !sentence.is_empty()).collect::<Vec<_>>().join(" "))
}

/// Follows references into the components.
fn resolve<'a, T>(
    item: &'a ReferenceOr<T>,
    prefix: &str,
    find: impl Fn(&str) -> Option<&'a ReferenceOr<T>>,
) -> Option<&'a T> {
    let mut item = item;
    loop {
        match item {
            ReferenceOr::Item(item) => return Some(item),
            // A contract that was parsed has no cycles of references.
            ReferenceOr::Reference { reference } => item = find(reference.strip_prefix(prefix)?)?,
        }
    }
}

/// An operation with its path and method, and the parameters of its path.
#[derive(Clone, Copy)]
struct PathOperation<'a> {
    path: &'a str,
    method: &'a str,
    operation: &'a Operation,
    shared: &'a [ReferenceOr<Parameter>],
}

fn operations(document: &OpenAPI) -> impl Iterator<Item = PathOperation<'_>> {
    let items = document.paths.paths.iter().filter_map(|(path, item)| Some((path, item.as_item()?)));
    items.flat_map(|(path, item)| {
        let shared = item.parameters.as_slice();
        item.iter().map(move |(method, operation)| PathOperation { path, method, operation, shared })
    })
}

/// Returns the examples of a body with their summaries.
fn examples_of(media: &MediaType) -> Vec<(Option<&str>, &Value)> {
    let named = media.examples.values().filter_map(ReferenceOr::as_item);
    let named = named.filter_map(|example| Some((example.summary.as_deref(), example.value.as_ref()?)));
    media.example.iter().map(|value| (None, value)).chain(named).collect()
}

/// Returns the alternatives of a security requirement in words.
fn alternatives(requirements: &[SecurityRequirement]) -> String {
    if requirements.is_empty() {
        return "none".to_owned();
    }
    let alternatives: Vec<String> = requirements
        .iter()
        .map(|schemes| match schemes.keys().map(|name| format!("**{name}**")).collect::<Vec<_>>() {
            names if names.is_empty() => "none".to_owned(),
            names => names.join(" and "),
        })
        .collect();
    alternatives.join(", or ")
}

/// Returns the anchor that Markdown viewers derive from a heading.
fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            _ => None,
        })
        .collect()
}

/// Joins the lines of a text for a table cell.
fn one_line(text: Option<&str>) -> String {
    text.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
