use std::time::Duration;

use moneykit::Client;

use super::birds::{CLIENT_SECRET, TOKEN, forms};
use super::paths::{answer, client, json, token};
use super::seen::{debugged, told};
use crate::scripted::Act::{Request, UntilClosed};
use crate::scripted::{Act, Server, send};

/// Requests that go well, in every way there is to write one.
pub(super) async fn fine() -> Vec<String> {
    let client = client_with(vec![Request, answer("200 OK", r#"{"a":1}"#)]).await;
    let builder = client.post("/things").query(&[("a", "1")]).header("x-a", "1").json(&[1]);
    let shown = debugged(&builder);
    let answer = builder.send().await.unwrap();
    let mut shown = vec![shown, debugged(&answer)];
    answer.json::<serde_json::Value>().await.unwrap();

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
    let stream = OnePart(Some("a"));
    let answer = client.post("/things").body_stream(stream).send().await.unwrap();
    shown.push(format!("{} {:?} {:?}", answer.status(), answer.headers(), answer.content_length()));

    let mut foreign = http::Request::get("/things").body(()).unwrap();
    client.authorize(&mut foreign).await.unwrap();
    shown.push(debugged(&foreign));
    shown
}

/// A body of one part.
struct OnePart(Option<&'static str>);

impl futures_core::Stream for OnePart {
    type Item = Result<&'static str, std::io::Error>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Ready(self.0.take().map(Ok))
    }
}

/// Requests that are refused before anything is sent.
pub(super) async fn unsendable() -> Vec<String> {
    let client = client_with(vec![Request, answer("200 OK", "")]).await;
    let elsewhere = format!("https://elsewhere.test/?token={TOKEN}");
    let mut foreign = http::Request::get("https://elsewhere.test/").body(()).unwrap();
    vec![
        told(&client.get(elsewhere).send().await.unwrap_err()),
        told(&client.get(format!("//u:{CLIENT_SECRET}@elsewhere.test")).send().await.unwrap_err()),
        told(&client.get("/a").header("authorization", TOKEN).send().await.unwrap_err()),
        told(&client.get("/a").header("x-a", format!("{TOKEN}\n")).send().await.unwrap_err()),
        told(&client.authorize(&mut foreign).await.unwrap_err()),
    ]
}

/// Answers that mean harm, or are only careless.
pub(super) async fn answers() -> Vec<String> {
    let (token, encoded) = (json(TOKEN), forms(TOKEN));
    let quoting = format!(
        r#"{{"error_code":"{token}","error_message":"not Bearer {token}, nor {}","documentation_url":"https://a.test/?t={}"}}"#,
        encoded[1], encoded[2]
    );
    let mut shown = Vec::new();
    for act in [
        answer("401 Unauthorized", &quoting),
        answer("403 Forbidden", &quoting),
        answer("429 Too Many Requests", &quoting),
        answer(&format!("302 Found\r\nlocation: /?t={}", encoded[2]), ""),
        answer("500 Internal Server Error", format!("{TOKEN}{}", "x".repeat(100_000))),
    ] {
        let answer = client_with(vec![Request, act]).await.get("/a").send().await.unwrap();
        shown.push(debugged(&answer));
        shown.push(told(&answer.error_for_status().await.unwrap_err()));
    }
    let client = client_with(vec![Request, answer("200 OK", format!(r#"{{"a":"{token}"}}"#))]).await;
    shown.push(told(&client.get("/a").send().await.unwrap().json::<u64>().await.unwrap_err()));
    shown
}

/// Requests that nothing comes of.
pub(super) async fn broken() -> Vec<String> {
    let client = client_with(vec![Request, UntilClosed]).await;
    let impatient = client.get("/a").timeout(Duration::from_millis(20));
    let garbage = client_with(vec![Request, send(format!("{TOKEN}\r\n\r\n"))]).await;
    let cut = format!("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{TOKEN}");
    let cut = client_with(vec![Request, send(cut)]).await.get("/a").send().await.unwrap();
    vec![
        told(&impatient.send().await.unwrap_err()),
        told(&garbage.get("/a").send().await.unwrap_err()),
        told(&cut.bytes().await.unwrap_err()),
    ]
}

/// Makes a client that has a token, of a server that follows a script from then on.
async fn client_with(script: Vec<Act>) -> Client {
    // A 401 is followed by another token, and that by another try.
    let scripts = vec![vec![Request, token()], script.clone(), vec![Request, token()], script];
    let server = Server::start(scripts).await;
    let client = client(&server).build().unwrap();
    client.warm_up().await.unwrap();
    client
}
