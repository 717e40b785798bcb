//! Compressed token responses: the size limit applies to the decompressed body.

use std::io::Write as _;
use std::num::NonZeroU32;

use flate2::{Compression, write::GzEncoder};
use httpmock::MockServer;
use moneykit::{AccessToken, Client, Error, reqwest};

const TOKEN: &str = "52ea3d1b...4f9a53fffb67";
/// The limit for the body of a token response, in bytes.
const LIMIT: usize = 64 * 1024;

/// Returns a token response that is padded with spaces to a length, and compressed.
fn compressed(length: usize) -> Vec<u8> {
    let mut body = format!(r#"{{"access_token":"{TOKEN}","token_type":"bearer","expires_in":3600}}"#);
    body.push_str(&" ".repeat(length - body.len()));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Requests a token from a server that responds with a gzip body, and checks that this takes one request.
async fn request_token(body: &[u8]) -> Result<AccessToken, Error> {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|_, then| drop(then.status(201).header("content-encoding", "gzip").body(body)))
        .await;
    let client = Client::builder()
        .credentials("id", "pale-secret")
        .base_url(server.base_url())
        .http_client_builder(reqwest::Client::builder().no_proxy().gzip(true))
        .token_max_attempts(NonZeroU32::MIN)
        .build()
        .unwrap();
    let outcome = client.request_token().await;
    mock.assert_calls_async(1).await;
    outcome
}

#[tokio::test]
async fn a_body_of_64_kibibytes_is_a_token() {
    let token = request_token(&compressed(LIMIT)).await.unwrap();
    assert_eq!(token.expose_secret(), TOKEN);
}

#[tokio::test]
async fn a_larger_body_is_rejected_however_small_it_is_compressed() {
    let bomb = compressed(16 << 20);
    assert!(bomb.len() < LIMIT / 2, "{}", bomb.len());
    for body in [compressed(LIMIT + 1), bomb] {
        let error = request_token(&body).await.unwrap_err();

        assert!(
            error.is_invalid_response() && !error.is_transient() && error.status().is_some(),
            "{error:?}"
        );
        let text = error.to_string();
        assert!(text.contains("larger than 65536 bytes") && text.contains("; "), "{text}");
        assert!(!format!("{error:?} {text}").contains(TOKEN), "{error:?}");
    }
}

#[tokio::test]
async fn a_truncated_or_invalid_gzip_body_is_a_transient_error() {
    let whole = compressed(LIMIT);
    for body in [&whole[..whole.len() / 2], b"pale"] {
        let error = request_token(body).await.unwrap_err();

        assert!(error.is_transient() && !error.is_invalid_response() && !error.is_timeout(), "{error:?}");
        assert!(!error.is_connect() && error.status().is_none(), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("; "), "{text}");
        assert!(!format!("{error:?} {text}").contains("pale"), "{error:?}");
    }
}

#[tokio::test]
async fn the_limit_of_a_response_body_applies_after_decompression() {
    let server = MockServer::start_async().await;
    let token = format!(r#"{{"access_token":"{TOKEN}","token_type":"bearer","expires_in":3600}}"#);
    server.mock_async(|when, then| drop((when.path("/auth/token"), then.status(201).body(token)))).await;
    let bomb = compressed(16 << 20);
    let gzip = |path: &'static str, body: Vec<u8>| {
        server.mock(|when, then| {
            drop((when.path(path), then.status(200).header("content-encoding", "gzip").body(body)));
        });
    };
    gzip("/fits", compressed(LIMIT));
    gzip("/bomb", bomb);
    let client = Client::builder()
        .credentials("id", "pale-secret")
        .base_url(server.base_url())
        .http_client_builder(reqwest::Client::builder().no_proxy().gzip(true))
        .max_response_body_bytes(LIMIT)
        .build()
        .unwrap();

    assert_eq!(client.get("/fits").send().await.unwrap().bytes().await.unwrap().len(), LIMIT);
    let error = client.get("/bomb").send().await.unwrap().bytes().await.unwrap_err();
    assert!(error.is_invalid_response() && error.to_string().contains("larger than 65536 bytes"), "{error}");
}
