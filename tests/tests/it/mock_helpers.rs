//! The typed helpers for mock servers that `moneykit-gen` offers.

use httpmock::MockServer;
use moneykit::Client;
use moneykit_gen::mock::MockServerExt;
use moneykit_gen::types;

#[tokio::test]
async fn a_typed_mock_answers_the_facade() {
    let server = MockServer::start_async().await;
    let token =
        types::AccessToken { access_token: "tok_1".into(), token_type: "bearer".to_owned(), expires_in: 60 };
    let mock = server.generate_access_token(|_, then| drop(then.created(&token)));
    let client = Client::builder().credentials("id", "secret").base_url(server.base_url()).build().unwrap();

    assert_eq!(client.access_token().await.unwrap().expose_secret(), "tok_1");
    mock.assert_async().await;
}
