//! Builds a client from the environment and requests a token, for tests that set a process's environment. The argument
//! names the origin of its HTTP client, or the use of a prefix.

#![expect(clippy::print_stdout, reason = "the tests read the output")]

#[tokio::main(flavor = "current_thread")]
async fn main() {
    use moneykit::{Client, Transport, reqwest};

    let builder = Client::builder().read_env();
    let settings = reqwest::Client::builder;
    let client = match std::env::args().nth(1).as_deref() {
        None => Client::from_env(),
        Some("prefix") => Client::from_env_with_prefix("ACME_MONEYKIT"),
        Some("builder") => builder.http_client_builder(settings()).build(),
        Some("transport") => Transport::new(settings()).and_then(|shared| builder.transport(shared).build()),
        Some("env_proxy") => {
            Transport::with_env_proxy(settings()).and_then(|shared| builder.transport(shared).build())
        }
        Some(other) => {
            println!("unknown origin {other}");
            return;
        }
    };
    let result = match client {
        Ok(client) => client.access_token().await,
        Err(error) => Err(error),
    };
    match result {
        Ok(token) => println!("token: {token:?}"),
        Err(error) => println!("error: {error}"),
    }
}
