//! Tests of HTTP/2 with prior knowledge.

use h2::client;
use moneykit_emulator::{
    DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator, Fault, FaultTarget, RequestFilter,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::common::{address, basic_header, start};

/// Requests a token, and sends a request with it, on one HTTP/2 connection. Returns the status of the latter.
pub(crate) async fn get_links_over(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    url: &str,
) -> Result<u16, h2::Error> {
    let (mut sender, connection) = client::handshake(stream).await?;
    let connection = tokio::spawn(connection);
    let authorization = basic_header(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET);
    let request = http::Request::post(format!("{url}/auth/token")).header("authorization", authorization);
    let (response, _) = sender.send_request(request.body(()).unwrap(), true)?;
    let mut response = response.await?;
    assert_eq!(response.status(), 201);
    let body = response.body_mut().data().await.unwrap()?;
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let token = body["access_token"].as_str().unwrap();

    let request =
        http::Request::get(format!("{url}/links")).header("authorization", format!("Bearer {token}"));
    let (response, _) = sender.send_request(request.body(()).unwrap(), true)?;
    let status = response.await?.status().as_u16();
    drop(sender);
    connection.abort();
    Ok(status)
}

async fn get_links(emulator: &Emulator) -> Result<u16, h2::Error> {
    get_links_over(TcpStream::connect(address(emulator)).await.unwrap(), emulator.url()).await
}

#[test]
fn http2_is_served_on_the_same_port() {
    let emulator = start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        assert_eq!(get_links(&emulator).await.unwrap(), 200);
        // The authority of the URI stands for the header Host.
        assert_eq!(emulator.count_requests(&RequestFilter::new()), 2);

        emulator.fail_next_for(FaultTarget::API, 1, Fault::ResetAfter(0)).unwrap();
        let error = get_links(&emulator).await.unwrap_err();
        assert!(error.is_io(), "{error}");
        assert_eq!(get_links(&emulator).await.unwrap(), 200);
    });
}
