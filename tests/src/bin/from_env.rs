//! Builds a client from the environment and gets a token, for tests that set the environment of a process.

#![expect(clippy::print_stdout, reason = "what it prints is what the tests look at")]

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let outcome = match moneykit::Client::from_env() {
        Ok(client) => client.access_token().await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(token) => println!("token: {token:?}"),
        Err(error) => println!("error: {error}"),
    }
}
