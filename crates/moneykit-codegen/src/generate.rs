use std::panic::{AssertUnwindSafe, catch_unwind};

use openapiv3::{OpenAPI, Operation, PathItem, ReferenceOr};
use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle, TypeImpl};
use quote::quote;
use schemars08::schema::{InstanceType, SchemaObject};

use crate::contract::Contract;
use crate::error::{Error, Problem};
use crate::polish::polish;
use crate::tree::child;

/// Writes the Rust source of the client that a contract describes, formatted and ready to be included.
///
/// The same contract gives the same text, byte for byte, on every machine. What the text offers behind
/// features of the crate that includes it: `schemars` derives `JsonSchema` on every type, and `httpmock`
/// brings typed helpers for mock servers.
///
/// # Errors
///
/// When the generator can't express an operation; the problem's place is the operation's.
pub fn generate(contract: &Contract) -> Result<String, Error> {
    let document = contract.document();
    let problems = beyond_the_generator(contract);
    if !problems.is_empty() {
        return Err(contract.refuse(problems));
    }
    let (client, mocks) = run(document).map_err(|reason| contract.refuse(vec![blame(contract, &reason)]))?;
    polish(document, client, &mocks).map_err(|error| {
        contract.refuse(vec![Problem::new(
            None,
            format!("the generated source does not parse: {error}"),
            "simplify the part of the contract that was changed last: the generator stumbles over it",
        )])
    })
}

/// The generator's settings; they exist here and nowhere else.
fn settings() -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    let secret = SchemaObject {
        instance_type: Some(InstanceType::String.into()),
        format: Some("password".to_owned()),
        ..SchemaObject::default()
    };
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_tag(TagStyle::Merged)
        // Without this, forgetting the hooks would send requests with no token, no bound and no word of it.
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote!(crate::Hooks))
        .with_conversion(secret, "crate::Secret", std::iter::empty::<TypeImpl>());
    settings
}

/// Makes the client and the helpers for mock servers, or says what the generator stumbled over.
fn run(document: &OpenAPI) -> Result<(TokenStream, TokenStream), String> {
    // The generator asserts where it could refuse. No state outlives the call, so unwinding leaves nothing torn.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut generator = Generator::new(&settings());
        let client = generator.generate_tokens(document)?;
        let mocks = generator.httpmock(document, "crate")?;
        Ok::<_, progenitor::Error>((client, mocks))
    }));
    match outcome {
        Ok(Ok(source)) => Ok(source),
        Ok(Err(error)) => Err(error.to_string()),
        Err(panic) => Err(panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("it gave no reason")
            .to_owned()),
    }
}

/// Finds the operation that the generator can't express, by running it on each one alone.
fn blame(contract: &Contract, reason: &str) -> Problem {
    let help = "write it in a way that progenitor supports: one body type, one success type, one error type";
    for (pointer, name, path, method) in operations(contract.document()) {
        if let Err(reason) = run(&only(contract.document(), &path, &method)) {
            let what = format!("the generator can't express {name}: {}", first_line(&reason));
            return Problem::new(contract.position(&pointer), what, help);
        }
    }
    let what = format!("the generator can't express this contract's schemas: {}", first_line(reason));
    Problem::new(contract.position("/components/schemas"), what, "simplify the schema that was changed last")
}

/// Finds what the generator is known to be unable to express, to say it better than its assertions do.
fn beyond_the_generator(contract: &Contract) -> Vec<Problem> {
    let document = contract.document();
    let mut problems = Vec::new();
    for (path, item) in &document.paths.paths {
        let ReferenceOr::Item(item) = item else { continue };
        for (method, operation) in item.iter() {
            let pointer = child(&child("/paths", path), method);
            let name = format!("{} {path}", method.to_uppercase());
            if let Some(ReferenceOr::Item(body)) = &operation.request_body
                && body.content.len() > 1
            {
                problems.push(Problem::new(
                    contract.position(&child(&pointer, "requestBody")),
                    format!(
                        "{name} takes {} media types; the generated client can send one",
                        body.content.len()
                    ),
                    "keep the one that the client shall send",
                ));
            }
            for (kind, is_success) in [("success", true), ("error", false)] {
                if let [_, other, ..] = &body_types(document, operation, is_success)[..] {
                    problems.push(Problem::new(
                        contract.position(&child(&child(&pointer, "responses"), &other.0)),
                        format!(
                            "the {kind} responses of {name} have different schemas; the client can return one"
                        ),
                        format!("let all {kind} responses of an operation refer to the same schema"),
                    ));
                }
            }
        }
    }
    problems
}

/// Lists the schemas that an operation's responses have, each once, with the status that showed it first.
fn body_types(document: &OpenAPI, operation: &Operation, is_success: bool) -> Vec<(String, String)> {
    let mut types: Vec<(String, String)> = Vec::new();
    for (status, response) in &operation.responses.responses {
        let status = status.to_string();
        if status.starts_with('2') != is_success {
            continue;
        }
        let Some(response) = resolve(document, response) else { continue };
        for media in response.content.values() {
            let schema = format!("{:?}", media.schema);
            if types.iter().all(|(_, known)| *known != schema) {
                types.push((status.clone(), schema));
            }
        }
    }
    types
}

fn resolve<'a>(
    document: &'a OpenAPI,
    response: &'a ReferenceOr<openapiv3::Response>,
) -> Option<&'a openapiv3::Response> {
    match response {
        ReferenceOr::Item(response) => Some(response),
        ReferenceOr::Reference { reference } => {
            let name = reference.strip_prefix("#/components/responses/")?;
            document.components.as_ref()?.responses.get(name)?.as_item()
        }
    }
}

/// Lists each operation's pointer, its name for people, its path and its method.
fn operations(document: &OpenAPI) -> Vec<(String, String, String, String)> {
    let mut operations = Vec::new();
    for (path, item) in &document.paths.paths {
        let methods = item.as_item().into_iter().flat_map(PathItem::iter);
        operations.extend(methods.map(|(method, _)| {
            let pointer = child(&child("/paths", path), method);
            (pointer, format!("{} {path}", method.to_uppercase()), path.clone(), method.to_owned())
        }));
    }
    operations
}

/// Copies a document with one of its operations alone.
fn only(document: &OpenAPI, path: &str, method: &str) -> OpenAPI {
    let mut alone = document.clone();
    alone.paths.paths.retain(|known, _| known == path);
    for item in alone.paths.paths.values_mut() {
        let ReferenceOr::Item(item) = item else { continue };
        for (known, operation) in [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("delete", &mut item.delete),
            ("options", &mut item.options),
            ("head", &mut item.head),
            ("patch", &mut item.patch),
            ("trace", &mut item.trace),
        ] {
            if known != method {
                *operation = None;
            }
        }
    }
    alone
}

fn first_line(reason: &str) -> &str {
    reason.lines().next().unwrap_or_default()
}
