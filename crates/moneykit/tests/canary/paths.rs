use std::pin::Pin;
use std::time::Duration;

use moneykit::{Client, ClientAuthMethod, ClientBuilder, ClientSecret, Credentials, Transport, reqwest};
use moneykit_emulator::Emulator;

use super::birds::{CLIENT_ID, CLIENT_SECRET, TOKEN};
use super::requests;
use super::seen::{debugged, told};
use crate::scripted::Act::{Request, UntilClosed};
use crate::scripted::{self, Act, Server, send};

/// One way through the library.
pub(crate) struct Path {
    pub(crate) name: &'static str,
    /// The methods that it calls.
    pub(crate) calls: &'static [&'static str],
    /// The kinds of errors that it ends in, as Debug names them.
    pub(crate) tells: &'static [&'static str],
    /// Returns everything that was shown on the way.
    pub(crate) run: fn() -> Shown,
}

type Shown = Pin<Box<dyn Future<Output = Vec<String>>>>;

/// Every way through the library.
pub(crate) const PATHS: &[Path] = &[
    Path {
        name: "a token, by the form",
        calls: &[
            "builder",
            "access_token",
            "authorization_header",
            "access_token_valid_for",
            "warm_up",
            "token_status",
            "request_token",
            "invalidate",
            "base_url",
            "api_version",
        ],
        tells: &[],
        run: || Box::pin(tokens(ClientAuthMethod::ClientSecretPost)),
    },
    Path {
        name: "a token, by Basic",
        calls: &[],
        tells: &[],
        run: || Box::pin(tokens(ClientAuthMethod::ClientSecretBasic)),
    },
    Path { name: "the raw client", calls: &["raw"], tells: &[], run: || Box::pin(raw()) },
    Path {
        name: "values that are printed",
        calls: &[],
        tells: &[],
        run: || Box::pin(std::future::ready(values())),
    },
    Path {
        name: "settings that are wrong",
        calls: &["from_env"],
        tells: &["Configuration", "HttpSettings"],
        run: || Box::pin(std::future::ready(settings())),
    },
    Path {
        name: "a provider that fails",
        calls: &[],
        tells: &["NoCredentials"],
        run: || Box::pin(provider()),
    },
    Path { name: "nobody there", calls: &[], tells: &["Http"], run: || Box::pin(nobody()) },
    Path {
        name: "answers of all kinds",
        calls: &[],
        tells: &["Refused", "InvalidResponse", "NotHttp", "Http"],
        run: || Box::pin(answers()),
    },
    Path {
        name: "no answer in time",
        calls: &[],
        tells: &["OutOfTime", "Http"],
        run: || Box::pin(silence()),
    },
    Path {
        name: "requests that go well",
        calls: &[
            "get",
            "post",
            "put",
            "patch",
            "delete",
            "request",
            "header",
            "headers",
            "query",
            "json",
            "form",
            "body",
            "body_stream",
            "timeout",
            "path_template",
            "send",
            "authorize",
            "status",
            "content_length",
            "text",
            "bytes",
            "chunk",
            "bytes_stream",
        ],
        tells: &[],
        run: || Box::pin(requests::fine()),
    },
    Path {
        name: "requests that can't be sent",
        calls: &[],
        tells: &["Request", "Unsendable"],
        run: || Box::pin(requests::unsendable()),
    },
    Path {
        name: "answers to requests",
        calls: &["error_for_status"],
        tells: &["Request", "Refused", "Undecodable"],
        run: || Box::pin(requests::answers()),
    },
    Path {
        name: "requests that break",
        calls: &[],
        tells: &["Request", "Http"],
        run: || Box::pin(requests::broken()),
    },
    #[cfg(feature = "blocking")]
    Path {
        name: "blocking calls",
        calls: &[],
        tells: &["BlockingInAsync", "Request"],
        run: || Box::pin(blocking()),
    },
    Path { name: "tokens of a short life", calls: &[], tells: &["TooShort"], run: || Box::pin(too_short()) },
];

async fn tokens(placement: ClientAuthMethod) -> Vec<String> {
    let server = Server::start(vec![vec![Request, token()]]).await;
    let client = client(&server).auth_method(placement).build().unwrap();
    let token = client.access_token().await.unwrap();
    assert_eq!(token.expose_secret(), TOKEN, "the canary must fly, or nobody would find it");
    let header = client.authorization_header().await.unwrap();
    client.access_token_valid_for(Duration::from_secs(60)).await.unwrap();
    client.warm_up().await.unwrap();
    let again = client.request_token().await.unwrap();
    client.invalidate(&token);
    client.invalidate(&again);
    let kept = client.access_token().await.unwrap();
    vec![
        debugged(&client),
        debugged(&token),
        debugged(&kept),
        debugged(&header),
        debugged(token.authorization_header()),
        debugged(&client.token_status()),
        client.base_url().to_owned(),
        debugged(client.api_version()),
    ]
}

async fn raw() -> Vec<String> {
    let server = Server::start(vec![vec![Request, token()]]).await;
    let client = client(&server).build().unwrap();
    let form = |form: moneykit::raw::types::builder::AccessTokenRequest| {
        form.client_id(CLIENT_ID.to_owned()).client_secret(moneykit::raw::Secret::from(CLIENT_SECRET))
    };
    let request = client.raw().generate_access_token().body_map(form);
    let shown = debugged(&request);
    let token = request.send().await.unwrap().into_inner();
    assert_eq!(token.access_token.expose_secret(), TOKEN);
    vec![shown, debugged(&token), debugged(client.raw())]
}

fn values() -> Vec<String> {
    let credentials = Credentials::new(CLIENT_ID, CLIENT_SECRET).unwrap();
    let builder = || Client::builder().credentials(CLIENT_ID, CLIENT_SECRET);
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("x-own", TOKEN.parse().unwrap());
    let own = reqwest::Client::builder().no_proxy().default_headers(headers);
    let transport = Transport::new(reqwest::Client::builder().no_proxy()).unwrap();
    vec![
        debugged(&credentials),
        debugged(&ClientSecret::new(CLIENT_SECRET).unwrap()),
        debugged(&builder()),
        debugged(&builder().transport(transport.clone())),
        debugged(&Transport::new(own).unwrap()),
        debugged(&transport),
        debugged(&Client::builder().base_url(format!("https://u:{TOKEN}@api.test"))),
    ]
}

fn settings() -> Vec<String> {
    let bad_secret = format!("{CLIENT_SECRET}\n");
    let builders: [ClientBuilder; 5] = [
        Client::builder().credentials(CLIENT_ID, bad_secret.as_str()),
        Client::builder().credentials(format!("{CLIENT_SECRET}\0"), bad_secret.as_str()),
        Client::builder()
            .credentials(CLIENT_ID, CLIENT_SECRET)
            .base_url(format!("https://u:{CLIENT_SECRET}@api.test")),
        Client::builder().credentials(CLIENT_ID, CLIENT_SECRET).api_version(format!("{CLIENT_SECRET}\n")),
        Client::builder()
            .credentials(CLIENT_ID, CLIENT_SECRET)
            .http_client_builder(reqwest::Client::builder().no_proxy().user_agent("a\nb")),
    ];
    let mut shown: Vec<_> = builders.into_iter().map(|builder| told(&builder.build().unwrap_err())).collect();
    let invalid = ClientSecret::new(bad_secret).unwrap_err();
    shown.push(format!("{invalid}\n{}", debugged(&invalid)));
    // The variables are not set where tests run, and if they are, they are not shown.
    shown.push(Client::from_env().map_or_else(|error| told(&error), |client| debugged(&client)));
    shown
}

async fn provider() -> Vec<String> {
    let fails = || async { Err::<Credentials, _>("the vault is sealed") };
    let client = Client::builder().credentials_provider(fails).build().unwrap();
    vec![debugged(&client), told(&client.request_token().await.unwrap_err())]
}

async fn nobody() -> Vec<String> {
    let emulator = Emulator::builder().start().unwrap();
    let url = emulator.url().to_owned();
    drop(emulator);
    let client = builder().base_url(url).transport(transport()).build().unwrap();
    vec![told(&client.request_token().await.unwrap_err())]
}

/// What a server sends that means harm, or is only careless: it quotes what it was sent, and breaks off in the
/// middle of a token.
async fn answers() -> Vec<String> {
    let (secret, encoded) = (json(CLIENT_SECRET), super::birds::forms(CLIENT_SECRET));
    let quoting = format!(
        r#"{{"error_code":"{secret}","error_message":"not {secret}, nor {}, nor {}","documentation_url":"https://a.test/?s={}"}}"#,
        encoded[1], encoded[2], encoded[1]
    );
    let with = |fields: &str| format!(r#"{{"access_token":"{}",{fields}}}"#, json(TOKEN));
    let header = |name: &str| format!("{name}: /?secret={}", encoded[2]);
    let answers = [
        answer("401 Unauthorized", &quoting),
        answer("400 Bad Request", &quoting),
        answer("503 Service Unavailable", format!("{CLIENT_SECRET} {TOKEN}")),
        answer(&format!("429 Too Many Requests\r\n{}", header("retry-after")), &quoting),
        answer(&format!("307 Temporary Redirect\r\n{}", header("location")), ""),
        answer("201 Created", with(r#""token_type":"bearer","expires_in":"soon""#)),
        answer("201 Created", with(r#""token_type":"mac","expires_in":60"#)),
        answer(
            "201 Created",
            with(&format!(r#""token_type":"bearer","expires_in":60,"access_token":"{TOKEN}""#)),
        ),
        answer("201 Created", TOKEN),
        answer("201 Created", with(r#""token_type":"bearer""#)),
        answer("201 Created", format!("{TOKEN}{}", "x".repeat(100_000))),
        send(format!("HTTP/1.1 201 Created\r\ncontent-length: 999\r\n\r\n{}", with("\"a\":1"))),
        send(format!("{TOKEN} {CLIENT_SECRET}\r\n\r\n")),
        send(format!("HTTP/1.1 200 OK\r\n{TOKEN}\r\n\r\n")),
    ];
    let mut shown = Vec::new();
    for answer in answers {
        let server = Server::start(vec![vec![Request, answer]]).await;
        for placement in [ClientAuthMethod::ClientSecretPost, ClientAuthMethod::ClientSecretBasic] {
            let client = client(&server).auth_method(placement).build().unwrap();
            shown.push(told(&client.request_token().await.unwrap_err()));
            let cached = client.tries_once().await;
            shown.extend(cached);
        }
    }
    shown
}

#[cfg(feature = "blocking")]
async fn blocking() -> Vec<String> {
    let server = Server::start(careless_api()).await;
    let client = client(&server).build_blocking().unwrap();
    let misplaced = told(&client.access_token().unwrap_err());
    let calls = move || {
        let request = client.get("/links").header("authorization", TOKEN);
        let mut shown = vec![debugged(&client), debugged(&request), told(&request.send().unwrap_err())];
        let answer = client.get("/links").send().unwrap();
        shown.extend([debugged(&answer), told(&answer.error_for_status().unwrap_err())]);
        shown.push(told(&client.get("/links").send().unwrap().json::<u8>().unwrap_err()));
        shown.push(told(&client.get("/links").send().unwrap().text().unwrap_err()));
        shown
    };
    let mut shown = tokio::task::spawn_blocking(calls).await.unwrap();
    shown.push(misplaced);
    shown
}

/// Gives a token, refuses a request, answers one with the token, and breaks off in the middle of an answer.
#[cfg(feature = "blocking")]
fn careless_api() -> Vec<Vec<Act>> {
    let token = json(TOKEN);
    let quoting = format!(
        r#"{{"error_code":"{token}","error_message":"not {token}","documentation_url":"/?t={token}"}}"#
    );
    let broken_off = send(format!("HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{TOKEN}"));
    let answers = [self::token(), answer("403 Forbidden", quoting), answer("200 OK", TOKEN), broken_off];
    answers.into_iter().map(|answer| vec![Request, answer]).collect()
}

async fn silence() -> Vec<String> {
    let server = Server::start(vec![vec![Request, UntilClosed]]).await;
    let short = Duration::from_millis(20);
    let impatient = client(&server).token_attempt_timeout(short).build().unwrap();
    let out_of_time = client(&server).token_timeout(short).build().unwrap();
    vec![
        told(&impatient.request_token().await.unwrap_err()),
        told(&out_of_time.access_token().await.unwrap_err()),
    ]
}

async fn too_short() -> Vec<String> {
    let server = Server::start(vec![vec![Request, token()]]).await;
    let client = client(&server).build().unwrap();
    vec![told(&client.access_token_valid_for(Duration::from_secs(86_400)).await.unwrap_err())]
}

/// Goes through the cache as well, which traces what it does.
trait TriesOnce {
    async fn tries_once(&self) -> Vec<String>;
}

impl TriesOnce for Client {
    async fn tries_once(&self) -> Vec<String> {
        let error = self.access_token().await.unwrap_err();
        vec![told(&error), debugged(&self.token_status())]
    }
}

/// Sends a whole answer, and says that the connection closes after it: or the next request might go out on it just
/// then, and break.
pub(super) fn answer(head: &str, body: impl AsRef<[u8]>) -> Act {
    scripted::answer(&format!("{head}\r\nconnection: close"), body)
}

pub(super) fn token() -> Act {
    let body = format!(r#"{{"access_token":"{}","token_type":"bearer","expires_in":3600}}"#, json(TOKEN));
    answer("201 Created", body)
}

pub(super) fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap().trim_matches('"').to_owned()
}

fn transport() -> Transport {
    Transport::new(reqwest::Client::builder().no_proxy()).unwrap()
}

fn builder() -> ClientBuilder {
    Client::builder().credentials(CLIENT_ID, CLIENT_SECRET)
}

pub(super) fn client(server: &Server) -> ClientBuilder {
    // One try each: how often something is shown makes no difference.
    server.client(&transport()).max_attempts(std::num::NonZeroU32::MIN)
}
