//! The scenarios of authenticated requests: successful, invalid, failed, and with error responses.

use std::collections::HashMap;
use std::time::Duration;

use moneykit::codegen::{self, Call, CallError, Operation};
use moneykit::{Client, Page, RequestBuilder, RetryPolicy, paginate, reqwest};

use super::observability::{debug, render};
use super::scenarios::{client_builder, json, token};
use super::secrets::{CLIENT_SECRET, TOKEN, encodings};
use crate::scripted::Step::{AwaitClose, ReadRequest};
use crate::scripted::{ScriptedServer, Step, closing_response, send};

/// Successful requests, with every method of the request builder.
pub(super) async fn successful() -> Vec<String> {
    let client = client_with(vec![ReadRequest, closing_response("200 OK", r#"{"a":1}"#)]).await;
    let builder = client.post("/things").query(&[("a", "1")]).header("x-a", "1").json(&[1]);
    let output = debug(&builder);
    let response = builder.send().await.unwrap();
    let mut output = vec![output, debug(&response)];
    response.json::<serde_json::Value>().await.unwrap();

    let headers = http::HeaderMap::new();
    client.put("/things").headers(headers).form(&[("a", "1")]).send().await.unwrap().text().await.unwrap();
    client
        .patch("/things")
        .body("a")
        .timeout(Duration::from_secs(9))
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    client.delete("/things").path_template("/things").send().await.unwrap().chunk().await.unwrap();
    drop(client.request(http::Method::GET, "/things").send().await.unwrap().bytes_stream());
    let stream = OneItem(Some("a"));
    let response = client.post("/things").body_stream(stream).send().await.unwrap();
    output.push(format!("{} {:?} {:?}", response.status(), response.headers(), response.content_length()));

    let mut foreign = http::Request::get("/things").body(()).unwrap();
    client.authorize(&mut foreign).await.unwrap();
    output.push(debug(&foreign));
    output
}

/// Requests that are built from parameters, copies and other requests, and that are retried.
pub(super) async fn prepared() -> Vec<String> {
    let client = client_with(vec![ReadRequest, closing_response("200 OK", r#"{"a":1}"#)]).await;
    let builder = client.post("/things/{id}").path("id", "a/b").idempotent().retry_policy(RetryPolicy::new());
    let copy = builder.try_clone().unwrap();
    let mut output = vec![debug(&builder), debug(&copy), debug(&RetryPolicy::new())];
    output.push(copy.recv_json::<serde_json::Value>().await.unwrap().to_string());

    let response = client.head("/things").send().await.unwrap();
    output.push(format!("{} {:?} {:?}", response.url(), response.version(), response.extensions()));
    output.push(debug(&response.into_reqwest()));
    let request = || reqwest::Request::new(http::Method::GET, client.base_url().parse().unwrap());
    output.push(debug(&client.execute(request()).await.unwrap()));
    let builder = RequestBuilder::from_parts(client.clone(), request()).path_template("/things".to_owned());
    output.push(debug(&builder));
    output.push(debug(&builder.send().await.unwrap()));
    #[cfg(feature = "multipart")]
    {
        let form = reqwest::multipart::Form::new().text("a", "b");
        output.push(debug(&client.post("/things").multipart(form).send().await.unwrap()));
    }

    let busy = closing_response("503 Service Unavailable", TOKEN);
    let client = client_with(vec![ReadRequest, busy]).await;
    let retried = client.get("/a").retry_policy(RetryPolicy::new().base_delay(Duration::ZERO));
    output.push(render(&retried.recv_json::<u64>().await.unwrap_err()));

    let page = async |_: Option<String>| {
        Ok::<_, moneykit::Error>(Page { items: vec![TOKEN], next: Some(TOKEN.to_owned()) })
    };
    let mut pages = paginate(page);
    pages.next().await.unwrap().unwrap();
    output.push(debug(&pages));
    let mut items = pages.items();
    items.next().await.unwrap().unwrap();
    output.push(debug(&items));
    output.push(render(&items.next().await.unwrap().unwrap_err()));
    output
}

/// A stream with one item.
struct OneItem(Option<&'static str>);

impl futures_core::Stream for OneItem {
    type Item = Result<&'static str, std::io::Error>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Ready(self.0.take().map(Ok))
    }
}

/// Requests that are rejected before anything is sent.
pub(super) async fn invalid() -> Vec<String> {
    let client = client_with(vec![ReadRequest, closing_response("200 OK", "")]).await;
    let other_origin = format!("https://other.test/?token={TOKEN}");
    let mut foreign = http::Request::get("https://other.test/").body(()).unwrap();
    vec![
        render(&client.get(other_origin).send().await.unwrap_err()),
        render(&client.get(format!("//u:{CLIENT_SECRET}@other.test")).send().await.unwrap_err()),
        render(&client.get("/a").header("authorization", TOKEN).send().await.unwrap_err()),
        render(&client.get("/a").header("x-a", format!("{TOKEN}\n")).send().await.unwrap_err()),
        render(&client.get("/a").header("proxy-authorization", TOKEN).send().await.unwrap_err()),
        render(&client.get(format!("/a/%252e{CLIENT_SECRET}")).send().await.unwrap_err()),
        render(&client.authorize(&mut foreign).await.unwrap_err()),
        render(&client.get("/a/{id}").path("id", format!("../{TOKEN}")).send().await.unwrap_err()),
        render(&client.get("/a/{id}").path(CLIENT_SECRET, 1).send().await.unwrap_err()),
        render(&client.get(format!("/a/{{{TOKEN}}}")).send().await.unwrap_err()),
    ]
}

/// Error responses that quote the token.
pub(super) async fn error_responses() -> Vec<String> {
    let (token, encoded) = (json(TOKEN), encodings(TOKEN));
    let quoting = format!(
        r#"{{"error_code":"{token}","error_message":"not Bearer {token}, nor {}","documentation_url":"https://a.test/?t={}"}}"#,
        encoded[1], encoded[2]
    );
    let mut output = Vec::new();
    for step in [
        closing_response("401 Unauthorized", &quoting),
        closing_response("403 Forbidden", &quoting),
        closing_response("429 Too Many Requests", &quoting),
        closing_response(&format!("302 Found\r\nlocation: /?t={}", encoded[2]), ""),
        closing_response("500 Internal Server Error", format!("{TOKEN}{}", "x".repeat(100_000))),
    ] {
        let response = client_with(vec![ReadRequest, step]).await.get("/a").send().await.unwrap();
        output.push(debug(&response));
        output.push(render(&response.error_for_status().await.unwrap_err()));
    }
    let client =
        client_with(vec![ReadRequest, closing_response("200 OK", format!(r#"{{"a":"{token}"}}"#))]).await;
    output.push(render(&client.get("/a").send().await.unwrap().json::<u64>().await.unwrap_err()));
    let body = format!(r#"{{"{token}":"{token}"}}"#);
    let client = client_with(vec![ReadRequest, closing_response("200 OK", body)]).await;
    let keyed = client.get("/a").send().await.unwrap().json::<HashMap<String, u64>>().await;
    output.push(render(&keyed.unwrap_err()));
    output.push(render(&too_large().await));
    output.push(render(&of_another_client()));
    output.extend(generated(&quoting).await);
    output
}

/// The errors of an operation in a generated client: a body that has a type, and an undocumented success.
async fn generated(quoting: &str) -> [String; 2] {
    let operation = Operation { id: "get_a", path: "/a", takes_bearer: true };
    let mut errors = Vec::new();
    for status in ["404 Not Found", "202 Accepted"] {
        let client = client_with(vec![ReadRequest, closing_response(status, quoting)]).await;
        let mut call = Call::new(&client, operation);
        let request = call.http().get(format!("{}/a", call.base_url())).build().unwrap();
        let response = call.send(request).await.unwrap();
        let error = if response.status().is_success() {
            CallError::UnexpectedResponse(response)
        } else {
            CallError::ErrorResponse(codegen::json::<serde_json::Value>(response).await.unwrap())
        };
        errors.push(call.finish::<(), _>(Err(error), |body| body).unwrap_err());
    }
    assert!(errors[0].body::<serde_json::Value>().is_some());
    [render(&errors[0]), render(&errors[1])]
}

/// The error of a response that another client received, which shows neither the body nor the parts of a redirect that
/// may have secrets.
fn of_another_client() -> moneykit::Error {
    let location = format!("https://u:{CLIENT_SECRET}@a.test/?t={TOKEN}#{TOKEN}");
    let location = http::HeaderValue::from_bytes(location.as_bytes()).unwrap();
    let headers = http::HeaderMap::from_iter([(http::header::LOCATION, location)]);
    moneykit::Error::from_response_parts(http::StatusCode::FOUND, &headers, TOKEN.as_bytes())
}

/// The error of a successful response whose body, which has the token, is larger than allowed.
async fn too_large() -> moneykit::Error {
    let scripts = vec![vec![ReadRequest, token()], vec![ReadRequest, closing_response("200 OK", TOKEN)]];
    let server = ScriptedServer::start(scripts).await;
    let client = client_builder(&server).max_response_body_bytes(TOKEN.len() - 1).build().unwrap();
    client.get("/a").send().await.unwrap().bytes().await.unwrap_err()
}

/// Requests without a complete response: a timeout, a response that is not HTTP, a truncated body.
pub(super) async fn failed() -> Vec<String> {
    let client = client_with(vec![ReadRequest, AwaitClose]).await;
    let timed_out = client.get("/a").timeout(Duration::from_millis(20));
    let garbage = client_with(vec![ReadRequest, send(format!("{TOKEN}\r\n\r\n"))]).await;
    let truncated = format!("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{TOKEN}");
    let truncated = client_with(vec![ReadRequest, send(truncated)]).await.get("/a").send().await.unwrap();
    vec![
        render(&timed_out.send().await.unwrap_err()),
        render(&garbage.get("/a").send().await.unwrap_err()),
        render(&truncated.bytes().await.unwrap_err()),
    ]
}

/// Builds a client with a token, for a server that follows a script after the token request.
async fn client_with(script: Vec<Step>) -> Client {
    // After a 401 the client sends the request once more; its token is young, so it is not replaced.
    let scripts = vec![vec![ReadRequest, token()], script.clone(), script];
    let server = ScriptedServer::start(scripts).await;
    let client = client_builder(&server).build().unwrap();
    client.warm_up().await.unwrap();
    client
}
