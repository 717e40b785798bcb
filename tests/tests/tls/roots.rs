//! Root certificates that the environment of a process names.

use std::process::Command;

use crate::server::{ServerSettings, TlsServer};
use crate::{Authority, CLIENT_ID, CLIENT_SECRET};

/// Runs `from_env` with a server and these environment variables only, and returns its output.
async fn run(server: &TlsServer, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_from_env"));
    command
        .env_clear()
        .env("MONEYKIT_CLIENT_ID", CLIENT_ID)
        .env("MONEYKIT_CLIENT_SECRET", CLIENT_SECRET)
        .env("MONEYKIT_URL", format!("https://{}", server.address()))
        .envs(variables.iter().copied());
    // The server runs on this thread.
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn ssl_cert_file_sets_the_trusted_authorities() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("authority");
    let server = TlsServer::start(authority.issue("127.0.0.1"), ServerSettings::default()).await;

    for (name, expected) in [("authority", "token: "), ("another", "error: ")] {
        let trusted = if name == "authority" { authority.pem() } else { Authority::new(name).pem() };
        let path = folder.path().join(name);
        std::fs::write(&path, trusted).unwrap();

        let output = run(&server, &[("SSL_CERT_FILE", path.to_str().unwrap())]).await;

        assert!(output.starts_with(expected), "{name}: {output}");
    }
}

#[tokio::test]
async fn proxy_variables_are_ignored_for_https() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("authority");
    let server = TlsServer::start(authority.issue("127.0.0.1"), ServerSettings::default()).await;
    let path = folder.path().join("authority");
    std::fs::write(&path, authority.pem()).unwrap();

    // Nothing listens on port 1, so a request through this proxy would fail.
    let proxies =
        ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].map(|name| (name, "http://127.0.0.1:1"));
    let variables = [&proxies[..], &[("SSL_CERT_FILE", path.to_str().unwrap())]].concat();
    let output = run(&server, &variables).await;

    assert!(output.starts_with("token: "), "{output}");
}
