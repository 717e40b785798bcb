//! Client configuration: `build` reports every invalid setting before anything is sent.

use std::time::Duration;

use moneykit::{Client, ClientAuthMethod, Transport, reqwest};

#[test]
fn credentials_are_the_only_required_setting() {
    let client = Client::builder().credentials("id", "secret").build().unwrap();

    assert_eq!(client.base_url(), "https://api.moneykit.com");
}

#[test]
fn each_invalid_setting_is_named_with_its_fix() {
    let with = || Client::builder().credentials("id", "secret");
    let cases = vec![
        (Client::builder(), "credentials are not set; call `credentials`"),
        (Client::builder().credentials("", "secret"), "client_id is empty"),
        (Client::builder().credentials("id", ""), "client_secret is empty"),
        (
            Client::builder().credentials("id", "pale\n"),
            "client_secret begins or ends with whitespace; trim it",
        ),
        (Client::builder().credentials("i\0d", "pale"), "client_id contains a control character"),
        (with().scopes(""), "scopes is empty"),
        (with().scopes("a  b"), "scopes contains an empty name"),
        (with().scopes("é"), "scopes contains the character 'é'"),
        (with().base_url(""), "base_url is not a URL"),
        (with().base_url("api.moneykit.com"), "base_url is not a URL"),
        (with().base_url("http://api.moneykit.com"), "base_url uses http"),
        (
            Client::builder().credentials("i:d", "pale").auth_method(ClientAuthMethod::ClientSecretBasic),
            "client_id contains a colon",
        ),
        (with().api_version(""), "api_version is empty"),
        (with().user_agent("a\nb"), "user_agent contains a character"),
        (Client::builder().credentials("\u{feff}pale", "pale"), "client_id begins with a byte order mark"),
        (
            Client::builder().credentials("id", "pale\u{200b}"),
            "client_secret contains an invisible character",
        ),
        (
            Client::builder().credentials("id", "\"pale\""),
            "client_secret is enclosed in quotation marks; remove",
        ),
        (Client::builder().credentials("id", "${PALE}"), "client_secret looks like the name of a variable"),
        (with().base_url("'https://pale.example'"), "base_url is enclosed in quotation marks"),
        (with().base_url("https://${pale}"), "base_url contains what looks like a variable"),
        (with().base_url("http://moneykit.localhost"), "base_url uses http"),
        (with().max_response_body_bytes(0), "max_response_body_bytes is zero"),
        (
            with().base_url("http://127.0.0.1:9").http_client_builder(proxied()),
            "http_client_builder has a proxy, or takes it from the environment, and the base URL uses http",
        ),
        (
            with().base_url("http://localhost:9").transport(Transport::new(proxied()).unwrap()),
            "transport has a proxy",
        ),
        (
            with()
                .base_url("http://[::1]:9")
                .transport(Transport::with_env_proxy(reqwest::Client::builder()).unwrap()),
            "transport has a proxy",
        ),
        (with().token_attempt_timeout(Duration::ZERO), "token_attempt_timeout is zero"),
        (with().request_timeout(Duration::ZERO), "request_timeout is zero"),
        (with().connect_timeout(Duration::ZERO), "connect_timeout is zero"),
    ];
    for (builder, expected) in cases {
        let error = builder.build().unwrap_err();

        assert!(error.is_configuration(), "{error:?}");
        assert!(error.to_string().contains(expected), "{expected}: {error}");
        assert!(!format!("{error:?} {error}").contains("pale"), "{error:?}");
    }
}

fn proxied() -> reqwest::ClientBuilder {
    reqwest::Client::builder().proxy(reqwest::Proxy::all("http://127.0.0.1:9").unwrap())
}

#[test]
fn a_proxy_is_allowed_for_https() {
    let with = || Client::builder().credentials("id", "secret").base_url("https://api.moneykit.com");
    assert!(with().http_client_builder(proxied()).build().is_ok());
    assert!(with().transport(Transport::new(proxied()).unwrap()).build().is_ok());
    assert!(with().transport(Transport::with_env_proxy(reqwest::Client::builder()).unwrap()).build().is_ok());
}

#[test]
fn all_invalid_settings_are_reported_at_once() {
    let error = Client::builder()
        .credentials("", "")
        .scopes("a\"b")
        .base_url("nowhere")
        .user_agent("")
        .token_attempt_timeout(Duration::ZERO)
        .build()
        .unwrap_err()
        .to_string();

    for setting in ["client_id", "client_secret", "scopes", "base_url", "user_agent", "token_attempt_timeout"]
    {
        assert_eq!(error.matches(setting).count(), 1, "{setting}: {error}");
    }
}

#[test]
fn the_last_call_of_a_setter_wins() {
    let client = Client::builder()
        .credentials("", "")
        .scopes("")
        .base_url("nowhere")
        .credentials("id", "secret")
        .scopes("accounts")
        .base_url("https://example.com")
        .build();
    assert!(client.is_ok(), "{client:?}");
}

#[test]
fn a_colon_in_the_client_id_is_valid_for_client_secret_post() {
    assert!(Client::builder().credentials("i:d", "secret").build().is_ok());
}

#[test]
fn connect_timeout_conflicts_with_a_shared_transport() {
    let transport = Transport::new(reqwest::Client::builder()).unwrap();
    let builder = Client::builder().credentials("id", "secret").transport(transport);

    let error = builder.connect_timeout(Duration::from_secs(1)).build().unwrap_err();
    assert!(error.to_string().contains("connect_timeout cannot change a finished transport"), "{error}");
}

#[test]
fn http_settings_that_reqwest_rejects_are_an_error() {
    // reqwest stores an invalid user agent and reports it in `build`.
    let error = Transport::new(reqwest::Client::builder().user_agent("a\nb")).unwrap_err();

    assert!(error.to_string().starts_with("the HTTP settings are invalid; "), "{error}");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn http_settings_that_reject_the_base_url_are_a_permanent_error() {
    let settings = reqwest::Client::builder().no_proxy().https_only(true);
    let client = Client::builder()
        .credentials("id", "pale")
        .base_url("http://127.0.0.1:9")
        .http_client_builder(settings);
    let error = client.build().unwrap().request_token().await.unwrap_err();

    assert!(error.to_string().starts_with("the HTTP settings are invalid; "), "{error}");
    assert!(!error.is_transient() && !error.is_connect(), "{error:?}");
}

#[test]
fn debug_hides_fields_that_can_hold_secrets() {
    let mut headers = http::HeaderMap::new();
    headers.insert("x-key", http::HeaderValue::from_static("pale-key"));
    let settings = || reqwest::Client::builder().default_headers(headers.clone());
    let builder = Client::builder()
        .credentials("id", "secret")
        .base_url("https://u:pale-password@example.com")
        .http_client_builder(settings());
    let transport = Transport::new(settings()).unwrap();

    let shown = format!("{builder:?} {transport:?}");
    assert!(!shown.contains("pale"), "{shown}");
}

#[test]
fn debug_shows_settings_but_no_secret() {
    let builder = Client::builder()
        .credentials("live_1", "pale-secret")
        .auth_method(ClientAuthMethod::ClientSecretBasic);
    let shown = format!("{builder:?}");
    let client = builder.build().unwrap();
    let shown = format!("{shown} {client:?} {client:#?} {:?}", client.raw());

    assert!(shown.contains("live_1") && shown.contains("https://api.moneykit.com"), "{shown}");
    assert!(!shown.contains("pale"), "{shown}");
}
