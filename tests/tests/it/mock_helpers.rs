//! Tests of the typed mock helpers that `moneykit-gen` generates for `httpmock`.

use httpmock::MockServer;
use moneykit::Client;
use moneykit_gen::mock::MockServerExt;
use moneykit_gen::types;

#[tokio::test]
async fn a_client_accepts_the_response_of_a_typed_mock() {
    let server = MockServer::start_async().await;
    let token =
        types::AccessToken { access_token: "tok_1".into(), token_type: "bearer".to_owned(), expires_in: 60 };
    let mock = server.generate_access_token(|_, then| drop(then.created(&token)));
    let client = Client::builder().credentials("id", "secret").base_url(server.base_url()).build().unwrap();

    assert_eq!(client.access_token().await.unwrap().expose_secret(), "tok_1");
    mock.assert_async().await;
}
