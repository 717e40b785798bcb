//! The promises of the trait.

use moneykit::token_store::conformance;

use crate::server::Server;

#[tokio::test]
async fn the_store_keeps_the_promises_of_the_trait() {
    let Some(server) = Server::start(&[]) else { return };
    conformance::run(&server.store()).await.unwrap();
}
