//! The scenarios of the canary test: every use of the library that can show or send anything.

use std::pin::Pin;
use std::time::Duration;

use moneykit::{
    Client, ClientAuthMethod, ClientBuilder, ClientConfig, ClientSecret, Credentials, FileCredentials,
    Transport, reqwest,
};
use moneykit_emulator::Emulator;

use super::observability::{debug, render};
use super::requests;
use super::secrets::{CLIENT_ID, CLIENT_SECRET, TOKEN, encodings};
use crate::scripted::Step::{AwaitClose, ReadRequest};
use crate::scripted::{ScriptedServer, Step, closing_response, send, transport};

/// One use of the library.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// The public methods that it calls.
    pub(crate) methods: &'static [&'static str],
    /// The error kinds that it covers, as `Debug` names them.
    pub(crate) error_kinds: &'static [&'static str],
    /// Runs the scenario, and returns its output.
    pub(crate) run: fn() -> Output,
}

type Output = Pin<Box<dyn Future<Output = Vec<String>>>>;

/// Every use of the library.
pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "a token, with client_secret_post",
        methods: &[
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
        error_kinds: &[],
        run: || Box::pin(tokens(ClientAuthMethod::ClientSecretPost)),
    },
    Scenario {
        name: "a token, with client_secret_basic",
        methods: &[],
        error_kinds: &[],
        run: || Box::pin(tokens(ClientAuthMethod::ClientSecretBasic)),
    },
    Scenario { name: "the raw client", methods: &["raw"], error_kinds: &[], run: || Box::pin(raw()) },
    Scenario {
        name: "printed values",
        methods: &[],
        error_kinds: &[],
        run: || Box::pin(std::future::ready(values())),
    },
    Scenario {
        name: "invalid settings",
        methods: &["from_env", "from_env_with_prefix", "from_config"],
        error_kinds: &["Configuration", "HttpSettings"],
        run: || Box::pin(std::future::ready(settings())),
    },
    Scenario {
        name: "a static token",
        methods: &["with_static_token"],
        error_kinds: &["StaticToken", "Configuration"],
        run: || Box::pin(static_token()),
    },
    #[cfg(feature = "token-store")]
    Scenario {
        name: "a token store",
        methods: &[
            "new",
            "with_clock",
            "name",
            "encryption_key",
            "digest",
            "as_bytes",
            "fence",
            "holder",
            "expose_secret",
            "lifetime",
            "remaining",
            "is_available",
        ],
        error_kinds: &[],
        run: || Box::pin(super::token_store::shared()),
    },
    Scenario {
        name: "a failing credentials provider",
        methods: &[],
        error_kinds: &["CredentialsProvider"],
        run: || Box::pin(provider()),
    },
    Scenario {
        name: "a cool-down after a failed refresh",
        methods: &[],
        error_kinds: &["CoolingDown"],
        run: || Box::pin(cooldown()),
    },
    Scenario {
        name: "a panicking credentials provider",
        methods: &[],
        error_kinds: &["CredentialsProviderPanicked"],
        run: || Box::pin(panicking_provider()),
    },
    Scenario { name: "a closed port", methods: &[], error_kinds: &["Http"], run: || Box::pin(closed_port()) },
    Scenario {
        name: "malicious responses",
        methods: &[],
        error_kinds: &["ErrorResponse", "InvalidResponse", "NotHttp", "Http"],
        run: || Box::pin(malicious_responses()),
    },
    Scenario {
        name: "timeouts",
        methods: &[],
        error_kinds: &["Timeout", "Http"],
        run: || Box::pin(timeouts()),
    },
    Scenario {
        name: "successful requests",
        methods: &[
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
        error_kinds: &[],
        run: || Box::pin(requests::successful()),
    },
    Scenario {
        name: "requests with parameters, retries and pages",
        methods: &[
            "head",
            "execute",
            "from_parts",
            "path",
            "multipart",
            "retry_policy",
            "idempotent",
            "try_clone",
            "recv_json",
            "url",
            "version",
            "extensions",
            "into_reqwest",
            "paginate",
            "next",
            "items",
        ],
        error_kinds: &[],
        run: || Box::pin(requests::prepared()),
    },
    Scenario {
        name: "invalid requests",
        methods: &[],
        error_kinds: &["Request", "InvalidRequest"],
        run: || Box::pin(requests::invalid()),
    },
    Scenario {
        name: "error responses to requests",
        methods: &["error_for_status", "from_response_parts"],
        error_kinds: &["Request", "Response", "Decode", "BodyTooLarge", "Undocumented"],
        run: || Box::pin(requests::error_responses()),
    },
    Scenario {
        name: "failed requests",
        methods: &[],
        error_kinds: &["Request", "Http"],
        run: || Box::pin(requests::failed()),
    },
    #[cfg(feature = "blocking")]
    Scenario {
        name: "blocking calls",
        methods: &[],
        error_kinds: &["BlockingInAsync", "Request"],
        run: || Box::pin(blocking()),
    },
    Scenario {
        name: "a token lifetime that is too short",
        methods: &[],
        error_kinds: &["LifetimeTooShort"],
        run: || Box::pin(too_short()),
    },
];

async fn tokens(method: ClientAuthMethod) -> Vec<String> {
    let server = ScriptedServer::start(vec![vec![ReadRequest, token()]]).await;
    let client = client_builder(&server).auth_method(method).build().unwrap();
    let token = client.access_token().await.unwrap();
    assert_eq!(token.expose_secret(), TOKEN, "the client must use the canary token");
    let header = client.authorization_header().await.unwrap();
    client.access_token_valid_for(Duration::from_secs(60)).await.unwrap();
    client.warm_up().await.unwrap();
    let again = client.request_token().await.unwrap();
    client.invalidate(&token);
    client.invalidate(&again);
    let cached = client.access_token().await.unwrap();
    vec![
        debug(&client),
        debug(&token),
        debug(&cached),
        debug(&header),
        debug(token.authorization_header()),
        debug(&client.token_status()),
        client.base_url().to_owned(),
        debug(client.api_version()),
    ]
}

async fn raw() -> Vec<String> {
    let server = ScriptedServer::start(vec![vec![ReadRequest, token()]]).await;
    let client = client_builder(&server).build().unwrap();
    let form = |form: moneykit::raw::types::builder::AccessTokenRequest| {
        form.client_id(CLIENT_ID.to_owned()).client_secret(moneykit::raw::Secret::from(CLIENT_SECRET))
    };
    let request = client.raw().generate_access_token().body_map(form);
    let output = debug(&request);
    let token = request.send().await.unwrap().into_inner();
    assert_eq!(token.access_token.expose_secret(), TOKEN);
    vec![output, debug(&token), debug(client.raw())]
}

fn values() -> Vec<String> {
    let credentials = Credentials::new(CLIENT_ID, CLIENT_SECRET).unwrap();
    let builder = || Client::builder().credentials(CLIENT_ID, CLIENT_SECRET);
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("x-own", TOKEN.parse().unwrap());
    let own = reqwest::Client::builder().no_proxy().default_headers(headers);
    let transport = Transport::new(reqwest::Client::builder().no_proxy()).unwrap();
    vec![
        debug(&credentials),
        debug(&ClientSecret::new(CLIENT_SECRET).unwrap()),
        debug(&builder()),
        debug(&builder().transport(transport.clone())),
        debug(&Transport::new(own).unwrap()),
        debug(&transport),
        debug(&Client::builder().base_url(format!("https://u:{TOKEN}@api.test"))),
    ]
}

fn settings() -> Vec<String> {
    let bad_secret = format!("{CLIENT_SECRET}\n");
    let quoted_secret = format!("'{CLIENT_SECRET}'");
    let proxy = reqwest::Proxy::all("http://127.0.0.1:9").unwrap().basic_auth("u", TOKEN);
    let builders: [ClientBuilder; 8] = [
        Client::builder().credentials(CLIENT_ID, quoted_secret.as_str()),
        Client::builder().credentials(CLIENT_ID, CLIENT_SECRET).base_url(quoted_secret.as_str()),
        Client::builder()
            .credentials(CLIENT_ID, CLIENT_SECRET)
            .base_url("http://localhost")
            .http_client_builder(reqwest::Client::builder().proxy(proxy)),
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
    let mut output: Vec<_> =
        builders.into_iter().map(|builder| render(&builder.build().unwrap_err())).collect();
    let invalid = ClientSecret::new(bad_secret).unwrap_err();
    output.push(format!("{invalid}\n{}", debug(&invalid)));
    // The variables are usually unset in tests. If they are set, their values must not be in the output.
    output.push(Client::from_env().map_or_else(|error| render(&error), |client| debug(&client)));
    output.push(render(&Client::from_env_with_prefix("NO_SUCH").unwrap_err()));
    output.extend(config_files());
    output
}

/// Configurations and files of secrets, valid and invalid.
fn config_files() -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    let config = |json: serde_json::Value| serde_json::from_value::<ClientConfig>(json).unwrap();
    let mut output = Vec::new();
    for content in [CLIENT_SECRET.to_owned(), format!("{CLIENT_SECRET}\n\n"), CLIENT_SECRET.repeat(1_000)] {
        std::fs::write(&path, content).unwrap();
        output.push(match FileCredentials::new(CLIENT_ID, &path) {
            Ok(credentials) => debug(&credentials),
            Err(error) => render(&error),
        });
        let config = config(serde_json::json!({"client_id": CLIENT_ID, "client_secret_file": path}));
        output.push(debug(&config));
        output.push(Client::from_config(config).map_or_else(|error| render(&error), |client| debug(&client)));
    }
    // Secrets in the wrong places.
    let misplaced = config(serde_json::json!({
        "client_id": format!("{CLIENT_SECRET}\n"), "client_secret": [CLIENT_SECRET], "client_secret_file": CLIENT_SECRET,
        "base_url": CLIENT_SECRET, "auth_method": TOKEN, "scopes": {CLIENT_SECRET: CLIENT_SECRET}, CLIENT_SECRET: TOKEN,
        "request_timeout_seconds": CLIENT_SECRET, "api_version": format!("{TOKEN}\n"), "token_max_attempts": TOKEN
    }));
    output.push(debug(&misplaced));
    output.push(render(&ClientBuilder::from_config(misplaced).build().unwrap_err()));
    output.push(render(&FileCredentials::new(CLIENT_ID, CLIENT_SECRET).unwrap_err()));
    output
}

/// A token of the application's own, valid and invalid.
async fn static_token() -> Vec<String> {
    let client = Client::with_static_token(TOKEN).unwrap();
    let token = client.access_token().await.unwrap();
    vec![
        debug(&client),
        debug(&token),
        debug(&client.token_status()),
        debug(&Client::builder().static_token(TOKEN)),
        render(&client.request_token().await.unwrap_err()),
        render(&Client::with_static_token(format!("Bearer {TOKEN}")).unwrap_err()),
        render(&Client::with_static_token(format!("{TOKEN}\n")).unwrap_err()),
    ]
}

async fn provider() -> Vec<String> {
    let fails = || async { Err::<Credentials, _>("the vault is sealed") };
    let client = Client::builder().credentials_provider(fails).build().unwrap();
    vec![debug(&client), render(&client.request_token().await.unwrap_err())]
}

/// Two calls, the second of which finds the cool-down that the first began. The server quotes the credentials.
async fn cooldown() -> Vec<String> {
    let quoting = format!(r#"{{"error_code":"{0}","error_message":"not {0}"}}"#, json(CLIENT_SECRET));
    let server =
        ScriptedServer::start(vec![vec![ReadRequest, closing_response("401 Unauthorized", quoting)]]).await;
    let client = client_builder(&server).build().unwrap();
    let errors = [client.access_token().await.unwrap_err(), client.access_token().await.unwrap_err()];
    let mut output: Vec<_> = errors.iter().map(render).collect();
    output.push(debug(&client.token_status()));
    output
}

async fn panicking_provider() -> Vec<String> {
    let panics = || async {
        assert!(CLIENT_SECRET.is_empty(), "the vault does not know {CLIENT_SECRET}");
        Err::<Credentials, _>("unreachable")
    };
    let client = Client::builder().credentials_provider(panics).build().unwrap();
    let output = [client.request_token().await.unwrap_err(), client.access_token().await.unwrap_err()];
    output.iter().map(render).collect()
}

async fn closed_port() -> Vec<String> {
    let emulator = Emulator::builder().start().unwrap();
    let url = emulator.url().to_owned();
    drop(emulator);
    let client = builder().base_url(url).transport(transport()).build().unwrap();
    vec![render(&client.request_token().await.unwrap_err())]
}

/// Token responses that quote the credentials, or break off in the middle of a token.
async fn malicious_responses() -> Vec<String> {
    let (secret, encoded) = (json(CLIENT_SECRET), encodings(CLIENT_SECRET));
    let quoting = format!(
        r#"{{"error_code":"{secret}","error_message":"not {secret}, nor {}, nor {}","documentation_url":"https://a.test/?s={}"}}"#,
        encoded[1], encoded[2], encoded[1]
    );
    let with = |fields: &str| format!(r#"{{"access_token":"{}",{fields}}}"#, json(TOKEN));
    let header = |name: &str| format!("{name}: /?secret={}", encoded[2]);
    let responses = [
        closing_response("401 Unauthorized", &quoting),
        closing_response("400 Bad Request", &quoting),
        closing_response("200 OK", &quoting),
        closing_response(&format!("200 OK\r\ncontent-type: text/{}", encoded[2]), TOKEN),
        closing_response("503 Service Unavailable", format!("{CLIENT_SECRET} {TOKEN}")),
        closing_response(&format!("429 Too Many Requests\r\n{}", header("retry-after")), &quoting),
        closing_response(&format!("307 Temporary Redirect\r\n{}", header("location")), ""),
        closing_response("201 Created", with(r#""token_type":"bearer","expires_in":"soon""#)),
        closing_response("201 Created", with(r#""token_type":"mac","expires_in":60"#)),
        closing_response(
            "201 Created",
            with(&format!(r#""token_type":"bearer","expires_in":60,"access_token":"{TOKEN}""#)),
        ),
        closing_response("201 Created", TOKEN),
        closing_response("201 Created", with(r#""token_type":"bearer""#)),
        closing_response("201 Created", format!("{TOKEN}{}", "x".repeat(100_000))),
        send(format!("HTTP/1.1 201 Created\r\ncontent-length: 999\r\n\r\n{}", with("\"a\":1"))),
        send(format!("{TOKEN} {CLIENT_SECRET}\r\n\r\n")),
        send(format!("HTTP/1.1 200 OK\r\n{TOKEN}\r\n\r\n")),
    ];
    let mut output = Vec::new();
    for response in responses {
        let server = ScriptedServer::start(vec![vec![ReadRequest, response]]).await;
        for method in [ClientAuthMethod::ClientSecretPost, ClientAuthMethod::ClientSecretBasic] {
            let client = client_builder(&server).auth_method(method).build().unwrap();
            output.push(render(&client.request_token().await.unwrap_err()));
            // The cache emits trace events as well.
            output.push(render(&client.access_token().await.unwrap_err()));
            output.push(debug(&client.token_status()));
        }
    }
    output
}

#[cfg(feature = "blocking")]
async fn blocking() -> Vec<String> {
    let server = ScriptedServer::start(leaky_api()).await;
    let client = client_builder(&server).build_blocking().unwrap();
    let in_async = render(&client.access_token().unwrap_err());
    let calls = move || {
        let request = client.get("/links").header("authorization", TOKEN);
        let mut output = vec![debug(&client), debug(&request), render(&request.send().unwrap_err())];
        let response = client.get("/links").send().unwrap();
        output.extend([debug(&response), render(&response.error_for_status().unwrap_err())]);
        output.push(render(&client.get("/links").send().unwrap().json::<u8>().unwrap_err()));
        output.push(render(&client.get("/links").send().unwrap().text().unwrap_err()));
        output
    };
    let mut output = tokio::task::spawn_blocking(calls).await.unwrap();
    output.push(in_async);
    output
}

/// Returns scripts for four connections: a token, an error response that quotes the token, a body that is the token, and
/// a body that breaks off.
#[cfg(feature = "blocking")]
fn leaky_api() -> Vec<Vec<Step>> {
    let token = json(TOKEN);
    let quoting = format!(
        r#"{{"error_code":"{token}","error_message":"not {token}","documentation_url":"/?t={token}"}}"#
    );
    let truncated = send(format!("HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{TOKEN}"));
    let responses = [
        self::token(),
        closing_response("403 Forbidden", quoting),
        closing_response("200 OK", TOKEN),
        truncated,
    ];
    responses.into_iter().map(|response| vec![ReadRequest, response]).collect()
}

async fn timeouts() -> Vec<String> {
    let server = ScriptedServer::start(vec![vec![ReadRequest, AwaitClose]]).await;
    let short = Duration::from_millis(20);
    let attempt = client_builder(&server).token_attempt_timeout(short).build().unwrap();
    let refresh = client_builder(&server).token_timeout(short).build().unwrap();
    vec![
        render(&attempt.request_token().await.unwrap_err()),
        render(&refresh.access_token().await.unwrap_err()),
    ]
}

async fn too_short() -> Vec<String> {
    let server = ScriptedServer::start(vec![vec![ReadRequest, token()]]).await;
    let client = client_builder(&server).build().unwrap();
    vec![render(&client.access_token_valid_for(Duration::from_secs(86_400)).await.unwrap_err())]
}

pub(super) fn token() -> Step {
    let body = format!(r#"{{"access_token":"{}","token_type":"bearer","expires_in":3600}}"#, json(TOKEN));
    closing_response("201 Created", body)
}

pub(super) fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap().trim_matches('"').to_owned()
}

fn builder() -> ClientBuilder {
    Client::builder().credentials(CLIENT_ID, CLIENT_SECRET)
}

pub(super) fn client_builder(server: &ScriptedServer) -> ClientBuilder {
    // A single attempt is enough: retries produce the same output.
    server.client_builder(&transport()).token_max_attempts(std::num::NonZeroU32::MIN)
}
