//! `moneykit request`: sends an authenticated request to the API.

use std::fmt::Write as _;
use std::io::{self, Read as _};
use std::time::Duration;

use clap::{Args, ValueEnum};
use moneykit::http::{Method, StatusCode, header};
use moneykit::{Client, Error, RequestBuilder, Response, RetryPolicy};
use moneykit_contract::EscapedLines;
use serde::de::IgnoredAny;

use crate::cache::StoredToken;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json_text;
use crate::output;
use crate::session::{Caching, Session, Validity};
use crate::settings::CredentialArgs;
use crate::template;
use crate::terminal::Terminal;

/// Send an authenticated request to the API and print the body of the response
///
/// JSON is formatted on a terminal; in a pipe, the body is printed as it is. A 401 because of a dead token is handled: the
/// token is replaced, and the request is sent once more.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  moneykit request GET /links/{link_id} --path link_id=lnk_123
  moneykit request GET /links --query page=2 --template '{{links.0.link_id}}'
  moneykit request POST /link-session --data '{\"customer_user\": {\"id\": \"user-1\"}}'
  moneykit request PUT /documents/1 --data @statement.pdf --header 'content-type: application/pdf'")]
pub(crate) struct RequestArgs {
    #[command(flatten)]
    credentials: CredentialArgs,
    /// The method, such as GET
    method: String,
    /// The path below the base URL, with parameters in braces: /links/{link_id}
    path: String,
    /// The body: a text, the content of @FILE, or standard input for -
    ///
    /// Its content type is JSON if it is JSON, and application/octet-stream otherwise. --header overrides it.
    #[arg(long, short, value_name = "TEXT|@FILE|-")]
    data: Option<String>,
    /// A parameter of the query; repeat the option for several
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair::<'='>)]
    query: Vec<Pair>,
    /// The value of a parameter in the path, which is percent-encoded
    #[arg(long = "path", value_name = "NAME=VALUE", value_parser = pair::<'='>)]
    parameters: Vec<Pair>,
    /// A header; repeat the option for several
    #[arg(long, short = 'H', value_name = "NAME:VALUE", value_parser = pair::<':'>)]
    header: Vec<Pair>,
    /// Print the status and the headers before the body
    #[arg(long, short)]
    include: bool,
    /// Print this text, in which {{path.to.0.value}} stands for a value of the JSON response
    ///
    /// `\n` and `\t` are a line break and a tab. {{.}} is the whole response.
    #[arg(long, value_name = "TEXT", conflicts_with = "include")]
    template: Option<String>,
    /// The stream to which the body of a 4xx or 5xx is printed
    #[arg(long, value_enum, value_name = "STREAM", default_value_t = Stream::Stderr)]
    error_body: Stream,
    /// Retry after transient failures, if the request is idempotent
    #[arg(long)]
    retry: bool,
    /// The timeout of the request, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
    /// Neither read nor write the token cache, nor the store
    #[arg(long)]
    no_cache: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stream {
    Stdout,
    Stderr,
}

/// A name and its value.
#[derive(Debug, Clone)]
struct Pair {
    name: String,
    value: String,
}

pub(crate) fn run(args: &RequestArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    if args.credentials.secret_stdin && args.data.as_deref().is_some_and(is_stdin) {
        return Err(Failure::usage(
            "both --secret-stdin and --data read standard input; pass the body by --data @FILE, or the secret in a \
             variable",
        ));
    }
    let method = args.method.to_ascii_uppercase();
    let method = Method::from_bytes(method.as_bytes())
        .map_err(|_| Failure::usage(format!("{method:?} is not a method; use GET, POST or another")))?;
    check_parameters(args)?;
    let body = args.data.as_deref().map(read_body).transpose()?;
    let session = Session::open(&args.credentials, Caching::unless(args.no_cache), terminal)?;

    let (token, client) = session.token(Validity::OfOneRequest)?;
    let client = match client {
        Some(client) => client,
        None => session.client(Some(&token))?,
    };
    if args.path.contains("://") && !args.path.starts_with(client.base_url()) {
        let message = format!("the URL is not below {}; pass a path, or set --url", client.base_url());
        return Err(Failure::usage(message));
    }
    let request = build(args, &client, method, body);
    session.block_on(send(args, &session, &client, &token, request, terminal))?
}

/// Returns an error for a parameter of the path that no option sets.
fn check_parameters(args: &RequestArgs) -> Result<(), Failure> {
    let names = args.path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
    for name in names {
        if args.parameters.iter().all(|parameter| parameter.name != name) {
            return Err(Failure::usage(format!(
                "the path has the parameter {{{name}}}; set it with --path {name}=VALUE"
            )));
        }
    }
    Ok(())
}

fn build(args: &RequestArgs, client: &Client, method: Method, body: Option<Vec<u8>>) -> RequestBuilder {
    let mut request = client.request(method, &args.path).timeout(Duration::from_secs(args.timeout));
    for Pair { name, value } in &args.parameters {
        request = request.path(name, value);
    }
    for Pair { name, value } in &args.query {
        request = request.query(&[(name, value)]);
    }
    let has_content_type = args.header.iter().any(|pair| pair.name.eq_ignore_ascii_case("content-type"));
    for Pair { name, value } in &args.header {
        request = request.header(name.as_str(), value.as_str());
    }
    if args.retry {
        request = request.retry_policy(RetryPolicy::new());
    }
    let Some(body) = body else { return request };
    if !has_content_type {
        let is_json = serde_json::from_slice::<IgnoredAny>(&body).is_ok();
        let content_type = if is_json { "application/json" } else { "application/octet-stream" };
        request = request.header(header::CONTENT_TYPE, content_type);
    }
    request.body(body)
}

/// Sends the request, and prints the response.
async fn send(
    args: &RequestArgs,
    session: &Session<'_>,
    client: &Client,
    token: &StoredToken,
    request: RequestBuilder,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let response = request.send().await;
    let token = &updated(session, client, token).await?;
    let response = response.map_err(|error| session.failure(error))?;
    let status = response.status();
    let exit = Exit::of_status(status);
    if args.include {
        output::print(head(&response, terminal).as_bytes())?;
    }
    if exit != Exit::Success {
        return print_error(args, session, token, response).await;
    }
    if let Some(text) = &args.template {
        let body = response.bytes().await.map_err(|error| session.failure(error))?;
        let value = serde_json::from_slice(&body).map_err(|_| {
            Failure::new(Exit::Unexpected, "the body is not JSON; run without --template to see it")
        })?;
        let mut text = template::render(text, &value).map_err(|what| Failure::new(Exit::Unexpected, what))?;
        if !text.ends_with('\n') {
            text.push('\n');
        }
        output::print(text.as_bytes())?;
        return Ok(exit);
    }
    print_body(session, response, terminal).await?;
    Ok(exit)
}

/// Writes the token to the cache if a 401 has replaced it. Returns the current one.
async fn updated(
    session: &Session<'_>,
    client: &Client,
    token: &StoredToken,
) -> Result<StoredToken, Failure> {
    // A call without a usable token would request one.
    if !client.token_status().is_usable() {
        return Ok(token.clone());
    }
    match client.access_token().await {
        Ok(current) if current.expose_secret() != token.access_token.as_str() => session.store(&current),
        _ => Ok(token.clone()),
    }
}

/// Returns the status line and the headers.
fn head(response: &Response, terminal: &Terminal) -> String {
    let mut head = format!("{:?} {}\n", response.version(), response.status());
    for (name, value) in response.headers() {
        // Writing to a text cannot fail.
        let _ = writeln!(head, "{name}: {}", String::from_utf8_lossy(value.as_bytes()));
    }
    head.push('\n');
    if terminal.display().for_people { EscapedLines(&head).to_string() } else { head }
}

async fn print_body(
    session: &Session<'_>,
    mut response: Response,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let display = terminal.display();
    if !display.for_people {
        while let Some(chunk) = response.chunk().await.map_err(|error| session.failure(error))? {
            output::print(&chunk)?;
        }
        return Ok(());
    }
    let body = response.bytes().await.map_err(|error| session.failure(error))?;
    let Ok(text) = std::str::from_utf8(&body) else {
        terminal
            .hint(&format!("the body is {} bytes of binary data; redirect the output to a file", body.len()));
        return Ok(());
    };
    let mut text =
        json_text::pretty(text, display.in_color).unwrap_or_else(|| EscapedLines(text).to_string());
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    output::print(text.as_bytes())
}

/// Prints the body of an error response to the stream that the user chose, and returns the failure.
async fn print_error(
    args: &RequestArgs,
    session: &Session<'_>,
    token: &StoredToken,
    response: Response,
) -> Result<Exit, Failure> {
    let (status, headers, url) = (response.status(), response.headers().clone(), response.url().clone());
    let body = response.bytes().await.map_err(|error| session.failure(error))?;
    match args.error_body {
        Stream::Stdout => output::print(&body)?,
        Stream::Stderr => {
            // A server may quote what it was sent, and this stream ends up in logs.
            let text = session.redact(&String::from_utf8_lossy(&body), token);
            let mut text = json_text::pretty(&text, false).unwrap_or_else(|| EscapedLines(&text).to_string());
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            output::print_diagnostic(&text);
        }
    }
    let error = Error::from_response_parts(status, &headers, &body);
    let message = session.redact(&message(args, url.path(), status, &error), token);
    let mut failure = Failure::new(Exit::of_status(status), message);
    if let Some(url) = error.documentation_url() {
        failure = failure.with_note(format!("documentation: {}", session.redact(url, token)));
    }
    Err(failure)
}

/// Returns what happened, and what to do about it.
fn message(args: &RequestArgs, path: &str, status: StatusCode, error: &Error) -> String {
    let mut message = format!("{} {path}: {status}", args.method.to_ascii_uppercase());
    if let Some(code) = error.error_code() {
        let _ = write!(message, " ({code})");
    }
    let remedy = match status {
        StatusCode::UNAUTHORIZED => {
            "the token is not accepted here; check --scope, and to whom the resource belongs, or try again in a few seconds \
             if the token is new"
        }
        StatusCode::FORBIDDEN => "the application lacks a permission; ask the owner of the MoneyKit account",
        StatusCode::NOT_FOUND => "check the path and its values, and that they belong to these credentials",
        StatusCode::TOO_MANY_REQUESTS => "send fewer requests",
        _ if status.is_redirection() => "redirects are not followed, to keep the token here; check the path",
        _ if status.is_server_error() => "try again later",
        _ => "correct the request as the body says",
    };
    let _ = write!(message, "; {remedy}");
    if let Some(delay) = error.retry_after() {
        let _ = write!(message, " (retry after {} s)", delay.as_secs());
    }
    message
}

fn is_stdin(data: &str) -> bool {
    matches!(data, "-" | "@-")
}

fn read_body(data: &str) -> Result<Vec<u8>, Failure> {
    if is_stdin(data) {
        let mut body = Vec::new();
        let read = io::stdin().lock().read_to_end(&mut body);
        read.map_err(|error| Failure::usage(format!("cannot read the body from standard input ({error})")))?;
        return Ok(body);
    }
    let Some(path) = data.strip_prefix('@') else { return Ok(data.as_bytes().to_vec()) };
    std::fs::read(path).map_err(|error| {
        Failure::usage(format!("cannot read the body from {path} ({error}); check the path after the @"))
    })
}

/// Parses a name and a value with a separator between them.
fn pair<const SEPARATOR: char>(text: &str) -> Result<Pair, String> {
    let (name, value) = text.split_once(SEPARATOR).ok_or_else(|| format!("there is no `{SEPARATOR}`"))?;
    if name.trim().is_empty() {
        return Err(format!("there is no name before the `{SEPARATOR}`"));
    }
    // White space around a header is not part of it.
    let trim = |text: &str| if SEPARATOR == ':' { text.trim().to_owned() } else { text.to_owned() };
    Ok(Pair { name: trim(name), value: trim(value) })
}
