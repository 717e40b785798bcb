//! Builds a client from the environment and requests a token, for tests that set a process's environment.

#![expect(clippy::print_stdout, reason = "the tests read the output")]

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let result = match moneykit::Client::from_env() {
        Ok(client) => client.access_token().await,
        Err(error) => Err(error),
    };
    match result {
        Ok(token) => println!("token: {token:?}"),
        Err(error) => println!("error: {error}"),
    }
}
