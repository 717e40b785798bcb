//! Writes the contract as a page for people.

mod examples;
mod schemas;

use std::fmt::Write as _;

use moneykit_codegen::Contract;
use moneykit_codegen::openapiv3::{
    MediaType, OpenAPI, Operation, Parameter, PathItem, ReferenceOr, RequestBody, Response, Schema,
    SecurityRequirement, SecurityScheme,
};

/// Renders the whole contract as Markdown.
pub(crate) fn render(contract: &Contract) -> String {
    let document = contract.document();
    let mut page = Page { document, text: String::new() };
    page.introduction();
    page.authentication();
    for (path, method, operation) in operations(document) {
        page.operation(path, method, operation);
    }
    page.schemas();
    page.text
}

/// A page that is being written.
struct Page<'a> {
    document: &'a OpenAPI,
    text: String,
}

/// Appends a line to the page; writing to a string can't fail.
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
        line!(self, "<!-- Made from openapi.yaml by `cargo xtask regen`; edits here are lost. -->");
        line!(self);
        self.prose(info.description.as_deref());
        line!(
            self,
            "The contract itself is [openapi.yaml](openapi.yaml), in OpenAPI {}.",
            self.document.openapi
        );
        line!(self);
        line!(self, "| operation | what it does |");
        line!(self, "|---|---|");
        for (path, method, operation) in operations(self.document) {
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
        line!(self, "Unless an operation says otherwise: {}.", alternatives(default));
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

    fn operation(&mut self, path: &str, method: &str, operation: &'a Operation) {
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
        self.parameters(operation);
        if let Some(body) = operation.request_body.as_ref().and_then(ReferenceOr::as_item) {
            self.request(path, method, body);
        }
        self.responses(operation);
    }

    fn parameters(&mut self, operation: &'a Operation) {
        let parameters: Vec<&Parameter> =
            operation.parameters.iter().filter_map(|parameter| self.resolve_parameter(parameter)).collect();
        if parameters.is_empty() {
            return;
        }
        line!(self, "### Parameters");
        line!(self);
        line!(self, "| parameter | in | meaning |");
        line!(self, "|---|---|---|");
        for parameter in parameters {
            let place = match parameter {
                Parameter::Query { .. } => "query",
                Parameter::Header { .. } => "header",
                Parameter::Path { .. } => "path",
                Parameter::Cookie { .. } => "cookie",
            };
            let data = parameter.parameter_data_ref();
            let required = if data.required { "required. " } else { "" };
            let description = one_line(data.description.as_deref());
            line!(self, "| `{}` | {place} | {required}{description} |", data.name);
        }
        line!(self);
    }

    fn request(&mut self, path: &str, method: &str, body: &'a RequestBody) {
        line!(self, "### Request");
        line!(self);
        self.prose(body.description.as_deref());
        for (media_type, media) in &body.content {
            line!(self, "`{media_type}`{}", link(media.schema.as_ref(), ", an "));
            line!(self);
            // A schema with a name of its own has its fields among the schemas.
            if let Some(ReferenceOr::Item(_)) = media.schema {
                self.fields(media.schema.as_ref());
            }
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
            let schema = response.content.values().find_map(|media| media.schema.as_ref());
            let description = one_line(Some(&response.description));
            line!(self, "| {status} | {} | {description} |", link(schema, ""));
        }
        line!(self);
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

    fn schemas(&mut self) {
        let Some(components) = &self.document.components else { return };
        line!(self, "## Schemas");
        line!(self);
        for (name, schema) in &components.schemas {
            line!(self, "### {name}");
            line!(self);
            if let ReferenceOr::Item(schema) = schema {
                self.prose(schema.schema_data.description.as_deref());
            }
            self.fields(Some(schema));
        }
        // One newline ends the file.
        self.text.truncate(self.text.trim_end().len());
        self.text.push('\n');
    }

    fn fields(&mut self, schema: Option<&'a ReferenceOr<Schema>>) {
        let Some(schema) = schema.and_then(|schema| self.resolve_schema(schema)) else { return };
        if let Some(table) = schemas::fields(schema) {
            line!(self, "{table}");
        }
    }

    fn prose(&mut self, text: Option<&str>) {
        if let Some(text) = text {
            line!(self, "{}", text.trim_end());
            line!(self);
        }
    }

    fn resolve_schema(&self, schema: &'a ReferenceOr<Schema>) -> Option<&'a Schema> {
        let components = self.document.components.as_ref();
        resolve(schema, "#/components/schemas/", |name| components?.schemas.get(name))
    }

    fn resolve_response(&self, response: &'a ReferenceOr<Response>) -> Option<&'a Response> {
        let components = self.document.components.as_ref();
        resolve(response, "#/components/responses/", |name| components?.responses.get(name))
    }

    fn resolve_parameter(&self, parameter: &'a ReferenceOr<Parameter>) -> Option<&'a Parameter> {
        let components = self.document.components.as_ref();
        resolve(parameter, "#/components/parameters/", |name| components?.parameters.get(name))
    }
}

/// Names a schema, with a link to it where it has a name of its own.
fn link(schema: Option<&ReferenceOr<Schema>>, before: &str) -> String {
    match schema {
        None => String::new(),
        Some(ReferenceOr::Reference { reference }) => {
            let name = reference.rsplit('/').next().unwrap_or_default();
            format!("{before}[{name}](#{})", anchor(name))
        }
        Some(ReferenceOr::Item(schema)) => format!("{before}{}", schemas::type_name(schema)),
    }
}

/// Follows one reference into the components.
fn resolve<'a, T>(
    item: &'a ReferenceOr<T>,
    prefix: &str,
    find: impl Fn(&str) -> Option<&'a ReferenceOr<T>>,
) -> Option<&'a T> {
    match item {
        ReferenceOr::Item(item) => Some(item),
        ReferenceOr::Reference { reference } => find(reference.strip_prefix(prefix)?)?.as_item(),
    }
}

fn operations(document: &OpenAPI) -> impl Iterator<Item = (&str, &str, &Operation)> {
    document.paths.paths.iter().flat_map(|(path, item)| {
        let methods = item.as_item().into_iter().flat_map(PathItem::iter);
        methods.map(move |(method, operation)| (path.as_str(), method, operation))
    })
}

/// Lists a body's examples, each with its summary where it has one.
fn examples_of(media: &MediaType) -> Vec<(Option<&str>, &serde_json::Value)> {
    let named = media.examples.values().filter_map(ReferenceOr::as_item);
    let named = named.filter_map(|example| Some((example.summary.as_deref(), example.value.as_ref()?)));
    media.example.iter().map(|value| (None, value)).chain(named).collect()
}

/// Says in words which ways of authentication will do.
fn alternatives(requirements: &[SecurityRequirement]) -> String {
    if requirements.is_empty() {
        return "none".to_owned();
    }
    let ways: Vec<String> = requirements
        .iter()
        .map(|way| match way.keys().map(|name| format!("**{name}**")).collect::<Vec<_>>() {
            names if names.is_empty() => "nothing beyond the request itself".to_owned(),
            names => names.join(" and "),
        })
        .collect();
    ways.join(", or ")
}

/// Makes the name of a heading's anchor as Markdown viewers do.
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

/// Folds prose into one line, for a cell of a table.
fn one_line(text: Option<&str>) -> String {
    text.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
